"""Learning rates that fall from a task's head down to the embeddings."""

from typing import Dict, Sequence

HEAD_SCOPE = "task_specific"
PUBLISHED, CORRECTED = "published", "corrected"


def factors(
    names: Sequence[str],
    decay: float,
    num_hidden_layers: int,
    rule: str = PUBLISHED,
    scope: str = "electra",
) -> Dict[str, float]:
    """Returns each variable's factor of the learning rate.

    Embeddings have depth 0, layer i has depth i + 1. The published rule gives
    task heads depth `num_hidden_layers + 2`, so that the top layer's factor is the
    decay squared; the corrected one gives them `num_hidden_layers + 1`.

    Args:
      names: Variable names without the ":0".
      decay: Factor per unit of depth.
      num_hidden_layers: Layers of the encoder.
      rule: PUBLISHED or CORRECTED.
      scope: The encoder's variable scope.

    Raises:
      ValueError: A variable belongs neither to the encoder's embeddings and layers
        nor to a task's head.
    """
    top = num_hidden_layers + (2 if rule == PUBLISHED else 1)
    depths = {name: _depth(name, num_hidden_layers, scope, top) for name in names}
    return {name: decay ** (top - depth) for name, depth in depths.items()}


def structbert_factors(
    names: Sequence[str],
    decay_factor: float,
    num_hidden_layers: int,
    scope: str = "electra",
) -> Dict[str, float]:
    """Returns each variable's factor of the learning rate in StructBERT's way.

    The layers are L groups; embeddings belong to the lowest, heads to the highest.
    The factor of group i is decay_factor ** (-i / L).

    Args:
      names: Variable names without the ":0".
      decay_factor: Above 1 the highest group learns slowest.
      num_hidden_layers: L.
      scope: The encoder's variable scope.

    Raises:
      ValueError: As for `factors`.
    """
    top = num_hidden_layers
    groups = {
        name: max(_depth(name, num_hidden_layers, scope, top) - 1, 0) for name in names
    }
    return {
        name: decay_factor ** (-group / num_hidden_layers)
        for name, group in groups.items()
    }


def _depth(name: str, num_hidden_layers: int, scope: str, top: int) -> int:
    """Returns a variable's depth: embeddings 0, layer i i + 1, heads `top`.

    Raises:
      ValueError: It belongs nowhere.
    """
    depths = {"%s/embeddings" % scope: 0, "%s/embeddings_project" % scope: 0}
    for layer in range(num_hidden_layers):
        depths["%s/encoder/layer_%d" % (scope, layer)] = layer + 1
    depths[HEAD_SCOPE] = top
    for prefix, depth in depths.items():
        if name.startswith(prefix + "/"):
            return depth
    raise ValueError(
        "layerwise_lr_decay has no rule for %s. Known scopes: %s. Set it to 0 (and "
        "lr_decay_factor to 1) or build the variable under one of them."
        % (name, ", ".join(depths))
    )
