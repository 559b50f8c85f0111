"""Tests for finetune.settings."""

from absl.testing import absltest, parameterized

from finetune import settings


class SettingsTest(parameterized.TestCase):
    def test_published_defaults(self):
        chosen = settings.FinetuneSettings()
        self.assertEqual(chosen.task_names, ["cola"])
        self.assertEqual(
            (chosen.num_train_epochs, chosen.max_seq_length, chosen.train_batch_size),
            (3.0, 128, 32),
        )
        self.assertEqual(settings.DEFAULTS["learning_rate"], 3e-4)
        self.assertEqual(settings.DEFAULTS["layerwise_lr_decay"], 0.8)
        self.assertEqual(settings.DEFAULTS["warmup_proportion"], 0.1)
        self.assertEqual(settings.WIDE_DEFAULTS["learning_rate"], 1e-4)

    def test_settings_of_question_answering_are_known(self):
        chosen = settings.QuestionAnsweringSettings()
        self.assertEqual((chosen.doc_stride, chosen.beam_size), (128, 20))

    @parameterized.parameters(
        (dict(), ""),
        (dict(init_checkpoint="none"), "random"),
        (dict(run_name="lr1"), "lr1"),
        (dict(init_checkpoint="none", run_name="lr1"), "random_lr1"),
        (dict(debug=True), "debug"),
        (dict(init_checkpoint="some/folder"), ""),
    )
    def test_results_of_other_kinds_of_runs_have_other_names(self, values, variant):
        self.assertEqual(settings.FinetuneSettings(**values).variant, variant)

    @parameterized.named_parameters(
        ("no_task", dict(task_names=[]), "task_names is empty"),
        ("twice", dict(task_names=["a", "a"]), "lists a twice"),
        ("no_trial", dict(num_trials=0), "'num_trials' must be at least 1"),
        ("endless", dict(num_trials=-1), "'num_trials' must be at least 1"),
        (
            "nothing_to_do",
            dict(do_train=False, do_eval=False, write_test_outputs=False),
            "all false",
        ),
        ("folder_in_name", dict(run_name="a/b"), "made of letters.*'a/b'"),
        ("markup_in_name", dict(run_name="<b>|"), "made of letters.*'<b>|'"),
    )
    def test_refused(self, values, message):
        with self.assertRaisesRegex(ValueError, message):
            settings.FinetuneSettings(**values)


if __name__ == "__main__":
    absltest.main()
