"""Tests for finetune.tagging.schemes."""

from absl.testing import absltest, parameterized
import numpy as np

from finetune.tagging import schemes

# Ada B. met Bo Cy in Rome
ENTITIES = [
    schemes.Entity("PER", 0, 1),
    schemes.Entity("PER", 3, 3),
    schemes.Entity("PER", 4, 4),
    schemes.Entity("LOC", 6, 6),
]
WRITTEN = {
    "iob1": "I-PER I-PER O I-PER B-PER O I-LOC",
    "bio": "B-PER I-PER O B-PER B-PER O B-LOC",
    "iobes": "B-PER E-PER O S-PER S-PER O S-LOC",
    "bmes": "B-PER E-PER O S-PER S-PER O S-LOC",
    "bilou": "B-PER L-PER O U-PER U-PER O U-LOC",
    "bmewo": "B-PER E-PER O W-PER W-PER O W-LOC",
    "ioe2": "I-PER E-PER O E-PER E-PER O E-LOC",
}


def random_entities(random, length):
    """Draws entities; they touch each other often, also those of one type."""
    entities, first = [], 0
    while first < length:
        last = min(length - 1, first + random.randint(4))
        if random.rand() < 0.7:
            kind = ["PER", "GPE.NAM", "a-b", ""][random.randint(4)]
            entities.append(schemes.Entity(kind, first, last))
        first = last + 1
    return entities


def entities_of(scheme, tags):
    return [tuple(entity) for entity in scheme.read(tags.split()).entities]


class WritingTest(parameterized.TestCase):
    @parameterized.parameters(*sorted(WRITTEN.items()))
    def test_a_scheme_writes_and_reads(self, name, tags):
        scheme = schemes.by_name(name)
        self.assertEqual(" ".join(scheme.write(ENTITIES, 7)), tags)
        self.assertEqual(scheme.read(tags.split()), (ENTITIES, 0))

    @parameterized.parameters(
        (schemes.IOBES, "B I E"),
        (schemes.BMES, "B M E"),
        (schemes.BILOU, "B I L"),
        (schemes.BMEWO, "B M E"),
        (schemes.IOE2, "I I E"),
    )
    def test_words_inside(self, scheme, letters):
        written = scheme.write([schemes.Entity("", 0, 2)], 3)
        self.assertEqual(" ".join(written), letters)

    def test_bio_to_iobes(self):
        entities = schemes.BIO.read("B-PER I-PER O B-LOC".split()).entities
        self.assertEqual(
            schemes.IOBES.write(entities, 4), ["B-PER", "E-PER", "O", "S-LOC"]
        )

    @parameterized.parameters(*schemes.LETTERED)
    def test_every_sentence_survives_the_round_trip(self, scheme):
        random = np.random.RandomState(1)
        for _ in range(200):
            entities = random_entities(random, 12)
            tags = scheme.write(entities, 12)
            self.assertEqual(scheme.read(tags), (entities, 0), tags)

    def test_words_have_tags_of_their_own(self):
        reading = schemes.WORDS.read(["DT", "O", "B-x"])
        self.assertEqual(
            reading.entities,
            [
                schemes.Entity("DT", 0, 0),
                schemes.Entity("O", 1, 1),
                schemes.Entity("B-x", 2, 2),
            ],
        )
        self.assertEqual(reading.num_repairs, 0)
        self.assertEqual(schemes.WORDS.write(reading.entities, 3), ["DT", "O", "B-x"])


class ClassesTest(absltest.TestCase):
    def test_three_types_have_thirteen_classes(self):
        classes = schemes.IOBES.classes(["LOC", "ORG", "PER"])
        self.assertLen(classes, 13)
        self.assertEqual(
            classes[:6], ("O", "B-LOC", "I-LOC", "E-LOC", "S-LOC", "B-ORG")
        )

    def test_order_tells_iob1_from_bio(self):
        self.assertEqual(schemes.BIO.classes(["X"]), ("O", "B-X", "I-X"))
        self.assertEqual(schemes.IOB1.classes(["X"]), ("O", "I-X", "B-X"))

    def test_classes_of_words_are_their_tags(self):
        self.assertEqual(schemes.WORDS.classes(["DT", "NN"]), ("DT", "NN"))


class ReadingTest(parameterized.TestCase):
    def test_type_is_all_after_the_first_hyphen(self):
        self.assertEqual(
            entities_of(schemes.BIO, "B-GPE.NAM O B-a-b I-a-b B--x"),
            [("GPE.NAM", 0, 0), ("a-b", 2, 3), ("-x", 4, 4)],
        )

    def test_an_underscore_will_do_for_the_hyphen(self):
        self.assertEqual(
            entities_of(schemes.BMES, "B_ns M_ns E_ns S_x-y"),
            [("ns", 0, 2), ("x-y", 3, 3)],
        )

    def test_one_tag_is_one(self):
        for tag in ("O", "B-PER", "$", "，"):
            self.assertIsNone(schemes.check_one(tag))

    @parameterized.parameters("", " ", "O O", "B-A\x02I-A", "O\n", "O\u3000")
    def test_what_is_more_than_one_tag_is_refused(self, tag):
        with self.assertRaisesRegex(schemes.UnknownTagError, "empty or has a blank"):
            schemes.check_one(tag)

    def test_letters_may_stand_alone(self):
        self.assertEqual(
            entities_of(schemes.BMES, "B E S B M E"),
            [("", 0, 1), ("", 2, 2), ("", 3, 5)],
        )

    @parameterized.parameters(schemes.BIO, schemes.IOB1, schemes.IOBES)
    def test_touching_entities_of_two_types_stay_two(self, scheme):
        self.assertEqual(entities_of(scheme, "I-A I-A I-B"), [("A", 0, 1), ("B", 2, 2)])

    @parameterized.parameters(
        ("bio", "O I-A I-A", [("A", 1, 2)], 1),
        ("bio", "B-A I-B", [("A", 0, 0), ("B", 1, 1)], 1),
        ("bio", "I-A O I-A", [("A", 0, 0), ("A", 2, 2)], 2),
        ("iob1", "I-A O I-A I-B", [("A", 0, 0), ("A", 2, 2), ("B", 3, 3)], 0),
        ("iob1", "B-A O", [("A", 0, 0)], 0),
        ("iobes", "B-A I-A", [("A", 0, 1)], 1),
        ("iobes", "B-A O", [("A", 0, 0)], 1),
        ("iobes", "E-A", [("A", 0, 0)], 1),
        ("iobes", "S-A E-A", [("A", 0, 0), ("A", 1, 1)], 1),
        ("iobes", "B-A E-A I-A O", [("A", 0, 1), ("A", 2, 2)], 2),
        ("iobes", "B-A B-A E-A", [("A", 0, 0), ("A", 1, 2)], 1),
        ("iobes", "B-A S-B", [("A", 0, 0), ("B", 1, 1)], 1),
        ("bmes", "M-A M-A", [("A", 0, 1)], 2),
        ("bilou", "L-A U-A", [("A", 0, 0), ("A", 1, 1)], 1),
        ("bilou", "O O", [], 0),
        ("ioe2", "I-A E-A I-A I-B", [("A", 0, 1), ("A", 2, 2), ("B", 3, 3)], 2),
    )
    def test_broken_sequences_are_repaired_and_counted(self, name, tags, want, count):
        scheme = schemes.by_name(name)
        self.assertEqual(entities_of(scheme, tags), want)
        self.assertEqual(scheme.read(tags.split()).num_repairs, count)

    @parameterized.parameters("NN", "B-", "B_", "BPER", "b-PER", "", "-PER", ",")
    def test_what_is_no_tag_is_refused(self, tag):
        with self.assertRaisesRegex(schemes.UnknownTagError, "neither O nor a letter"):
            schemes.split(tag)

    def test_a_tag_of_another_scheme_is_refused(self):
        with self.assertRaisesRegex(
            schemes.UnknownTagError, "'M-PER'.* scheme bio.* begin with B or I"
        ):
            schemes.BIO.check("M-PER")

    def test_a_scheme_checks_its_own_tags(self):
        for scheme, tag in (
            (schemes.BILOU, "O"),
            (schemes.BILOU, "B-PER"),
            (schemes.BILOU, "U-x-y"),
            (schemes.WORDS, "$"),
        ):
            self.assertIsNone(scheme.check(tag))

    def test_an_unknown_scheme_is_refused_with_the_nearest(self):
        with self.assertRaisesRegex(ValueError, "tag scheme 'iobse'. Did you mean"):
            schemes.by_name("iobse")

    def test_schemes_have_other_names(self):
        self.assertIs(schemes.by_name("bioes"), schemes.IOBES)
        self.assertIs(schemes.by_name("iob2"), schemes.BIO)


class DetectTest(parameterized.TestCase):
    @parameterized.parameters(
        ("bio", ["B-A I-A O", "B-A"]),
        ("bio", ["B-A"]),
        ("bio", ["O O"]),
        ("bio", []),
        ("iob1", ["I-A I-A O", "I-A B-A"]),
        ("iob1", ["O I-A"]),
        ("bio", ["O I-A", "O B-A"]),  # Broken bio: iob1 has no reason for this B.
        ("iobes", ["B-A I-A E-A O S-A"]),
        ("iobes", ["S-A"]),
        ("bmes", ["B-A M-A E-A", "S-B"]),
        ("bmes", ["M-A"]),
        ("bilou", ["B-A I-A L-A", "U-B"]),
        ("bmewo", ["B-A M-A E-A", "W-B"]),
        ("ioe2", ["I-A E-A O", "E-B"]),
    )
    def test_detects(self, name, sentences):
        found = schemes.detect([sentence.split() for sentence in sentences])
        self.assertEqual(found.name, name)

    def test_letters_of_two_schemes_are_refused(self):
        with self.assertRaisesRegex(
            schemes.UnknownTagError,
            r"tags with B, E, I, M, as 'M-A' and.*bmes \(BMES\)",
        ) as raised:
            schemes.detect([["B-A", "E-A", "I-B"], ["M-A"]])
        self.assertEqual(raised.exception.tag, "M-A")

    def test_tags_without_letters_are_refused(self):
        with self.assertRaisesRegex(schemes.UnknownTagError, 'the scheme is "words"'):
            schemes.detect([["O", "DT"]])


if __name__ == "__main__":
    absltest.main()
