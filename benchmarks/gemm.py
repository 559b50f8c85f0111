"""Measures the machine's limit: how fast it multiplies large matrices.

    python -m benchmarks.gemm [torch]

Prints the library's version and its GFLOP/s, a multiplication and an addition counted
as two, in float32.
"""

import statistics
import sys
import time
from typing import Any, Callable, Tuple

SIZE = 2048
REPEATS = 15


def rate(multiply: Callable[[], Any]) -> float:
    """Returns the GFLOP/s of a function that multiplies two square matrices."""
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        multiply()
        seconds.append(time.perf_counter() - start)
    return 2 * SIZE**3 / statistics.median(seconds) / 1e9


def with_tensorflow() -> Tuple[str, float]:
    """Returns TensorFlow's version and rate."""
    from util import compat, logs

    logs.quiet()
    compat.activate()
    import tensorflow.compat.v1 as tf

    with tf.Graph().as_default(), tf.Session() as session:
        factors = [tf.get_variable(name, [SIZE, SIZE]) for name in "ab"]
        product = tf.matmul(*factors).op
        session.run(tf.global_variables_initializer())
        return "TensorFlow " + tf.__version__, rate(lambda: session.run(product))


def with_torch() -> Tuple[str, float]:
    """Returns torch's version and rate."""
    import torch

    factors = [torch.randn(SIZE, SIZE) for _ in range(2)]
    version = torch.__version__.split("+")[0]
    return "torch " + version, rate(lambda: torch.mm(*factors))


if __name__ == "__main__":
    library, gflops = with_torch() if "torch" in sys.argv else with_tensorflow()
    print("%s: %.1f" % (library, gflops))
