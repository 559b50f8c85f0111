"""Training steps for tests."""

from model import optimization


def minimize(loss, *args, **kwargs):
    """Returns the step of `optimization.Trainer(*args, **kwargs)` for a loss."""
    trainer = optimization.Trainer(*args, **kwargs)
    return trainer.apply(trainer.gradients(loss))
