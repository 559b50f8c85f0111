"""Tests for finetune.selection."""

import os
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import selection
from util import files


class ScheduleTest(parameterized.TestCase):
    @parameterized.parameters(
        # steps per epoch, evaluations, checkpoints -> saved, evaluated every
        (100, 1, 500, 100, 100),
        (100.7, 1, 500, 101, 101),
        (100, 3, 500, 34, 34),
        (0.5, 1, 500, 1, 1),
        (1000, 1, 300, 250, 1000),
        (7, 10, 500, 1, 1),
        (1001, 1, 500, 334, 1002),
    )
    def test_every_evaluation_has_a_checkpoint(
        self, steps, per_epoch, save_every, saved, evaluated
    ):
        found = selection.schedule(steps, per_epoch, save_every)
        self.assertEqual((found.save_every, found.evaluate_every), (saved, evaluated))

    @parameterized.parameters((3.5, 1), (3.5, 2), (7.25, 5), (100.7, 3), (1000.1, 4))
    def test_no_epoch_is_evaluated_more_often_than_asked(self, steps, per_epoch):
        every = selection.schedule(steps, per_epoch, 500).evaluate_every
        ends = [int(steps * epoch) for epoch in range(6)]
        for begin, end in zip(ends, ends[1:]):
            evaluated = set(range(begin + every, end, every)) | {end}
            self.assertLessEqual(len(evaluated), per_epoch)

    def test_evaluations_come_with_what_needs_them(self):
        for values, expected in (
            (dict(), 0),
            (dict(evaluations_per_epoch=4), 4),
            (dict(keep_best=True), 1),
            (dict(early_stopping=2), 1),
            (dict(early_stopping=2, evaluations_per_epoch=3), 3),
        ):
            found = selection.SelectionSettings(**values).per_epoch()
            self.assertEqual(found, expected, values)


class CheckTest(parameterized.TestCase):
    @parameterized.parameters(
        dict(keep_best=True), dict(early_stopping=2), dict(evaluations_per_epoch=1)
    )
    def test_nothing_is_chosen_without_development_files(self, **values):
        settings = selection.SelectionSettings(**values)
        selection.check(settings, {"dev": ["mcc"]})
        with self.assertRaisesRegex(ValueError, "there are none; set do_eval"):
            selection.check(settings, {})

    def test_a_training_that_is_not_evaluated_needs_none(self):
        settings = selection.SelectionSettings()
        selection.check(settings, {})
        self.assertEqual(settings.per_epoch(), 0)

    @parameterized.parameters("mcc", "dev/mcc", "loss")
    def test_score_of_the_only_file_is_known(self, metric):
        settings = selection.SelectionSettings(keep_best=True, best_metric=metric)
        scores = {"dev": ["mcc", "loss"]}
        selection.check(settings, scores)
        name = metric.split("/")[-1]
        self.assertEqual(selection._place(metric, scores), ("dev", name))

    @parameterized.parameters(
        ("mc", {"dev": ["mcc", "loss"]}, "'mc'. Did you mean 'mcc'"),
        ("f1", {"dev": ["mcc"]}, "'f1'. Known: dev/mcc, mcc."),
        ("mcc", {"cola/dev": ["mcc"], "rte/dev": ["loss"]}, "Known: cola/dev/mcc, rte"),
        ("dev/mcc", {"a/dev": ["mcc"], "b/dev": ["mcc"]}, "mean '[ab]/dev/mcc'"),
    )
    def test_score_that_nobody_gives_is_refused(self, metric, scores, message):
        settings = selection.SelectionSettings(keep_best=True, best_metric=metric)
        with self.assertRaisesRegex(ValueError, message):
            selection.check(settings, scores)

    def test_a_metric_that_chooses_nothing_is_refused(self):
        with self.assertRaisesRegex(ValueError, "only the last step is evaluated"):
            selection.SelectionSettings(best_metric="loss")


class SelectorTest(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(dir=self.get_temp_dir())

    def selector(self, **values):
        settings = selection.SelectionSettings(
            **dict(dict(evaluations_per_epoch=1), **values)
        )
        return selection.Selector(self.folder, settings, ["mcc"])

    def fill(self, selector, scores, metric="mcc"):
        """Evaluates steps 10, 20, ... with checkpoints that hold their number."""
        for number, score in enumerate(scores, start=1):
            selector.add(10 * number, {"dev": {metric: score, "loss": -score}})
            prefix = os.path.join(self.folder, "model.ckpt-%d" % (10 * number))
            for ending in (".index", ".data-00000-of-00001"):
                files.write_text(prefix + ending, str(10 * number))
            selector.keep(prefix)

    def kept(self):
        names = [n for n in os.listdir(self.folder) if n.startswith("best.ckpt")]
        return sorted(names)

    def test_best_is_the_first_of_equals(self):
        selector = self.selector()
        self.fill(selector, [1.0, 3.0, 3.0, 2.0])
        self.assertEqual(selector.best_step, 20)

    def test_smallest_loss_is_best(self):
        selector = self.selector(best_metric="loss")
        self.fill(selector, [1.0, 3.0, 2.0])  # Losses -1, -3, -2.
        self.assertEqual(selector.best_step, 20)

    def test_metric_may_be_named_with_its_file(self):
        selector = self.selector(best_metric="dev/mcc")
        selector.add(1, {"dev": {"mcc": 30.0, "loss": 2.0}})
        self.assertEqual(selector.evaluations[0]["score"], 30.0)

    def test_score_that_a_file_lacks_names_those_there_are(self):
        with self.assertRaisesRegex(
            ValueError, r"score \(best_metric\) 'NoAns_f1'.*Known: dev/f1, dev/loss, f1"
        ):
            selector = self.selector(best_metric="NoAns_f1")
            selector.add(1, {"dev": {"f1": 1.0, "loss": 2.0}})

    def test_only_the_best_checkpoint_is_kept(self):
        self.fill(self.selector(keep_best=True), [1.0, 3.0, 2.0])
        self.assertEqual(
            self.kept(),
            ["best.ckpt-20.data-00000-of-00001", "best.ckpt-20.index"],
        )
        self.assertEqual(
            open(os.path.join(self.folder, "best.ckpt-20.index")).read(), "20"
        )

    def test_no_checkpoint_is_copied_where_the_last_is_wanted(self):
        self.fill(self.selector(), [1.0, 3.0])
        self.assertEmpty(self.kept())

    def test_interrupted_training_remembers(self):
        self.fill(self.selector(keep_best=True), [1.0, 3.0, 2.0])
        again = self.selector(keep_best=True)
        self.assertTrue(again.has(30))
        self.assertEqual(again.best_step, 20)
        again.forget_after(25)
        self.assertFalse(again.has(30))

    def test_best_checkpoint_becomes_the_folders_own(self):
        selector = self.selector(keep_best=True)
        self.fill(selector, [1.0, 3.0, 2.0])
        selector.finish()
        self.assertEndsWith(tf.train.latest_checkpoint(self.folder), "best.ckpt-20")
        self.assertTrue(self.selector(keep_best=True).is_finished)
        moved = self.folder + "_moved"
        os.rename(self.folder, moved)
        self.assertEqual(
            tf.train.latest_checkpoint(moved), os.path.join(moved, "best.ckpt-20")
        )

    def test_patience_ends_training(self):
        selector = self.selector(early_stopping=2)
        found = []
        for number, score in enumerate([1.0, 3.0, 2.0, 2.5], start=1):
            selector.add(number, {"dev": {"mcc": score}})
            found.append(selector.should_stop)
        self.assertEqual(found, [False, False, False, True])

    def test_endless_patience_never_ends_it(self):
        selector = self.selector()
        for number in range(1, 20):
            selector.add(number, {"dev": {"mcc": -float(number)}})
            self.assertFalse(selector.should_stop)


if __name__ == "__main__":
    tf.test.main()
