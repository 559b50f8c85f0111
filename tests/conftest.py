"""Puts every test in graph mode, on whichever TensorFlow is installed."""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

from util import compat  # noqa: E402  (the path must be set first)

compat.activate()


def pytest_collection_modifyitems(items):
    """Drops tf.test.TestCase.test_session, a helper that only looks like a test."""
    items[:] = [item for item in items if item.name != "test_session"]
