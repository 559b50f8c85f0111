"""Measures the machine's limit: how fast it multiplies large matrices.

    python -m benchmarks.gemm

Prints GFLOP/s, a multiplication and an addition counted as two, in float32.
"""

import statistics
import time

from util import compat, logs

SIZE = 2048
REPEATS = 15


def rate() -> float:
    """Returns GFLOP/s of TensorFlow's product of two square matrices."""
    compat.activate()
    import tensorflow.compat.v1 as tf

    with tf.Graph().as_default(), tf.Session() as session:
        factors = [tf.get_variable(name, [SIZE, SIZE]) for name in "ab"]
        product = tf.matmul(*factors).op
        session.run(tf.global_variables_initializer())
        seconds = []
        for _ in range(REPEATS):
            start = time.perf_counter()
            session.run(product)
            seconds.append(time.perf_counter() - start)
    return 2 * SIZE**3 / statistics.median(seconds) / 1e9


if __name__ == "__main__":
    logs.quiet()
    print("%.1f" % rate())
