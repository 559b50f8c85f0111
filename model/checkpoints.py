"""Weights from files: found, compared with a graph, loaded, and all of it said.

Three kinds of checkpoints are understood: ours, those that the original ConvBERT and
ELECTRA write (the names are the same), and Google's BERT, whose names are mapped.
"""

import os
import re
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

import tensorflow.compat.v1 as tf

from util import gfile

Shape = Tuple[int, ...]

# Google's BERT: prefix of the names in the checkpoint, prefix of ours.
BERT_NAMES = (
    ("bert/", "electra/"),
    ("cls/predictions/transform/", "generator_predictions/"),
    ("cls/predictions/output_bias", "generator_predictions/output_bias"),
)
NOT_WEIGHTS = re.compile("(^global_step|/adam_[mv]|/Adam(_1)?|_power)$")
MAX_LISTED = 20  # Longer lists of variables are given by scope.


def resolve(path: str) -> str:
    """Returns the prefix of the checkpoint that a path means.

    Args:
      path: The prefix itself (`.../bert_model.ckpt`), one of its files, or a folder.
        In a folder the file `checkpoint` names the latest; a name from another
        machine is looked for in the folder.

    Raises:
      FileNotFoundError: There is no checkpoint.
      ValueError: The folder has several, none of them named the latest.
    """
    prefix = re.sub(r"\.(index|meta|data-\d+-of-\d+)$", "", path)
    if _is_checkpoint(prefix):
        return prefix
    if not gfile.isdir(path):
        raise FileNotFoundError(
            "There is no checkpoint %s: neither the file %s.index nor a folder of that "
            "name exists." % (path, prefix)
        )
    state = tf.train.get_checkpoint_state(path)
    if state is not None and state.model_checkpoint_path:
        return _named_by_state(path, state.model_checkpoint_path)
    found = sorted(gfile.glob(os.path.join(path, "*.index")))
    if not found:
        raise FileNotFoundError(
            "The folder %s has no checkpoint (no file `checkpoint`, no *.index)." % path
        )
    if len(found) > 1:
        raise ValueError(
            "The folder %s has several checkpoints and no readable file `checkpoint` "
            "that names the latest; name one: %s."
            % (path, ", ".join(name[: -len(".index")] for name in found))
        )
    return found[0][: -len(".index")]


def _named_by_state(folder: str, name: str) -> str:
    """Returns the checkpoint that the file `checkpoint` of a folder names."""
    local = os.path.join(folder, os.path.basename(name))
    for prefix in (local, name):
        if _is_checkpoint(prefix):
            return prefix
    raise FileNotFoundError(
        "%s names %s as the latest checkpoint, but %s.index does not exist."
        % (os.path.join(folder, "checkpoint"), name, local)
    )


def _is_checkpoint(prefix: str) -> bool:
    return bool(prefix) and gfile.exists(prefix + ".index")


def shapes(prefix: str) -> Dict[str, Shape]:
    """Returns the shape of everything in a checkpoint by name.

    Raises:
      ValueError: The checkpoint is damaged or incomplete.
    """
    try:
        reader = tf.train.load_checkpoint(prefix)
        found = reader.get_variable_to_shape_map()
        types = reader.get_variable_to_dtype_map()
    except tf.errors.OpError as error:
        raise _damaged(prefix, error.message) from error
    needed = sum(_num_elements(found[name]) * types[name].size for name in found)
    files = gfile.glob(prefix + ".data-*")
    present = sum(gfile.size(name) for name in files)
    if present < needed:
        raise _damaged(prefix, "%d bytes of %d are there" % (present, needed))
    return {name: tuple(shape) for name, shape in found.items()}


def _damaged(prefix: str, reason: str) -> ValueError:
    return ValueError(
        "The checkpoint %s is damaged or incomplete (%s); copy it anew or use an "
        "earlier one." % (prefix, reason)
    )


def _num_elements(shape: Sequence[int]) -> int:
    product = 1
    for size in shape:
        product *= size
    return product


def weights(prefix: str) -> Dict[str, Tuple[str, Shape]]:
    """Returns {our name: (name in the checkpoint, shape)}, without optimizer state."""
    found = shapes(prefix)
    is_bert = not any(name.startswith("electra/") for name in found)
    return {
        _our_name(name) if is_bert else name: (name, shape)
        for name, shape in found.items()
        if not NOT_WEIGHTS.search(name)
    }


def _our_name(bert_name: str) -> str:
    for theirs, ours in BERT_NAMES:
        if bert_name.startswith(theirs):
            return ours + bert_name[len(theirs) :]
    return bert_name


class LoadReport(NamedTuple):
    """What a checkpoint has for the variables of a graph."""

    prefix: str
    loaded: Dict[str, Shape]
    missing: Dict[str, Shape]  # In the graph only.
    unused: Dict[str, Shape]  # In the checkpoint only, by its own names.
    wrong_shape: Dict[str, Tuple[Shape, Shape]]  # In the checkpoint, in the graph.
    assignment_map: Dict[str, str]  # Name in the checkpoint to name in the graph.
    required_scopes: Tuple[str, ...]

    def table(self) -> str:
        """Returns a Markdown table: variable, shape, status."""
        rows = ["| variable | shape | status |", "|---|---|---|"]
        for name, (theirs, ours) in sorted(self.wrong_shape.items()):
            shape = "%s in the checkpoint, %s in the model" % (list(theirs), list(ours))
            rows.append("| %s | %s | wrong shape |" % (name, shape))
        rows += _rows(self.missing, "missing")
        rows += _rows(self.loaded, "loaded")
        rows += _rows(self.unused, "unused")
        return "\n".join(rows)

    def check(self) -> None:
        """Refuses to go on with weights that are not what was asked for.

        Raises:
          ValueError: A shape is wrong, or a required scope is not found whole.
        """
        lost = [
            name
            for name in sorted(self.missing)
            if name.startswith(tuple(scope + "/" for scope in self.required_scopes))
        ]
        if self.wrong_shape or lost:
            raise ValueError(
                "The checkpoint %s does not fit the model: %d variables have another "
                "shape, %d of the scopes %s are missing. Set the sizes of the model "
                "that wrote it, or use another checkpoint.\n%s"
                % (
                    self.prefix,
                    len(self.wrong_shape),
                    len(lost),
                    ", ".join(self.required_scopes) or "(none)",
                    self.table(),
                )
            )


def _rows(variables: Dict[str, Shape], status: str) -> List[str]:
    """Returns table rows; more than `MAX_LISTED` variables are counted by scope."""
    if len(variables) <= MAX_LISTED:
        return [
            "| %s | %s | %s |" % (name, list(shape), status)
            for name, shape in sorted(variables.items())
        ]
    counts: Dict[str, int] = {}
    for name in variables:
        scope = "/".join(name.split("/")[:2][: max(1, name.count("/"))])
        counts[scope] = counts.get(scope, 0) + 1
    return [
        "| %s/* | %d variables | %s |" % (scope, count, status)
        for scope, count in sorted(counts.items())
    ]


def plan(
    prefix: str,
    variables: Iterable[tf.Variable],
    required_scopes: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> LoadReport:
    """Compares a checkpoint with the variables of a graph; changes nothing.

    Args:
      prefix: From `resolve`.
      variables: Those to load.
      required_scopes: Scopes of which nothing may be missing.
      ignore: Scopes that are not to be loaded.

    Raises:
      ValueError: The checkpoint is damaged or incomplete.
    """
    found = weights(prefix)
    unused = {theirs: shape for theirs, shape in found.values()}
    report = LoadReport(prefix, {}, {}, unused, {}, {}, tuple(required_scopes))
    for variable in variables:
        name = graph_name(variable)
        shape = tuple(int(size) for size in variable.shape)
        if name.startswith(tuple(scope + "/" for scope in ignore)):
            continue
        if name not in found:
            report.missing[name] = shape
            continue
        theirs, their_shape = found[name]
        unused.pop(theirs, None)
        if their_shape != shape:
            report.wrong_shape[name] = (their_shape, shape)
        else:
            report.loaded[name] = shape
            report.assignment_map[theirs] = name
    return report


def graph_name(variable: tf.Variable) -> str:
    """Returns a variable's name without ":0", the same in every replica."""
    return re.sub(r"/replica_\d+$", "", variable.name.split(":")[0])


def restore(
    report: LoadReport, use_tpu: bool = False
) -> Optional[Callable[[], tf.train.Scaffold]]:
    """Makes the graph's variables start from the checkpoint.

    Args:
      report: From `plan`.
      use_tpu: Whether the graph is a TPU's.

    Returns:
      The `scaffold_fn` of a TPU, whose host has to do it; None elsewhere.

    Raises:
      ValueError: The checkpoint does not fit; see `LoadReport.check`.
    """
    report.check()
    if not use_tpu:
        tf.train.init_from_checkpoint(report.prefix, report.assignment_map)
        return None

    def scaffold_fn() -> tf.train.Scaffold:
        tf.train.init_from_checkpoint(report.prefix, report.assignment_map)
        return tf.train.Scaffold()

    return scaffold_fn


def infer_encoder(prefix: str, scope: str = "electra") -> Dict[str, Any]:
    """Reads an encoder's architecture off the shapes of its variables.

    Without a convolution nothing tells the number of heads; heads of 64 units, as in
    all published models, are taken for granted where the width allows. Of an encoder
    that is no Transformer, only the size of its token table is told.

    Args:
      prefix: From `resolve`.
      scope: The encoder's variable scope, in our names.

    Returns:
      Values of `EncoderConfig` by name, those that follow from shapes.

    Raises:
      ValueError: There is no encoder in the scope, or its shapes contradict each
        other.
    """
    found = {name: shape for name, (_, shape) in weights(prefix).items()}
    layer = scope + "/encoder/layer_0/"
    try:
        vocab_size, embedding_size = found["electra/embeddings/word_embeddings"]
        if _is_no_transformer(found, scope):
            return dict(vocab_size=vocab_size, embedding_size=embedding_size)
        hidden_size, width = found[layer + "attention/self/query/kernel"]
        values = dict(
            vocab_size=vocab_size,
            embedding_size=embedding_size,
            hidden_size=hidden_size,
            num_hidden_layers=_count_layers(found, scope),
            intermediate_size=found[layer + _feed_forward(found, layer) + "/bias"][0],
            linear_groups=_groups(found, layer),
        )
        values.update(_places_and_segments(found))
        values.update(_heads(found, layer + "attention/self/", hidden_size, width))
    except KeyError as error:
        scopes = sorted({name.split("/")[0] for name in found})
        raise ValueError(
            "The checkpoint %s has no encoder that can be understood: no variable %s. "
            "Its scopes are: %s." % (prefix, error, ", ".join(scopes))
        ) from error
    return values


def _is_no_transformer(found: Dict[str, Shape], scope: str) -> bool:
    layer = scope + "/encoder/layer_0/"
    has_layers = any(name.startswith(layer) for name in found)
    parts = ("attention/self/query/kernel", _feed_forward(found, layer) + "/kernel")
    return has_layers and not all(layer + part in found for part in parts)


def _places_and_segments(found: Dict[str, Shape]) -> Dict[str, int]:
    """Returns the rows of the tables beside that of the tokens, if they are there."""
    tables = {
        "max_position_embeddings": "electra/embeddings/position_embeddings",
        "type_vocab_size": "electra/embeddings/token_type_embeddings",
    }
    return {
        setting: found[table][0] for setting, table in tables.items() if table in found
    }


def _count_layers(found: Dict[str, Shape], scope: str) -> int:
    pattern = re.compile(re.escape(scope) + r"/encoder/layer_(\d+)/")
    return len({match.group(1) for match in map(pattern.match, found) if match})


def _feed_forward(found: Dict[str, Shape], layer: str) -> str:
    grouped = "intermediate/g_dense"
    return grouped if layer + grouped + "/kernel" in found else "intermediate/dense"


def _groups(found: Dict[str, Shape], layer: str) -> int:
    kernel = found[layer + _feed_forward(found, layer) + "/kernel"]
    return kernel[0] if len(kernel) == 3 else 1


def _heads(
    found: Dict[str, Shape], attention: str, hidden_size: int, width: int
) -> Dict[str, Any]:
    """Returns what the attention block's shapes tell about heads and convolution."""
    if attention + "conv_attn_key/depthwise_kernel" not in found:
        values = dict(conv_type="noconv", head_ratio=hidden_size // width)
        if hidden_size % 64 == 0:
            values["num_attention_heads"] = hidden_size // 64
        return values
    kernel_size = found[attention + "conv_attn_key/depthwise_kernel"][0]
    kept_heads = found[attention + "conv_attn_kernel/bias"][0] // kernel_size
    num_heads = hidden_size // (width // kept_heads)
    return dict(
        conv_type="sdconv",
        conv_kernel_size=kernel_size,
        num_attention_heads=num_heads,
        head_ratio=num_heads // kept_heads,
    )


def differences(inferred: Dict[str, Any], config: Any) -> str:
    """Returns a Markdown table of where an `EncoderConfig` differs; "" if nowhere."""
    # The layers of a model that shares their weights cannot be counted.
    uncounted = {"num_hidden_layers"} if config.parameter_sharing else set()
    rows = [
        "| %s | %s | %s |" % (name, value, getattr(config, name))
        for name, value in sorted(inferred.items())
        if getattr(config, name) != value and name not in uncounted
    ]
    if not rows:
        return ""
    return "\n".join(["| setting | checkpoint | settings |", "|---|---|---|"] + rows)
