"""An encoder with its weights, ready to be asked."""

import collections
import sys
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

import numpy as np
import tensorflow.compat.v1 as tf

from finetune import job, model_fn
from infer import batches
from model import checkpoints, modeling
from util import estimator, fusion, run_settings

# (encoder's output, mask [B, T]) -> what is asked for, [B, ...].
Compute = Callable[[modeling.EncoderOutput, tf.Tensor], tf.Tensor]

# Batches of one shape after which it gets a graph of its own, with compiled kernels.
# Making one takes about as long as it then saves on so many batches.
MANY_BATCHES = 20


class _Function(NamedTuple):
    """A part of the graph: what is fed and what is fetched."""

    inputs: modeling.Inputs
    output: tf.Tensor


class EncoderSession:
    """One graph and one session for batches of all shapes."""

    def __init__(
        self,
        pretrained: job.Pretrained,
        run: run_settings.RunSettings,
        compute: Compute,
    ):
        """Builds the graph and loads the weights.

        Args:
          pretrained: The model; must have a checkpoint.
          run: Devices and precision.
          compute: What is asked for.

        Raises:
          ValueError: The checkpoint does not fit the encoder.
        """
        self._encoder = pretrained.encoder
        self._compute = compute
        self._uses: Dict[Tuple[int, ...], int] = collections.Counter()
        self._of_shape: Dict[Tuple[int, ...], _Function] = {}
        self._graph = tf.Graph()
        with self._graph.as_default():
            estimator.prepare_graph(run)
            self._of_any_shape = self._function([None, None])
            self._may_compile = fusion.is_enabled()
            _load(str(pretrained.checkpoint))
            initialize = tf.global_variables_initializer()
        config = estimator.session_config(run)
        self._session = tf.Session(graph=self._graph, config=config)
        self._session.run(initialize)

    def ask(self, batch: batches.Batch) -> np.ndarray:
        """Returns what `compute` says of a batch."""
        function = self._choose(batch.ids.shape)
        feeds = dict(zip(function.inputs, batch))
        return self._session.run(function.output, feeds)

    def close(self) -> None:
        """Frees the memory of the graph."""
        self._session.close()

    def _choose(self, shape: Tuple[int, ...]) -> _Function:
        """Returns the function for a shape, by now a special one if there are many."""
        self._uses[shape] += 1
        if self._may_compile and self._uses[shape] == MANY_BATCHES:
            with self._graph.as_default():
                self._of_shape[shape] = self._function(list(shape))
        return self._of_shape.get(shape, self._of_any_shape)

    def _function(self, shape: List[Optional[int]]) -> _Function:
        fed: Any = [tf.placeholder(tf.int32, shape) for _ in range(3)]
        inputs = modeling.Inputs(*fed)
        encoded = modeling.encode(
            inputs, self._encoder, is_training=False, scope=model_fn.ENCODER_SCOPE
        )
        return _Function(inputs, self._compute(encoded, inputs.mask))


def _load(checkpoint: str) -> None:
    """Makes the variables of the present graph start from a checkpoint."""
    report = checkpoints.plan(
        checkpoint, tf.trainable_variables(), required_scopes=[model_fn.ENCODER_SCOPE]
    )
    print("Weights from %s\n%s" % (checkpoint, report.table()), file=sys.stderr)
    checkpoints.restore(report)
