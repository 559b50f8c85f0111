"""What every encoder promises, as one check; a new encoder's test is one row."""

from typing import Any, Dict, List, Optional

import numpy as np
import tensorflow.compat.v1 as tf

from model import config as config_lib
from model import encoders, modeling

BATCH_SIZE, LENGTH = 2, 11
SEED = 5


def tiny_config(**overrides: Any) -> config_lib.EncoderConfig:
    """Returns an encoder that a test can afford."""
    values: Dict[str, Any] = dict(
        vocab_size=31,
        embedding_size=8,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=24,
        max_position_embeddings=20,
        conv_kernel_size=5,
        initializer_range=0.5,  # Large weights, so that mistakes show.
    )
    values.update(overrides)
    return config_lib.EncoderConfig(**values)


def without_attention(**overrides: Any) -> config_lib.EncoderConfig:
    """Returns a tiny config for encoders that have no heads and no feed-forward."""
    return tiny_config(
        **dict(conv_type="noconv", num_attention_heads=1, head_ratio=1), **overrides
    )


def random_inputs(
    config: config_lib.EncoderConfig,
    batch_size: int = BATCH_SIZE,
    length: int = LENGTH,
    seed: int = 0,
) -> modeling.Inputs:
    """Returns arrays; the last sequence ends in padding."""
    rng = np.random.RandomState(seed)
    mask = np.ones([batch_size, length], np.int32)
    mask[-1, length - 3 :] = 0
    return modeling.Inputs(
        ids=rng.randint(0, config.vocab_size, [batch_size, length]).astype(np.int32),
        mask=mask,
        segments=rng.randint(0, 2, [batch_size, length]).astype(np.int32),
    )


def pad(inputs: modeling.Inputs, num_tokens: int) -> modeling.Inputs:
    """Appends padding to every sequence; the ids under it are arbitrary."""
    return modeling.Inputs(
        ids=np.pad(
            inputs.ids, [[0, 0], [0, num_tokens]], "constant", constant_values=3
        ),
        mask=np.pad(inputs.mask, [[0, 0], [0, num_tokens]], "constant"),
        segments=np.pad(inputs.segments, [[0, 0], [0, num_tokens]], "constant"),
    )


def session(graph: Optional[tf.Graph] = None) -> tf.Session:
    """Returns a session that runs the graph as built: rewriting it takes longer."""
    options = tf.ConfigProto()
    options.graph_options.rewrite_options.disable_meta_optimizer = True
    return tf.Session(graph=graph, config=options)


class EncoderGraph:
    """An encoder in a graph of its own, with unknown batch and length."""

    def __init__(self, config: config_lib.EncoderConfig, is_training: bool = False):
        self.config = config
        self.graph = tf.Graph()
        with self.graph.as_default():
            tf.set_random_seed(SEED)
            self.global_step = tf.train.get_or_create_global_step()
            self._fed = modeling.Inputs(
                *(tf.placeholder(tf.int32, [None, None]) for _ in range(3))
            )
            self.output = modeling.encode(self._fed, config, is_training)
            self.variables = tf.trainable_variables()
            self.session = session(self.graph)
            self.session.run(tf.global_variables_initializer())

    def run(self, fetches, inputs: modeling.Inputs, step: int = 0):
        with self.graph.as_default():
            self.global_step.load(step, self.session)
        return self.session.run(fetches, dict(zip(self._fed, inputs)))

    def sequence(self, inputs: modeling.Inputs, step: int = 0) -> np.ndarray:
        return self.run(self.output.sequence, inputs, step)


def check_encoder(
    test: tf.test.TestCase,
    config: config_lib.EncoderConfig,
    variables: Optional[Dict[str, List[int]]] = None,
    ignores_padding: bool = True,
) -> None:
    """Checks all that is promised of an encoder.

    Args:
      test: Where failures are reported.
      config: Architecture, with dropout.
      variables: Name in the encoder's scope to shape, of all its variables; or None
        if another test knows them.
      ignores_padding: Whether what is under the padding must not matter.
    """
    check_static_shapes(test, config)
    graph = EncoderGraph(config)
    if variables is not None:
        found = {v.op.name: v.shape.as_list() for v in graph.variables}
        test.assertEqual(found, {"electra/" + k: v for k, v in variables.items()})
    check_any_batch_and_length(test, graph)
    check_gradients(test, graph)
    if ignores_padding:
        check_padding_is_ignored(test, graph)
    check_dropout(test, graph)
    check_sight(test, graph)


def check_static_shapes(test, config) -> None:
    """Accelerators need every shape before the graph runs."""
    with tf.Graph().as_default():
        inputs = random_inputs(config)
        output = modeling.encode(
            modeling.Inputs(*(tf.constant(part) for part in inputs)), config, True
        )
        for layer in output.layers:
            test.assertEqual(
                layer.shape.as_list(), [BATCH_SIZE, LENGTH, config.hidden_size]
            )
        test.assertEqual(
            output.pooled.shape.as_list(), [BATCH_SIZE, config.hidden_size]
        )
        for operation in tf.get_default_graph().get_operations():
            for tensor in operation.outputs:
                test.assertTrue(tensor.shape.is_fully_defined(), tensor.name)


def check_any_batch_and_length(test, graph: EncoderGraph) -> None:
    config = graph.config
    for batch_size, length in ((1, 7), (3, 1 + 2 * 5), (2, 20)):
        inputs = random_inputs(config, batch_size, length)
        output = graph.run(
            graph.output._replace(token_table=graph.output.pooled), inputs
        )
        shape = (batch_size, length, config.hidden_size)
        test.assertGreaterEqual(len(output.layers), config.num_hidden_layers)
        test.assertEqual({layer.shape for layer in output.layers}, {shape})
        test.assertAllEqual(output.layers[-1], output.sequence)
        test.assertAllEqual(
            output.pooled, expected_pooled(config, output.sequence, inputs.mask)
        )
        for weights in output.attention:
            test.assertAllClose(weights.sum(-1), np.ones(weights.shape[:-1]))


def expected_pooled(config, sequence, mask) -> np.ndarray:
    """Returns [B, H]: the vector that has seen all tokens."""
    sight = encoders.ENCODERS[config.encoder].sight(config)
    first = sequence[:, 0]
    last = np.stack([row[used.sum() - 1] for row, used in zip(sequence, mask)])
    half = config.hidden_size // 2
    return {
        encoders.BOTH: first,
        encoders.LEFT: last,
        encoders.HALVES: np.concatenate([last[:, :half], first[:, half:]], axis=1),
    }[sight]


def check_gradients(test, graph: EncoderGraph) -> None:
    """Every variable has a gradient, and it is finite and not zero everywhere."""
    with graph.graph.as_default():
        loss = tf.reduce_sum(graph.output.sequence**3)
        gradients = tf.gradients(loss, graph.variables)
        for variable, gradient in zip(graph.variables, gradients):
            test.assertIsNotNone(gradient, variable.name)
        gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
    computed = graph.run(gradients, random_inputs(graph.config))
    for variable, gradient in zip(graph.variables, computed):
        test.assertTrue(np.all(np.isfinite(gradient)), variable.name)
        test.assertGreater(np.abs(gradient).max(), 0.0, variable.name)


def check_padding_is_ignored(test, graph: EncoderGraph) -> None:
    """The vectors of tokens do not depend on what comes after the last token."""
    inputs = random_inputs(graph.config)
    is_token = inputs.mask > 0
    expected = graph.sequence(inputs)
    padded = graph.sequence(pad(inputs, 6))[:, :LENGTH]
    changed = graph.sequence(inputs._replace(ids=np.where(is_token, inputs.ids, 7)))
    for computed in (padded, changed):
        test.assertAllClose(computed[is_token], expected[is_token], 1e-5, 1e-5)


def check_dropout(test, graph: EncoderGraph) -> None:
    """Off without training; with it, a function of the step alone."""
    inputs = random_inputs(graph.config)
    test.assertAllEqual(graph.sequence(inputs, 1), graph.sequence(inputs, 2))

    # One seed: both graphs start from the same weights.
    first, second = (EncoderGraph(graph.config, is_training=True) for _ in range(2))
    at_step_3 = first.sequence(inputs, 3)
    test.assertNotAllClose(at_step_3, first.sequence(inputs, 4))
    test.assertAllEqual(at_step_3, second.sequence(inputs, 3))


def check_sight(test, graph: EncoderGraph) -> None:
    """Outputs depend on the tokens that the encoder says they see, and on no other."""
    config, changed_place = graph.config, LENGTH // 2
    inputs = random_inputs(config)._replace(
        mask=np.ones([BATCH_SIZE, LENGTH], np.int32)
    )
    ids = inputs.ids.copy()
    ids[:, changed_place] = (ids[:, changed_place] + 1) % config.vocab_size
    change = graph.sequence(inputs._replace(ids=ids)) - graph.sequence(inputs)
    sight = encoders.ENCODERS[config.encoder].sight(config)
    half = config.hidden_size // (2 if sight == encoders.HALVES else 1)
    before, after = np.abs(change[:, :changed_place]), np.abs(change[:, changed_place:])
    test.assertGreater(after[:, 0].min(axis=0).max(), 1e-3)
    test.assertGreater(after[:, 1, :half].max(), 1e-4)
    if sight == encoders.BOTH:
        test.assertGreater(before.max(), 1e-4)
    else:
        test.assertLess(before[:, :, :half].max(), 1e-5)
    if sight == encoders.HALVES:
        test.assertGreater(before[:, -1, half:].max(), 1e-4)
        test.assertLess(after[:, 1:, half:].max(), 1e-5)
