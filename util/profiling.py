"""Where the time of a training step goes, by part of the model.

TensorFlow notes for every operation how long it ran. Operations run side by side, so
that their times add up to more than the step took; shares are what matters.
"""

import collections
import re
import statistics
import time
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Tuple

import tensorflow.compat.v1 as tf

from util import estimator as estimator_lib
from util import training

WARMUP_STEPS = 4  # Memory is taken, kernels are compiled.
TIMED_STEPS = 6
TRACED_STEPS = 3
NUM_KINDS = 15  # Types of operations that are shown.
SMALLEST_SHARE = 0.0005  # What takes less is not shown.
NUM_STEPS = WARMUP_STEPS + TIMED_STEPS + TRACED_STEPS

INPUT, UPDATE, REST = "input", "update of the weights", "rest"

_KIND = re.compile(r"= (\w+)\(")  # name = Type(inputs)
_GRADIENTS = re.compile(r"^(while(_\d+)?/)?gradients(_\d+)?/")


class Node(NamedTuple):
    """One run of an operation: its name, its type, and how long it took."""

    name: str
    kind: str
    seconds: float


class Times(NamedTuple):
    """Seconds per step.

    Attributes:
      step: From the start of a step to its end, while nothing is noted.
      forward: Seconds of operations by part.
      backward: The same of gradients.
      kinds: The same by the operations' type, both directions.
    """

    step: float
    forward: Dict[str, float]
    backward: Dict[str, float]
    kinds: Dict[str, float]


def measure(
    estimator: estimator_lib.AnyEstimator, input_fn: Callable[..., Any]
) -> Times:
    """Trains a few steps and returns where their time went.

    Args:
      estimator: Whose folder is empty and will be thrown away.
      input_fn: Its input.
    """
    hook = _TraceHook()
    training.train_and_evaluate(estimator, input_fn, NUM_STEPS, hooks=[hook])
    return hook.times()


class _TraceHook(tf.train.SessionRunHook):
    """Times some steps, then lets TensorFlow note every operation of some more."""

    def __init__(self) -> None:
        self._step = 0
        self._seconds: List[float] = []
        self._nodes: List[Node] = []

    def before_run(self, run_context: Any) -> Any:
        self._start = time.perf_counter()
        if self._step < WARMUP_STEPS + TIMED_STEPS:
            return None
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        return tf.train.SessionRunArgs(None, options=options)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        self._step += 1
        if self._step > WARMUP_STEPS + TIMED_STEPS:
            self._nodes += traced_nodes(run_values.run_metadata.step_stats)
        elif self._step > WARMUP_STEPS:
            self._seconds.append(time.perf_counter() - self._start)

    def end(self, session: tf.Session) -> None:
        self._parts = Parts(variable.op.name for variable in tf.global_variables())

    def times(self) -> Times:
        forward: Dict[str, float] = collections.defaultdict(float)
        backward: Dict[str, float] = collections.defaultdict(float)
        kinds: Dict[str, float] = collections.defaultdict(float)
        for name, kind, seconds in self._nodes:
            part, is_backward = self._parts.of(name)
            (backward if is_backward else forward)[part] += seconds / TRACED_STEPS
            kinds[kind] += seconds / TRACED_STEPS
        return Times(statistics.median(self._seconds), forward, backward, kinds)


def traced_nodes(step_stats: Any) -> List[Node]:
    """Returns the operations in a tf.StepStats.

    A GPU's kernels are listed apart from their launches, and count instead of them.
    """
    devices = {stats.device: stats for stats in step_stats.dev_stats}
    chosen = [name for name in devices if name.endswith(("CPU:0", "stream:all"))]
    nodes = []
    for stats in (devices[name] for name in chosen):
        for node in stats.node_stats:
            kind = _KIND.search(node.timeline_label)
            microseconds = node.op_end_rel_micros - node.op_start_rel_micros
            nodes.append(
                Node(
                    node.node_name.split(":")[0],
                    kind.group(1) if kind else "unknown",
                    microseconds / 1e6,
                )
            )
    return nodes


class Parts:
    """Names the part of the model that an operation belongs to, by its scopes."""

    def __init__(self, variable_names: Iterable[str]):
        """Takes the names of all variables, such as "a/layer_0/output/bias"."""
        self._scopes = {""}
        for name in variable_names:
            scopes = name.split("/")[:-1]
            self._scopes.update("/".join(scopes[:i]) for i in range(1, len(scopes) + 1))

    def of(self, operation: str) -> Tuple[str, bool]:
        """Returns the part and whether the operation computes gradients.

        A part is a scope of variables, layers taken together: embeddings, a block of
        the layers, a head.
        """
        is_backward = _GRADIENTS.search(operation) is not None
        if operation.startswith(("AdamWeightDecay", "global_norm")):
            return UPDATE, False
        if operation.startswith("Iterator"):
            return INPUT, False
        found = ""
        for scope in _GRADIENTS.sub("", operation).split("/")[:-1]:
            deeper = "/".join(filter(None, [found, scope]))
            if deeper not in self._scopes:  # TensorFlow numbers scopes used again.
                deeper = re.sub(r"_\d+$", "", deeper)
            if deeper not in self._scopes:
                break
            found = deeper
        scopes = re.sub(r"layer_\d+", "layer", found).split("/")
        if "layer" in scopes:
            depth = scopes.index("layer") + (3 if "attention" in scopes else 2)
        else:  # Of an encoder the embeddings, or a head.
            depth = 2 if scopes[0] + "/encoder" in self._scopes else 1
        return "/".join(scopes[:depth]) or REST, is_backward


def table(times: Times) -> str:
    """Returns the times as Markdown: a table of parts, one of operations."""
    total = sum(times.kinds.values()) or 1.0
    lines = [
        "A step takes %.1f ms; its operations %.1f ms, side by side."
        % (1e3 * times.step, 1e3 * total),
        "",
        "| part | forward ms | backward ms | share |",
        "|---|---:|---:|---:|",
    ]
    parts = set(times.forward) | set(times.backward)
    both = {
        part: (times.forward.get(part, 0.0), times.backward.get(part, 0.0))
        for part in parts
    }
    for part in sorted(both, key=lambda part: -sum(both[part])):
        forward, backward = both[part]
        share = (forward + backward) / total
        if share < SMALLEST_SHARE:
            break
        lines.append(
            "| %s | %.1f | %.1f | %.1f %% |"
            % (part, 1e3 * forward, 1e3 * backward, 100 * share)
        )
    lines += ["", "| operation | ms | share |", "|---|---:|---:|"]
    longest = sorted(times.kinds.items(), key=lambda item: -item[1])
    for kind, seconds in longest[:NUM_KINDS]:
        lines.append(
            "| %s | %.1f | %.1f %% |" % (kind, 1e3 * seconds, 100 * seconds / total)
        )
    return "\n".join(lines)
