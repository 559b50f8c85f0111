"""Word structural objective: put shuffled words back in order.

See "StructBERT", section 2.2, https://arxiv.org/abs/1908.04577: beside masked language
modelling, some runs of three unmasked tokens are shuffled, and the output at each of
their places names the token that stood there, through the head of objective mlm.

"5 % of trigrams" is read in two ways, both published: 5 % of the unmasked tokens are
in a shuffled trigram (`disjoint_trigrams`), or 5 % of the tokens start one, so that
15 % are in one (`trigram_starts`).
"""

import dataclasses
import math

import tensorflow.compat.v1 as tf

from model import flops, layers
from pretrain import masking, objective
from pretrain.objectives import masked_lm
from util import settings as settings_lib

DISJOINT_TRIGRAMS = "disjoint_trigrams"
TRIGRAM_STARTS = "trigram_starts"


@dataclasses.dataclass(frozen=True)
class WordOrderSettings(settings_lib.Section):
    """Objective wso."""

    shuffle_prob: float = settings_lib.setting(
        0.05, "Share that is shuffled; of what, says shuffle_unit.", low=0.0, high=1.0
    )
    shuffle_unit: str = settings_lib.setting(
        DISJOINT_TRIGRAMS,
        "disjoint_trigrams: of the words that are not masked; trigram_starts: of all "
        "tokens, each the first of a shuffled run.",
        choices=[DISJOINT_TRIGRAMS, TRIGRAM_STARTS],
    )
    shuffle_length: int = settings_lib.setting(
        3, "Tokens that are shuffled among themselves.", low=2
    )

    def num_runs(self, max_seq_length: int) -> int:
        """Returns the most runs that are shuffled in one example."""
        share = self.shuffle_prob * max_seq_length
        if self.shuffle_unit == DISJOINT_TRIGRAMS:
            share /= self.shuffle_length
        longest = max_seq_length // self.shuffle_length
        return max(1, min(longest, int(math.ceil(share))))


class WordOrder(objective.Objective):
    """The main encoder names the tokens of shuffled runs."""

    name = "wso"
    rank = 1  # After masking, among what it left.
    is_corrupting = True

    def check(self, encoder, max_seq_length):
        if max_seq_length < self.settings.word_order.shuffle_length:
            raise ValueError(
                "shuffle_length (%d) must be at most max_seq_length (%d)."
                % (self.settings.word_order.shuffle_length, max_seq_length)
            )

    @property
    def answers(self):
        return {"wso": objective.Answers()}

    def multiplications(self, length):
        order = self.settings.word_order
        share = order.num_runs(length) * order.shuffle_length / length
        return {"wso head": flops.masked_lm_head(self.settings.encoder, share)}

    def corrupt(self, view, encode):
        choice, shuffled = self.choose(view)
        changed = view._replace(inputs=masking.put(view.inputs, choice, shuffled))
        return masking.touch(changed, choice), choice

    def choose(self, view):
        """Draws the runs to shuffle.

        Args:
          view: `masking.View`.

        Returns:
          `masking.Choice` of their S * K positions, run after run, and the tokens to
          show there, int32 [B, S * K].
        """
        size = self.settings.word_order.shuffle_length
        candidates = masking.words(view, self.tokens)
        starts = self._starts(view, candidates)  # bool [B, T]
        num_runs = self.settings.word_order.num_runs(int(candidates.shape[1]))
        keys = masking.uniform(view, layers.shape_list(candidates), "wso/runs")
        keys = tf.where(starts, keys, -tf.ones_like(keys))
        keys, first = tf.math.top_k(keys, k=num_runs)  # [B, S]
        is_chosen = (keys >= 0.0) & tf.sequence_mask(
            self._wanted(view, candidates), num_runs
        )
        first = tf.where(is_chosen, first, tf.zeros_like(first))
        positions = first[:, :, None] + tf.range(size)  # [B, S, K]
        order = self._orders(view, positions)
        shown = tf.gather(view.inputs.ids, order, batch_dims=1)
        weights = tf.tile(tf.cast(is_chosen, tf.float32)[:, :, None], [1, 1, size])
        flat = [layers.shape_list(candidates)[0], num_runs * size]
        positions = tf.reshape(positions, flat)
        choice = masking.Choice(
            positions=positions,
            weights=tf.reshape(weights, flat),
            labels=tf.gather(view.inputs.ids, positions, batch_dims=1),
        )
        return choice, tf.reshape(shown, flat)

    def _wanted(self, view, candidates) -> tf.Tensor:
        """Returns int32 [B]: how many runs to shuffle, at least one."""
        settings = self.settings.word_order
        if settings.shuffle_unit == DISJOINT_TRIGRAMS:
            counted, size = tf.cast(candidates, tf.float32), settings.shuffle_length
        else:
            counted, size = tf.cast(view.inputs.mask, tf.float32), 1
        share = tf.reduce_sum(counted, axis=1) * settings.shuffle_prob / size
        rounded = tf.round(share) if size == 1 else tf.math.ceil(share - 1e-4)
        return tf.maximum(1, tf.cast(rounded, tf.int32))

    def _starts(self, view, candidates) -> tf.Tensor:
        """Returns bool [B, T]: where a run of K words may start; none overlap.

        Each stretch of words is cut into runs from a place that is drawn.
        """
        size = self.settings.word_order.shuffle_length
        batch_size, length = layers.shape_list(candidates)
        place = tf.range(length)[None, :]
        is_word = tf.cast(candidates, tf.int32)
        before = _last_place(1 - is_word, place)
        phase = masking.uniform(view, [batch_size, 1], "wso/phase") * size
        within = place - before - 1 + tf.cast(phase, tf.int32)
        fits = candidates
        for ahead in range(1, size):
            fits &= tf.pad(candidates[:, ahead:], [[0, 0], [0, ahead]])
        return fits & tf.equal(within % size, 0)

    def _orders(self, view, positions) -> tf.Tensor:
        """Returns each run's positions in a random order, int32 [B, S, K]."""
        batch_size, num_runs, size = layers.shape_list(positions)
        draws = masking.uniform(view, [batch_size, num_runs * size], "wso/order")
        keys = tf.reshape(draws, [batch_size, num_runs, size])
        order = tf.argsort(keys, axis=-1)
        return positions[:, :, :1] + order

    def score(self, output, batch, change):
        choice = change
        prediction = masked_lm.predict_by_main_encoder(self.settings, output, choice)
        return objective.ObjectiveOutput(
            loss=prediction.loss,
            metrics=masked_lm.metrics(prediction, choice, "wso"),
            parts={"wso_loss": prediction.loss},
        )


def _last_place(flags: tf.Tensor, place: tf.Tensor) -> tf.Tensor:
    """Returns int32 [B, T]: the last place up to t where flags are 1, or -1."""
    marked = flags * (place + 1)  # The place, from 1, or 0.
    reached = marked
    step, length = 1, int(flags.shape[1])
    while step < length:  # Twice as far back each time.
        earlier = tf.pad(reached[:, :-step], [[0, 0], [step, 0]])
        reached = tf.maximum(reached, earlier)
        step *= 2
    return reached - 1
