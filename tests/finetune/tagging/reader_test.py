"""Tests for finetune.tagging.reader."""

import os
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import sources
from finetune import task as task_lib
from finetune.tagging import layouts, reader
from tests.finetune.tagging import fixtures

TRAIN = task_lib.Split("train", task_lib.TRAIN)
DEV = task_lib.Split("dev", task_lib.DEV)
TEST = task_lib.Split("test", task_lib.TEST)
NUMBERED = "".join("w%d O\n\n" % number for number in range(10))


def make(**changes):
    files = (
        (TRAIN, ("train.txt",)),
        (DEV, ("dev.txt", "valid.txt")),
        (TEST, ("test.txt",)),
    )
    layout = layouts.Layout(
        **{name: changes.pop(name) for name in ("scheme",) if name in changes}
    )
    places = sources.Places(("here", "There"), files)
    return reader.TaggingReader(places, layout=layout, **changes)


class ReaderTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(dir=self.get_temp_dir())

    def read(self, content, split=DEV, **changes):
        path = fixtures.write(self.folder, "some.txt", content)
        return make(**changes).read(path, split)

    @parameterized.parameters(
        ("bio", "B-A I-A O B-A B-A"),
        ("iob1", "I-A I-A O I-A B-A"),
        ("iobes", "B-A E-A O S-A S-A"),
        ("bmes", "B-A E-A O S-A S-A"),
        ("bilou", "B-A L-A O U-A U-A"),
    )
    def test_tags_become_bio(self, name, tags):
        content = "".join("w %s\n" % tag for tag in tags.split())
        want = [fixtures.example(0, "w w w w w", "B-A I-A O B-A B-A")]
        self.assertEqual(self.read(content).examples, want)
        self.assertEqual(self.read(content, scheme=name).examples, want)

    @parameterized.parameters(
        "A-B A-I O A-B A-B", "A_B A_E O A_S A_S", "(A* *) * (A) (A)"
    )
    def test_tags_may_be_written_otherwise(self, tags):
        content = "".join("w %s\n" % tag for tag in tags.split())
        want = [fixtures.example(0, "w w w w w", "B-A I-A O B-A B-A")]
        self.assertEqual(self.read(content).examples, want)

    def test_brackets_that_are_never_closed_are_refused(self):
        with self.assertRaisesRegex(ValueError, r"some\.txt:3: in the .*'A' is never"):
            self.read("w *\n\nw (A*\nw *\n")

    def test_tags_of_words_are_not_rewritten(self):
        found = self.read("w (A)\nw *\n", scheme="words").examples
        self.assertEqual(found, [fixtures.example(0, "w w", "(A) *")])

    def test_texts_and_where_their_words_are_go_with_the_examples(self):
        path = fixtures.write(
            self.folder, "a.json", '{"id": 7, "text": "a b", "label": [[2, 3, "X"]]}'
        )
        (found,) = make().read(path, DEV).examples
        places = ((0, 1), (2, 3))
        want = reader.Example("7", ("a", "b"), ("O", "B-X"), "a b", places)
        self.assertEqual(found, want)

    @parameterized.parameters("O O", "B-A\u3000I-A", "O\xa0")
    def test_several_tags_for_a_word_are_refused(self, tags):
        content = "a\tO\nb c\t%s\n" % tags
        for scheme in (None, "words"):
            with self.assertRaisesRegex(
                ValueError, r"some\.txt:2: the tag .* is empty or has a blank"
            ):
                self.read(content, scheme=scheme)

    def test_tags_of_words_that_are_not_known_are_noted(self):
        (note,) = self.read("Rome XX\n", scheme="words", types=("NN",)).notes
        self.assertStartsWith(note, "1 words have tags that the training file does not")

    def test_tags_of_words_stay_as_they_are(self):
        found = self.read("Rome NNP\nfell VBD\n", scheme="words").examples
        self.assertEqual(found, [fixtures.example(0, "Rome fell", "NNP VBD")])

    def test_examples_are_numbered(self):
        self.assertEqual([e.id for e in self.read(NUMBERED).examples[:3]], list("012"))

    def test_a_test_file_may_lack_tags(self):
        found = self.read("Rome\nfell\n", split=TEST).examples
        self.assertEqual(found, [fixtures.example(0, "Rome fell")])

    def test_nothing_is_said_of_a_sound_bio_file(self):
        self.assertEqual(self.read("w B-A\nw I-A\n", types=("A",)).notes, ())

    def test_tags_of_a_final_file_are_read(self):
        found = self.read("Rome B-A\n", split=task_lib.Split("test", task_lib.FINAL))
        self.assertEqual(found.examples, [fixtures.example(0, "Rome", "B-A")])

    def test_another_scheme_is_noted(self):
        self.assertEqual(self.read("w I-A\n").notes, ("The tags are iob1.",))

    def test_repairs_are_noted(self):
        (note,) = self.read("w I-A\nw O\nw I-B\n\nw B-A\n\nw I-A\n").notes
        self.assertStartsWith(note, "3 tags in 2 sentences break the scheme bio")

    def test_types_that_the_model_does_not_know_are_noted(self):
        content = "w B-B\n\nw O\nw B-C\nw I-C\n\nw B-C\n"
        (note,) = self.read(content, types=("A", "B")).notes
        self.assertRegex(note, r"^2 entities .* \(C; the first in line 4\)")

    def test_rows_without_words_are_counted(self):
        found = self.read("text_a\tlabel\n\t\na\tO\n")
        self.assertEqual(found.skipped, ((2, "no words"),))

    def test_a_tag_that_is_in_no_scheme_is_refused(self):
        with self.assertRaisesRegex(
            ValueError, r"some\.txt:4: the tag 'NN' is neither"
        ):
            self.read("w O\nw B-A\n\nw NN\n")

    def test_a_tag_of_another_scheme_is_refused(self):
        with self.assertRaisesRegex(ValueError, r"some\.txt:3: the tag 'S-A' does not"):
            self.read("w B-A\nw O\nw S-A\n", scheme="bio")

    def test_file_is_found_at_its_places(self):
        path = fixtures.write(os.path.join(self.folder, "There"), "valid.txt", "w O\n")
        self.assertEqual(make().find(self.folder, DEV), path)


class HeldOutTest(tf.test.TestCase, parameterized.TestCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        self.path = fixtures.write(folder, "train.txt", NUMBERED)
        self.reader = make(divided=self.path, held_out_share=0.3)

    def words(self, split, path=None):
        found = self.reader.read(path or self.path, split)
        return [example.words[0] for example in found.examples]

    def test_dev_is_the_end_of_the_training_file(self):
        self.assertEqual(self.reader.find("nowhere", DEV), self.path)
        self.assertEqual(self.words(DEV), ["w7", "w8", "w9"])
        self.assertEqual(self.words(TRAIN), ["w%d" % number for number in range(7)])

    def test_ids_are_those_of_the_file(self):
        found = self.reader.read(self.path, DEV).examples
        self.assertEqual([example.id for example in found], ["7", "8", "9"])

    def test_it_is_noted(self):
        self.assertEqual(
            self.reader.read(self.path, DEV).notes,
            ("dev: sentences 8 to 10 of 10, as there is no file for dev.",),
        )

    def test_another_file_is_read_whole(self):
        other = fixtures.write(os.path.dirname(self.path), "other.txt", NUMBERED)
        self.assertLen(self.words(DEV, other), 10)

    def test_a_split_of_the_same_file_is_read_whole(self):
        self.assertLen(self.words(TEST), 10)

    def test_something_must_be_left_to_train_on(self):
        fixtures.write(os.path.dirname(self.path), "train.txt", "w O\n")
        with self.assertRaisesRegex(ValueError, "of 1 sentences none is left"):
            self.words(TRAIN)


if __name__ == "__main__":
    tf.test.main()
