"""Keeps the output of a run to what its reader can use."""

import logging
import os
import warnings

KEPT = ("Saving checkpoints for", "Restoring parameters from")
LIBRARIES = ("%stensorflow" % os.sep, "%sabsl" % os.sep)


def quiet() -> None:
    """Hides TensorFlow's remarks except errors and what becomes of checkpoints.

    Main programs call it before TensorFlow is imported, for the native library reads
    its log level when it is loaded.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # 2 tells of missing GPUs.
    warnings.filterwarnings("ignore", category=FutureWarning)
    logger = logging.getLogger("tensorflow")
    logger.addFilter(is_useful)
    logger.setLevel(logging.INFO)


def is_useful(record: logging.LogRecord) -> bool:
    """Whether a message is an error, our own, or about checkpoints."""
    if record.levelno >= logging.ERROR:
        return True
    if not any(library in record.pathname for library in LIBRARIES):
        return True
    return record.getMessage().startswith(KEPT)
