"""Tests for util.registry."""

import tensorflow.compat.v1 as tf

from util import registry


class RegistryTest(tf.test.TestCase):
    def make(self):
        table = registry.Registry("colour")
        table.register("red", 1)
        table.register("green", 2)
        return table

    def test_value_by_name(self):
        self.assertEqual(self.make()["green"], 2)

    def test_unknown_name_lists_nearest_and_all(self):
        with self.assertRaisesRegex(
            ValueError, "Unknown colour 'gren'. Did you mean 'green'.*green, red"
        ):
            _ = self.make()["gren"]

    def test_the_nearest_may_differ_in_case(self):
        with self.assertRaisesRegex(ValueError, "'GREN'. Did you mean 'green'"):
            _ = self.make()["GREN"]

    def test_name_is_registered_once(self):
        with self.assertRaisesRegex(ValueError, "'red' is registered twice"):
            self.make().register("red", 3)

    def test_names_are_sorted(self):
        self.assertEqual(self.make().names(), ["green", "red"])
        self.assertIn("red", self.make())


if __name__ == "__main__":
    tf.test.main()
