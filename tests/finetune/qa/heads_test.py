"""Tests for finetune.qa.heads."""

import dataclasses
import functools

from absl.testing import parameterized
import numpy as np
from scipy import special
import tensorflow.compat.v1 as tf

from finetune import settings as settings_lib
from finetune.qa import heads, nbest
from model import modeling

SETTINGS = settings_lib.QuestionAnsweringSettings(
    n_best_size=4, beam_size=3, max_answer_length=3
)
JOINT = ("joint", True)
PLAIN = ("plain", False)
B, T, H = 2, 6, 16


def encoded(sequence=None, pooled=None):
    if sequence is None:
        sequence = np.random.RandomState(3).randn(B, T, H)
    sequence = tf.constant(sequence, tf.float32)
    pooled = sequence[:, 0] if pooled is None else tf.constant(pooled, tf.float32)
    return modeling.EncoderOutput(sequence, pooled, (), (), sequence)


def features(**changes):
    """[CLS], a question of one token, three of the passage, [SEP]; twice."""
    values = dict(
        input_ids=[[2, 9, 5, 6, 7, 3]] * B,
        segment_ids=[[0, 0, 1, 1, 1, 1]] * B,
        length=[6] * B,
        example=[0, 1],
        context_start=[2] * B,
        char_starts=[[0, 0, 0, 4, 8, 0]] * B,
        char_ends=[[0, 0, 3, 7, 11, 0]] * B,
        is_max_context=[[0, 0, 1, 1, 1, 0]] * B,
        answer_start=[3, 0],
        answer_end=[4, 0],
        is_impossible=[0, 1],
    )
    values.update(changes)
    return {name: tf.constant(value, tf.int32) for name, value in values.items()}


def of_another_task():
    shared = ("input_ids", "segment_ids", "length")
    return {
        name: values if name in shared else tf.zeros_like(values)
        for name, values in features().items()
    }


class HeadsTest(tf.test.TestCase, parameterized.TestCase):
    def head(self, joint, **changes):
        return heads.SpanHead(
            dataclasses.replace(SETTINGS, joint_prediction=joint, **changes)
        )

    def compute(self, head, batch=features, is_training=False, inputs=encoded):
        """Returns losses, outputs, gradients' sums and variables."""
        with tf.Graph().as_default(), tf.Session() as session:
            tf.set_random_seed(0)
            out = head.compute(inputs(), batch(), is_training, "task_specific/t")
            variables = tf.trainable_variables()
            for variable, gradient in zip(
                variables, tf.gradients(out.losses, variables)
            ):
                self.assertIsNotNone(gradient, variable.name)
            gradients = tf.gradients(out.losses, variables)
            session.run(tf.global_variables_initializer())
            named = {variable.op.name: variable for variable in variables}
            return session.run([out.losses, out.outputs, gradients, named])

    def test_variables_of_the_joint_head(self):
        variables = self.compute(self.head(True))[-1]
        shapes = {name: value.shape for name, value in variables.items()}
        scope = "task_specific/t/"
        self.assertEqual(
            shapes,
            {
                scope + "start/kernel": (H, 1),
                scope + "start/bias": (1,),
                scope + "end_hidden/kernel": (2 * H, 512),
                scope + "end_hidden/bias": (512,),
                scope + "end/kernel": (512, 1),
                scope + "end/bias": (1,),
                scope + "answerable_hidden/kernel": (2 * H, 512),
                scope + "answerable_hidden/bias": (512,),
                scope + "answerable/kernel": (512, 1),
                scope + "answerable/bias": (1,),
            },
        )

    def test_variables_of_the_plain_head(self):
        variables = self.compute(self.head(False, answerable_classifier=False))[-1]
        self.assertCountEqual(
            variables, ["task_specific/t/spans/kernel", "task_specific/t/spans/bias"]
        )

    def test_a_classifier_that_does_not_see_the_start(self):
        head = self.head(False, answerable_uses_start_logits=False)
        variables = self.compute(head)[-1]
        self.assertEqual(variables["task_specific/t/answerable/kernel"].shape, (H, 1))

    @parameterized.named_parameters(JOINT, PLAIN)
    def test_outputs_are_of_a_fixed_size(self, joint):
        _, outputs, _, _ = self.compute(self.head(joint))
        self.assertEqual(
            {name: values.shape for name, values in outputs.items()},
            {
                "span_scores": (B, 4),
                "span_starts": (B, 4),
                "span_ends": (B, 4),
                "null_scores": (B,),
                "example": (B,),
            },
        )
        self.assertAllEqual(outputs["example"], [0, 1])

    @parameterized.named_parameters(JOINT, PLAIN)
    def test_spans_are_characters_of_the_passage(self, joint):
        _, outputs, _, _ = self.compute(self.head(joint))
        for start, end in zip(
            outputs["span_starts"].ravel(), outputs["span_ends"].ravel()
        ):
            self.assertIn(start, (0, 4, 8))
            self.assertIn(end, (3, 7, 11))
            self.assertLess(start, end)

    @parameterized.named_parameters(JOINT, PLAIN)
    def test_the_classifier_adds_its_loss(self, joint):
        with_it, outputs, _, variables = self.compute(
            self.head(joint, answerable_weight=0.7)
        )
        without, _, _, same = self.compute(self.head(joint, answerable_weight=0.0))
        for name, value in variables.items():
            self.assertAllEqual(value, same[name])
        odds = outputs["null_scores"]
        expected = np.log1p(np.exp(np.array([odds[0], -odds[1]])))
        self.assertAllClose(with_it - without, 0.7 * expected, atol=1e-5)

    def test_the_classifier_sees_the_mean_over_probable_starts(self):
        _, outputs, _, variables = self.compute(self.head(False))
        variables = {name.split("/t/")[1]: variables[name] for name in variables}
        tokens = np.random.RandomState(3).randn(B, T, H)
        logits = (tokens @ variables["spans/kernel"])[:, :, 0]
        logits[:, [1, 5]] = -np.inf  # The question and [SEP].
        weights = special.softmax(logits, axis=1)
        mean = np.sum(weights[:, :, None] * tokens, axis=1)
        layer = np.concatenate([tokens[:, 0], mean], axis=1)
        layer = layer @ variables["answerable_hidden/kernel"]
        layer *= 0.5 * (1 + special.erf(layer / np.sqrt(2)))
        expected = (layer @ variables["answerable/kernel"])[:, 0]
        self.assertAllClose(outputs["null_scores"], expected, atol=1e-5)

    @parameterized.named_parameters(JOINT, PLAIN)
    def test_without_classifier_the_first_token_stands_for_no_answer(self, joint):
        head = self.head(joint, answerable_classifier=False)
        _, outputs, _, variables = self.compute(head)
        self.assertTrue(np.all(np.isfinite(outputs["null_scores"])))
        self.assertNotIn("task_specific/t/answerable/kernel", variables)

    @parameterized.named_parameters(JOINT, PLAIN)
    def test_records_of_other_tasks_have_finite_losses_and_gradients(self, joint):
        for classifier in (True, False):
            head = self.head(joint, answerable_classifier=classifier)
            losses, outputs, gradients, _ = self.compute(head, of_another_task)
            self.assertTrue(np.all(np.isfinite(losses)))
            for values in gradients:
                self.assertTrue(np.all(np.isfinite(values)))
            self.assertAllEqual(outputs["span_ends"], np.zeros([B, 4]))
            self.assertTrue(np.all(outputs["span_scores"] <= 0.5 * nbest.NOTHING))

    @parameterized.named_parameters(JOINT, PLAIN)
    def test_a_passage_of_one_token(self, joint):
        def short():
            return features(
                length=[4] * B,
                is_max_context=[[0, 0, 1, 0, 0, 0]] * B,
                answer_start=[2, 0],
                answer_end=[2, 0],
            )

        losses, outputs, _, _ = self.compute(self.head(joint), short)
        self.assertTrue(np.all(np.isfinite(losses)))
        self.assertAllEqual(outputs["span_ends"], [[3, 0, 0, 0]] * B)

    @parameterized.named_parameters(JOINT, PLAIN)
    def test_no_answer_is_judged_by_what_has_seen_the_whole_text(self, joint):
        # An encoder that looks only to the left has it at the end.
        def nulls(pooled):
            head = self.head(joint, answerable_classifier=False)
            inputs = functools.partial(
                encoded, np.ones([B, T, H]), np.full([B, H], pooled)
            )
            return self.compute(head, inputs=inputs)[1]["null_scores"]

        self.assertNotAllClose(nulls(0.0), nulls(3.0))

    @parameterized.named_parameters(JOINT, PLAIN)
    def test_training_makes_no_spans(self, joint):
        _, outputs, _, _ = self.compute(self.head(joint), is_training=True)
        self.assertEmpty(outputs)

    @parameterized.named_parameters(JOINT, PLAIN)
    def test_unknown_batch_and_length(self, joint):
        with tf.Graph().as_default(), tf.Session() as session:
            fixed = features()
            batch = {
                name: tf.placeholder_with_default(values, [None] * values.shape.ndims)
                for name, values in fixed.items()
            }
            sequence = tf.placeholder(tf.float32, [None, None, H])
            output = modeling.EncoderOutput(sequence, sequence[:, 0], (), (), sequence)
            out = self.head(joint).compute(output, batch, False, "task_specific/t")
            session.run(tf.global_variables_initializer())
            values = session.run(out.outputs, {sequence: np.ones([B, T, H])})
        self.assertEqual(values["span_scores"].shape, (B, 4))

    @parameterized.named_parameters(JOINT, PLAIN)
    def test_training_finds_the_answers(self, joint):
        with tf.Graph().as_default(), tf.Session() as session:
            tf.set_random_seed(1)
            head = self.head(joint)
            training = head.compute(encoded(), features(), True, "task_specific/t")
            optimizer = tf.train.AdamOptimizer(0.02)
            step = optimizer.minimize(tf.reduce_sum(training.losses))
            asked = head.compute(encoded(), features(), False, "task_specific/t")
            session.run(tf.global_variables_initializer())
            for _ in range(60):
                session.run(step)
            losses, outputs = session.run([asked.losses, asked.outputs])
        self.assertLess(losses.max(), 0.1)
        self.assertEqual(outputs["span_starts"][0, 0], 4)
        self.assertEqual(outputs["span_ends"][0, 0], 11)
        self.assertLess(outputs["null_scores"][0], 0.0)
        self.assertGreater(outputs["null_scores"][1], 0.0)


if __name__ == "__main__":
    tf.test.main()
