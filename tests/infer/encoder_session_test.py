"""Tests for infer.encoder_session."""

import contextlib
import dataclasses
import io
import tempfile
from unittest import mock

import numpy as np
import tensorflow.compat.v1 as tf

from infer import batches, encoder_session
from tests.finetune import models
from tests.infer import plain
from util import run_settings


def batch(count, length):
    ids = np.full([count, length], 5, np.int32)
    ids[:, 0], ids[:, -1] = 2, 3
    return batches.Batch(ids, np.ones_like(ids), np.zeros_like(ids))


class EncoderSessionTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.made = models.write_pretrained(tempfile.mkdtemp(dir=self.get_temp_dir()))

    def session(self, made=None, **run):
        self.log = io.StringIO()
        with contextlib.redirect_stderr(self.log):
            session = encoder_session.EncoderSession(
                made or self.made,
                run_settings.RunSettings(**run),
                lambda encoded, mask: encoded.sequence,
            )
        self.addCleanup(session.close)
        return session

    def test_answers_are_those_of_the_checkpoint(self):
        session = self.session()
        expected = plain.last_layer(self.made, "good good")
        self.assertAllClose(session.ask(batch(2, 4)), [expected] * 2, atol=1e-6)

    def test_weights_are_tabled(self):
        self.session()
        self.assertIn("Weights from %s" % self.made.checkpoint, self.log.getvalue())
        self.assertIn("| loaded |", self.log.getvalue())

    def test_a_frequent_shape_gets_a_graph_of_its_own(self):
        session = self.session()
        with mock.patch.object(encoder_session, "MANY_BATCHES", 3):
            answers = [session.ask(batch(2, 6)) for _ in range(4)]
            session.ask(batch(1, 6))
        self.assertEqual(list(session._of_shape), [(2, 6)])
        self.assertAllClose(answers, [answers[0]] * 4, atol=1e-5)

    def test_without_compiled_kernels_one_graph_is_enough(self):
        session = self.session(fuse_elementwise=False)
        with mock.patch.object(encoder_session, "MANY_BATCHES", 1):
            session.ask(batch(2, 6))
        self.assertEmpty(session._of_shape)

    def test_weights_that_do_not_fit_are_refused(self):
        wider = dataclasses.replace(self.made.encoder, intermediate_size=64)
        with self.assertRaisesRegex(ValueError, "does not fit the model"):
            self.session(self.made._replace(encoder=wider))

    def test_missing_weights_are_never_random(self):
        deeper = dataclasses.replace(self.made.encoder, num_hidden_layers=2)
        with self.assertRaisesRegex(ValueError, "of the scopes electra are missing"):
            self.session(self.made._replace(encoder=deeper))


if __name__ == "__main__":
    tf.test.main()
