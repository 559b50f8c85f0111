"""What every objective must hold; a new one gets a row in objective_test.py."""

import functools
import types
from typing import Any, Dict

import numpy as np
import tensorflow.compat.v1 as tf

from model import config as config_lib
from model import dropout, layers, modeling
from pretrain import masking, objective
from pretrain import metrics as metrics_lib
from pretrain.objectives import cls, electra, sentence_pair, wso
from util import randomness

TOKENS = masking.Tokens(
    vocab_size=40,
    cls_id=2,
    sep_id=3,
    mask_id=4,
    continuations=[number >= 30 for number in range(40)],
)
LENGTH = 12


def tiny_encoder(**changes):
    values: Dict[str, Any] = dict(
        vocab_size=TOKENS.vocab_size,
        embedding_size=12,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=4,
        intermediate_size=32,
        conv_kernel_size=3,
        max_position_embeddings=16,
    )
    values.update(changes)
    return config_lib.EncoderConfig(**values)


def tiny_settings(**changes):
    """Composed settings; `changes` are values of any of the sections, by flat name."""
    sections: Dict[str, Any] = dict(
        masking=masking.MaskingSettings,
        electra=electra.ElectraSettings,
        objective=objective.ObjectiveSettings,
        sentence_pair=sentence_pair.SentencePairSettings,
        word_order=wso.WordOrderSettings,
        classification=cls.ClassificationSettings,
    )
    made = {}
    defaults = {"generator_hidden_size": 0.5, "mask_prob": 0.3}
    for name, section in sections.items():
        fields = section.__dataclass_fields__
        values = dict(defaults, **changes)
        made[name] = section(**{k: v for k, v in values.items() if k in fields})
    encoder = tiny_encoder(**changes.get("encoder_changes", {}))
    return types.SimpleNamespace(encoder=encoder, **made)


def batch(lengths, seed=0):
    """[CLS] words [SEP] padding, as features; `lengths` count [CLS] and [SEP]."""
    random = np.random.RandomState(seed)
    ids = np.zeros([len(lengths), LENGTH], np.int32)
    mask = np.zeros_like(ids)
    for row, length in enumerate(lengths):
        words = random.randint(5, TOKENS.vocab_size, max(length - 2, 0))
        tokens = ([TOKENS.cls_id] + list(words) + [TOKENS.sep_id])[:length]
        ids[row, :length] = tokens
        mask[row, :length] = 1
    return {
        "input_ids": ids,
        "input_mask": mask,
        "segment_ids": np.zeros_like(ids),
    }


def view_of(features, settings):
    """Returns a `masking.View` of a batch of arrays, in the default graph."""
    tensors = {name: tf.constant(value) for name, value in features.items()}
    return masking.view_of(tensors, TOKENS, settings)


def compute(made, features, encode, is_training=False):
    """Runs one objective alone, on arrays or tensors by feature name."""
    tensors = {name: tf.convert_to_tensor(value) for name, value in features.items()}
    return objective.WeightedSum([(made, 1.0)]).compute(tensors, encode, is_training)


def encoder_of(settings, is_training=False):
    """Returns the real encoder, as objectives get it."""
    return functools.partial(
        modeling.encode, config=settings.encoder, is_training=is_training
    )


def stub_of(settings):
    """Returns a stand-in for the encoder whose graph is built in no time."""
    return functools.partial(stub_encode, config=settings.encoder, is_training=False)


def stub_encode(inputs, config, is_training, scope="electra", embeddings_scope=None):
    """Embeds the tokens and mixes each with its neighbour, with dropout.

    Its variables lie in the scopes of the real encoder's.
    """
    with tf.variable_scope(embeddings_scope or scope, reuse=tf.AUTO_REUSE):
        shape = [config.vocab_size, config.embedding_size]
        table = tf.get_variable("embeddings/word_embeddings", shape)
    with tf.variable_scope(scope, reuse=tf.AUTO_REUSE):
        mask = tf.cast(inputs.mask, tf.float32)[:, :, None]
        embedded = tf.nn.embedding_lookup(table, inputs.ids) * mask
        embedded += tf.roll(embedded, 1, axis=1)
        hidden = layers.dense(embedded, config.hidden_size, "encoder/dense")
        hidden = dropout.apply(hidden, 0.1 if is_training else 0.0, "hidden")
    return modeling.EncoderOutput(hidden, hidden[:, 0], (hidden,), (), table)


class ObjectiveTestCase(tf.test.TestCase):
    """Harness: `check_objective` holds what training relies on."""

    def check_objective(self, name, features, **changes):
        """Checks an objective by name.

        Args:
          name: In the registry.
          features: A batch, NumPy arrays by feature name.
          **changes: Settings by flat name.
        """
        settings = tiny_settings(**changes)
        made = objective.REGISTRY[name](settings, TOKENS)
        self.assertEqual(made.name, name)
        made.check(settings.encoder, LENGTH)
        counts = made.multiplications(LENGTH)
        self.assertNotEmpty(counts)
        self.assertAllGreater(list(counts.values()), 0.0)
        for spec in objective.WeightedSum([(made, 1.0)]).record_features(LENGTH):
            self.assertEqual(features[spec.name].shape[1:], spec.shape)
        static, gradients = self._run(made, settings, features, is_dynamic=False)
        dynamic, _ = self._run(made, settings, features, is_dynamic=True)
        self.assertAllClose(static, dynamic)
        self.assertEmpty([n for n, gradient in gradients.items() if gradient is None])

    def _run(self, made, settings, features, is_dynamic):
        """Returns (loss and metrics of the batch, gradients by variable name).

        The placeholders' batch size is unknown if `is_dynamic`; only otherwise are
        there gradients, and a batch of padding is tried.
        """
        with tf.Graph().as_default(), self.session() as session:
            tf.set_random_seed(3)
            feeds = {}
            for name, value in features.items():
                shape = [None if is_dynamic else value.shape[0], value.shape[1]]
                feeds[name] = tf.placeholder(tf.int32, shape, name)
            output = compute(made, feeds, stub_of(settings))
            self._check_form(output)
            variables = tf.trainable_variables()
            gradients = [None] * len(variables)
            if not is_dynamic:
                gradients = tf.gradients(output.loss, variables)
            for number, variable in enumerate(variables):
                random = np.random.RandomState(number)
                values = random.normal(scale=0.1, size=variable.shape.as_list())
                variable.load(values, session)
            fetches = dict(metrics_lib.batch_means(output.metrics), loss=output.loss)
            values = session.run(fetches, {feeds[k]: v for k, v in features.items()})
            self.assertTrue(np.all(np.isfinite(list(values.values()))))
            if not is_dynamic:
                self._check_nothing_to_learn(session, output.loss, feeds, features)
            names = [variable.op.name for variable in variables]
            return values, dict(zip(names, gradients))

    def _check_form(self, output):
        self.assertEqual(output.loss.shape.as_list(), [])
        self.assertNotEmpty(output.parts)
        metric_fn, tensors = metrics_lib.eval_metrics(output.metrics)
        self.assertCountEqual(metric_fn(**tensors), output.metrics)

    def _check_nothing_to_learn(self, session, loss, feeds, features):
        padding = {feeds[k]: np.zeros_like(v) for k, v in features.items()}
        self.assertEqual(session.run(loss, padding), 0.0)


def run_with_seed(make, seed, key=None):
    """Evaluates tensors made under a graph seed and a key in place of the step."""
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(seed)
        with randomness.keyed_by(tf.constant(0 if key is None else key)):
            tensors = make()
        session.run(tf.global_variables_initializer())
        return session.run(tensors)
