"""Tests for pretrain.objectives.electra."""

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from model import config as config_lib
from pretrain import masking
from pretrain import metrics as metrics_lib
from pretrain.objectives import electra, masked_lm
from tests.golden import golden
from tests.testing import objective as testing

NUM_SLOTS = 3
VOCAB_SIZE = testing.TOKENS.vocab_size


def make(**changes):
    return electra.Electra(testing.tiny_settings(**changes), testing.TOKENS)


def choice_of(num_rows, labels=None):
    shape = [num_rows, NUM_SLOTS]
    if labels is None:
        labels = np.full(shape, 7)
    return masking.Choice(
        positions=tf.constant([[1, 2, 3]] * num_rows),
        weights=tf.ones(shape),
        labels=tf.constant(np.asarray(labels, np.int32)),
    )


def generated_of(logits):
    return masked_lm.Prediction(
        tf.constant(np.asarray(logits, np.float32)), tf.zeros([]), tf.zeros([])
    )


def sigmoid(values):
    return 1 / (1 + np.exp(-np.asarray(values, np.float64)))


class ElectraSettingsTest(tf.test.TestCase):
    def test_own_embeddings_need_an_own_generator(self):
        with self.assertRaisesRegex(ValueError, "needs a generator of its own"):
            electra.ElectraSettings(
                untied_generator=False, untied_generator_embeddings=True
            )


class GeneratorTest(tf.test.TestCase, parameterized.TestCase):
    def variables(self, **changes):
        """Returns shape by name of all variables of the graph."""
        objective = make(**changes)
        with tf.Graph().as_default():
            encode = testing.encoder_of(objective.settings)
            testing.compute(objective, testing.batch([12]), encode)
            return {v.op.name: v.shape.as_list() for v in tf.trainable_variables()}

    def test_untied_generator_shares_the_embeddings_only(self):
        shapes = self.variables()
        own = {name.split("/")[1] for name in shapes if name.startswith("generator/")}
        self.assertEqual(own, {"embeddings_project", "encoder"})
        self.assertEqual(shapes["generator/embeddings_project/kernel"], [12, 8])

    def test_untied_embeddings_are_as_wide_as_the_generator(self):
        shapes = self.variables(
            untied_generator_embeddings=True, generator_hidden_size=0.25
        )
        self.assertEqual(
            shapes["generator/embeddings/word_embeddings"], [VOCAB_SIZE, 4]
        )
        self.assertEqual(shapes["generator_predictions/dense/kernel"], [4, 4])
        self.assertNotIn("generator/embeddings_project/kernel", shapes)

    def test_tied_generator_is_the_encoder(self):
        shapes = self.variables(untied_generator=False)
        self.assertEmpty([n for n in shapes if n.startswith("generator/")])
        self.assertEqual(shapes["generator_predictions/dense/kernel"], [16, 12])

    def test_uniform_generator_has_no_variables(self):
        shapes = self.variables(uniform_generator=True)
        self.assertEmpty([n for n in shapes if n.startswith("generator")])

    def test_impossible_generator_is_refused_before_any_graph(self):
        with self.assertRaisesRegex(ValueError, "generator_hidden_size"):
            make(generator_hidden_size=0.01).check(testing.tiny_encoder(), 12)


class DisentangledEmbeddingsTest(tf.test.TestCase):
    """The generator's table is not taught by the discriminator, whose delta is."""

    SETTINGS = dict(encoder_changes={"embedding_delta": True})

    def test_gradients_are_kept_apart(self):
        objective = make(**self.SETTINGS)
        with tf.Graph().as_default():
            encode = testing.encoder_of(objective.settings)
            output = testing.compute(objective, testing.batch([12]), encode)
            (table,) = tf.trainable_variables("electra/embeddings/word_embeddings:0")
            (delta,) = tf.trainable_variables("electra/embeddings/word.*_delta")
            parts = output.parts
            self.assertIsNotNone(tf.gradients(parts["masked_lm_loss"], table)[0])
            self.assertIsNone(tf.gradients(parts["disc_loss"], table)[0])
            self.assertIsNone(tf.gradients(parts["masked_lm_loss"], delta)[0])
            self.assertIsNotNone(tf.gradients(parts["disc_loss"], delta)[0])

    def test_without_a_generator_there_is_nothing_to_add_to(self):
        objective = make(untied_generator=False, **self.SETTINGS)
        with self.assertRaisesRegex(ValueError, "embedding_delta adds to"):
            objective.check(objective.settings.encoder, 12)


class SampleTest(tf.test.TestCase, parameterized.TestCase):
    NUM_ROWS = 3000

    def frequencies(self, logits, labels=None, **changes):
        """Returns how often each token is sampled, float [V]."""

        def run():
            generated = None
            if logits is not None:
                generated = generated_of([logits] * self.NUM_ROWS * NUM_SLOTS)
            choice = choice_of(self.NUM_ROWS, labels)
            return make(**changes).sample(generated, choice)

        ids = testing.run_with_seed(run, seed=1)
        self.assertAllInRange(ids, 0, VOCAB_SIZE - 1)
        return np.bincount(ids.ravel(), minlength=VOCAB_SIZE) / ids.size

    def logits(self):
        return np.random.RandomState(0).normal(size=VOCAB_SIZE)

    @parameterized.parameters(1.0, 0.5, 3.0)
    def test_follows_the_softmax_at_a_temperature(self, temperature):
        expected = np.exp(self.logits() / temperature)
        actual = self.frequencies(self.logits(), temperature=temperature)
        self.assertAllClose(actual, expected / expected.sum(), atol=0.015)

    def test_disallow_correct_never_gives_the_original(self):
        logits = self.logits()
        logits[7] = 20.0
        self.assertGreater(self.frequencies(logits)[7], 0.99)
        frequencies = self.frequencies(logits, disallow_correct=True)
        self.assertEqual(frequencies[7], 0.0)

    @parameterized.parameters(False, True)
    def test_uniform_generator_gives_every_token(self, disallow_correct):
        actual = self.frequencies(
            None, uniform_generator=True, disallow_correct=disallow_correct
        )
        expected = np.full(VOCAB_SIZE, 1 / (VOCAB_SIZE - disallow_correct))
        if disallow_correct:
            expected[7] = 0.0
        self.assertAllClose(actual, expected, atol=0.01)

    def test_logits_that_are_not_finite_give_ids_in_range(self):
        # Out of range they would end the run with an index error that hides the NaN.
        self.assertLen(self.frequencies(np.full(VOCAB_SIZE, np.nan)), VOCAB_SIZE)


class DiscriminateTest(tf.test.TestCase):
    def guess(self, sampled):
        """Returns (Guess, ids that the discriminator saw)."""
        objective = make()
        features = testing.batch([12, 6])
        features["input_ids"][:, 1:4] = 7
        with tf.Graph().as_default(), self.session() as session:
            view = testing.view_of(features, objective.settings.masking)
            view, change = objective.replace(
                view, choice_of(2), None, tf.constant(sampled)
            )
            output = testing.stub_of(objective.settings)(view.inputs)
            guess = objective.discriminate(output.sequence, change)
            session.run(tf.global_variables_initializer())
            return session.run([guess, view.inputs.ids])

    def test_sees_the_sampled_tokens_in_place(self):
        _, seen = self.guess([[21, 22, 23], [31, 32, 33]])
        self.assertAllEqual(seen[:, 1:4], [[21, 22, 23], [31, 32, 33]])

    def test_sampled_original_counts_as_original(self):
        guess, _ = self.guess([[21, 7, 23], [7, 7, 33]])
        expected = np.zeros([2, testing.LENGTH])
        expected[0, [1, 3]] = expected[1, 3] = 1
        self.assertAllEqual(guess.labels, expected)

    def test_loss_is_the_mean_over_all_tokens_but_padding(self):
        guess, _ = self.guess([[21, 22, 23], [31, 32, 33]])
        probabilities = sigmoid(guess.logits)
        likelihood = np.where(guess.labels == 1, probabilities, 1 - probabilities)
        losses = np.concatenate([-np.log(likelihood[0]), -np.log(likelihood[1, :6])])
        self.assertAllClose(guess.loss, losses.mean(), rtol=1e-5)


class LossTest(tf.test.TestCase):
    def compute(self, make_result, **changes):
        objective = make(**changes)
        with tf.Graph().as_default(), self.session() as session:
            tf.set_random_seed(1)
            encode = testing.stub_of(objective.settings)
            output = testing.compute(objective, testing.batch([12, 7]), encode)
            result = make_result(output)
            session.run(tf.global_variables_initializer())
            return session.run(result)

    def test_generator_and_discriminator_are_weighted(self):
        loss, parts = self.compute(
            lambda output: (output.loss, output.parts), gen_weight=2.0, disc_weight=5.0
        )
        expected = 2 * parts["masked_lm_loss"] + 5 * parts["disc_loss"]
        self.assertAllClose(loss, expected, rtol=1e-5)

    def test_discriminator_teaches_the_generator_its_embeddings_only(self):
        def gradients(output):
            generator = tf.trainable_variables("generator")
            return tf.gradients(output.parts["disc_loss"], generator)

        objective = make()
        with tf.Graph().as_default():
            encode = testing.stub_of(objective.settings)
            output = testing.compute(objective, testing.batch([12]), encode)
            self.assertEqual(set(gradients(output)), {None})
            shared = tf.trainable_variables("electra/embeddings/word")
            for part in output.parts.values():
                self.assertIsNotNone(tf.gradients(part, shared)[0])

    def test_generator_does_not_teach_the_discriminator(self):
        objective = make()
        with tf.Graph().as_default():
            encode = testing.stub_of(objective.settings)
            output = testing.compute(objective, testing.batch([12]), encode)
            gradients = tf.gradients(
                output.parts["masked_lm_loss"],
                tf.trainable_variables("electra/encoder"),
            )
        self.assertEqual(set(gradients), {None})

    def test_no_tensor_has_both_slots_and_vocabulary(self):
        objective = make()
        with tf.Graph().as_default() as graph:
            encode = testing.stub_of(objective.settings)
            output = testing.compute(objective, testing.batch([12, 7]), encode, True)
            tf.gradients(output.loss, tf.trainable_variables())
            shapes = [t.shape for op in graph.get_operations() for t in op.outputs]
        ranks = [s.ndims for s in shapes if s.ndims and s.as_list()[-1] == VOCAB_SIZE]
        self.assertEqual(max(ranks), 2)

    def test_precision_and_recall_are_of_replaced_tokens(self):
        guess = electra.Guess(
            logits=tf.constant([[1.0, 1.0, 1.0, -1.0, 1.0]]),
            labels=tf.constant([[1, 0, 1, 0, 1]]),
            losses=tf.zeros([1, 5]),
            weights=tf.constant([[1.0, 1.0, 1.0, 1.0, 0.0]]),  # The last is padding.
            loss=tf.zeros([]),
        )
        metrics = electra.discriminator_metrics(guess)
        with self.session() as session:
            means = session.run(metrics_lib.batch_means(metrics))
        self.assertAllClose(means["disc_accuracy"], 3 / 4)
        self.assertAllClose(means["disc_precision"], 2 / 3)
        self.assertAllClose(means["disc_recall"], 2 / 2)


class GoldenTest(tf.test.TestCase, parameterized.TestCase):
    """The original's numbers, with its masks and samples put in."""

    def build(self, model):
        """Returns (mlm logits, disc logits, total loss) in the default graph."""
        settings = testing.tiny_settings(generator_hidden_size=0.25)
        settings.encoder = config_lib.encoder_config(
            model.model_size,
            model.vocab_size,
            num_hidden_layers=model.num_hidden_layers,
            mask_convolution=False,
        )
        objective = electra.Electra(settings, testing.TOKENS)
        given = {name: tf.constant(array) for name, array in model.inputs.items()}
        choice = masking.Choice(
            given["positions"], given["weights"], given["masked_lm_ids"]
        )
        view = masking.view_of(given, testing.TOKENS, settings.masking)
        encode = testing.encoder_of(settings)
        hidden = view.inputs._replace(ids=given["masked_ids"])
        generated = objective.generate(hidden, choice, encode)
        assert generated is not None
        view, change = objective.replace(view, choice, generated, given["sampled"])
        guess = objective.discriminate(encode(view.inputs).sequence, change)
        output = objective.add_up(change, guess)
        return generated.logits, guess.logits, output.loss

    @parameterized.parameters(*golden.NAMES)
    def test_forward_is_the_original_one(self, name):
        model = golden.load(name)
        with tf.Graph().as_default(), self.session() as session:
            outputs = self.build(model)
            golden.assign(session, model.shapes)
            mlm_logits, disc_logits, loss = session.run(outputs)
        expected = model.expected["mlm_logits"]
        error = np.abs(mlm_logits.reshape(expected.shape) - expected).max()
        self.assertLess(error / np.abs(expected).max(), 1e-5)
        expected = model.expected["disc_probs"] * model.inputs["input_mask"]
        actual = sigmoid(disc_logits) * model.inputs["input_mask"]
        self.assertLess(np.abs(actual - expected).max(), 1e-5)
        self.assertAllClose(loss, model.expected["total_loss"], rtol=1e-5)


if __name__ == "__main__":
    tf.test.main()
