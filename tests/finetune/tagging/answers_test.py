"""Tests for finetune.tagging.answers."""

from absl.testing import absltest
import numpy as np

from finetune import task as task_lib
from finetune.tagging import answers, schemes, tag_set
from tests.finetune.tagging import fixtures

TAGS = fixtures.IOBES


def windows(word, tag, example, examples):
    """Returns predictions of records with these outputs; the tags by name."""
    numbers = [[TAGS.classes.index(name) if name else 0 for name in row] for row in tag]
    probability = np.array(word, np.float32) / 10
    outputs = {
        "word": np.array(word),
        "tag": np.array(numbers),
        "probability": probability,
        "example": np.array(example),
    }
    return task_lib.Predictions(examples, outputs)


class AnswersTest(absltest.TestCase):
    def test_windows_are_put_together(self):
        examples = [fixtures.example(0, "a b c d"), fixtures.example(1, "e")]
        said = windows(
            [[0, 1, 0, 2, 0], [0, 1, 0, 0, 0], [0, 0, 3, 4, 0]],
            [["", "O", "", "B-PER", ""], ["", "S-LOC"] + [""] * 3]
            + [["", "", "I-PER", "E-PER", ""]],
            [0, 1, 0],
            examples,
        )
        first, second = answers.collect(said, TAGS)
        self.assertEqual(first.tags, ("O", "B-PER", "I-PER", "I-PER"))
        self.assertEqual(first.entities, [schemes.Entity("PER", 1, 3)])
        np.testing.assert_allclose(first.probabilities, [0.1, 0.2, 0.3, 0.4])
        self.assertEqual(second.tags, ("B-LOC",))

    def test_what_windows_do_not_agree_on_is_repaired(self):
        said = windows(
            [[1, 0], [0, 2]],
            [["B-PER", ""], ["", "E-LOC"]],
            [0, 0],
            [fixtures.example(0, "a b")],
        )
        (answer,) = answers.collect(said, TAGS)
        self.assertEqual(answer.tags, ("B-PER", "B-LOC"))

    def test_tags_of_words_stay_as_they_are(self):
        tags = tag_set.TagSet(schemes.WORDS, ("DT", "NN"))
        said = fixtures.predictions(tags, [fixtures.example(0, "a b")], ["NN NN"])
        (answer,) = answers.collect(said, tags)
        self.assertEqual(answer.tags, ("NN", "NN"))
        self.assertLen(answer.entities, 2)

    def test_a_lost_word_is_refused(self):
        said = windows([[1, 2]], [["O", "O"]], [0], [fixtures.example(0, "a b c")])
        with self.assertRaisesRegex(RuntimeError, "3 words .* lost or doubled"):
            answers.collect(said, TAGS)

    def test_a_doubled_word_is_refused(self):
        said = windows(
            [[1, 2], [2, 0]],
            [["O", "O"], ["O", "O"]],
            [0, 0],
            [fixtures.example(0, "a b")],
        )
        with self.assertRaisesRegex(RuntimeError, "2 words .* lost or doubled"):
            answers.collect(said, TAGS)


if __name__ == "__main__":
    absltest.main()
