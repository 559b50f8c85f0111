"""Dynamic masking: which tokens of a batch are hidden, and what is shown instead.

Glossary, as in `model/`: B sequences, T tokens each, M chosen positions at most,
V tokens in the vocabulary.

Positions are drawn anew for every batch, from the tokens that are words: never
[CLS], [SEP], [MASK] or padding. An example with no such token has no position of
weight 1 and so adds nothing to any loss.
"""

import dataclasses
from typing import NamedTuple, Optional

import tensorflow.compat.v1 as tf

from model import layers, modeling
from util import randomness, settings

WITHOUT_REPLACEMENT = "without_replacement"
WITH_REPLACEMENT = "with_replacement"


@dataclasses.dataclass(frozen=True)
class MaskingSettings(settings.Section):
    """How many tokens are chosen, how, and what the model sees in their place."""

    mask_prob: float = settings.setting(
        0.15, "Share of the tokens of an example that are chosen.", low=0.0, high=1.0
    )
    max_predictions_per_seq: Optional[int] = settings.setting(
        None,
        "Most positions chosen in one example; None: (mask_prob + 0.005) * "
        "max_seq_length, rounded down.",
        low=1,
    )
    masking_rule: str = settings.setting(
        WITHOUT_REPLACEMENT,
        "How positions are drawn; with_replacement is the published code's rule, "
        "where a position that comes up again is counted once.",
        choices=[WITHOUT_REPLACEMENT, WITH_REPLACEMENT],
    )
    replace_prob: float = settings.setting(
        0.85,
        "Objective electra: share of the chosen positions that show [MASK]; the "
        "others keep their token.",
        low=0.0,
        high=1.0,
    )
    mlm_replace_prob: float = settings.setting(
        0.8,
        "Objective mlm: share of the chosen positions that show [MASK].",
        low=0.0,
        high=1.0,
    )
    mlm_random_prob: float = settings.setting(
        0.1,
        "Objective mlm: share of the chosen positions that show a random token; "
        "what is left keeps its token.",
        low=0.0,
        high=1.0,
    )

    def check(self) -> None:
        shown = self.mlm_replace_prob + self.mlm_random_prob
        if shown > 1.0 + 1e-9:
            raise ValueError(
                "mlm_replace_prob (%g) and mlm_random_prob (%g) add up to %g; they "
                "share the chosen positions, so give at most 1 together."
                % (self.mlm_replace_prob, self.mlm_random_prob, shown)
            )

    def num_predictions(self, max_seq_length: int) -> int:
        """Returns M, the number of slots for chosen positions.

        Args:
          max_seq_length: T.

        Raises:
          ValueError: `max_predictions_per_seq` is more than T.
        """
        if self.max_predictions_per_seq is None:
            return max(1, int((self.mask_prob + 0.005) * max_seq_length))
        if self.max_predictions_per_seq > max_seq_length:
            raise ValueError(
                "max_predictions_per_seq (%d) must be at most max_seq_length (%d)."
                % (self.max_predictions_per_seq, max_seq_length)
            )
        return self.max_predictions_per_seq


class Tokens(NamedTuple):
    """What masking needs to know of a vocabulary."""

    vocab_size: int
    cls_id: int
    sep_id: int
    mask_id: int


class Choice(NamedTuple):
    """Positions to predict.

    Slots without a position have weight 0, position 0 and the token there as label.
    """

    positions: tf.Tensor  # int32 [B, M], in [0, T)
    weights: tf.Tensor  # float32 [B, M]; 1 chosen, 0 empty slot
    labels: tf.Tensor  # int32 [B, M], the original tokens


def choose(
    inputs: modeling.Inputs, tokens: Tokens, masking: MaskingSettings, stream: str
) -> Choice:
    """Draws the positions to predict, all of them distinct within an example.

    An example with n tokens, [CLS] and [SEP] included, gets
    max(1, min(M, round(n * mask_prob))) positions, or fewer if it has fewer words.

    Args:
      inputs: Uncorrupted batch; T must be known when the graph is built.
      tokens: Special tokens.
      masking: How many, and by which rule.
      stream: Name of the random stream, so that two objectives draw apart.
    """
    num_slots = masking.num_predictions(int(inputs.ids.shape[1]))
    candidates = _candidates(inputs, tokens)  # [B, T]
    num_tokens = tf.cast(tf.reduce_sum(inputs.mask, axis=1), tf.float32)
    wanted = tf.cast(tf.round(num_tokens * masking.mask_prob), tf.int32)
    wanted = tf.maximum(1, tf.minimum(num_slots, wanted))  # [B]
    draw = {
        WITHOUT_REPLACEMENT: _draw_without_replacement,
        WITH_REPLACEMENT: _draw_with_replacement,
    }[masking.masking_rule]
    positions, is_chosen = draw(candidates, wanted, num_slots, stream)
    positions = tf.where(is_chosen, positions, tf.zeros_like(positions))
    return Choice(
        positions=positions,
        weights=tf.cast(is_chosen, tf.float32),
        labels=tf.gather(inputs.ids, positions, batch_dims=1),
    )


def _candidates(inputs: modeling.Inputs, tokens: Tokens) -> tf.Tensor:
    """Returns bool [B, T]: the words, which alone may be hidden."""
    candidates = tf.greater(inputs.mask, 0)
    for special_id in (tokens.cls_id, tokens.sep_id, tokens.mask_id):
        candidates &= tf.not_equal(inputs.ids, special_id)
    return candidates


def _draw_without_replacement(candidates, wanted, num_slots, stream):
    """Returns positions [B, M] and which of them are chosen, bool [B, M].

    The M largest of independent uniform keys are a uniform draw of M distinct
    positions; what is no candidate gets a key below every other.
    """
    keys = _uniform(layers.shape_list(candidates), stream + "/positions")
    keys = tf.where(candidates, keys, -tf.ones_like(keys))
    _, positions = tf.math.top_k(keys, k=num_slots)
    num_candidates = tf.reduce_sum(tf.cast(candidates, tf.int32), axis=1)
    return positions, tf.sequence_mask(tf.minimum(wanted, num_candidates), num_slots)


def _draw_with_replacement(candidates, wanted, num_slots, stream):
    """As `_draw_without_replacement`, but each slot draws on its own.

    A position drawn by an earlier slot of the example leaves the later slot empty.
    """
    num_candidates = tf.reduce_sum(tf.cast(candidates, tf.int32), axis=1)
    order = tf.argsort(1 - tf.cast(candidates, tf.int32), axis=1, stable=True)
    draws = _uniform(
        [layers.shape_list(candidates)[0], num_slots], stream + "/positions"
    )
    ranks = draws * tf.cast(num_candidates[:, None], tf.float32)
    ranks = tf.minimum(
        tf.cast(ranks, tf.int32), tf.maximum(num_candidates - 1, 0)[:, None]
    )
    positions = tf.gather(order, ranks, batch_dims=1)  # [B, M]
    is_same = tf.equal(positions[:, :, None], positions[:, None, :])  # [B, M, M]
    earlier = tf.linalg.band_part(tf.cast(is_same, tf.int32), -1, 0)
    is_first = tf.equal(tf.reduce_sum(earlier, axis=2), 1)  # Only itself.
    limit = tf.where(num_candidates > 0, wanted, tf.zeros_like(wanted))
    return positions, tf.sequence_mask(limit, num_slots) & is_first


def hide(
    inputs: modeling.Inputs, choice: Choice, tokens: Tokens, rates, stream: str
) -> modeling.Inputs:
    """Returns the batch as the model sees it.

    Args:
      inputs: Uncorrupted batch.
      choice: The positions to corrupt.
      tokens: [MASK] and the vocabulary's size.
      rates: (share shown as [MASK], share shown as a random token); the rest of
        the chosen positions keep their token.
      stream: Name of the random stream.
    """
    replace_rate, random_rate = rates
    shape = layers.shape_list(choice.labels)
    draw = _uniform(shape, stream + "/hide")
    shown = choice.labels
    if random_rate:
        seed = randomness.seed_pair(stream + "/random_tokens")
        random_ids = tf.random.stateless_uniform(
            shape, seed, minval=0, maxval=tokens.vocab_size, dtype=tf.int32
        )
        shown = tf.where(draw < replace_rate + random_rate, random_ids, shown)
    masks = tf.fill(shape, tokens.mask_id)
    return put(inputs, choice, tf.where(draw < replace_rate, masks, shown))


def put(
    inputs: modeling.Inputs, choice: Choice, replacements: tf.Tensor
) -> modeling.Inputs:
    """Returns the batch with other tokens at the chosen positions.

    Args:
      inputs: Uncorrupted batch.
      choice: The positions; empty slots change nothing.
      replacements: int32 [B, M].
    """
    batch_size, num_slots = layers.shape_list(choice.positions)
    change = (replacements - choice.labels) * tf.cast(choice.weights, tf.int32)
    rows = tf.tile(tf.range(batch_size)[:, None], [1, num_slots])
    where = tf.stack([rows, choice.positions], axis=2)  # [B, M, 2]
    ids = inputs.ids + tf.scatter_nd(where, change, tf.shape(inputs.ids))
    ids.set_shape(inputs.ids.shape)
    return inputs._replace(ids=ids)


def _uniform(shape, name: str) -> tf.Tensor:
    """float32 in [0, 1), a pure function of seed, name and step."""
    return tf.random.stateless_uniform(shape, randomness.seed_pair(name))
