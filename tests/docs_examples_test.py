"""Tests that the code in the documentation does what the page says."""

import os
import re
from unittest import mock

import tensorflow.compat.v1 as tf

from model import encoders
from pretrain import objective
from tests.testing import encoder as encoder_testing
from tests.testing import objective as objective_testing

DOCS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "docs")


def example(page, name):
    """Runs the Python block of a page and returns what it calls `name`."""
    with open(os.path.join(DOCS, page), encoding="utf-8") as stream:
        (block,) = re.findall(r"```python\n(.*?)```", stream.read(), re.DOTALL)
    scope = {"__name__": page}
    exec(compile(block, page, "exec"), scope)
    return scope[name]


class AddAnObjectiveTest(objective_testing.ObjectiveTestCase):
    def test_the_example_holds_what_training_relies_on(self):
        made = example("add_an_objective.md", "TurnedRound")
        with mock.patch.dict(objective.REGISTRY._values, {made.name: made}):
            features = objective_testing.batch([12, 7, 2])
            self.check_objective(made.name, features, objectives=[made.name])


class AddAnEncoderTest(tf.test.TestCase):
    def test_the_example_holds_what_encoders_promise(self):
        made = example("add_an_encoder.md", "RUNNING_MEAN")
        with mock.patch.dict(encoders.ENCODERS._values, {"running_mean": made}):
            config = encoder_testing.tiny_config(
                encoder="running_mean",
                num_attention_heads=1,
                head_ratio=1,
                conv_type="noconv",
            )
            encoder_testing.check_encoder(self, config)


if __name__ == "__main__":
    tf.test.main()
