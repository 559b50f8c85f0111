"""Tests for finetune.self_attention.head."""

import math

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from finetune import heads
from finetune.self_attention import head, labels, renewal
from finetune.self_attention import settings as settings_lib
from model import modeling
from tests.finetune.self_attention import fixtures

SCOPE = "task_specific/t"
# [CLS] A A A [SEP] and padding; [CLS] A [SEP] B [SEP] and padding; no text at all.
IS_TEXT = np.array([[0, 1, 1, 1, 0, 0], [0, 1, 0, 1, 0, 0], [0] * 6])
TOKEN_LABELS = np.array([[-1, 1, 0, 1, -1, -1], [-1, 0, -1, 1, -1, -1], [-1] * 6])
LABELS = np.array([0, 1, 1])
BATCH, LENGTH, SIZE = 3, 6, 8
RANDOM = np.random.RandomState(0)
SEQUENCE = RANDOM.randn(BATCH, LENGTH, SIZE).astype(np.float32)
TYPES = {"i": tf.int32, "f": tf.float32}
POOLED = RANDOM.randn(BATCH, SIZE).astype(np.float32)


def settings(**changes):
    return settings_lib.SelfAttentionSettings(ssa=True, **changes)


def self_attention(inner=None, max_seq_length=LENGTH, **changes):
    inner = inner or heads.Classification(2, dropout_rate=0.0)
    return head.SelfAttention(inner, settings(**changes), max_seq_length)


def softmax(values, axis=-1):
    exponentials = np.exp(values)
    return exponentials / exponentials.sum(axis, keepdims=True)


def gelu(values):
    return values * 0.5 * (1 + np.vectorize(math.erf)(values / math.sqrt(2)))


def layer_norm(values):
    centered = values - values.mean(-1, keepdims=True)
    return centered / np.sqrt((centered**2).mean(-1, keepdims=True) + 1e-12)


def reference_attention(importance, is_text, threshold):
    weights = np.zeros_like(importance)
    for row, (values, own) in enumerate(zip(importance, is_text)):
        seen = (own > 0) & (values >= threshold)
        seen = seen if seen.any() else own > 0
        if seen.any():
            weights[row, seen] = softmax(values[seen])
    return weights


class HeadTestCase(tf.test.TestCase, parameterized.TestCase):
    def run_head(self, tested, feeds=None, fetch=None, **changed):
        """Returns (losses, outputs, variables by name, what `fetch` asks for).

        Args:
          tested: The head.
          feeds: Values of variables by the end of their names; others are drawn.
          fetch: (head output, encoded) -> tensors.
          **changed: Features that differ from the batch above.
        """
        features = dict(
            label=LABELS,
            is_text=IS_TEXT,
            token_labels=TOKEN_LABELS,
            text_lengths=np.array([[3, 0], [1, 1], [0, 0]]),
            length=np.array([5, 5, 2]),
        )
        features.update(changed)
        with tf.Graph().as_default(), self.session() as session:
            encoded = modeling.EncoderOutput(
                tf.constant(SEQUENCE), tf.constant(POOLED), (), (), tf.constant(0.0)
            )
            batch = {
                name: tf.constant(values, TYPES[values.dtype.kind])
                for name, values in features.items()
            }
            output = tested.compute(encoded, batch, False, SCOPE)
            fetched = fetch(output, encoded) if fetch else tf.constant(0)
            variables = {each.op.name: each for each in tf.trainable_variables()}
            session.run(tf.global_variables_initializer())
            self.fill(session, variables, feeds or {})
            return session.run([output.losses, output.outputs, variables, fetched])

    def fill(self, session, variables, feeds):
        """Gives every variable a value that does not depend on TensorFlow."""
        for name, variable in sorted(variables.items()):
            random = np.random.RandomState(len(name))
            value = random.randn(*variable.shape.as_list())
            for ending, given in feeds.items():
                if name.endswith(ending):
                    value = given
            variable.load(np.asarray(value, np.float32), session)


class AttentionTest(tf.test.TestCase):
    def attention(self, importance, is_text, threshold):
        with self.cached_session():
            return head.attention(
                tf.constant(importance, tf.float32),
                tf.constant(is_text, tf.float32),
                threshold,
            ).eval()

    def test_known_answer(self):
        importance = softmax(np.array([[(0, 0), (0, 2), (0, -2)]], np.float64))[..., 1]
        self.assertAllClose(importance, [[0.5, 0.881, 0.119]], atol=1e-3)
        weights = self.attention(importance, [[1, 1, 1]], 0.3)
        self.assertAllClose(weights, [[0.406, 0.594, 0.0]], atol=1e-3)

    def test_special_tokens_and_padding_have_no_weight(self):
        weights = self.attention([[0.9, 0.5, 0.5, 0.9, 0.9]], [[0, 1, 1, 0, 0]], 0.3)
        self.assertAllClose(weights, [[0.0, 0.5, 0.5, 0.0, 0.0]])

    def test_where_no_token_reaches_the_threshold_all_are_seen(self):
        weights = self.attention([[0.9, 0.1, 0.2, 0.0]], [[0, 1, 1, 0]], 0.3)
        expected = softmax(np.array([0.1, 0.2]))
        self.assertAllClose(weights, [[0.0, expected[0], expected[1], 0.0]])

    def test_without_text_there_is_no_weight(self):
        weights = self.attention([[0.9, 0.9]], [[0, 0]], 0.3)
        self.assertAllEqual(weights, [[0.0, 0.0]])

    def test_the_threshold_itself_reaches_it(self):
        weights = self.attention([[0.5, 0.25]], [[1, 1]], 0.5)
        self.assertAllEqual(weights, [[1.0, 0.0]])


class MixedLossesTest(tf.test.TestCase):
    LOGITS = np.random.RandomState(1).randn(BATCH, LENGTH, 2)
    LOSSES = np.array([1.0, 2.0, 3.0], np.float32)

    def mixed(self, weight, labels=TOKEN_LABELS):
        with self.cached_session():
            return head.mixed_losses(
                tf.constant(self.LOSSES),
                tf.constant(self.LOGITS, tf.float32),
                tf.constant(labels, tf.int32),
                weight,
            ).eval()

    def token_losses(self):
        """Mean cross-entropy of the labeled tokens of the first two sequences."""
        log = -np.log(softmax(self.LOGITS))
        first = np.mean([log[0, 1, 1], log[0, 2, 0], log[0, 3, 1]])
        second = np.mean([log[1, 1, 0], log[1, 3, 1]])
        return np.array([first, second])

    def test_weight_0_is_the_loss_of_the_task(self):
        self.assertAllEqual(self.mixed(0.0), self.LOSSES)

    def test_weight_1_is_that_of_the_tokens(self):
        self.assertAllClose(self.mixed(1.0)[:2], self.token_losses())

    def test_both_parts(self):
        expected = 0.7 * self.LOSSES[:2] + 0.3 * self.token_losses()
        self.assertAllClose(self.mixed(0.3)[:2], expected)

    def test_a_sequence_without_token_labels_has_the_loss_of_the_task(self):
        self.assertAllEqual(self.mixed(0.3)[2], self.LOSSES[2])
        self.assertAllEqual(self.mixed(1.0)[2], self.LOSSES[2])

    def test_tokens_without_label_do_not_count(self):
        before = self.mixed(0.3)
        changed = self.LOGITS.copy()
        changed[TOKEN_LABELS < 0] += 100.0
        self.LOGITS = changed
        self.assertAllClose(self.mixed(0.3), before)


class SelfAttentionTest(HeadTestCase):
    def reference(self, variables, cls_weight=0.5, threshold=0.3):
        """Returns (importance, logits of the classes, logits of the tokens)."""
        own = {name[len(SCOPE) + 1 :]: value for name, value in variables.items()}
        hidden = SEQUENCE @ own["token_importance/dense/kernel"]
        hidden = layer_norm(gelu(hidden + own["token_importance/dense/bias"]))
        hidden = hidden * own["token_importance/LayerNorm/gamma"]
        hidden = hidden + own["token_importance/LayerNorm/beta"]
        kernel = own["token_importance/output/kernel"]
        if kernel.ndim == 3:
            tokens = np.einsum("bth,tho->bto", hidden, kernel[:LENGTH])
        else:
            tokens = hidden @ kernel
        tokens = tokens + own["token_importance/output/bias"]
        importance = softmax(tokens)[..., 1] * IS_TEXT
        weights = reference_attention(importance, IS_TEXT, threshold)
        context = np.einsum("bt,bth->bh", weights, SEQUENCE)
        mixed = cls_weight * POOLED + (1 - cls_weight) * context
        return importance, mixed @ own["dense/kernel"] + own["dense/bias"], tokens

    def plain(self):
        return self.run_head(heads.Classification(2, dropout_rate=0.0))

    @parameterized.parameters(True, False)
    def test_outputs_are_the_formula_s(self, shares):
        tested = self_attention(ssa_share_weight=shares, max_seq_length=10)
        _, outputs, variables, _ = self.run_head(tested)
        importance, logits, _ = self.reference(variables)
        self.assertAllClose(outputs["token_importance"], importance, atol=1e-5)
        self.assertAllClose(outputs["logits"], logits, atol=1e-4)
        self.assertAllClose(outputs["probabilities"], softmax(logits), atol=1e-4)
        self.assertAllEqual(outputs["text_lengths"], [[3, 0], [1, 1], [0, 0]])
        self.assertAllEqual(outputs["length"], [5, 5, 2])

    def test_losses_are_the_formula_s(self):
        losses, _, variables, _ = self.run_head(self_attention())
        _, logits, tokens = self.reference(variables)
        task = -np.log(softmax(logits))[np.arange(BATCH), LABELS]
        chosen = np.take_along_axis(
            -np.log(softmax(tokens)), np.maximum(TOKEN_LABELS, 0)[..., None], -1
        )[..., 0]
        for row in range(2):
            own = chosen[row][TOKEN_LABELS[row] >= 0].mean()
            self.assertAllClose(losses[row], 0.7 * task[row] + 0.3 * own, atol=1e-4)
        self.assertAllClose(losses[2], task[2], atol=1e-4)

    def test_weight_1_of_cls_is_the_plain_classifier_exactly(self):
        _, outputs, _, _ = self.run_head(self_attention(ssa_cls_weight=1.0))
        _, plain, _, _ = self.plain()
        self.assertAllEqual(outputs["logits"], plain["logits"])

    def test_weight_0_of_cls_sees_the_context_alone(self):
        tested = self_attention(ssa_cls_weight=0.0)
        _, outputs, variables, _ = self.run_head(tested)
        self.assertAllClose(
            outputs["logits"], self.reference(variables, 0.0)[1], atol=1e-4
        )

        def gradient(output, encoded):
            return tf.gradients(output.outputs["logits"], encoded.pooled)

        _, _, _, (by_pooled,) = self.run_head(tested, fetch=gradient)
        self.assertAllEqual(by_pooled, np.zeros_like(POOLED))

    def test_co_training_classifies_as_without(self):
        _, outputs, _, _ = self.run_head(self_attention(ssa_mode="co_training"))
        _, plain, _, _ = self.plain()
        self.assertAllEqual(outputs["logits"], plain["logits"])
        self.assertGreater(np.max(outputs["token_importance"]), 0.0)

    def test_co_training_without_weight_gives_the_gradients_of_plain_training(self):
        def gradients(output, encoded):
            kernel = [v for v in tf.trainable_variables() if "t/dense/k" in v.name]
            wanted = [encoded.pooled, encoded.sequence] + kernel
            found = tf.gradients(tf.reduce_sum(output.losses), wanted)
            return [
                tf.zeros_like(tensor) if each is None else each
                for tensor, each in zip(wanted, found)
            ]

        tested = self_attention(ssa_mode="co_training", ssa_loss_weight=0.0)
        _, _, _, found = self.run_head(tested, fetch=gradients)
        plain = heads.Classification(2, dropout_rate=0.0)
        _, _, _, expected = self.run_head(plain, fetch=gradients)
        for own, other in zip(found, expected):
            self.assertAllEqual(own, other)

    def test_co_training_teaches_the_encoder_which_tokens_matter(self):
        tested = self_attention(ssa_mode="co_training", ssa_loss_weight=1.0)
        _, _, _, (gradient,) = self.run_head(
            tested,
            fetch=lambda output, encoded: tf.gradients(
                output.losses[:2], encoded.sequence
            ),
        )
        is_labeled = np.any(gradient != 0.0, axis=-1)
        self.assertAllEqual(is_labeled, TOKEN_LABELS >= 0)

    def test_every_variable_has_a_gradient_and_the_published_name(self):
        def gradients(output, encoded):
            del encoded
            found = tf.gradients(output.losses, tf.trainable_variables())
            self.assertNotIn(None, found)
            return found

        _, _, variables, _ = self.run_head(self_attention(), fetch=gradients)
        importance = SCOPE + "/token_importance"
        self.assertCountEqual(
            variables,
            [SCOPE + "/dense/kernel", SCOPE + "/dense/bias"]
            + [importance + "/dense/kernel", importance + "/dense/bias"]
            + [importance + "/LayerNorm/gamma", importance + "/LayerNorm/beta"]
            + [importance + "/output/kernel", importance + "/output/bias"],
        )

    def test_where_no_token_reaches_the_threshold_everything_stays_finite(self):
        low = {"output/bias": [50.0, -50.0]}
        losses, outputs, _, _ = self.run_head(self_attention(), feeds=low)
        self.assertAllLess(outputs["token_importance"], 0.3)
        for values in [losses, outputs["logits"]]:
            self.assertAllInRange(values, -1e6, 1e6)

    def test_a_record_of_another_task_stays_finite(self):
        zeros = np.zeros_like(IS_TEXT)
        losses, outputs, _, _ = self.run_head(
            self_attention(), is_text=zeros, token_labels=zeros
        )
        self.assertAllInRange(losses, 0.0, 1e6)
        self.assertAllEqual(outputs["token_importance"], zeros)

    def test_values_of_a_regression_come_from_the_mixed_vector(self):
        inner = heads.Regression(0.0, 5.0, dropout_rate=0.0)
        labels = np.array([1.0, 2.0, 3.0])
        _, outputs, variables, _ = self.run_head(self_attention(inner), label=labels)
        self.assertAllClose(
            outputs["value"], 5.0 * self.reference(variables)[1][:, 0], atol=1e-4
        )


class WeightsByPositionTest(HeadTestCase):
    def test_there_are_weights_for_every_position(self):
        tested = self_attention(ssa_share_weight=False, max_seq_length=11)
        _, _, variables, _ = self.run_head(tested)
        kernel = variables[SCOPE + "/token_importance/output/kernel"]
        self.assertEqual(kernel.shape, (11, SIZE, 2))

    def test_the_same_weights_everywhere_are_shared_weights(self):
        kernel = np.random.RandomState(3).randn(SIZE, 2)
        shared = {"output/kernel": kernel}
        by_position = {"output/kernel": np.stack([kernel] * LENGTH)}
        expected, _, _, _ = self.run_head(self_attention(), feeds=shared)
        tested = self_attention(ssa_share_weight=False)
        losses, _, _, _ = self.run_head(tested, feeds=by_position)
        self.assertAllClose(losses, expected, atol=1e-5)

    def test_length_may_be_unknown(self):
        with tf.Graph().as_default(), self.session() as session:
            sequence = tf.placeholder(tf.float32, [None, None, SIZE])
            marks = tf.placeholder(tf.int32, [None, None])
            features = {
                "label": tf.constant([0], tf.int32),
                "is_text": marks,
                "token_labels": marks,
                "text_lengths": tf.constant([[2, 0]], tf.int32),
                "length": tf.constant([4], tf.int32),
            }
            encoded = modeling.EncoderOutput(
                sequence, sequence[:, 0], (), (), tf.constant(0.0)
            )
            tested = self_attention(ssa_share_weight=False, max_seq_length=9)
            output = tested.compute(encoded, features, True, SCOPE)
            session.run(tf.global_variables_initializer())
            for length in (4, 9):
                feeds = {
                    sequence: np.ones([1, length, SIZE]),
                    marks: np.ones([1, length], np.int32),
                }
                importance = session.run(output.outputs["token_importance"], feeds)
                self.assertEqual(importance.shape, (1, length))


class LearningTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters("unflipped", "flip")
    def test_a_token_that_decides_becomes_the_most_important(self, rule):
        """From what a model that looks for one token says, the head learns which."""
        label = labels.RULES[rule].original
        changes = {"ssa_labels": rule, "ssa_ratio_per_epoch": 0.9}
        chosen, _ = renewal.Renewal(settings(**changes)).examples(
            1, fixtures.examples(300), fixtures.asker(fixtures.contains_x), seed=0
        )
        builder = fixtures.builder(original_label=label)
        built = list(builder.build(chosen, fixtures.context(is_training=True)))
        table = np.random.RandomState(0).randn(100, 16)  # Of vectors of the tokens.
        with tf.Graph().as_default(), self.session() as session:
            tf.set_random_seed(0)
            batch = {
                name: tf.constant([each[name] for each in built], tf.int32)
                for name in built[0]
            }
            sequence = tf.gather(tf.constant(table, tf.float32), batch["input_ids"])
            encoded = modeling.EncoderOutput(
                sequence, sequence[:, 0], (), (), tf.constant(0.0)
            )
            output = self_attention().compute(encoded, batch, False, SCOPE)
            optimizer = tf.train.AdamOptimizer(0.01)
            step = optimizer.minimize(tf.reduce_mean(output.losses))
            session.run(tf.global_variables_initializer())
            for _ in range(100):
                session.run(step)
            importance = session.run(output.outputs["token_importance"])
        ids = np.array([each["input_ids"] for each in built])
        others = importance[(ids != fixtures.X) & (ids >= 10)]
        decisive = importance[ids == fixtures.X]
        self.assertGreater(decisive.mean(), others.mean() + 0.1)


if __name__ == "__main__":
    tf.test.main()
