"""Tests for infer.extractor."""

import tempfile
from unittest import mock

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from infer import encoder_session, extractor
from tests.finetune import models
from tests.infer import plain

LAYERS = 3
TEXTS = [
    "good",
    "好 bad bad things",
    ("fine", "poor things good"),
    "",
    "dull warm cold nice poor fine bad",
    ("bad bad bad", ""),
]


class ExtractorTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.model_dir = tempfile.mkdtemp(dir=self.get_temp_dir())

    def write(self, **changes):
        return models.write_pretrained(
            self.model_dir, num_hidden_layers=LAYERS, **changes
        )

    def extractor(self, **settings):
        result = extractor.Extractor(self.model_dir, **settings)
        self.addCleanup(result.close)
        return result

    def vectors(self, inputs, **settings):
        return [each.vectors for each in self.extractor(**settings).extract(inputs)]

    def test_vectors_are_those_of_a_plain_run(self):
        made = self.write()
        found = list(self.extractor(layers=[-1, 0, -2]).extract(TEXTS))
        for layers, features in zip(plain.layers(made, TEXTS), found):
            want = np.stack([layers[2], layers[0], layers[1]], axis=1)
            self.assertAllClose(features.vectors, want, atol=1e-5)
            self.assertEqual(features.vectors.dtype, np.float32)

    def test_tokens_and_ids_belong_to_the_vectors(self):
        self.write()
        (found,) = self.extractor().extract([("good things", "好")])
        tokens = ["[CLS]", "good", "thing", "##s", "[SEP]", "好", "[SEP]"]
        self.assertEqual(found.tokens, tokens)
        self.assertEqual(found.ids, [models.WORDS.index(token) for token in tokens])
        self.assertEqual(found.vectors.shape, (7, 1, 16))

    @parameterized.parameters(
        dict(encoder="gpt", conv_type="noconv", head_ratio=1),
        dict(conv_type="noconv"),
        dict(
            encoder="gru",
            num_attention_heads=1,
            head_ratio=1,
            conv_type="noconv",
            bidirectional=True,
        ),
        dict(
            encoder="gatedcnn", num_attention_heads=1, head_ratio=1, conv_type="noconv"
        ),
    )
    def test_every_encoder_gives_those_of_a_plain_run(self, **changes):
        made = self.write(**changes)
        for layers, vectors in zip(plain.layers(made, TEXTS), self.vectors(TEXTS)):
            self.assertAllClose(vectors[:, 0], layers[-1], atol=1e-5)

    def test_padding_changes_nothing_where_it_is_hidden(self):
        self.write()
        batched = self.vectors(TEXTS * 9, batch_size=1)
        padded = self.vectors(TEXTS * 9, pad_to_longest=False)
        for one, other in zip(batched, padded):
            self.assertAllClose(one, other, atol=1e-5)

    def test_compiled_graphs_change_nothing(self):
        self.write()
        want = self.vectors(TEXTS * 3)
        with mock.patch.object(encoder_session, "MANY_BATCHES", 1):
            for one, other in zip(self.vectors(TEXTS * 3), want):
                self.assertAllClose(one, other, atol=1e-5)

    def test_all_are_padded_where_padding_is_seen(self):
        self.write(mask_convolution=False)
        made = self.extractor(max_seq_length=24)
        self.assertEqual(made.pad_to, 24)
        shapes = []
        ask = made._session.ask

        def asked(batch):
            shapes.append(batch.ids.shape)
            return ask(batch)

        with mock.patch.object(made._session, "ask", asked):
            list(made.extract(TEXTS))
        self.assertEqual(shapes, [(len(TEXTS), 24)])

    def test_batches_have_their_own_length_where_padding_is_hidden(self):
        self.write()
        self.assertIsNone(self.extractor().pad_to)

    def test_pooling(self):
        made = self.write()
        layers = plain.layers(made, TEXTS)
        for pooling, reference in (
            ("first", lambda rows: rows[0]),
            ("last", lambda rows: rows[-1]),
            ("mean", lambda rows: np.mean(rows, axis=0)),
            ("max", lambda rows: np.max(rows, axis=0)),
        ):
            with self.subTest(pooling):
                found = self.vectors(TEXTS, pooling=pooling, layers=[1, -1])
                for of_text, vectors in zip(layers, found):
                    want = [reference(of_text[1]), reference(of_text[2])]
                    self.assertAllClose(vectors, want, atol=1e-5)

    def test_order_is_that_of_the_input_whatever_is_sorted_together(self):
        self.write()
        inputs = [" ".join(["good"] * (1 + 7 * i % 11)) for i in range(60)]
        with mock.patch.object(extractor, "WINDOW_BYTES", 16 * 4 * 40):
            lengths = [len(each) for each in self.vectors(inputs)]
        self.assertEqual(lengths, [3 + 7 * i % 11 for i in range(60)])

    def test_texts_are_read_as_they_are_needed(self):
        self.write()
        taken = []

        def endless():
            while True:
                taken.append(len(taken))
                yield "good bad"

        with mock.patch.object(extractor, "WINDOW_BATCHES", 1):
            next(self.extractor(pooling="mean").extract(endless()))
        self.assertLess(len(taken), 2048)

    def test_what_is_too_long_is_cut(self):
        self.write()
        found = list(self.extractor(max_seq_length=4).extract(["good", "bad " * 5]))
        self.assertEqual([len(each.tokens) for each in found], [3, 4])
        self.assertEqual([each.num_cut for each in found], [0, 3])

    def test_one_model_answers_again_and_again(self):
        self.write()
        made = self.extractor()
        first, second = (list(made.extract(["good"]))[0].vectors for _ in range(2))
        self.assertAllEqual(first, second)

    @parameterized.parameters(
        (dict(layers=[3]), "layers has 3, but the encoder has 3 layers: 0 to 2"),
        (dict(layers=[-4]), "layers has -4, .* -1 to -3"),
        (dict(layers=[-1, 2]), r"names one of 3 twice: \[-1, 2\]"),
        (dict(layers=[]), "layers is empty"),
        (dict(max_seq_length=33), "max_seq_length is 33, but .* 32 position"),
        (dict(max_seq_length=3), "'max_seq_length' must be at least 4"),
        (dict(batch_size=0), "'batch_size' must be at least 1"),
        (dict(pooling="middle"), "'pooling': 'middle'"),
        (dict(poling="mean"), "Did you mean 'pooling'"),
        (dict(do_lower_case=False), "do_lower_case: the model has True"),
        (dict(hidden_size=3), "Unknown setting 'hidden_size'"),
        (dict(use_tpu=True, tpu_name="t"), "a TPU is of no use here"),
    )
    def test_impossible_settings_are_refused_before_a_graph(self, settings, message):
        self.write()
        with mock.patch.object(encoder_session, "EncoderSession") as session:
            with self.assertRaisesRegex(ValueError, message):
                self.extractor(**settings)
        session.assert_not_called()

    def test_numbers_that_are_none_are_refused(self):
        self.write()
        made = self.extractor(pooling="mean")
        bad = np.array([[[1.0]], [[np.nan]]], np.float32)
        with mock.patch.object(made._session, "ask", lambda batch: bad):
            answers = made.extract(["good", "bad"])
            next(answers)
            with self.assertRaisesRegex(RuntimeError, "text 2 are not finite"):
                next(answers)

    def test_a_window_fits_in_memory(self):
        settings = extractor.FeatureSettings(layers=[-1, -2, -3, -4])
        tokens = extractor._window_tokens(settings, hidden_size=1024)
        self.assertEqual(tokens, (1 << 28) // (4 * 1024 * 4))
        pooled = extractor.FeatureSettings(pooling="mean", batch_size=64)
        self.assertEqual(extractor._window_tokens(pooled, 1024), 2 * 65536)


if __name__ == "__main__":
    tf.test.main()
