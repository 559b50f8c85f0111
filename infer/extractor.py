"""A model that is asked for the vectors of texts.

Glossary: B texts in a batch, T tokens of a text, L layers that are asked for, H hidden
size.
"""

import dataclasses
from typing import Any, Iterable, Iterator, List, Optional

import numpy as np
import tensorflow.compat.v1 as tf

from finetune import top
from infer import batches, encoder_session, feature_files, loading, sequences, texts
from model import architecture, modeling, tokenization
from util import compat, run_settings
from util import settings as settings_lib

POOLINGS = [top.FIRST, top.MEAN, top.MAX, top.LAST]
WINDOW_BATCHES = 32  # Sorted by length together, ...
WINDOW_BYTES = 1 << 28  # ... and no more, for their vectors are kept in memory.
FLOAT_BYTES = 4


@dataclasses.dataclass(frozen=True)
class FeatureSettings(settings_lib.Section):
    """Which vectors are wanted, and how texts become batches."""

    layers: List[int] = settings_lib.setting(
        [-1], "Layers by number: 0 is the lowest, -1 the highest."
    )
    pooling: Optional[str] = settings_lib.setting(
        None,
        "One vector for each text: that of the first token, of the last, or mean or "
        "maximum of all; null gives one for each token.",
        choices=POOLINGS,
    )
    max_seq_length: Optional[int] = settings_lib.setting(
        None,
        "Longest sequence in tokens; null means as in the model's training.",
        low=4,
    )
    batch_size: int = settings_lib.setting(
        32, "Texts in a batch; of short texts there are more.", low=1
    )
    pad_to_longest: bool = settings_lib.setting(
        True,
        "Make batches of texts of about the same length where the encoder's output "
        "does not depend on padding; else pad all to max_seq_length.",
    )


class _Settings(settings_lib.Settings):
    SECTIONS = {
        "features": FeatureSettings,
        "architecture": architecture.ArchitectureSettings,
        "tokenization": tokenization.TokenizerSettings,
        "run": run_settings.RunSettings,
    }


class Extractor:
    """A model that is asked for vectors; close it, or use it in a `with` block.

    Attributes:
      settings: What was asked for, a `FeatureSettings`.
      tokenizer: The model's.
      max_seq_length: Longest sequence in tokens.
      pad_to: Length to which everything is padded, or None.
    """

    def __init__(self, model: str, **settings: Any):
        """Loads a model. This puts TensorFlow in graph mode.

        Args:
          model: A model folder, or the prefix of a checkpoint in it.
          **settings: Of `FeatureSettings`, and where needed of the tokenizer
            (`vocab_file`, `do_lower_case`), the encoder and the devices (`num_gpus`).

        Raises:
          FileNotFoundError: There is no checkpoint or no vocabulary.
          ValueError: A setting is unknown, impossible or contradicts the model.
        """
        compat.activate()
        asked = _Settings(settings)
        if asked.use_tpu:
            raise ValueError("use_tpu is set, but a TPU is of no use here; leave it.")
        found = loading.load(model, settings)
        longest = asked.max_seq_length or found.max_seq_length
        self.settings: FeatureSettings = asked.features
        self.max_seq_length: int = longest
        self.tokenizer = found.tokenizer
        encoder = found.pretrained.encoder
        _check_layers(self.settings.layers, encoder.num_hidden_layers)
        _check_length(longest, encoder.max_position_embeddings)
        by_length = encoder.ignores_padding and self.settings.pad_to_longest
        self.pad_to = None if by_length else longest
        self._plan = batches.Plan(
            batch_size=self.settings.batch_size,
            max_seq_length=longest,
            by_length=by_length,
            window_tokens=_window_tokens(self.settings, encoder.hidden_size),
            is_per_token=self.settings.pooling is None,
        )
        self._checkpoint = found.pretrained.checkpoint
        self._session = encoder_session.EncoderSession(
            found.pretrained, asked.run, self._vectors
        )

    def extract(self, inputs: Iterable[texts.Text]) -> Iterator[feature_files.Features]:
        """Yields the vectors of each text, in order.

        Some thousand texts are read before the first is answered.

        Args:
          inputs: Texts, and pairs of texts.

        Raises:
          RuntimeError: The model's numbers are not finite.
        """
        encoded = sequences.encode(inputs, self.tokenizer, self._plan.max_seq_length)
        answers = batches.answers(encoded, self._plan, self._session.ask)
        for number, (sequence, vectors) in enumerate(answers, start=1):
            if not np.isfinite(vectors).all():
                raise RuntimeError(
                    "The vectors of text %d are not finite numbers. The weights in %s "
                    "are of no use: use an earlier checkpoint."
                    % (number, self._checkpoint)
                )
            tokens = self.tokenizer.tokens(sequence.ids)
            yield feature_files.Features(
                sequence.ids, tokens, vectors, sequence.num_cut
            )

    def close(self) -> None:
        """Frees the memory of the model."""
        self._session.close()

    def __enter__(self) -> "Extractor":
        return self

    def __exit__(self, *unused: Any) -> None:
        self.close()

    def _vectors(self, encoded: modeling.EncoderOutput, mask: tf.Tensor) -> tf.Tensor:
        """Returns what is asked for, [B, T, L, H] or pooled [B, L, H]."""
        wanted = [encoded.layers[layer] for layer in self.settings.layers]
        if self.settings.pooling is not None:
            wanted = [top.pool(each, mask, self.settings.pooling) for each in wanted]
        return tf.stack(wanted, axis=-2)


def _check_layers(layers: List[int], count: int) -> None:
    """Refuses layers that the encoder does not have, or that are one.

    Raises:
      ValueError: There are some, or none is named.
    """
    if not layers:
        raise ValueError("layers is empty; name at least one, such as -1.")
    for layer in layers:
        if not -count <= layer < count:
            raise ValueError(
                "layers has %d, but the encoder has %d layers: 0 to %d, from below, or "
                "-1 to -%d, from above." % (layer, count, count - 1, count)
            )
    if len({layer % count for layer in layers}) < len(layers):
        raise ValueError("layers names one of %d twice: %s." % (count, layers))


def _check_length(max_seq_length: int, num_positions: int) -> None:
    if max_seq_length > num_positions:
        raise ValueError(
            "max_seq_length is %d, but the encoder has %d position embeddings; use at "
            "most %d." % (max_seq_length, num_positions, num_positions)
        )


def _window_tokens(settings: FeatureSettings, hidden_size: int) -> int:
    """Returns how many tokens are sorted together."""
    sorted_well = WINDOW_BATCHES * batches.TOKENS_PER_BATCH
    sorted_well = sorted_well * max(settings.batch_size, 32) // 32
    if settings.pooling is not None:
        return sorted_well
    bytes_per_token = len(settings.layers) * hidden_size * FLOAT_BYTES
    return min(sorted_well, max(1, WINDOW_BYTES // bytes_per_token))
