"""The examples of every epoch but the first: some with token labels learned anew."""

import dataclasses
import math
from typing import Any, Callable, Dict, List, NamedTuple, Sequence

import numpy as np

from finetune import task as task_lib
from finetune.classification import metrics
from finetune.self_attention import examples as examples_lib
from finetune.self_attention import labels as labels_lib
from finetune.self_attention import settings as settings_lib
from finetune.self_attention import spans

Ask = Callable[[List[Any]], task_lib.Predictions]


def ratio(epoch: int, step: float) -> float:
    """Returns the share of an epoch's examples that has learned token labels.

    It grows by a step every epoch, from 0, as long as it stays below 1.

    Args:
      epoch: From 0.
      step: In (0, 1].
    """
    most = math.ceil(round(1.0 / step, 9)) - 1
    return round(min(epoch, most) * step, 9)


class _Found(NamedTuple):
    """What asking the model gave.

    Attributes:
      samples: Examples with token labels, each once.
      counts: How often was asked what, JSON-ready.
    """

    samples: List[examples_lib.Example]
    counts: Dict[str, int]


@dataclasses.dataclass(frozen=True)
class Renewal(task_lib.Renewal):
    """Asks the model about examples with hidden tokens, and keeps what it learns.

    Attributes:
      settings: How tokens are hidden, and what is learned of it.
    """

    settings: settings_lib.SelfAttentionSettings

    def num_examples(self, count):
        return 2 * count if self.settings.ssa_double_originals else count

    def examples(self, epoch, originals, ask, seed):
        share = ratio(epoch, self.settings.ssa_ratio_per_epoch)
        wanted = int(len(originals) * share + 1e-9)
        key = [seed % 2**32, epoch]
        found = self._find(wanted, originals, ask, key)
        random = np.random.RandomState(key + [0])
        labeled = _choose(found.samples, wanted, random)
        others = random.permutation(len(originals))[: len(originals) - len(labeled)]
        chosen = labeled + [originals[number] for number in sorted(others)]
        if self.settings.ssa_double_originals:
            chosen += originals
        flipped = self._rule.flipped
        report = dict(
            found.counts,
            epoch=epoch,
            share_wanted=share,
            examples=len(chosen),
            wanted=wanted,
            with_token_labels=len(labeled),
            of_them_flipped=sum(sample.labels == flipped for sample in labeled),
            missing=wanted - len(labeled),
        )
        return chosen, report

    @property
    def _rule(self) -> labels_lib.Rule:
        return labels_lib.RULES[self.settings.ssa_labels]

    def _find(
        self, wanted: int, originals: List[Any], ask: Ask, key: List[int]
    ) -> _Found:
        """Hides tokens and asks, again and again, until there are enough samples.

        Only examples that the model is right about are asked about: of the others
        nothing can be learned.
        """
        if not wanted:
            return _Found([], {"rounds": 0, "right": 0, "asked": 0, "flipped": 0})
        said = _ask(ask, originals)
        values = metrics.predicted_values(said)
        tolerance = self._tolerance(said)
        right = np.flatnonzero(np.abs(values - said.labels) <= tolerance)
        lengths = said.outputs["text_lengths"]
        samples: Dict[examples_lib.Example, None] = {}  # In order, each once.
        rounds = num_asked = num_flipped = 0
        while len(right) and len(samples) < wanted:
            if rounds == self.settings.ssa_max_rounds:
                break
            rounds += 1
            random = np.random.RandomState(key + [rounds])
            questions = self._questions(originals, right, lengths, random)
            if not questions:
                continue
            numbers = np.array(list(questions))
            answers = metrics.predicted_values(_ask(ask, list(questions.values())))
            is_same = np.abs(answers - values[numbers]) <= tolerance
            num_asked += len(numbers)
            num_flipped += int(np.sum(~is_same))
            samples.update(self._learned(list(questions.values()), is_same))
        return _Found(
            list(samples),
            {
                "rounds": rounds,
                "right": len(right),
                "asked": num_asked,
                "flipped": num_flipped,
            },
        )

    def _tolerance(self, said: task_lib.Predictions) -> float:
        """Returns how far apart two predictions may be that count as the same."""
        return self.settings.ssa_tolerance if "value" in said.outputs else 0.0

    def _questions(
        self,
        originals: List[Any],
        numbers: np.ndarray,
        lengths: np.ndarray,
        random: np.random.RandomState,
    ) -> Dict[int, examples_lib.Example]:
        """Hides tokens of examples; returns those that lost any, by their numbers."""
        sizes = np.reshape(lengths[numbers], [-1])  # Of texts A and B in turn.
        drawn = spans.draw(
            sizes,
            self.settings.ssa_aug_threshold,
            self.settings.ssa_rm_threshold,
            random,
        )
        places = spans.places(sizes, drawn)
        return {
            int(number): examples_lib.Example(originals[number], masked_a, masked_b)
            for number, masked_a, masked_b in zip(numbers, places[::2], places[1::2])
            if masked_a or masked_b
        }

    def _learned(
        self, questions: List[examples_lib.Example], is_same: np.ndarray
    ) -> Dict[examples_lib.Example, None]:
        """Returns the samples that the model's answers give."""
        rule = self._rule
        learned = [
            question._replace(labels=rule.unflipped if same else rule.flipped)
            for question, same in zip(questions, is_same)
        ]
        return {sample: None for sample in learned if sample.labels is not None}


def _ask(ask: Ask, asked: List[Any]) -> task_lib.Predictions:
    """Returns the predictions of some examples.

    Raises:
      RuntimeError: There is not one for each.
    """
    said = ask(asked)
    for name, values in said.outputs.items():
        if len(values) != len(asked):
            raise RuntimeError(
                "The model was asked about %d examples, but said %s of %d; please "
                "report this." % (len(asked), name, len(values))
            )
    return said


def _choose(
    samples: Sequence[examples_lib.Example],
    count: int,
    random: np.random.RandomState,
) -> List[examples_lib.Example]:
    """Draws samples; those that show tokens that matter come before others.

    Rule `flip` has few of them; with rule `unflipped` all are alike.
    """
    order = random.permutation(len(samples))
    chosen = sorted(order, key=lambda number: -_masked_label(samples[number]))
    return [samples[number] for number in chosen[:count]]


def _masked_label(sample: examples_lib.Example) -> int:
    return labels_lib.UNKNOWN if sample.labels is None else sample.labels.masked
