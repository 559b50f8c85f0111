"""Examples some of whose tokens were hidden."""

from typing import Any, NamedTuple, Optional, Tuple

from finetune.self_attention import labels as labels_lib


class Example(NamedTuple):
    """An example of the task, and tokens of it.

    Attributes:
      source: The task's own example.
      masked_a: Places of tokens of the first text, from 0, in order.
      masked_b: The same of the second text.
      labels: What its tokens are trained as; the model then sees all of them. None
        for a question to the model, which sees [MASK] at these places.
    """

    source: Any
    masked_a: Tuple[int, ...]
    masked_b: Tuple[int, ...]
    labels: Optional[labels_lib.TokenLabels] = None

    @property
    def id(self) -> str:
        return self.source.id

    @property
    def label(self) -> Any:
        return self.source.label
