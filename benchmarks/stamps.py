"""Runs a training program and notes when each step ends.

    python -m benchmarks.stamps CHECKOUT/run_pretraining.py FILE [FLAGS OF THE PROGRAM]

Works for this repository and for the original: what they have in common is
`tf.estimator.Estimator.train`, which gets one more hook. Each step adds a line to the
file: seconds of the monotonic clock, peak resident memory in megabytes.
"""

import os
import resource
import runpy
import sys
import time
from typing import Any


def main(program: str, path: str) -> None:
    """Trains until it is killed; flags are in sys.argv."""
    checkout = os.path.dirname(program)
    os.chdir(checkout)
    sys.path[0] = checkout
    import tensorflow.compat.v1 as tf

    class StampHook(tf.train.SessionRunHook):
        def begin(self) -> None:
            self._stream = open(path, "w", buffering=1, encoding="ascii")

        def after_run(self, run_context: Any, run_values: Any) -> None:
            kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            self._stream.write("%.6f %.1f\n" % (time.monotonic(), kilobytes / 1024))

    plain_train = tf.estimator.Estimator.train

    def train(self, input_fn, hooks=None, **others):
        return plain_train(self, input_fn, list(hooks or []) + [StampHook()], **others)

    tf.estimator.Estimator.train = train
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    program_path, stamps_path = map(os.path.abspath, sys.argv[1:3])
    sys.argv[1:3] = []
    main(program_path, stamps_path)
