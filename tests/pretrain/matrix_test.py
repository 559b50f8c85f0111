"""Every encoder with every objective: each legal pair trains, others say why not."""

import itertools

from absl.testing import parameterized
import numpy as np
import tensorflow.compat.v1 as tf

from model import encoders, optimization
from model.encoders import base
from pretrain import (
    model_fn,
    objective,
    objectives,  # noqa: F401  (registers them)
)
from pretrain import run as pretraining
from tests.testing import objective as testing
from util import run_settings

BARE = dict(base.NEUTRAL, encoder="", embedding_size=16)  # Some need equal widths.
ENCODERS = {
    name: {} if name == "transformer" else dict(BARE, encoder=name)
    for name in encoders.ENCODERS.names()
}
ENCODERS["gpt"]["num_attention_heads"] = ENCODERS["attn"]["num_attention_heads"] = 4
NEEDED_SIGHT = {
    "electra": (base.BOTH, base.HALVES),
    "lm": (base.LEFT,),
    "bilm": (base.HALVES,),
}
PAIRS = tuple(itertools.product(sorted(ENCODERS), sorted(objective.REGISTRY.names())))


class MatrixTest(tf.test.TestCase, parameterized.TestCase):
    def settings(self, encoder, name):
        changes = dict(ENCODERS[encoder], max_position_embeddings=testing.LENGTH)
        settings = testing.tiny_settings(
            objectives=[name], num_labels=3, encoder_changes=changes
        )
        settings.run = run_settings.RunSettings(num_train_steps=10)
        settings.pretrain = pretraining.PretrainSettings()
        settings.optimizer = optimization.OptimizerSettings(
            num_warmup_steps=0, learning_rate=0.01
        )
        return settings

    @parameterized.parameters(*PAIRS)
    def test_trains_or_says_why_not(self, encoder, name):
        settings = self.settings(encoder, name)
        sight = encoders.ENCODERS[encoder].sight(settings.encoder)
        if sight not in NEEDED_SIGHT.get(name, (sight,)):
            with self.assertRaisesRegex(ValueError, "does not go with encoder"):
                objective.create(settings, testing.TOKENS, testing.LENGTH)
            return
        made = objective.create(settings, testing.TOKENS, testing.LENGTH)
        losses = self.train(settings, made)
        self.assertTrue(np.all(np.isfinite(losses)))
        self.assertLess(losses[-1], losses[0])

    def train(self, settings, made):
        """Returns the losses of some steps on one batch, whose masks stay the same."""
        features = dict(
            testing.batch([12, 9]),
            sentence_relation=np.array([[1], [1]]),
            label=np.array([[2], [0]]),
        )
        options = tf.ConfigProto()
        options.graph_options.rewrite_options.disable_meta_optimizer = True
        with tf.Graph().as_default(), tf.Session(config=options) as session:
            tf.set_random_seed(1)
            step = tf.train.get_or_create_global_step()
            tensors = {k: tf.constant(v, tf.int32) for k, v in features.items()}
            spec = model_fn.build(settings, made)(
                tensors, None, tf.estimator.ModeKeys.TRAIN, {}
            )
            session.run(tf.global_variables_initializer())
            losses = []
            for _ in range(4):
                step.load(0, session)
                losses.append(session.run([spec.loss, spec.train_op])[0])
            return losses


if __name__ == "__main__":
    tf.test.main()
