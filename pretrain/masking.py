"""Masking: which tokens of a batch are hidden, and what is shown instead.

Glossary, as in `model/`: B sequences, T tokens each, M chosen positions at most,
V tokens in the vocabulary.

Positions are drawn from the tokens that are words: never [CLS], [SEP], [MASK],
padding, or what another objective has changed. An example with no such token has no
position of weight 1 and so adds nothing to any loss. Masks are drawn anew for every
batch, or, with `dup_factor`, each example has a few that stay its own.
"""

import dataclasses
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

import tensorflow.compat.v1 as tf

from model import layers, modeling
from pretrain import mask_units as units
from pretrain.data import words as word_data
from util import randomness, records, settings

CONTINUES_WORD = word_data.FEATURE  # Of the records, where they were asked for it.
CONTINUATION = "##"  # WordPiece: begins a token that goes on with a word.
WORD_START = "\u2581"  # Sentencepiece: begins a token that does not.
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
    masking_unit: str = settings.setting(
        units.TOKEN,
        "What is chosen together: token; word, all pieces of a word; span, neighbours "
        "whose number follows a geometric distribution.",
        choices=list(units.UNITS),
    )
    word_boundaries: str = settings.setting(
        "vocabulary",
        "masking_unit word: whether the vocabulary tells which tokens go on with a "
        "word (##ing), or the records do, built with --word-segmentation.",
        choices=["vocabulary", "records"],
    )
    span_geo_prob: float = settings.setting(
        0.2, "masking_unit span: p of the geometric distribution.", low=1e-3, high=1.0
    )
    span_max_length: int = settings.setting(
        10, "masking_unit span: the longest one.", low=1
    )
    dup_factor: Optional[int] = settings.setting(
        None,
        "Masks that each example has, one of them drawn whenever it is read; None "
        "draws a new mask every time.",
        low=1,
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
        if self.masking_rule == WITH_REPLACEMENT and self.masking_unit != units.TOKEN:
            raise ValueError(
                "masking_rule with_replacement draws single tokens; masking_unit must "
                "be token, got %s." % self.masking_unit
            )
        shown = self.mlm_replace_prob + self.mlm_random_prob
        if shown > 1.0 + 1e-9:
            raise ValueError(
                "mlm_replace_prob (%g) and mlm_random_prob (%g) add up to %g; they "
                "share the chosen positions, so give at most 1 together."
                % (self.mlm_replace_prob, self.mlm_random_prob, shown)
            )

    @property
    def reads_words(self) -> bool:
        """Whether the records must say where words go on."""
        return self.masking_unit == units.WORD and self.word_boundaries == "records"

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
    continuations: Sequence[bool] = ()  # [V]; whether a token goes on with a word.


def tokens_of(tokenizer: Any, vocab_size: int) -> Tokens:
    """Returns what masking needs to know.

    Args:
      tokenizer: `tokenization.Tokenizer`.
      vocab_size: Rows of the token table, at least the tokenizer's.
    """
    pieces = tokenizer.tokens(range(tokenizer.vocab_size))
    if tokenizer.settings.tokenizer == "sentencepiece":
        is_continued = [not piece.startswith(WORD_START) for piece in pieces]
    else:
        is_continued = [piece.startswith(CONTINUATION) for piece in pieces]
    padding = [False] * (vocab_size - tokenizer.vocab_size)
    return Tokens(
        vocab_size=vocab_size,
        cls_id=tokenizer.cls_id,
        sep_id=tokenizer.sep_id,
        mask_id=tokenizer.mask_id,
        continuations=is_continued + padding,
    )


class View(NamedTuple):
    """What the encoder will see of a batch; objectives change it one after another.

    Attributes:
      inputs: With what was changed so far.
      touched: bool [B, T]; where something was changed.
      continues: bool [B, T]; where a token goes on with the word of the one before.
      keys: int32 [B] that name the mask of each example; None for new masks.
    """

    inputs: modeling.Inputs
    touched: tf.Tensor
    continues: Optional[tf.Tensor] = None
    keys: Optional[tf.Tensor] = None


class Choice(NamedTuple):
    """Positions to predict.

    Slots without a position have weight 0, position 0 and the token there as label.
    """

    positions: tf.Tensor  # int32 [B, M], in [0, T)
    weights: tf.Tensor  # float32 [B, M]; 1 chosen, 0 empty slot
    labels: tf.Tensor  # int32 [B, M], the original tokens
    coins: Optional[tf.Tensor] = None  # float32 [B, M] in [0, 1), what `hide` draws by


def record_features(
    max_seq_length: int, masking: MaskingSettings
) -> List[records.FeatureSpec]:
    """Returns the features that `view_of` reads."""
    names = ["input_ids", "input_mask", "segment_ids"]
    if masking.reads_words:
        names.append(CONTINUES_WORD)
    return [records.FeatureSpec(n, (max_seq_length,), "int", None) for n in names]


def view_of(
    features: Dict[str, tf.Tensor], tokens: Tokens, masking: MaskingSettings
) -> View:
    """Returns a batch that nothing has changed yet.

    Args:
      features: int32 [B, T] by name, as declared by `record_features`.
      tokens: Special tokens, and which tokens go on with a word.
      masking: How it will be masked.
    """
    inputs = modeling.Inputs(
        ids=features["input_ids"],
        mask=features["input_mask"],
        segments=features["segment_ids"],
    )
    continues = None
    if masking.reads_words:
        continues = tf.greater(features[CONTINUES_WORD], 0)
    elif masking.masking_unit == units.WORD:
        continues = tf.gather(tf.constant(list(tokens.continuations)), inputs.ids)
    keys = None
    if masking.dup_factor is not None:
        keys = _mask_keys(inputs, masking.dup_factor)
    touched = tf.zeros_like(inputs.ids, tf.bool)
    return View(inputs, touched, continues, keys)


def _mask_keys(inputs: modeling.Inputs, dup_factor: int) -> tf.Tensor:
    """Returns int32 [B]: a hash of the example's tokens and of a number drawn."""
    batch_size, length = layers.shape_list(inputs.ids)
    places = tf.range(1, length + 1) * 2 + 1
    content = tf.reduce_sum(randomness.hashed(inputs.ids) * places, axis=1)
    number = tf.random.stateless_uniform(
        [batch_size],
        randomness.seed_pair("masks"),
        minval=0,
        maxval=dup_factor,
        dtype=tf.int32,
    )
    return content + randomness.hashed(number)


def choose(view: View, tokens: Tokens, masking: MaskingSettings, stream: str) -> Choice:
    """Draws the positions to predict, all of them distinct within an example.

    An example with n tokens, [CLS] and [SEP] included, gets
    max(1, min(M, round(n * mask_prob))) positions, or fewer if it has fewer words, or
    if no other word or span fits.

    Args:
      view: Batch; T must be known when the graph is built.
      tokens: Special tokens.
      masking: How many, and by which rule.
      stream: Name of the random stream, so that two objectives draw apart.
    """
    num_slots = masking.num_predictions(int(view.inputs.ids.shape[1]))
    candidates = words(view, tokens)  # [B, T]
    num_tokens = tf.cast(tf.reduce_sum(view.inputs.mask, axis=1), tf.float32)
    wanted = tf.cast(tf.round(num_tokens * masking.mask_prob), tf.int32)
    wanted = tf.maximum(1, tf.minimum(num_slots, wanted))  # [B]
    draw = _draw_single_tokens if masking.masking_unit == units.TOKEN else _draw_units
    positions, is_chosen, coins = draw(
        view, candidates, wanted, num_slots, masking, stream
    )
    positions = tf.where(is_chosen, positions, tf.zeros_like(positions))
    return Choice(
        positions=positions,
        weights=tf.cast(is_chosen, tf.float32),
        labels=tf.gather(view.inputs.ids, positions, batch_dims=1),
        coins=coins,
    )


def words(view: View, tokens: Tokens) -> tf.Tensor:
    """Returns bool [B, T]: the untouched words, which alone may be changed."""
    candidates = tf.greater(view.inputs.mask, 0) & tf.logical_not(view.touched)
    for special_id in (tokens.cls_id, tokens.sep_id, tokens.mask_id):
        candidates &= tf.not_equal(view.inputs.ids, special_id)
    return candidates


def _draw_single_tokens(view, candidates, wanted, num_slots, masking, stream):
    """Returns positions [B, M], which are chosen, bool [B, M], and coins [B, M]."""
    shape = layers.shape_list(candidates)
    if masking.masking_rule == WITH_REPLACEMENT:
        draws = uniform(view, [shape[0], num_slots], stream + "/positions")
        drawn = units.draw_with_replacement(candidates, wanted, draws)
    else:
        keys = uniform(view, shape, stream + "/positions")
        drawn = units.draw_without_replacement(candidates, wanted, num_slots, keys)
    coins = uniform(view, [shape[0], num_slots], stream + "/hide")
    return drawn + (coins,)


def _draw_units(view, candidates, wanted, num_slots, masking, stream):
    """As `_draw_single_tokens`; the tokens of a span share their coin."""
    shape = layers.shape_list(candidates)
    is_span = masking.masking_unit == units.SPAN
    if is_span:
        draws = uniform(view, shape, stream + "/spans")
        lengths = units.span_lengths(
            draws, masking.span_geo_prob, masking.span_max_length
        )
        numbers = units.spans(candidates, lengths)
    else:
        numbers = units.words(candidates, view.continues)
    keys = uniform(view, shape, stream + "/positions")
    drawn = units.draw_units(numbers, candidates, wanted, num_slots, keys)
    coins = uniform(view, shape, stream + "/hide")
    places = tf.gather(numbers, drawn[0], batch_dims=1) if is_span else drawn[0]
    return drawn + (tf.gather(coins, places, batch_dims=1),)


def hide(view: View, choice: Choice, tokens: Tokens, rates, stream: str) -> View:
    """Returns the batch as the model sees it.

    Args:
      view: Batch that the choice was made from.
      choice: The positions to corrupt.
      tokens: [MASK] and the vocabulary's size.
      rates: (share shown as [MASK], share shown as a random token); the rest of
        the chosen positions keep their token.
      stream: Name of the random stream.
    """
    replace_rate, random_rate = rates
    shape = layers.shape_list(choice.labels)
    shown = choice.labels
    if random_rate:
        draws = uniform(view, shape, stream + "/random_tokens")
        random_ids = tf.cast(draws * tokens.vocab_size, tf.int32)
        is_random = choice.coins < replace_rate + random_rate
        shown = tf.where(is_random, random_ids, shown)
    masks = tf.fill(shape, tokens.mask_id)
    shown = tf.where(choice.coins < replace_rate, masks, shown)
    return touch(view._replace(inputs=put(view.inputs, choice, shown)), choice)


def put(
    inputs: modeling.Inputs, choice: Choice, replacements: tf.Tensor
) -> modeling.Inputs:
    """Returns the batch with other tokens at the chosen positions.

    Args:
      inputs: Batch that the choice was made from.
      choice: The positions; empty slots change nothing.
      replacements: int32 [B, M].
    """
    change = (replacements - choice.labels) * tf.cast(choice.weights, tf.int32)
    return inputs._replace(ids=inputs.ids + _scattered(choice, change, inputs.ids))


def touch(view: View, choice: Choice) -> View:
    """Returns the view with the chosen positions marked as touched."""
    chosen = _scattered(choice, tf.cast(choice.weights, tf.int32), view.inputs.ids)
    return view._replace(touched=view.touched | (chosen > 0))


def _scattered(choice: Choice, values: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
    """Returns int32 [B, T]: values [B, M] at their positions, added up."""
    batch_size, num_slots = layers.shape_list(choice.positions)
    rows = tf.tile(tf.range(batch_size)[:, None], [1, num_slots])
    where = tf.stack([rows, choice.positions], axis=2)  # [B, M, 2]
    scattered = tf.scatter_nd(where, values, tf.shape(like))
    scattered.set_shape(like.shape)
    return scattered


def uniform(view: View, shape: Sequence[Any], name: str) -> tf.Tensor:
    """Returns float32 in [0, 1), of the shape [B, ...].

    They are a pure function of seed, name and step, or, where the view has keys, of
    seed, name and the example's key.
    """
    if view.keys is None:
        return tf.random.stateless_uniform(shape, randomness.seed_pair(name))
    return randomness.uniform_by_row(view.keys, shape[1], name)
