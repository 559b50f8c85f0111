"""Tests for finetune.tagging.objects."""

import json
import tempfile

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune.tagging import layouts, objects
from tests.finetune.tagging import fixtures

WORDS = {"tokens": ["Rome", "fell"], "ner_tags": ["B-LOC", "O"]}
NAMES = ["O", "B-LOC"]


class ObjectsTest(tf.test.TestCase, parameterized.TestCase):
    def read(self, *rows, has_tags=True, **layout):
        content = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        folder = tempfile.mkdtemp(dir=self.get_temp_dir())
        path = fixtures.write(folder, "some.json", content)
        return objects.read(path, layouts.Layout(**layout), has_tags)

    def sentence(self, *rows, **options):
        (found,) = self.read(*rows, **options).sentences
        return found

    def test_words_and_tags(self):
        self.assertEqual(
            self.sentence(WORDS),
            layouts.Sentence(("Rome", "fell"), ("B-LOC", "O"), (1, 1)),
        )

    def test_other_names_and_objects_in_objects(self):
        row = {"data": {"words": ["a"], "pos": ["NN"]}, "key": {"n": 3}}
        found = self.sentence(row, words="data.words", tags="data.pos", id="key.n")
        self.assertEqual(found, layouts.Sentence(("a",), ("NN",), (1,), "3"))

    def test_numbers_of_tags(self):
        found = self.sentence(dict(WORDS, ner_tags=[1, 0]), tag_names=tuple(NAMES))
        self.assertEqual(found.tags, ("B-LOC", "O"))

    def test_words_alone(self):
        found = self.sentence({"tokens": ["a"]}, has_tags=False)
        self.assertEqual((found.words, found.tags), (("a",), None))

    def test_tags_that_are_not_wanted_are_not_read(self):
        found = self.sentence(dict(WORDS, ner_tags=7), has_tags=False)
        self.assertIsNone(found.tags)

    def test_texts_and_entities(self):
        row = {"id": "x", "text": "去 Rome", "label": {"LOC": {"Rome": [[2, 5]]}}}
        self.assertEqual(
            self.sentence(row),
            layouts.Sentence(
                ("去", "Rome"), ("O", "B-LOC"), (1, 1), "x", "去 Rome", ((0, 1), (2, 6))
            ),
        )
        self.assertLen(self.sentence(row, by_character=True).words, 5)

    def test_texts_alone(self):
        found = self.sentence({"body": "a b", "label": 1}, text="body", has_tags=False)
        self.assertEqual((found.words, found.tags), (("a", "b"), None))

    def test_objects_without_words_are_counted(self):
        empty = [{"tokens": [], "ner_tags": []}, {"text": " ", "label": []}]
        found = self.read(*empty, WORDS)
        self.assertEqual(found.skipped, [(1, "no words"), (2, "no words")])
        self.assertEqual(found.sentences[0].lines, (3, 3))

    def test_what_was_done_to_entities_is_noted(self):
        text = {"text": "Romes", "entities": [[0, 4, "LOC"], [4, 5, "X"]]}
        widened, overlapping = self.read(text, entities="entities").notes
        self.assertStartsWith(widened, "1 entities begin or end within a word")
        self.assertStartsWith(overlapping, "1 entities share words with others")

    @parameterized.parameters(
        ({"tok": []}, "neither 'tokens', a list .* nor 'text', a text; found: 'tok'"),
        ({}, "found: nothing"),
        (dict(WORDS, tokens="Rome fell"), "'tokens' is .*, expected a list of texts"),
        (dict(WORDS, tokens=["a", None]), "'tokens' is .*, expected a list of texts"),
        (dict(WORDS, ner_tags=["O"]), "2 words, but 1 tags"),
        (dict(WORDS, ner_tags="B-LOC O"), "'ner_tags' is .*, expected a list of tags"),
        ({"tokens": ["a"]}, "there is no 'ner_tags', expected a list of tags"),
        (dict(WORDS, ner_tags=["O", None]), "tag None is neither a text nor a number"),
        (dict(WORDS, ner_tags=["O", True]), "tag True is neither"),
        (dict(WORDS, ner_tags=[0, 2]), "tag 2 is the number of none .* there are 2"),
        (dict(WORDS, ner_tags=[0, -100]), "tag -100 is the number of none"),
        (dict(WORDS, id=1.5), "'id' is 1.5, expected a text or a whole number"),
        ({"text": 3}, "'text' is 3, expected a text"),
        ({"text": "a"}, "there is no 'label', expected the entities of the text"),
        ({"text": "a", "label": [[0, 9, "X"]]}, "'label': an entity is at characters"),
    )
    def test_what_is_wrong_is_said_with_its_line(self, row, message):
        with self.assertRaisesRegex(ValueError, r"some\.json:2: .*" + message):
            self.read(WORDS, row, tag_names=tuple(NAMES))

    def test_where_only_some_have_ids_all_are_numbered(self):
        found = self.read(dict(WORDS, id="1"), WORDS)
        self.assertEqual([sentence.id for sentence in found.sentences], [None, None])
        note = "Only some objects have 'id'; all are numbered from 0."
        self.assertEqual(found.notes, [note])

    def test_the_same_id_twice_is_refused(self):
        with self.assertRaisesRegex(ValueError, r"json:2: the id '7' .* line 1 has it"):
            self.read(dict(WORDS, id=7), dict(WORDS, id="7"))


if __name__ == "__main__":
    tf.test.main()
