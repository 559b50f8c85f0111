"""Tests for model.encoders.recurrent."""

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from model import encoders
from model.encoders import recurrent
from tests.model import recurrence_test
from tests.testing import encoder as encoder_lib

MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]], np.int32)


def config_of(**overrides):
    return encoder_lib.without_attention(**overrides).without_dropout()


def encode(config, embedded, mask):
    """Returns ([outputs of each layer], {variable name: value})."""
    with tf.Graph().as_default(), tf.Session() as session:
        hidden_layers, attention = encoders.ENCODERS[config.encoder].encode(
            tf.constant(embedded), tf.constant(mask), config
        )
        assert attention == []
        values = recurrence_test.random_values(tf.trainable_variables())
        for variable in tf.trainable_variables():
            variable.load(values[variable.op.name], session)
        return session.run(hidden_layers), values


def random_embedded(config):
    rng = np.random.RandomState(3)
    return rng.randn(*MASK.shape, config.embedding_size).astype(np.float32)


def in_scope(values, scope):
    return {
        name[len(scope) + 1 :]: value
        for name, value in values.items()
        if name.startswith(scope + "/")
    }


def backward(reference, sequences, values):
    """Reads each sequence of tokens backward; what is in the padding stays 0."""
    outputs = np.zeros(sequences.shape[:2] + (len(values["recurrent_kernel"]),))
    for row, length in enumerate(MASK.sum(1)):
        turned = sequences[row : row + 1, :length][:, ::-1]
        outputs[row, :length] = reference(turned, values)[0, ::-1]
    return outputs


class RecurrentTest(tf.test.TestCase, parameterized.TestCase):
    def assert_same_for_tokens(self, computed, expected):
        is_token = MASK > 0
        self.assertAllClose(computed[is_token], expected[is_token], 1e-5, 1e-5)

    @parameterized.parameters(
        ("lstm", recurrence_test.reference_lstm), ("gru", recurrence_test.reference_gru)
    )
    def test_layers_read_forward_one_after_the_other(self, name, reference):
        config = config_of(encoder=name)
        expected = embedded = random_embedded(config)
        computed, values = encode(config, embedded, MASK)
        for index in range(2):
            layer = in_scope(values, "encoder/layer_%d/forward" % index)
            expected = reference(expected, layer)
            self.assertAllClose(computed[index], expected, 1e-5, 1e-5)

    @parameterized.parameters(
        ("lstm", recurrence_test.reference_lstm), ("gru", recurrence_test.reference_gru)
    )
    def test_bidirectional_layers_read_both_directions(self, name, reference):
        config = config_of(encoder=name, bidirectional=True)
        below = embedded = random_embedded(config)
        computed, values = encode(config, embedded, MASK)
        for index, found in enumerate(computed):
            scope = "encoder/layer_%d/" % index
            expected = np.concatenate(
                [
                    reference(below, in_scope(values, scope + "forward")),
                    backward(reference, below, in_scope(values, scope + "backward")),
                ],
                axis=-1,
            )
            self.assert_same_for_tokens(found, expected)
            below = found

    def test_bilstm_is_two_stacks_that_never_meet(self):
        config = config_of(encoder="bilstm")
        embedded = random_embedded(config)
        computed, values = encode(config, embedded, MASK)
        lstm = recurrence_test.reference_lstm
        left = right = embedded
        for index, found in enumerate(computed):
            scope = "encoder/layer_%d/" % index
            left = lstm(left, in_scope(values, scope + "forward"))
            right = backward(lstm, right, in_scope(values, scope + "backward"))
            self.assert_same_for_tokens(found, np.concatenate([left, right], axis=-1))

    def test_dropout_follows_every_layer(self):
        config = encoder_lib.without_attention(
            encoder="lstm", hidden_dropout_prob=0.5, hidden_size=64
        )
        embedded = random_embedded(config)
        computed, _ = encode(config, embedded, MASK)
        for found in computed:
            self.assertBetween(np.mean(found == 0.0), 0.4, 0.6)

    @parameterized.parameters(
        (dict(encoder="lstm"), encoders.LEFT),
        (dict(encoder="gru", bidirectional=True), encoders.BOTH),
        (dict(encoder="gru", bidirectional=True, num_hidden_layers=1), encoders.HALVES),
        (dict(encoder="bilstm"), encoders.HALVES),
    )
    def test_sight(self, overrides, sight):
        config = config_of(**overrides)
        self.assertEqual(encoders.ENCODERS[config.encoder].sight(config), sight)

    @parameterized.named_parameters(
        (
            "odd",
            dict(encoder="lstm", bidirectional=True, hidden_size=15),
            "hidden_size must be even, .* 'lstm' .* got 15, use 14 or 16",
        ),
        ("odd_halves", dict(encoder="bilstm", hidden_size=15), "must be even"),
        (
            "twice",
            dict(encoder="bilstm", bidirectional=True),
            "'bilstm' has two directions already; leave bidirectional false",
        ),
        (
            "heads",
            dict(encoder="gru", hidden_size=16, num_attention_heads=4),
            "num_attention_heads is 4, which the encoder 'gru' cannot have",
        ),
    )
    def test_impossible_shapes_are_refused(self, overrides, message):
        config = encoder_lib.tiny_config(
            **dict(
                dict(conv_type="noconv", head_ratio=1, num_attention_heads=1),
                **overrides,
            )
        )
        with self.assertRaisesRegex(ValueError, message):
            encoders.ENCODERS[config.encoder].check(config)

    def test_odd_width_is_fine_in_one_direction(self):
        config = config_of(encoder="lstm", hidden_size=15)
        recurrent.LSTM.check(config)
        self.assertEqual(
            recurrent.LSTM.multiplications(config, 9)["recurrence"], 2 * 4 * 15 * 15
        )

    def test_multiplications_by_hand(self):
        # E is 8, H is 16, two layers.
        self.assertEqual(
            recurrent.LSTM.multiplications(config_of(encoder="lstm"), 9),
            {"input": 4 * 16 * (8 + 16), "recurrence": 2 * 4 * 16 * 16},
        )
        both = config_of(encoder="gru", bidirectional=True)
        self.assertEqual(
            recurrent.GRU.multiplications(both, 9),
            {"input": 2 * 3 * 8 * (8 + 16), "recurrence": 2 * 2 * 3 * 8 * 8},
        )
        self.assertEqual(
            recurrent.BILSTM.multiplications(config_of(encoder="bilstm"), 9),
            {"input": 2 * 4 * 8 * (8 + 8), "recurrence": 2 * 2 * 4 * 8 * 8},
        )


if __name__ == "__main__":
    tf.test.main()
