"""Tests for model.architecture."""

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from model import architecture, config, encoders


class ArchitectureSettingsTest(tf.test.TestCase, parameterized.TestCase):
    def test_default_is_the_published_medium_small(self):
        encoder = architecture.ArchitectureSettings().encoder(30522)
        self.assertEqual(
            (encoder.hidden_size, encoder.num_attention_heads, encoder.linear_groups),
            (384, 8, 2),
        )

    def test_flat_names_and_overrides_both_change_the_size(self):
        encoder = architecture.ArchitectureSettings(
            model_size="small",
            conv_kernel_size=5,
            model_hparam_overrides={"num_hidden_layers": 3},
        ).encoder(99)
        self.assertEqual(
            (encoder.conv_kernel_size, encoder.num_hidden_layers, encoder.vocab_size),
            (5, 3, 99),
        )

    def test_base_embeds_as_wide_as_an_overridden_hidden_size(self):
        encoder = architecture.ArchitectureSettings(
            model_size="base", model_hparam_overrides={"hidden_size": 128}
        ).encoder(99)
        self.assertEqual(encoder.embedding_size, 128)

    @parameterized.parameters(
        ("transformer", 0.02), ("cnn", 0.02), ("lstm", 0.1), ("gru", 0.1),
        ("bilstm", 0.1), ("rcnn", 0.1), ("crnn", 0.1),
    )  # fmt: skip
    def test_first_weights_are_as_large_as_the_encoder_needs(self, name, expected):
        described = {"encoder": name, "embedding_size": 16, "hidden_size": 16}
        if name == "transformer":
            described["num_attention_heads"] = 4
        settings = architecture.ArchitectureSettings
        encoder = settings("tiny", described).encoder(9)
        self.assertEqual(encoder.initializer_range, expected)
        described["initializer_range"] = 0.05
        encoder = settings("tiny", described).encoder(9)
        self.assertEqual(encoder.initializer_range, 0.05)

    @parameterized.named_parameters(
        ("typo", dict(num_layers=3), "Did you mean 'num_hidden_layers'"),
        ("even_kernel", dict(conv_kernel_size=8), "conv_kernel_size must be odd"),
        ("heads", dict(num_attention_heads=5), "must be a multiple"),
        (
            "encoder",
            dict(encoder="lsmt"),
            "Unknown encoder 'lsmt'. Did you mean 'lstm'",
        ),
        ("ahead", dict(encoder="gpt", conv_type="sdconv"), "sees tokens to the right"),
        ("no_heads", dict(encoder="gru", num_attention_heads=2), "'gru' cannot have"),
        ("backward", dict(bidirectional=True), "'transformer' cannot have"),
    )
    def test_impossible_override_is_refused_at_once(self, overrides, message):
        with self.assertRaisesRegex(ValueError, message):
            architecture.ArchitectureSettings(model_hparam_overrides=overrides)

    @parameterized.product(
        encoder=encoders.ENCODERS.names(), model_size=list(config.SIZES)
    )
    def test_every_encoder_can_have_every_size(self, encoder, model_size):
        chosen = architecture.ArchitectureSettings(
            model_size=model_size, model_hparam_overrides={"encoder": encoder}
        ).encoder(99)
        size = config.SIZES[model_size]
        self.assertEqual(
            (chosen.encoder, chosen.hidden_size, chosen.num_hidden_layers),
            (encoder, size.hidden_size, size.num_hidden_layers),
        )

    def test_flat_settings_of_the_size_give_way_to_the_encoder(self):
        encoder = architecture.ArchitectureSettings(
            conv_type="sdconv",
            linear_groups=2,
            head_ratio=2,
            conv_kernel_size=4,
            model_hparam_overrides={"encoder": "gatedcnn", "hidden_size": 807},
        ).encoder(99)
        self.assertEqual(
            (encoder.conv_type, encoder.linear_groups, encoder.head_ratio),
            ("noconv", 1, 1),
        )
        self.assertEqual((encoder.conv_kernel_size, encoder.hidden_size), (4, 807))

    def test_flat_settings_of_the_user_do_not(self):
        with self.assertRaisesRegex(ValueError, "linear_groups is 4, .* 'lstm'"):
            architecture.ArchitectureSettings(
                linear_groups=4, model_hparam_overrides={"encoder": "lstm"}
            )

    def test_unknown_size_names_the_nearest(self):
        with self.assertRaisesRegex(ValueError, "Did you mean 'medium-small'"):
            architecture.ArchitectureSettings(model_size="mediumsmall")

    def test_token_table_smaller_than_the_vocabulary_is_refused(self):
        chosen = architecture.ArchitectureSettings(vocab_size=100)
        with self.assertRaisesRegex(ValueError, "is 100, but the vocabulary has 101"):
            chosen.encoder(101)

    def test_token_table_may_have_spare_rows(self):
        chosen = architecture.ArchitectureSettings(vocab_size=104)
        self.assertEqual(chosen.encoder(101).vocab_size, 104)


if __name__ == "__main__":
    tf.test.main()
