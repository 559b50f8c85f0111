"""Tests for infer.feature_files."""

import io
import json

import numpy as np
import tensorflow.compat.v1 as tf

from infer import feature_files
from tests.finetune import fakes

TOKENIZER = fakes.Tokenizer()


def features(length, seed, pooled=False):
    """Returns random vectors of two layers with three units."""
    shape = [2, 3] if pooled else [length, 2, 3]
    vectors = np.random.RandomState(seed).normal(0.0, 10.0, shape).astype(np.float32)
    ids = list(range(2, 2 + length))
    return feature_files.Features(ids, TOKENIZER.tokens(ids), vectors, 0)


class WriterTestCase(tf.test.TestCase):
    def write(self, form, *listed):
        """Returns the file with some features, open."""
        header = feature_files.Header([-1, 0], TOKENIZER, self.get_temp_dir())
        stream = io.BytesIO()
        writer = feature_files.WRITERS[form](stream, header)
        for each in listed:
            writer.write(each)
        writer.finish()
        return io.BytesIO(stream.getvalue())


class JsonLinesTest(WriterTestCase):
    def lines(self, *listed):
        return [json.loads(line) for line in self.write("jsonl", *listed)]

    def test_form_of_tokens(self):
        vectors = np.array([[[0.5, -2.0, 1e-9], [3.0, 0.0, 123456.7]]], np.float32)
        found = feature_files.Features([2], ['"好'], vectors, 0)
        self.assertEqual(
            self.write("jsonl", found).read().decode("utf-8"),
            '{"linex_index": 0, "features": [{"token": "\\"好", "layers": ['
            '{"index": -1, "values": [0.5,-2,1e-09]}, '
            '{"index": 0, "values": [3,0,123456.7]}]}]}\n',
        )

    def test_every_token_has_its_layers(self):
        given = [features(3, 1), features(2, 2)]
        lines = self.lines(*given)
        self.assertEqual([line["linex_index"] for line in lines], [0, 1])
        for line, each in zip(lines, given):
            tokens = [token["token"] for token in line["features"]]
            self.assertEqual(tokens, each.tokens)
            values = [
                [layer["values"] for layer in token["layers"]]
                for token in line["features"]
            ]
            self.assertAllClose(values, each.vectors, rtol=1e-6, atol=0.0)

    def test_form_of_one_vector(self):
        given = features(3, 1, pooled=True)
        (line,) = self.lines(given)
        self.assertEqual(sorted(line), ["layers", "linex_index"])
        self.assertEqual([layer["index"] for layer in line["layers"]], [-1, 0])
        values = [layer["values"] for layer in line["layers"]]
        self.assertAllClose(values, given.vectors, rtol=1e-6, atol=0.0)


class NpzTest(WriterTestCase):
    def load(self, *listed):
        return np.load(self.write("npz", *listed), allow_pickle=False)

    def test_tokens_stand_one_after_the_other(self):
        given = [features(3, 1), features(2, 2)]
        with self.load(*given) as found:
            names = ["ids", "layers", "offsets", "vectors", "vocabulary"]
            self.assertEqual(sorted(found), names)
            self.assertAllEqual(found["layers"], [-1, 0])
            self.assertAllEqual(found["offsets"], [0, 3, 5])
            self.assertAllEqual(found["ids"], [2, 3, 4, 2, 3])
            joined = np.concatenate([each.vectors for each in given])
            self.assertAllEqual(found["vectors"], joined)
            self.assertEqual(found["vectors"].dtype, np.float32)
            tokens = found["vocabulary"][found["ids"]].tolist()
            self.assertEqual(tokens, given[0].tokens + given[1].tokens)

    def test_one_vector_for_each_text(self):
        given = [features(3, 1, pooled=True), features(2, 2, pooled=True)]
        with self.load(*given) as found:
            self.assertEqual(sorted(found), ["layers", "vectors"])
            expected = np.stack([each.vectors for each in given])
            self.assertAllEqual(found["vectors"], expected)

    def test_same_vectors_same_bytes(self):
        first, second = (self.write("npz", features(3, 1)).read() for _ in range(2))
        self.assertEqual(first, second)


if __name__ == "__main__":
    tf.test.main()
