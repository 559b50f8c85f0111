"""Tests for model.encoders.base."""

import tensorflow.compat.v1 as tf

from model import config as config_lib
from model import encoders
from model.encoders import base
from tests.testing import encoder as encoder_lib


class BaseTest(tf.test.TestCase):
    def test_neutral_values_are_an_encoder(self):
        config = config_lib.EncoderConfig(hidden_size=7, **base.NEUTRAL)
        base.check_unused(config, base.NEUTRAL)

    def test_setting_that_would_be_ignored_is_refused(self):
        config = encoder_lib.tiny_config(encoder="cnn")
        with self.assertRaisesRegex(
            ValueError,
            "head_ratio is 2, which the encoder 'cnn' cannot have; set it to 1",
        ):
            base.check_unused(config, ["head_ratio"])

    def test_encoders_name_only_settings_that_can_be_neutral(self):
        for name in encoders.ENCODERS.names():
            self.assertContainsSubset(encoders.ENCODERS[name].unused, base.NEUTRAL)

    def test_every_sight_has_words(self):
        self.assertCountEqual(
            base.SIGHTS, [encoders.BOTH, encoders.LEFT, encoders.HALVES]
        )

    def test_embeddings_as_wide_as_the_encoder_cost_nothing(self):
        config = encoder_lib.tiny_config(embedding_size=16)
        self.assertEqual(base.projection_multiplications(config), {})


if __name__ == "__main__":
    tf.test.main()
