"""Training steps for tests."""

from model import trainer


def minimize(loss, *args, **kwargs):
    """Returns the step of `trainer.Trainer(*args, **kwargs)` for a loss."""
    steps = trainer.Trainer(*args, **kwargs)
    return steps.apply(steps.gradients(loss))
