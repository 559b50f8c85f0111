"""The phases of a run: parts of its steps with inputs of their own.

BERT was trained on sequences of 128 tokens for nine tenths of its steps and of 512 for
the rest, under one schedule of the learning rate. So does `phases`:

    [{"steps": 900000},
     {"steps": 100000, "max_seq_length": 512, "train_batch_size": 64,
      "pretrain_tfrecords": "data/length_512/*.tfrecord*"}]
"""

from typing import Any, Dict, List, NamedTuple

from util import registry

STEPS = "steps"
CHANGEABLE = (
    "eval_batch_size",
    "gradient_accumulation_steps",
    "max_predictions_per_seq",
    "max_seq_length",
    "pretrain_tfrecords",
    "train_batch_size",
)


class Phase(NamedTuple):
    """A part of a run."""

    config: Any  # `PretrainingConfig`, with the changes of the phase.
    start: int  # Global step at its start.
    end: int  # And at its end.

    @property
    def tokens_per_step(self) -> int:
        return self.config.input.train_batch_size * self.config.input.max_seq_length


def check(listed: List[Dict[str, Any]]) -> None:
    """Refuses phases that cannot be understood.

    Raises:
      ValueError: A phase has no steps, or changes what cannot be changed.
    """
    for number, phase in enumerate(listed, 1):
        steps = phase.get(STEPS)
        if isinstance(steps, bool) or not isinstance(steps, (int, float)) or steps < 1:
            raise ValueError(
                "Phase %d of phases must say how many steps it has, got %r."
                % (number, steps)
            )
        for name in phase:
            if name != STEPS and name not in CHANGEABLE:
                raise registry.unknown_name(
                    "setting in phase %d of phases:" % number, name, CHANGEABLE
                )


def num_steps(listed: List[Dict[str, Any]]) -> int:
    """Returns the steps of all phases together."""
    return sum(int(phase[STEPS]) for phase in listed)


def of(config: Any) -> List[Phase]:
    """Returns the phases of a run; one, if it has no `phases`.

    Args:
      config: A `PretrainingConfig`.
    """
    listed = config.pretrain.phases
    if not listed:
        return [Phase(config, 0, config.run.num_train_steps)]
    found, start = [], 0
    for phase in listed:
        changes = {name: value for name, value in phase.items() if name != STEPS}
        end = start + int(phase[STEPS])
        found.append(Phase(config.replace(**changes), start, end))
        start = end
    return found


def tokens(listed: List[Phase], step: int) -> int:
    """Returns the tokens, padding included, that were seen up to a step."""
    return sum(
        max(0, min(step, phase.end) - phase.start) * phase.tokens_per_step
        for phase in listed
    )
