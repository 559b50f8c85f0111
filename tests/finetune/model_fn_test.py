"""Tests for finetune.model_fn."""

import dataclasses
import os
import tempfile
from unittest import mock

import numpy as np
import tensorflow.compat.v1 as tf

from finetune import model_fn
from model import layerwise, optimization
from tests.finetune import fakes, models
from tests.testing import task as task_testing
from util import run_settings


def features(pad=0):
    """Two sentences of 4 and 3 tokens, and more padding if asked for."""
    ids = np.array([[2, 7, 8, 3], [2, 9, 3, 0]], np.int32)
    padded = np.pad(ids, [[0, 0], [0, pad]])
    return {
        "input_ids": tf.constant(padded),
        "segment_ids": tf.zeros_like(padded),
        "length": tf.constant([4, 3]),
        "cola/label": tf.constant([1, 0]),
        "cola/is_mine": tf.constant([1, 1]),
        "index": tf.constant([0, 1]),
    }


def load_numbered(variables, session):
    """Gives each variable random values that depend on its place alone."""
    for number, variable in enumerate(variables):
        count = int(np.prod(variable.shape.as_list()))
        values = np.random.RandomState(number).randn(count) * 0.1
        variable.load(values.reshape(variable.shape.as_list()), session)


class ModelFnTest(tf.test.TestCase):
    def plan(self, checkpoint=None, encoder=None, **optimizer):
        return model_fn.Plan(
            tasks=(fakes.task("cola"),),
            encoder=encoder or task_testing.tiny_encoder(vocab_size=17),
            optimizer=optimization.OptimizerSettings(num_warmup_steps=0, **optimizer),
            run=run_settings.RunSettings(num_train_steps=3),
            checkpoint=checkpoint,
        )

    def build(self, mode, plan=None, pad=0):
        return model_fn.build(plan or self.plan())(features(pad), None, mode, {})

    def test_loss_is_the_sum_over_the_batch(self):
        with tf.Graph().as_default(), self.session() as session:
            tf.train.get_or_create_global_step()
            spec = self.build(tf.estimator.ModeKeys.TRAIN)
            session.run(tf.global_variables_initializer())
            published = tf.get_collection("published_scalars")[0]
            names = tf.get_collection("published_scalar_names")
            scalars = dict(zip(names, session.run(published)))
            self.assertAllClose(scalars["loss"], 2 * scalars["loss_per_example"])
            self.assertEqual(spec.loss.shape.as_list(), [])

    def train(self, num_parts, num_steps=2):
        encoder = task_testing.tiny_encoder(
            vocab_size=17, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
        )
        plan = self.plan(encoder=encoder, gradient_accumulation_steps=num_parts)
        head = dataclasses.replace(plan.tasks[0].head, dropout_rate=0.0)
        task = dataclasses.replace(plan.tasks[0], head=head)
        plan = dataclasses.replace(plan, tasks=(task,))
        with tf.Graph().as_default(), self.session() as session:
            tf.set_random_seed(1)
            tf.train.get_or_create_global_step()
            spec = self.build(tf.estimator.ModeKeys.TRAIN, plan)
            session.run(tf.global_variables_initializer())
            load_numbered(tf.trainable_variables(), session)
            step = [spec.loss, spec.train_op]
            losses = [session.run(step)[0] for _ in range(num_steps)]
            names = [variable.op.name for variable in tf.global_variables()]
            return losses, dict(zip(names, session.run(tf.global_variables())))

    def test_training_in_parts_is_training_at_once(self):
        losses, values = self.train(num_parts=1)
        part_losses, part_values = self.train(num_parts=2)
        self.assertAllClose(losses, part_losses, rtol=1e-6)
        self.assertCountEqual(values, part_values)
        for name, value in values.items():
            self.assertAllClose(value, part_values[name], rtol=1e-5, atol=1e-6)

    def test_predictions_carry_their_place(self):
        with tf.Graph().as_default():
            spec = self.build(tf.estimator.ModeKeys.PREDICT)
            self.assertCountEqual(
                spec.predictions,
                ["cola/logits", "cola/probabilities", "cola/losses", "index"],
            )

    def test_loss_of_one_task_does_not_reach_the_head_of_another(self):
        tasks = (fakes.task("cola"), fakes.task("rte"))
        plan = dataclasses.replace(self.plan(), tasks=tasks)
        with tf.Graph().as_default(), self.session() as session:
            batch = {
                name: tf.constant(value)
                for name, value in dict(
                    input_ids=[[2, 7, 8, 3], [2, 9, 3, 0]],
                    segment_ids=[[0] * 4] * 2,
                    length=[4, 3],
                    index=[0, 0],
                    **{
                        "cola/label": [1, 0],
                        "cola/is_mine": [1, 0],
                        "rte/label": [0, 1],
                        "rte/is_mine": [0, 1],
                    },
                ).items()
            }
            losses = model_fn._losses(plan, batch)
            variables = tf.trainable_variables()
            own = [each for each in variables if "/cola/" in each.op.name]
            other = [each for each in variables if "/rte/" in each.op.name]
            shared = [each for each in variables if "/layer_0/" in each.op.name]
            gradients = [
                tf.gradients(losses["cola"], group) for group in (own, other, shared)
            ]
            session.run(tf.global_variables_initializer())
            values = session.run({name: losses[name] for name in losses})
            self.assertEqual(values["cola"][1], 0.0)
            self.assertEqual(values["rte"][0], 0.0)
            self.assertGreater(values["cola"][0], 0.0)
            self.assertNotAllClose(session.run(gradients[0][0]), 0.0)
            self.assertEqual(gradients[1], [None] * len(other))
            self.assertNotIn(None, gradients[2])

    def test_losses_of_tasks_are_means_over_the_whole_batch(self):
        batch = {
            "input_ids": [[2, 7, 8, 3]] * 4,
            "segment_ids": [[0] * 4] * 4,
            "length": [4] * 4,
            "index": [0] * 4,
            "cola/label": [1, 0, 0, 0],
            "cola/is_mine": [1, 1, 1, 0],
            "rte/label": [0, 0, 0, 1],
            "rte/is_mine": [0, 0, 0, 1],
        }
        found = []
        for num_parts in (1, 4):
            plan = dataclasses.replace(
                self.plan(learning_rate=0.0, gradient_accumulation_steps=num_parts),
                tasks=tuple(map(fakes.task, ("cola", "rte"))),
            )
            plan = dataclasses.replace(
                plan,
                tasks=tuple(
                    dataclasses.replace(
                        task, head=dataclasses.replace(task.head, dropout_rate=0.0)
                    )
                    for task in plan.tasks
                ),
                encoder=plan.encoder.without_dropout(),
            )
            with tf.Graph().as_default(), self.session() as session:
                tf.train.get_or_create_global_step()
                features = {name: tf.constant(each) for name, each in batch.items()}
                model_fn.build(plan)(features, None, tf.estimator.ModeKeys.TRAIN, {})
                session.run(tf.global_variables_initializer())
                load_numbered(tf.trainable_variables(), session)
                names = tf.get_collection("published_scalar_names")
                published = tf.get_collection("published_scalars")[0]
                found.append(dict(zip(names, session.run(published))))
        whole, in_parts = found
        self.assertNotIn("cola/is_mine", whole)
        for scalars in found:
            total = 3 * scalars["cola_loss_per_example"]
            total += scalars["rte_loss_per_example"]
            self.assertAllClose(total, scalars["loss"], rtol=1e-5)
        self.assertAllClose(
            whole["rte_loss_per_example"], in_parts["rte_loss_per_example"], rtol=1e-5
        )

    def test_layers_with_the_same_weights_learn_like_one_layer(self):
        for shares, factor in ((True, 0.64), (False, 0.8**13)):
            encoder = task_testing.tiny_encoder(
                vocab_size=17, num_hidden_layers=12, parameter_sharing=shares
            )
            plan = self.plan(encoder=encoder, layerwise_lr_decay=0.8)
            with tf.Graph().as_default():
                tf.train.get_or_create_global_step()
                with mock.patch.object(
                    layerwise, "factors", wraps=layerwise.factors
                ) as factors:
                    self.build(tf.estimator.ModeKeys.TRAIN, plan)
                (_, (names,), values) = factors.mock_calls[0]
                found = layerwise.factors(names, **values)
                name = "electra/encoder/layer_0/output/dense/bias"
                self.assertAllClose(found[name], factor)

    def test_padding_does_not_change_predictions(self):
        outputs = []
        for pad in (0, 3):
            with tf.Graph().as_default(), self.session() as session:
                tf.set_random_seed(1)
                spec = self.build(tf.estimator.ModeKeys.PREDICT, pad=pad)
                load_numbered(tf.global_variables(), session)
                outputs.append(session.run(spec.predictions["cola/logits"]))
        self.assertAllClose(outputs[0], outputs[1], atol=1e-5)

    def test_weights_are_loaded_and_the_head_is_new(self):
        model_dir = tempfile.mkdtemp(dir=self.get_temp_dir())
        made = models.write_pretrained(model_dir)
        with tf.Graph().as_default(), self.session() as session:
            tf.train.get_or_create_global_step()
            self.build(
                tf.estimator.ModeKeys.TRAIN, self.plan(made.checkpoint, made.encoder)
            )
            session.run(tf.global_variables_initializer())
            reader = tf.train.load_checkpoint(made.checkpoint)
            for variable in tf.trainable_variables("electra"):
                self.assertAllEqual(
                    session.run(variable), reader.get_tensor(variable.op.name)
                )

    def test_weights_of_another_shape_are_refused(self):
        made = models.write_pretrained(os.path.join(self.get_temp_dir(), "other"))
        wide = task_testing.tiny_encoder(vocab_size=17, intermediate_size=64)
        with tf.Graph().as_default():
            tf.train.get_or_create_global_step()
            with self.assertRaisesRegex(ValueError, "does not fit the model"):
                self.build(
                    tf.estimator.ModeKeys.TRAIN, self.plan(made.checkpoint, wide)
                )

    def test_layerwise_decay_knows_every_variable(self):
        plan = self.plan(layerwise_lr_decay=0.8)
        with tf.Graph().as_default():
            tf.train.get_or_create_global_step()
            spec = self.build(tf.estimator.ModeKeys.TRAIN, plan)
            self.assertIsNotNone(spec.train_op)


if __name__ == "__main__":
    tf.test.main()
