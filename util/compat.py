"""The only place that asks which TensorFlow is installed."""

from typing import Tuple

OLDEST = (1, 15)
NEWEST = (2, 15)


def tensorflow_version() -> Tuple[int, int]:
    """Returns the installed TensorFlow's (major, minor)."""
    import tensorflow

    major, minor = tensorflow.__version__.split(".")[:2]
    return int(major), int(minor)


def check_version(version: Tuple[int, int]) -> None:
    """Refuses a TensorFlow that has no Estimator or is too old.

    Args:
      version: (major, minor).

    Raises:
      RuntimeError: The version is not one that the product runs on.
    """
    if not OLDEST <= version <= NEWEST:
        raise RuntimeError(
            "TensorFlow %d.%d is installed, but the Estimator API that training is "
            "built on exists in 1.15 to 2.15 only. Install `tensorflow==1.15` "
            "(Python 3.7) or `tensorflow>=2.15,<2.16` (Python 3.9 to 3.11); "
            "`bash tools/environment.sh` does it." % version
        )


def activate() -> None:
    """Puts TensorFlow in graph mode with resource variables, in every version.

    Raises:
      RuntimeError: The installed TensorFlow is not supported.
    """
    check_version(tensorflow_version())
    import tensorflow.compat.v1 as tf

    tf.disable_v2_behavior()
    tf.enable_resource_variables()
