"""Tests that the code in the documentation does what the page says."""

import os
import re
from unittest import mock

import tensorflow.compat.v1 as tf

from finetune import task as task_lib
from finetune.classification import tables
from model import encoders
from pretrain import objective
from tests.finetune import models
from tests.testing import encoder as encoder_testing
from tests.testing import objective as objective_testing
from tests.testing import task as task_testing
from util import files

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


class AddATaskTest(tf.test.TestCase):
    def test_the_example_holds_what_training_relies_on(self):
        make = example("add_a_task.md", "from_definition")
        definition = {"train": "a", "dev": "b", "topics": ["law", "sport"]}
        task = make("news", definition, task_lib.Surroundings("nowhere"))
        labels = [(1, 0), (0, 1), (1, 1)]
        examples = [
            tables.Example(str(number), "good bad", None, label)
            for number, label in enumerate(labels)
        ]
        task_testing.check_task(self, task, examples)

    def test_the_example_reads_what_it_says(self):
        make = example("add_a_task.md", "from_definition")
        folder = os.path.join(self.get_temp_dir(), "news")
        files.write_text(
            os.path.join(folder, "b.jsonl"), '{"text": "x", "topics": ["sport"]}\n'
        )
        definition = {"train": "a.jsonl", "dev": "b.jsonl", "topics": ["law", "sport"]}
        task = make("news", definition, task_lib.Surroundings(self.get_temp_dir()))
        (dev,) = task.with_role(task_lib.DEV)
        path = task.reader.find(self.get_temp_dir(), dev)
        self.assertEqual(task.reader.read(path, dev).examples[0].label, (0, 1))


class FeaturesTest(tf.test.TestCase):
    def test_the_example_finds_what_is_alike(self):
        most_similar = example("features.md", "most_similar")
        model_dir = os.path.join(self.get_temp_dir(), "tiny")
        models.write_pretrained(model_dir)
        texts = ["good fine", "bad poor dull", "warm cold"]
        self.assertEqual(most_similar("bad poor dull", texts, model_dir), texts[1])


if __name__ == "__main__":
    tf.test.main()
