"""Examples of one segment that hold as much text as fits, for language models.

No token is lost. A document ends an example unless examples may go across documents;
then a [SEP] comes between two of them. It is a token of the text: it takes one place
and counts among the tokens, not among those that the example has besides.
"""

from pretrain.data import packing


class BlockPacker(packing.TextPacker):
    """Fills every example with the next tokens, wherever sentences end."""

    def __init__(self, options: packing.Options):
        super().__init__(options)
        self._room = options.max_length - 2
        self._separator = options.separator
        self._text = packing.Sentence("i")
        self._target = self._draw_target(self._room)
        self._starts_document = False

    def _gather(self, sentence: packing.Sentence) -> None:
        self._text += self._before(sentence)
        self._text += sentence
        self._make_examples()

    def _before(self, sentence: packing.Sentence) -> packing.Sentence:
        """Returns what separates a sentence from the text: [SEP] or nothing."""
        separates = self._starts_document and len(self._text) > 0
        self._starts_document = False
        if not separates or self._separator is None:
            return packing.Sentence("i")
        self.num_tokens += 1
        return packing.Sentence("i", [self._separator])

    def _end_text(self) -> None:
        if self._separator is None:
            self.finish()
        self._starts_document = True

    def finish(self) -> None:
        """Makes an example of what is left."""
        if self._text:
            self._append(self._text)
            self._text = packing.Sentence("i")

    def _make_examples(self) -> None:
        """Makes examples of the text as long as it fills them."""
        start = 0
        while len(self._text) - start >= self._target:
            end = start + self._target
            self._append(self._text[start:end])
            start = end
        del self._text[:start]

    def _append(self, text: packing.Sentence) -> None:
        self.examples.append(text, packing.Sentence("i"))
        self._target = self._draw_target(self._room)


class SentencePacker(BlockPacker):
    """Fills every example with whole sentences (RoBERTa's full sentences).

    Only a sentence that no example can hold is cut, and carried on in the next.
    """

    def _gather(self, sentence: packing.Sentence) -> None:
        separator_size = self._starts_document and self._separator is not None
        if len(self._text) + separator_size + len(sentence) > self._target:
            self.finish()
        if not self._text:  # Not even a shorter example cuts a sentence that fits.
            self._target = max(self._target, min(len(sentence), self._room))
        super()._gather(sentence)
