"""Tests for finetune.qa.features."""

import os

import numpy as np
import tensorflow.compat.v1 as tf

from finetune import sources, units
from finetune import task as task_lib
from finetune.qa import features, reader
from tests.finetune import fakes
from tests.finetune.qa import fixtures
from util import records

WORDS = "zero one two three four five six seven eight nine"


def digits(*answers):
    """An example with a passage of ten tokens and a question of two."""
    return fixtures.example(text="which number", context=WORDS, answers=answers)


class FeaturesTest(tf.test.TestCase):
    def build(self, examples, length=30, query=64, stride=128):
        builder = features.PassageFeatures(query, stride)
        context = task_lib.FeatureContext(fakes.Tokenizer(), length, is_training=True)
        return list(builder.build(examples, context))

    def text(self, example, record, first="answer_start", last="answer_end"):
        start = record["char_starts"][record[first]]
        return example.context[start : record["char_ends"][record[last]]]

    def test_question_and_passage_between_special_tokens(self):
        (record,) = self.build([digits("two")])
        tokenizer = fakes.Tokenizer()
        self.assertAllEqual(
            record["input_ids"],
            [2]
            + tokenizer.encode("which number")
            + [3]
            + tokenizer.encode(WORDS)
            + [3],
        )
        self.assertAllEqual(record["segment_ids"], [0] * 4 + [1] * 11)
        self.assertEqual(record["length"], 15)
        self.assertEqual(record["context_start"], 4)

    def test_tokens_of_the_passage_know_their_characters(self):
        example = digits("two")
        (record,) = self.build([example])
        spans = zip(record["char_starts"], record["char_ends"])
        self.assertEqual(
            [WORDS[start:end] for start, end in spans],
            [""] * 4 + WORDS.split() + [""],
        )

    def test_the_answer_is_where_its_characters_are(self):
        example = digits("two three")
        (record,) = self.build([example])
        self.assertEqual(self.text(example, record), "two three")
        self.assertEqual((record["answer_start"], record["answer_end"]), (6, 7))
        self.assertEqual(record["is_impossible"], 0)

    def test_an_answer_within_a_word_takes_the_word(self):
        example = digits("hre")
        (record,) = self.build([example])
        self.assertEqual(self.text(example, record), "three")

    def test_a_question_without_answer(self):
        (record,) = self.build([digits()])
        self.assertEqual(
            (record["answer_start"], record["answer_end"], record["is_impossible"]),
            (0, 0, 1),
        )

    def test_a_window_that_lacks_the_answer_is_one_without_answer(self):
        # Of windows 0-3, 2-5, ... only some hold the answer. That of the others is
        # [CLS], and they must say so: the original says that they have an answer.
        example = digits("three four")
        built = self.build([example], length=9, stride=2)
        self.assertEqual([record["is_impossible"] for record in built], [1, 0, 1, 1])
        for record in built:
            if record["is_impossible"]:
                self.assertEqual((record["answer_start"], record["answer_end"]), (0, 0))
            else:
                self.assertEqual(self.text(example, record), "three four")

    def test_the_first_answer_within_a_window_is_learned(self):
        example = digits("eight", "one", "two")
        first, second = self.build([example], length=11, stride=6)
        self.assertEqual(self.text(example, first), "one")
        self.assertEqual(self.text(example, second), "eight")

    def test_windows_count_their_example(self):
        built = self.build([digits("two"), digits("two")], length=12, stride=5)
        self.assertEqual([record["example"] for record in built], [0, 0, 1, 1])

    def test_examples_are_counted_across_chunks(self):
        count = features.EXAMPLES_AT_ONCE + 2
        built = self.build([digits("two")] * count)
        self.assertEqual([record["example"] for record in built], list(range(count)))

    def test_every_token_has_one_window_that_sees_it_best(self):
        built = self.build([digits("two")], length=9, stride=2)
        best = [
            start
            for record in built
            for start, is_best in zip(record["char_starts"], record["is_max_context"])
            if is_best
        ]
        starts = [WORDS.index(word) for word in WORDS.split()]
        self.assertEqual(sorted(best), starts)

    def test_long_questions_are_cut(self):
        (record,) = self.build([digits("two")], query=1)
        self.assertEqual(record["context_start"], 3)

    def test_a_question_takes_no_more_than_half_of_the_room(self):
        example = digits("two")._replace(question="why " * 50)
        built = self.build([example], length=13, stride=5)
        self.assertEqual(built[0]["context_start"], 7)  # [CLS], 5 tokens, [SEP].
        self.assertEqual([record["length"] for record in built], [13, 13])

    def test_shortest_sequence(self):
        built = self.build([digits("two")], length=4)
        self.assertLen(built, 10)
        self.assertEqual(sum(1 - record["is_impossible"] for record in built), 1)

    def test_an_empty_passage_is_a_record_too(self):
        example = reader.Example("q", " ", "which number")
        (record,) = self.build([example])
        self.assertEqual(record["length"], 5)
        self.assertEqual(record["is_impossible"], 1)

    def test_a_passage_is_encoded_once_for_all_its_questions(self):
        tokenizer = fakes.Tokenizer()
        texts = []
        encode = tokenizer.encode_batch
        tokenizer.encode_batch = lambda batch: texts.extend(batch) or encode(batch)
        builder = features.PassageFeatures(64, 128)
        context = task_lib.FeatureContext(tokenizer, 30, is_training=True)
        list(builder.build([digits("two"), digits("one")], context))
        self.assertEqual(texts.count("seven"), 1)

    def test_records_fit_their_specs(self):
        builder = features.PassageFeatures(64, 128)
        specs = builder.specs()
        for name in task_lib.SHARED_FEATURES:
            self.assertIn(name, [spec.name for spec in specs])
        for record in self.build([digits("two")], length=9, stride=2):
            exact = [
                spec._replace(shape=(record["length"],), default=None)
                if spec.shape == task_lib.ANY_LENGTH
                else spec
                for spec in specs
            ]
            self.assertNotEmpty(records.serialize(record, exact))

    def test_fingerprint_knows_what_shapes_windows(self):
        def key(query=64, stride=128, length=30):
            context = task_lib.FeatureContext(fakes.Tokenizer(), length, True)
            return str(features.PassageFeatures(query, stride).fingerprint(context))

        self.assertLen({key(), key(query=5), key(stride=5), key(length=5), key()}, 4)


class TokenSpanTest(tf.test.TestCase):
    passage = units.Encoded(
        np.zeros([4]), np.array([0, 4, 4, 9]), np.array([3, 8, 8, 12])
    )

    def test_all_pieces_of_a_word(self):
        self.assertEqual(features.token_span(self.passage, 4, 8), (1, 2))

    def test_blanks_at_the_ends_do_not_count(self):
        self.assertEqual(features.token_span(self.passage, 3, 9), (1, 2))

    def test_characters_without_token(self):
        first, last = features.token_span(self.passage, 3, 4)
        self.assertGreater(first, last)


class RealDataTest(tf.test.TestCase):
    def test_answers_survive_windows(self):
        folder = os.environ.get("REAL_DATA_DIR")
        if not folder:
            self.skipTest("REAL_DATA_DIR is not set: no SQuAD to read.")
        path = os.path.join(folder, "squad", "v1.1", "dev-v1.1.json")
        nowhere = sources.Places((), ())
        dataset = reader.QuestionReader(nowhere).read(path, fixtures.DEV)
        examples = dataset.examples[:1000]
        builder = features.PassageFeatures(64, 128)
        context = task_lib.FeatureContext(fakes.Tokenizer(), 384, is_training=False)
        exact = 0
        for record in builder.build(examples, context):
            example = examples[record["example"]]
            start = record["char_starts"][record["answer_start"]]
            end = record["char_ends"][record["answer_end"]]
            exact += example.context[start:end] in example.answers
        self.assertGreater(exact, 980)


if __name__ == "__main__":
    tf.test.main()
