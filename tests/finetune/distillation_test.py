"""Tests for finetune.distillation."""

import contextlib
import dataclasses
import io
import json
import os
from unittest import mock

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from finetune import catalog, distillation, heads
from finetune import task as task_lib
from finetune.classification import features as text_features
from finetune.classification import tables
from model import modeling
from tests.finetune import fakes
from tests.testing import task as task_testing

TRAIN = task_lib.Split("train", task_lib.TRAIN)
DEV = task_lib.Split("dev", task_lib.DEV)
EXAMPLES = [
    tables.Example("a", "10 11", "12", 0, (1.0, -1.0)),
    tables.Example("b", "13", "14", 1, (0.5, 2.0)),
]


class Reader(task_lib.Reader):
    """Gives the same examples for every file."""

    def __init__(self, examples):
        self._examples = examples

    def find(self, data_dir, split):
        return os.path.join(data_dir, split.name)

    def read(self, path, split):
        return task_lib.Dataset(path, self._examples)


class Tokenizer:
    cls_id, sep_id = 2, 3

    def encode_batch(self, texts):
        return [[int(word) for word in text.split()] for text in texts]


def context(is_training):
    return task_lib.FeatureContext(Tokenizer(), 16, is_training)


def plain_task(head=None, labels=("no", "yes"), examples=(), unordered=False):
    return task_lib.Task(
        name="toy",
        splits=(TRAIN, DEV),
        reader=Reader(list(examples)),
        features=text_features.TextFeatures(unordered=unordered),
        head=head or heads.Classification(2, dropout_rate=0.0),
        metrics=lambda predictions: {},
        metric_names=(),
        score=(),
        writer=mock.Mock(),
        is_degenerate=lambda predictions: None,
        analyze=mock.Mock(),
        labels=labels,
    )


def settings(distill_from="data", **changes):
    return distillation.DistillationSettings(distill_from=distill_from, **changes)


class SettingsTest(parameterized.TestCase):
    def test_there_is_no_teacher_by_default(self):
        self.assertEqual(
            distillation.DistillationSettings().to_dict(),
            {
                "distill_from": None,
                "distill_alpha": 0.5,
                "distill_loss": "mse",
                "distill_temperature": 1.0,
            },
        )

    @parameterized.parameters(
        ("distill_alpha", 1.5, "at most 1"),
        ("distill_loss", "cross-entropy", "Did you mean 'cross_entropy'"),
        ("distill_temperature", 0.0, "at least 0.01"),
    )
    def test_wrong_values_are_refused(self, name, value, message):
        with self.assertRaisesRegex(ValueError, message):
            settings(**{name: value})

    def test_settings_of_a_teacher_that_is_not_there_are_refused(self):
        with self.assertRaisesRegex(
            ValueError, "distill_alpha, distill_loss is set, but there is no teacher"
        ):
            settings(None, distill_alpha=0.9, distill_loss="cross_entropy")

    def test_a_temperature_of_squared_differences_is_refused(self):
        with self.assertRaisesRegex(ValueError, "set distill_loss to cross_entropy"):
            settings(distill_temperature=4.0)
        settings(distill_temperature=4.0, distill_loss="cross_entropy")


class WrapTest(tf.test.TestCase):
    def test_without_a_teacher_the_task_stays_as_it_is(self):
        task = plain_task()
        self.assertIs(
            distillation.wrap(task, distillation.DistillationSettings()), task
        )

    def test_reader_features_and_head_are_others(self):
        task = plain_task()
        wrapped = distillation.wrap(task, settings("file"))
        self.assertEqual(
            wrapped.reader,
            distillation.TaughtReader(task.reader, "file", ("no", "yes")),
        )
        self.assertEqual(
            wrapped.features, distillation.SoftTargetFeatures(task.features, 2)
        )
        self.assertEqual(
            wrapped.head, distillation.Distilled(task.head, settings("file"))
        )
        for field in dataclasses.fields(task):
            if field.name not in ("reader", "features", "head"):
                self.assertIs(getattr(wrapped, field.name), getattr(task, field.name))

    def test_a_regression_has_one_soft_target(self):
        task = plain_task(heads.Regression(0.0, 5.0), labels=())
        self.assertEqual(distillation.wrap(task, settings()).features.size, 1)

    def test_cross_entropy_of_a_regression_is_refused(self):
        task = plain_task(heads.Regression(0.0, 5.0), labels=())
        with self.assertRaisesRegex(ValueError, "toy is a regression; use mse"):
            distillation.wrap(task, settings(distill_loss="cross_entropy"))

    def test_other_tasks_are_refused(self):
        class Tagging(heads.Head):
            def compute(self, encoded, features, is_training, scope):
                """Is never asked."""

        with self.assertRaisesRegex(ValueError, "toy is neither: its head is Tagging"):
            distillation.wrap(plain_task(Tagging()), settings())


class TaughtReaderTest(tf.test.TestCase):
    def teacher_file(self, rows):
        path = os.path.join(self.get_temp_dir(), "train.predictions.jsonl")
        with open(path, "w", encoding="utf-8") as stream:
            stream.writelines(json.dumps(each) + "\n" for each in rows)
        return path

    def reader(self, teacher, examples):
        return distillation.TaughtReader(Reader(examples), teacher, ("no", "yes"))

    def test_training_examples_get_their_logits(self):
        examples = [each._replace(soft_targets=None) for each in EXAMPLES]
        said = [{"id": "b", "logits": [0.5, 2.0]}, {"id": "a", "logits": [1.0, -1.0]}]
        dataset = self.reader(self.teacher_file(said), examples).read("x", TRAIN)
        self.assertEqual(dataset.examples, EXAMPLES)

    def test_an_example_without_logits_is_named(self):
        path = self.teacher_file([{"id": "a", "logits": [1.0, -1.0]}])
        with self.assertRaisesRegex(ValueError, "lacks 1 of the 2 .* such as b"):
            self.reader(path, EXAMPLES).read("x", TRAIN)

    def test_other_files_need_no_teacher(self):
        dataset = self.reader("/nowhere", EXAMPLES).read("x", DEV)
        self.assertEqual(dataset.examples, EXAMPLES)

    def test_files_are_found_as_without(self):
        self.assertEqual(self.reader("data", []).find("d", DEV), "d/dev")

    def test_logits_of_the_training_file_itself(self):
        dataset = self.reader("data", EXAMPLES).read("x", TRAIN)
        self.assertEqual(dataset.examples, EXAMPLES)

    def test_a_training_file_without_logits_is_refused(self):
        examples = [EXAMPLES[0], EXAMPLES[1]._replace(soft_targets=None)]
        with self.assertRaisesRegex(ValueError, "x: example b has no logits"):
            self.reader("data", examples).read("x", TRAIN)

    def test_a_wrong_number_of_logits_is_refused(self):
        examples = [EXAMPLES[0]._replace(soft_targets=(1.0, 2.0, 3.0))]
        with self.assertRaisesRegex(ValueError, "a has 3 logits, expected 2"):
            self.reader("data", examples).read("x", TRAIN)


class SoftTargetFeaturesTest(tf.test.TestCase):
    def builder(self, unordered=False):
        inner = text_features.TextFeatures(unordered=unordered)
        return distillation.SoftTargetFeatures(inner, 2)

    def test_features_of_the_task_stay_as_they_are(self):
        builder = self.builder()
        built = list(builder.build(EXAMPLES, context(True)))
        for plain, own in zip(builder.inner.build(EXAMPLES, context(True)), built):
            self.assertEqual({name: own[name] for name in plain}, plain)

    def test_training_examples_have_soft_targets(self):
        built = list(self.builder().build(EXAMPLES, context(True)))
        self.assertEqual(
            [each["soft_targets"] for each in built], [[1.0, -1.0], [0.5, 2.0]]
        )
        self.assertEqual([each["has_soft_targets"] for each in built], [1, 1])

    def test_both_orders_of_a_pair_have_the_same(self):
        built = list(self.builder(unordered=True).build(EXAMPLES, context(True)))
        self.assertEqual([each["label"] for each in built], [0, 0, 1, 1])
        self.assertEqual(
            [each["soft_targets"] for each in built],
            [[1.0, -1.0], [1.0, -1.0], [0.5, 2.0], [0.5, 2.0]],
        )

    def test_evaluated_examples_have_none(self):
        (built,) = self.builder().build(EXAMPLES[:1], context(False))
        self.assertEqual(built["soft_targets"], [0.0, 0.0])
        self.assertEqual(built["has_soft_targets"], 0)
        self.assertEqual(built["label"], 0)

    def test_a_training_example_that_no_teacher_has_seen(self):
        examples = [EXAMPLES[1]._replace(soft_targets=None)]
        (built,) = self.builder().build(examples, context(True))
        self.assertEqual((built["has_soft_targets"], built["label"]), (0, 1))

    def test_specs(self):
        specs = {spec.name: spec for spec in self.builder().specs()}
        self.assertEqual(specs["soft_targets"].shape, (2,))
        self.assertEqual(specs["soft_targets"].dtype, "float")
        self.assertEqual(specs["has_soft_targets"].shape, ())
        self.assertIn("input_ids", specs)

    def test_fingerprint_knows_task_and_size(self):
        builder = self.builder()
        others = [dataclasses.replace(builder, size=3), self.builder(unordered=True)]
        prints = [str(each.fingerprint(context(True))) for each in [builder] + others]
        self.assertLen(set(prints), 3)

    def test_the_encoder_s_inputs_are_the_task_s(self):
        inner = mock.create_autospec(text_features.TextFeatures, instance=True)
        builder = distillation.SoftTargetFeatures(inner, 2)
        self.assertIs(builder.inputs({"a": 1}), inner.inputs.return_value)


class LossTest(tf.test.TestCase):
    LOGITS = np.array([[1.0, 0.0], [0.5, -2.0]], np.float32)
    TARGETS = np.array([[0.0, 0.0], [3.0, 1.0]], np.float32)

    def test_mean_squared_difference(self):
        with self.cached_session():
            losses = distillation.squared(self.LOGITS, self.TARGETS).eval()
        self.assertAllClose(losses, [0.5, (2.5**2 + 3.0**2) / 2])

    def test_cross_entropy_at_a_temperature(self):
        def softmax(values):
            return np.exp(values) / np.exp(values).sum(-1, keepdims=True)

        teacher, student = softmax(self.TARGETS / 2), softmax(self.LOGITS / 2)
        with self.cached_session():
            losses = distillation.cross_entropy(self.LOGITS, self.TARGETS, 2.0).eval()
        self.assertAllClose(losses, -4 * (teacher * np.log(student)).sum(-1))

    def test_cross_entropy_is_least_where_both_say_the_same(self):
        with self.cached_session():
            logits = tf.constant(self.LOGITS)
            loss = distillation.cross_entropy(logits, self.LOGITS, 3.0)
            (gradient,) = tf.gradients(loss, logits)
            self.assertAllClose(gradient.eval(), np.zeros([2, 2]), atol=1e-6)


class DistilledTest(tf.test.TestCase):
    def losses(self, inner=None, label=0, has=1, target=(0.0, 0.0), **changes):
        """Returns the loss of an example whose logits are (1, 0)."""
        inner = inner or heads.Classification(2, dropout_rate=0.0)
        is_class = isinstance(inner, heads.Classification)
        with tf.Graph().as_default(), self.session() as session:
            pooled = tf.constant([[1.0, 0.0]])
            encoded = modeling.EncoderOutput(pooled[:, None], pooled, (), (), pooled)
            batch = {
                "label": tf.constant([label], tf.int32 if is_class else tf.float32),
                "soft_targets": tf.constant([target], tf.float32),
                "has_soft_targets": tf.constant([has], tf.int32),
            }
            tested = distillation.Distilled(inner, settings(**changes))
            output = tested.compute(encoded, batch, True, "task_specific/toy")
            session.run(tf.global_variables_initializer())
            for variable in tf.trainable_variables():
                if "kernel" in variable.name:
                    variable.load(np.eye(2)[:, : variable.shape[1]], session)
            losses, self.outputs = session.run([output.losses, output.outputs])
            return losses

    def test_known_answer(self):
        self.assertAllClose(self.losses(), [0.4066], atol=1e-4)
        self.assertAllClose(self.outputs["logits"], [[1.0, 0.0]])

    def test_alpha_0_is_plain_cross_entropy(self):
        self.assertAllClose(self.losses(distill_alpha=0.0), [0.31326], atol=1e-5)

    def test_alpha_1_is_the_teacher_alone(self):
        self.assertAllClose(self.losses(distill_alpha=1.0), [0.5])
        self.assertAllClose(self.losses(distill_alpha=1.0, label=1), [0.5])

    def test_cross_entropy(self):
        found = self.losses(distill_alpha=1.0, distill_loss="cross_entropy")
        expected = -0.5 * (np.log(0.731059) + np.log(0.268941))
        self.assertAllClose(found, [expected], atol=1e-5)

    def test_an_example_without_soft_targets_has_the_plain_loss(self):
        self.assertAllClose(self.losses(has=0, distill_alpha=1.0), [0.31326], atol=1e-5)

    def test_a_regression_compares_values_on_the_scale_of_its_own_loss(self):
        inner = heads.Regression(1.0, 5.0, dropout_rate=0.0)  # Says 5.
        found = self.losses(inner, label=4.0, target=(3.0,), distill_alpha=0.25)
        self.assertAllClose(self.outputs["value"], [5.0])
        self.assertAllClose(found, [0.25 * 0.5**2 + 0.75 * 0.25**2])


class HarnessTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters("cola", "sts")
    def test_does_what_every_task_must_do(self, name):
        task = catalog.build(name, {}, task_lib.Surroundings("."))
        examples = fakes.examples(5, pair=name == "sts")
        task_testing.check_task(self, distillation.wrap(task, settings()), examples)


class MainTest(tf.test.TestCase):
    def test_the_command_writes_logits_beside_examples(self):
        names = ("p.jsonl", "d.tsv", "o.tsv")
        paths = [os.path.join(self.get_temp_dir(), name) for name in names]
        said = '{"id": "0", "logits": [1.5, 2]}\n'
        for path, text in zip(paths, (said, "label\ttext_a\n1\tgood\n")):
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            distillation.main(paths)
        self.assertEqual(
            printed.getvalue(), "Wrote the logits of 1 examples to %s\n" % paths[2]
        )
        with open(paths[2], encoding="utf-8") as stream:
            self.assertEqual(stream.read(), "label\ttext_a\tlogits\n1\tgood\t1.5 2.0\n")


if __name__ == "__main__":
    tf.test.main()
