"""Tests for util.settings."""

import dataclasses
from typing import Dict, List, Optional

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from util import settings


@dataclasses.dataclass(frozen=True)
class Pump(settings.Section):
    rate: float = settings.setting(0.5, "Litres per second.", low=0.0, high=1.0)
    strokes: int = settings.setting(3, "Strokes.", low=1)
    is_open: bool = settings.setting(False, "Whether water flows.")
    kind: str = settings.setting("hand", "Which.", choices=["hand", "steam"])
    label: Optional[str] = settings.setting(None, "A name.")
    valves: List[str] = settings.setting(["a"], "Names of valves.")
    sizes: Dict[str, int] = settings.setting({}, "Sizes by valve.")

    def check(self):
        if self.kind == "steam" and not self.is_open:
            raise ValueError("A steam pump must be open.")


@dataclasses.dataclass(frozen=True)
class Tank(settings.Section):
    volume: Optional[float] = settings.setting(None, "Litres.", low=1.0)


class Works(settings.Settings):
    SECTIONS = {"pump": Pump, "tank": Tank}


class SectionTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.named_parameters(
        ("string_for_float", dict(rate="x"), "'rate' must be of type float"),
        ("too_large", dict(rate=1.5), "'rate' must be at most 1.0, got 1.5"),
        ("too_small", dict(strokes=0), "'strokes' must be at least 1, got 0"),
        ("not_a_number", dict(rate=float("nan")), "'rate' must be at least 0.0"),
        ("broken_count", dict(strokes=2.5), "'strokes' must be of type int"),
        ("bool_for_int", dict(strokes=True), "'strokes' must be of type int"),
        ("string_for_bool", dict(is_open="False"), "'is_open' must be of type bool"),
        ("int_for_bool", dict(is_open=1), "'is_open' must be of type bool"),
        ("unknown_choice", dict(kind="steem"), "Did you mean 'steam'"),
        ("null_for_string", dict(kind=None), "'kind' must be of type str"),
        ("wrong_item", dict(valves=[1]), r"'valves' must be of type List\[str\]"),
        ("string_for_list", dict(valves="a"), r"'valves' must .* list: \[\"a\"\]"),
        ("list_for_dict", dict(sizes=[1]), "'sizes' must be of type"),
        ("rule_between", dict(kind="steam"), "A steam pump must be open"),
    )
    def test_wrong_value_is_refused(self, values, message):
        with self.assertRaisesRegex(ValueError, message):
            Pump(**values)

    def test_whole_float_serves_as_count(self):
        self.assertIsInstance(Pump(strokes=1e6).strokes, int)

    def test_integer_serves_as_float(self):
        self.assertIsInstance(Pump(rate=1).rate, float)

    def test_none_is_kept_where_optional(self):
        self.assertIsNone(Pump(label=None).label)

    def test_mutable_defaults_are_not_shared(self):
        Pump().valves.append("b")
        self.assertEqual(Pump().valves, ["a"])

    def test_section_is_frozen(self):
        with self.assertRaises(dataclasses.FrozenInstanceError):
            Pump().rate = 0.1

    def test_from_dict_names_the_nearest(self):
        with self.assertRaisesRegex(ValueError, "Did you mean 'strokes'"):
            settings.from_dict(Pump, {"stroke": 2})


class ChangedTest(tf.test.TestCase):
    def test_defaults_are_not_changed(self):
        self.assertEqual(Pump().changed(), [])

    def test_values_that_differ_are_named(self):
        pump = Pump(strokes=3, is_open=True, label="a", valves=["b"], sizes={})
        self.assertEqual(pump.changed(), ["is_open", "label", "valves"])


class SettingsTest(tf.test.TestCase):
    def test_later_layers_win(self):
        works = Works({"strokes": 4, "rate": 0.1}, {"strokes": 5})
        self.assertEqual((works.strokes, works.rate), (5, 0.1))

    def test_sections_and_values_are_attributes(self):
        works = Works({"volume": 7})
        self.assertEqual(works.tank.volume, works.volume)

    def test_unknown_name_is_refused_with_the_nearest(self):
        with self.assertRaisesRegex(ValueError, "Did you mean 'volume'"):
            Works({"volum": 7})

    def test_unknown_attribute_is_an_attribute_error(self):
        with self.assertRaisesRegex(AttributeError, "no setting 'colour'"):
            _ = Works().colour

    def test_to_dict_holds_every_flat_name(self):
        self.assertEqual(sorted(Works().to_dict()), Works.names())
        self.assertLen(Works.names(), 8)

    def test_what_is_hidden_is_unknown_but_has_its_default(self):
        class Closed(Works):
            HIDDEN = frozenset(["volume", "rate"])

        with self.assertRaisesRegex(ValueError, "Unknown setting 'rate'"):
            Closed({"rate": 0.1})
        self.assertLen(Closed.names(), 6)
        self.assertEqual(Closed().pump.rate, 0.5)

    def test_two_settings_of_one_name_are_a_mistake_in_the_program(self):
        class Twice(settings.Settings):
            SECTIONS = {"pump": Pump, "rate": Tank}

        with self.assertRaisesRegex(TypeError, "Two settings are named 'rate'"):
            Twice()


class TypeNameTest(tf.test.TestCase):
    def test_reads_as_users_write_it(self):
        self.assertEqual(settings.type_name(int), "int")
        self.assertEqual(settings.type_name(Optional[float]), "Optional[float]")
        self.assertEqual(settings.type_name(List[str]), "List[str]")


if __name__ == "__main__":
    tf.test.main()
