"""Tests for finetune.training: what changes from epoch to epoch, and what is kept."""

import dataclasses
import os
import tempfile
from typing import Any, Dict, List
from unittest import mock

import numpy as np
import tensorflow.compat.v1 as tf

from finetune import freezing, prediction, selection, trials
from finetune import job as job_lib
from finetune import task as task_lib
from finetune import training as training_lib
from tests.finetune import fakes, models
from tests.finetune.trials_test import KilledError, KillHook, weights
from util import files, training, training_log


@dataclasses.dataclass(frozen=True)
class EasyExamples(task_lib.Renewal):
    """Repeats the examples that the model gets right, the first one if none."""

    tag: str = "easy"

    def num_examples(self, count):
        return count

    def examples(self, epoch, originals, ask, seed):
        said = ask(originals)
        predicted = said.outputs["logits"].argmax(-1)
        right = [
            example
            for example, label in zip(originals, predicted)
            if example.label == label
        ] or originals[:1]
        chosen = [right[number % len(right)] for number in range(len(originals))]
        return chosen, {"right": len(right)}


class TrainingTestCase(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.data_dir = tempfile.mkdtemp(dir=self.get_temp_dir())
        self.raw = os.path.join(self.data_dir, "finetuning_data")
        fakes.write_cola(self.raw, train=20)

    def ready(self, **changes):
        values: Dict[str, Any] = dict(num_train_epochs=3.0, write_test_outputs=False)
        return job_lib.prepare(
            models.tiny_job(self.data_dir, **dict(values, **changes))
        )

    def kill_at(self, step):
        """Makes the training die after so many steps, whatever its sessions."""
        original = training.train_and_evaluate
        hook = KillHook(step)

        def train(*args, **kwargs):
            kwargs["hooks"] = list(kwargs["hooks"]) + [hook]
            return original(*args, **kwargs)

        return mock.patch.object(training, "train_and_evaluate", train)

    def run_interrupted(self, ready, steps: List[int]):
        """Runs a trial that dies after each of some numbers of steps, and again."""
        for step in steps:
            with self.kill_at(step), self.assertRaises(KilledError):
                trials.run(ready)
        return trials.run(ready)["trials"][0]


class StagesTest(TrainingTestCase):
    def test_one_stage_where_nothing_changes(self):
        (stage,) = training_lib.stages(self.ready())
        self.assertEqual(stage, training_lib.Stage(0, 0, 15, 0))

    def test_epochs_are_stages_where_layers_join(self):
        deep = models.write_pretrained(
            os.path.join(self.data_dir, "deep"), num_hidden_layers=3
        )
        ready = self.ready(
            pretrained=deep,
            num_train_epochs=3.5,
            freezing=freezing.FreezingSettings(gradual_unfreezing=True),
        )
        found = [
            (stage.first_step, stage.last_step, stage.num_frozen_layers)
            for stage in training_lib.stages(ready)
        ]
        self.assertEqual(found, [(0, 5, 2), (5, 10, 1), (10, 15, 0), (15, 17, 0)])

    def test_last_steps_of_epochs_are_not_lost_to_rounding(self):
        ready = dataclasses.replace(
            self.ready(
                tasks=[dataclasses.replace(fakes.task("cola"), renewal=EasyExamples())]
            ),
            steps_per_epoch=1.15,
            num_train_steps=115,
        )
        last = training_lib.stages(ready)[-1]
        self.assertEqual((last.epoch, last.last_step), (99, 115))

    def test_stages_of_the_same_examples_see_each_once_in_an_epoch(self):
        rows = fakes.cola_rows(102)  # Windows of 3 steps, epochs of 25.5.
        for number, row in enumerate(rows):
            row[-1] = " ".join(["good"] * (1 + number % 5))
        fakes.write(os.path.join(self.raw, "CoLA"), "train.tsv", rows)
        deep = models.write_pretrained(
            os.path.join(self.data_dir, "deep"), num_hidden_layers=3
        )
        gradual = freezing.FreezingSettings(gradual_unfreezing=True)
        values: Dict[str, Any] = dict(pretrained=deep, num_train_epochs=2.0)
        self.assertTrue(self.ready(**values).job.has_buckets)
        seen = [
            self.indexes(self.ready(freezing=each, **values))
            for each in (freezing.FreezingSettings(), gradual)
        ]
        self.assertEqual(seen[0], seen[1])

    def indexes(self, ready):
        """Returns the numbers of the examples that all stages together train on."""
        run = dataclasses.replace(ready.job.run, model_dir=self.get_temp_dir())
        training_of = training_lib.Training(ready, run, mock.Mock())
        found: List[int] = []
        for stage in training_lib.stages(ready):
            with tf.Graph().as_default(), tf.Session() as session:
                tf.set_random_seed(1)
                dataset = training_of.input_fn(stage, stage.first_step)({})
                batch = tf.data.make_one_shot_iterator(dataset).get_next()["index"]
                for _ in range(stage.last_step - stage.first_step):
                    found += session.run(batch).tolist()
        return found


class FreezingTest(TrainingTestCase):
    def test_layers_join_one_after_the_other(self):
        deep = models.write_pretrained(
            os.path.join(self.data_dir, "deep"), num_hidden_layers=3
        )
        before = weights(os.path.join(self.data_dir, "deep"))
        model_dirs = {}
        for epochs in (1.0, 2.0):
            ready = self.ready(
                pretrained=deep,
                num_train_epochs=epochs,
                run_name="e%d" % epochs,
                freezing=freezing.FreezingSettings(gradual_unfreezing=True),
            )
            trials.run(ready)
            model_dirs[epochs] = weights(ready.job.paths.trial_model(1))
        for epochs, resting in ((1.0, (0, 1)), (2.0, (0,))):
            for name, value in before.items():
                if not name.startswith("electra/"):
                    continue
                rests = "/embeddings" in name or any(
                    "/layer_%d/" % layer in name for layer in resting
                )
                if rests:
                    self.assertAllEqual(value, model_dirs[epochs][name])
                elif name.endswith("kernel") or "LayerNorm" in name:
                    self.assertNotAllEqual(value, model_dirs[epochs][name], name)


class SelectionTest(TrainingTestCase):
    def scores(self, *values):
        """Makes evaluations give these scores in turn, again and again at the end."""
        task = fakes.task("cola")
        left = list(values)

        def metrics(predictions):
            real = task.metrics(predictions)
            score = left.pop(0) if len(left) > 1 else left[0]
            return dict(real, mcc=score)

        return dataclasses.replace(task, metrics=metrics)

    def test_best_evaluation_is_kept(self):
        ready = self.ready(
            tasks=[self.scores(1.0, 3.0, 2.0, 7.0)],
            selection=selection.SelectionSettings(keep_best=True),
        )
        (trial,) = trials.run(ready)["trials"]
        self.assertEqual(trial["selection"]["best_step"], 10)
        self.assertEqual(
            [each["step"] for each in trial["selection"]["evaluations"]], [5, 10, 15]
        )
        kept = weights(ready.job.paths.trial_model(1))
        self.assertEqual(int(kept["global_step"]), 10)
        other = self.ready(num_train_epochs=2.0, run_name="two")
        trials.run(other)  # Its learning rate falls faster: other weights.
        last = weights(other.job.paths.trial_model(1))
        name = "task_specific/cola/dense/kernel"
        self.assertNotAllClose(kept[name], last[name])

    def test_training_killed_at_its_very_end_ends_with_the_best_weights(self):
        ready = self.ready(
            tasks=[self.scores(1.0, 3.0, 2.0, 7.0)],
            selection=selection.SelectionSettings(keep_best=True),
        )
        write = files.write_text

        def write_text(path, text):
            if "best.ckpt" in text:
                raise KilledError
            write(path, text)

        with mock.patch.object(files, "write_text", write_text):
            with self.assertRaises(KilledError):
                trials.run(ready)
        trials.run(ready)
        kept = weights(ready.job.paths.trial_model(1))
        self.assertEqual(int(kept["global_step"]), 10)

    def test_training_ends_when_nothing_gets_better(self):
        ready = self.ready(
            tasks=[self.scores(3.0, 2.0, 1.0)],
            num_train_epochs=9.0,
            selection=selection.SelectionSettings(early_stopping=2),
        )
        (trial,) = trials.run(ready)["trials"]
        steps = [each["step"] for each in trial["selection"]["evaluations"]]
        self.assertEqual(steps, [5, 10, 15])
        last = weights(ready.job.paths.trial_model(1))
        self.assertEqual(int(last["global_step"]), 15)
        log = training_log.read(training_log.path_in(ready.job.paths.trial_model(1)))
        self.assertEqual(set(log.evaluation), {"mcc", "loss_per_example"})
        self.assertEqual([step for step, _ in log.evaluation["mcc"]], [5, 10, 15])

    def test_last_evaluation_is_not_made_a_second_time(self):
        for best, asked in (("loss", [5, 10, 15]), ("", [5, 10, 15])):
            settings = selection.SelectionSettings(keep_best=True, best_metric=best)
            ready = self.ready(selection=settings, run_name="asked" + best)
            seen: List[int] = []
            original = prediction.Predictor.predict

            def predict(own, checkpoint, splits, seen=seen, original=original):
                seen.append(int(checkpoint.rsplit("-", 1)[-1]))
                return original(own, checkpoint, splits)

            with mock.patch.object(prediction.Predictor, "predict", predict):
                (trial,) = trials.run(ready)["trials"]
            self.assertEqual(seen, asked)
            stored = trial["metrics"]["dev"]
            (again,) = trials.run(self.ready(do_train=False, run_name="asked" + best))[
                "trials"
            ]
            self.assertEqual(again["metrics"]["dev"], stored)

    def test_prediction_that_is_not_finite_fails_the_trial(self):
        settings = selection.SelectionSettings(keep_best=True, best_metric="loss")
        original = prediction.Predictor.predict

        def predict(own, checkpoint, splits):
            said = original(own, checkpoint, splits)
            said[0].outputs["logits"][0, 0] = np.nan
            return said

        with mock.patch.object(prediction.Predictor, "predict", predict):
            (trial,) = trials.run(self.ready(selection=settings))["trials"]
        self.assertEqual(trial["failed"], "its predictions of dev are not finite")

    def test_epochs_that_end_within_a_batch_are_evaluated_once(self):
        fakes.write_cola(self.raw, train=14)  # 3.5 steps.
        deep = models.write_pretrained(
            os.path.join(self.data_dir, "deep"), num_hidden_layers=3
        )
        for gradual, expected in ((True, [3, 7, 10]), (False, [4, 8, 10])):
            ready = self.ready(
                pretrained=deep,
                run_name="gradual%d" % gradual,
                selection=selection.SelectionSettings(evaluations_per_epoch=1),
                freezing=freezing.FreezingSettings(gradual_unfreezing=gradual),
            )
            (trial,) = trials.run(ready)["trials"]
            steps = [each["step"] for each in trial["selection"]["evaluations"]]
            self.assertEqual(steps, expected)

    def test_training_interrupted_between_evaluations_keeps_to_them(self):
        ready = self.ready(
            selection=selection.SelectionSettings(keep_best=True),
            run=dict(save_checkpoints_steps=2),  # Steps 2, 4 and 6 of 6.
        )
        trial = self.run_interrupted(ready, [5])
        steps = [each["step"] for each in trial["selection"]["evaluations"]]
        self.assertEqual(steps, [6, 12, 15])

    def test_evaluation_that_was_interrupted_is_made_up_for(self):
        original = prediction.Predictor.predict
        deep = models.write_pretrained(
            os.path.join(self.data_dir, "deep"), num_hidden_layers=3
        )
        fakes.write_cola(self.raw, train=14)
        for step in (3, 10):  # The end of an epoch, the end of the training.
            ready = self.ready(
                pretrained=deep,
                run_name="killed%d" % step,
                selection=selection.SelectionSettings(keep_best=True),
                freezing=freezing.FreezingSettings(gradual_unfreezing=True),
            )

            def predict(own, checkpoint, splits, step=step):
                if checkpoint.endswith("-%d" % step):
                    raise KilledError
                return original(own, checkpoint, splits)

            path = training_log.path_in(ready.job.paths.trial_model(1))
            with mock.patch.object(prediction.Predictor, "predict", predict):
                with self.assertRaises(KilledError):
                    trials.run(ready)
            with open(path, "a") as stream:
                stream.write('{"step": %d, "eval_mc' % step)
            (trial,) = trials.run(ready)["trials"]
            steps = [each["step"] for each in trial["selection"]["evaluations"]]
            self.assertEqual(steps, [3, 7, 10])
            curve = training_log.read(path).evaluation["mcc"]
            self.assertEqual([step for step, _ in curve], steps)

    def test_interrupted_training_chooses_the_same(self):
        settings = selection.SelectionSettings(
            keep_best=True, best_metric="loss", evaluations_per_epoch=2
        )
        ready = self.ready(selection=settings, num_train_epochs=2.0)
        whole = trials.run(ready)["trials"][0]
        again = self.ready(selection=settings, num_train_epochs=2.0, run_name="again")
        trial = self.run_interrupted(again, [3, 4])
        self.assertEqual(trial["selection"], whole["selection"])
        self.assertEqual(trial["metrics"], whole["metrics"])


class RenewalTest(TrainingTestCase):
    def test_interrupted_training_with_renewed_examples_ends_the_same(self):
        task = dataclasses.replace(fakes.task("cola"), renewal=EasyExamples())
        whole = self.ready(tasks=[task])
        trials.run(whole)
        broken = self.ready(tasks=[task], run_name="broken")
        trial = self.run_interrupted(broken, [3, 7, 7])
        self.assertAllClose(
            weights(whole.job.paths.trial_model(1)),
            weights(broken.job.paths.trial_model(1)),
            rtol=0,
            atol=0,
        )
        model_dir = broken.job.paths.trial_model(1)
        left = sorted(n for n in os.listdir(model_dir) if n.startswith("epoch_"))
        self.assertEqual(left, ["epoch_1.json", "epoch_2.json", "epoch_2.tfrecord"])
        self.assertEqual([each["epoch"] for each in trial["renewals"]], [1, 2])
        self.assertGreater(trial["renewals"][1]["right"], 0)

    def test_renewal_is_part_of_what_decides_the_weights(self):
        found = [
            self.ready(
                tasks=[dataclasses.replace(fakes.task("cola"), renewal=renewal)]
            ).settings
            for renewal in (None, EasyExamples(), EasyExamples(tag="x"))
        ]
        self.assertNotEqual(found[0], found[1])
        self.assertNotEqual(found[1], found[2])

    def test_renewal_and_several_tasks_are_refused(self):
        fakes.write_rte(self.raw)
        task = dataclasses.replace(fakes.task("cola"), renewal=EasyExamples())
        with self.assertRaisesRegex(ValueError, "multi_task or ssa"):
            self.ready(tasks=[task, "rte"])


class MixtureTest(TrainingTestCase):
    def test_two_tasks_learn_in_one_model_and_go_on_after_an_interruption(self):
        fakes.write_rte(self.raw, train=12)
        values: Dict[str, Any] = dict(tasks=("cola", "rte"), num_train_epochs=20.0)
        whole = trials.run(self.ready(**values))["trials"][0]
        self.assertEqual(set(whole["metrics"]), {"cola/dev", "rte/dev"})
        self.assertEqual(whole["metrics"]["cola/dev"]["mcc"], 100.0)
        self.assertEqual(whole["metrics"]["rte/dev"]["accuracy"], 100.0)
        self.assertAlmostEqual(whole["score"], 100.0)
        broken = self.ready(**dict(values, run_name="broken"))
        trial = self.run_interrupted(broken, [17, 9])
        self.assertEqual(trial["metrics"], whole["metrics"])


if __name__ == "__main__":
    tf.test.main()
