"""Tests for util.cli."""

import contextlib
import io
import os

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from util import cli, files


def parse(*extra):
    return cli.parser("Trains.").parse_args(
        ["--data-dir", "d", "--model-name", "m", *extra]
    )


class HparamsTest(tf.test.TestCase, parameterized.TestCase):
    def test_inline_json(self):
        arguments = parse("--hparams", '{"model_size": "small"}')
        self.assertEqual(cli.hparams(arguments), {"model_size": "small"})

    def test_file(self):
        path = os.path.join(self.get_temp_dir(), "h.json")
        files.write_json(path, {"mask_prob": 0.2})
        self.assertEqual(cli.hparams(parse("--hparams", path)), {"mask_prob": 0.2})

    @parameterized.parameters(
        ("a=1", 1),
        ("a=1e-4", 1e-4),
        ("a=text", "text"),
        ("a=True", True),
        ("a=false", False),
        ("a=None", None),
        ('a=["x"]', ["x"]),
        ("a=b=c", "b=c"),
    )
    def test_set_reads_json_else_text(self, assignment, expected):
        self.assertEqual(cli.hparams(parse("--set", assignment)), {"a": expected})

    def test_set_wins_over_hparams(self):
        arguments = parse("--hparams", '{"a": 1, "b": 2}', "--set", "a=3")
        self.assertEqual(cli.hparams(arguments), {"a": 3, "b": 2})

    @parameterized.named_parameters(
        ("broken", ["--hparams", '{"a": }'], "not JSON"),
        ("unfinished", ["--hparams", "{"], "not JSON"),
        ("list", ["--hparams", '["a"]'], "must be a JSON object"),
        ("no_equals", ["--set", "a"], "takes KEY=VALUE, got 'a'"),
        ("no_name", ["--set", "=1"], "takes KEY=VALUE"),
    )
    def test_what_cannot_be_understood_is_refused(self, extra, message):
        with self.assertRaisesRegex(ValueError, message):
            cli.hparams(parse(*extra))

    def test_json_file_that_is_no_object_is_refused(self):
        path = os.path.join(self.get_temp_dir(), "list.json")
        files.write_json(path, [1])
        with self.assertRaisesRegex(ValueError, "must be a JSON object"):
            cli.hparams(parse("--hparams", path))

    def test_missing_file_is_named(self):
        with self.assertRaisesRegex(FileNotFoundError, "nowhere.json"):
            cli.hparams(parse("--hparams", "nowhere.json"))


class MainTest(tf.test.TestCase):
    def exit_of(self, run):
        stream = io.StringIO()
        with self.assertRaises(SystemExit) as caught:
            with contextlib.redirect_stderr(stream):
                cli.main(run, [])
        return caught.exception.code, stream.getvalue()

    def test_success_is_zero(self):
        self.assertEqual(self.exit_of(lambda argv: None)[0], 0)

    def test_error_for_the_user_is_one_line_and_code_2(self):
        def run(argv):
            raise ValueError("mask_prob is 2.")

        code, text = self.exit_of(run)
        self.assertEqual(code, 2)
        self.assertStartsWith(text, "error: mask_prob is 2.\n")
        self.assertNotIn("Traceback", text)

    def test_traceback_is_there_on_request(self):
        def run(argv):
            raise ValueError("why")

        os.environ[cli.TRACEBACK_VARIABLE] = "1"
        self.addCleanup(os.environ.pop, cli.TRACEBACK_VARIABLE)
        with self.assertRaisesRegex(ValueError, "why"):
            cli.main(run, [])

    def test_missing_package_is_one_line_that_says_where_to_get_it(self):
        def run(argv):
            raise ModuleNotFoundError("No module named 'numpy'", name="numpy")

        code, text = self.exit_of(run)
        self.assertEqual(code, 2)
        self.assertRegex(text, r"^error: .* has no numpy\. .*environment\.sh.*\n$")

    def test_missing_module_of_our_own_is_not_hidden(self):
        def run(argv):
            raise ModuleNotFoundError("No module named 'modle'", name="modle")

        with self.assertRaises(ModuleNotFoundError):
            cli.main(run, [])

    def test_mistake_in_the_program_is_not_hidden(self):
        with self.assertRaises(KeyError):
            cli.main(lambda argv: {}["x"], [])

    def test_interrupt_exits_with_130(self):
        def run(argv):
            raise KeyboardInterrupt

        self.assertEqual(self.exit_of(run)[0], 130)


if __name__ == "__main__":
    tf.test.main()
