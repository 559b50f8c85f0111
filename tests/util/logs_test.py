"""Tests for util.logs."""

import logging

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from util import logs


def record(message, path, level=logging.INFO):
    return logging.LogRecord("tensorflow", level, path, 1, message, (), None)


class LogsTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(
        ("Saving checkpoints for 10 into m/model.ckpt.", logging.INFO, True),
        ("Restoring parameters from m/model.ckpt-10", logging.INFO, True),
        ("Calling model_fn.", logging.INFO, False),
        ("tf.where is deprecated.", logging.WARNING, False),
        ("No space left.", logging.ERROR, True),
    )
    def test_what_a_user_sees_of_tensorflow(self, message, level, is_shown):
        path = "/lib/tensorflow/python/saver.py"
        self.assertEqual(logs.is_useful(record(message, path, level)), is_shown)

    def test_our_own_messages_are_shown(self):
        self.assertTrue(
            logs.is_useful(record("Starting from x", "/main/pretrain/a.py"))
        )

    def test_filter_is_added_once(self):
        logger = logging.getLogger("tensorflow")
        before, level = list(logger.filters), tf.logging.get_verbosity()
        try:
            logs.quiet()
            logs.quiet()
            self.assertLen(logger.filters, len(set(before) | {logs.is_useful}))
        finally:
            logger.filters = before
            tf.logging.set_verbosity(level)


if __name__ == "__main__":
    tf.test.main()
