"""The encoder computes what the original ConvBERT computes."""

from typing import Any, Dict

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from model import config as config_lib
from model import heads, layers, modeling
from tests.golden import golden
from tests.testing import encoder as encoder_lib

DISC_WEIGHT = 50.0
FORWARD_TOLERANCE = 1e-5  # Relative to the largest element.
# Here the rounding of the original itself is visible: rows that vary little about a
# large mean. With layer normalization in float64 the difference is 1.3e-5.
ROUNDED = {("small_2layers", "sequence"): 1.5e-5}


def pretraining_outputs(model: golden.Golden, **overrides: Any) -> Dict[str, tf.Tensor]:
    """Builds the original's pre-training losses; keys as in `Golden.expected`."""
    config = config_lib.encoder_config(
        model.model_size,
        model.vocab_size,
        num_hidden_layers=model.num_hidden_layers,
        mask_convolution=False,
        **overrides,
    )
    generator = config_lib.generator_config(config, 0.25)
    unknown = {
        name: tf.placeholder_with_default(array, [None] * array.ndim)
        for name, array in dict(
            model.inputs, discriminator_ids=model.discriminator_ids
        ).items()
    }
    mask, segments = unknown["input_mask"], unknown["segment_ids"]
    discriminated = modeling.encode(
        modeling.Inputs(unknown["discriminator_ids"], mask, segments), config, False
    )
    generated = modeling.encode(
        modeling.Inputs(unknown["masked_ids"], mask, segments),
        generator,
        False,
        scope="generator",
        embeddings_scope="electra",
    )
    picked = layers.gather_positions(generated.sequence, unknown["positions"])
    logits = heads.masked_lm(picked, generated.token_table, generator)
    mlm_loss = weighted_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=tf.reshape(unknown["masked_lm_ids"], [-1]), logits=logits
        ),
        tf.reshape(unknown["weights"], [-1]),
    )
    is_fake = tf.not_equal(unknown["discriminator_ids"], unknown["input_ids"])
    disc_logits = heads.token_binary(discriminated.sequence, config)
    disc_loss = weighted_mean(
        tf.nn.sigmoid_cross_entropy_with_logits(
            labels=tf.cast(is_fake, tf.float32), logits=disc_logits
        ),
        tf.cast(mask, tf.float32),
    )
    return dict(
        sequence=discriminated.sequence,
        generator_sequence=generated.sequence,
        attention_0=discriminated.attention[0],
        mlm_logits=tf.reshape(logits, model.expected["mlm_logits"].shape),
        mlm_loss=mlm_loss,
        disc_probs=tf.sigmoid(disc_logits),
        total_loss=mlm_loss + DISC_WEIGHT * disc_loss,
    )


def weighted_mean(values: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(values * weights) / (tf.reduce_sum(weights) + 1e-6)


class GoldenTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(*golden.NAMES)
    def test_variables_have_the_published_names_and_shapes(self, name):
        model = golden.load(name)
        with tf.Graph().as_default():
            pretraining_outputs(model)
            shapes = {
                variable.op.name: tuple(variable.shape.as_list())
                for variable in tf.trainable_variables()
            }
        self.assertEqual(shapes, model.shapes)

    @parameterized.product(name=golden.NAMES, span_convolution=["fast", "plain"])
    def test_forward_agrees_to_1e_5(self, name, span_convolution):
        model = golden.load(name)
        with tf.Graph().as_default(), tf.Session() as session:
            outputs = pretraining_outputs(model, span_convolution=span_convolution)
            golden.assign(session, model.shapes)
            computed = session.run(outputs)
        for key, expected in model.expected.items():
            error = np.abs(computed[key] - expected).max() / np.abs(expected).max()
            tolerance = ROUNDED.get((name, key), FORWARD_TOLERANCE)
            self.assertLess(error, tolerance, key)

    @parameterized.parameters(*golden.NAMES)
    def test_gradient_norms_agree_to_1e_4(self, name):
        model = golden.load(name)
        with tf.Graph().as_default(), encoder_lib.session() as session:
            loss = pretraining_outputs(model)["total_loss"]
            variables = tf.trainable_variables()
            gradients = tf.gradients(loss, variables)
            norms = [tf.norm(tf.convert_to_tensor(part)) for part in gradients]
            golden.assign(session, model.shapes)
            computed = session.run(norms)
        # Below 1e-9 of the largest a norm is rounding: a key's bias has none at all.
        floor = 1e-9 * max(model.gradient_norms.values())
        for variable, norm in zip(variables, computed):
            expected = model.gradient_norms[variable.op.name]
            self.assertAllClose(
                norm, expected, rtol=1e-4, atol=floor, msg=variable.op.name
            )


if __name__ == "__main__":
    tf.test.main()
