"""Tests for the shell scripts: syntax, --help, and what they hand on to Python."""

import os
import stat
import subprocess

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT_SCRIPTS = ("build_data.sh", "pretrain.sh", "finetune.sh")
SCRIPTS = ROOT_SCRIPTS + ("quickstart.sh", "run_tests.sh", "tools/environment.sh")
SETTINGS = (
    "DATA_DIR CORPUS VOCAB_FILE VOCAB_SIZE MAX_SEQ_LENGTH NUM_PROCESSES MODEL_NAME "
    "MODEL_SIZE HPARAMS TASKS SAMPLE_DIR VENV PYTHON"
).split()


def run(command, **variables):
    """Runs a command without the settings of whoever runs the tests."""
    environment = {k: v for k, v in os.environ.items() if k not in SETTINGS}
    environment.update(variables)
    return subprocess.run(
        command,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def run_script(name, *arguments, **variables):
    return run(["bash", os.path.join(ROOT, name)] + list(arguments), **variables)


class Stubs:
    """A folder of stand-ins for programs, each writing down how it was called."""

    def __init__(self, folder):
        self.folder = folder

    def add(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write("#!/bin/sh\n%s\n" % text)
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
        return path

    def python(self, exit_code=0):
        """Returns a python that prints its arguments, one per line."""
        return self.add("python", "printf '%%s\\n' \"$@\"\nexit %d" % exit_code)


class EveryScriptTest(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(*SCRIPTS + ("tools/scripts.sh", ".ci/run"))
    def test_syntax(self, name):
        result = run(["bash", "-n", os.path.join(ROOT, name)])
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    @parameterized.parameters(*SCRIPTS)
    def test_help_starts_with_the_usage(self, name):
        result = run_script(name, "--help")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertStartsWith(result.stdout, "Usage: bash %s" % name)

    @parameterized.parameters(*SCRIPTS)
    def test_help_names_the_variables_it_reads(self, name):
        with open(os.path.join(ROOT, name), encoding="utf-8") as stream:
            text = stream.read()
        help_text = run_script(name, "--help").stdout
        for variable in SETTINGS:
            if "${%s:-" % variable in text and variable != "SAMPLE_DIR":
                self.assertIn(variable, help_text)

    @parameterized.parameters("quickstart.sh", "tools/environment.sh")
    def test_unknown_argument_is_refused(self, name):
        result = run_script(name, "--colour")
        self.assertEqual(result.returncode, 2)
        self.assertIn("unknown argument '--colour'", result.stderr)

    @parameterized.parameters(*ROOT_SCRIPTS)
    def test_flag_without_value_is_refused(self, name):
        result = run_script(name, "--data-dir")
        self.assertEqual(result.returncode, 2)
        self.assertIn("--data-dir needs a value", result.stderr)

    def test_scripts_are_thin(self):
        for name in SCRIPTS:
            with open(os.path.join(ROOT, name), encoding="utf-8") as stream:
                self.assertLess(len(stream.readlines()), 250, name)


class RootScriptTest(tf.test.TestCase, parameterized.TestCase):
    """What the three scripts hand on, seen by a stand-in for Python."""

    def setUp(self):
        super().setUp()
        self.stubs = Stubs(self.get_temp_dir())
        self.data_dir = os.path.join(self.get_temp_dir(), "data")
        os.makedirs(self.data_dir, exist_ok=True)

    def calls(self, name, *arguments, **variables):
        result = run_script(name, *arguments, PYTHON=self.stubs.python(), **variables)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.splitlines()

    def write(self, *parts):
        path = os.path.join(self.data_dir, *parts)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write("text\n")
        return path

    def test_relative_environment_is_seen_from_the_repository(self):
        python = os.path.relpath(os.path.join(self.stubs.folder, "v", "bin"), ROOT)
        self.stubs.add("v/bin/python", "echo the stand-in")
        result = run_script("pretrain.sh", DATA_DIR="D", VENV=os.path.dirname(python))
        self.assertEqual(result.stdout, "the stand-in\n")

    @parameterized.parameters("echo no tensorflow; exit 1", "echo Python; exit 0")
    def test_without_an_environment_python3_must_have_tensorflow(self, script):
        stubs = Stubs(os.path.join(self.get_temp_dir(), "path"))
        stubs.add("python3", script)
        result = run_script(
            "pretrain.sh", DATA_DIR="D", VENV="none",
            PATH="%s:%s" % (stubs.folder, os.environ["PATH"]),
        )  # fmt: skip
        if script.endswith("0"):
            self.assertEqual((result.returncode, result.stdout), (0, "Python\n"))
        else:
            self.assertEqual((result.returncode, result.stdout), (2, ""))
            self.assertEqual(
                result.stderr,
                "error: there is no environment yet; bash tools/environment.sh makes "
                "it.\n",
            )

    def test_pretrain_by_flags(self):
        calls = self.calls(
            "pretrain.sh", "--data-dir", "D", "--model-size", "small", "--dry-run"
        )
        self.assertEqual(
            calls,
            [os.path.join(ROOT, "run_pretraining.py"), "--data-dir", "D"]
            + ["--model-name", "convbert_small", "--hparams", "{}"]
            + ["--set", "model_size=small", "--dry-run"],
        )

    def test_pretrain_by_variables(self):
        variables = dict(DATA_DIR="D", MODEL_NAME="m", MODEL_SIZE="base", HPARAMS="h")
        self.assertEqual(
            self.calls("pretrain.sh", **variables)[1:],
            ["--data-dir", "D", "--model-name", "m", "--hparams", "h"]
            + ["--set", "model_size=base"],
        )

    def test_flags_win_over_variables(self):
        calls = self.calls("pretrain.sh", "--data-dir", "D", DATA_DIR="other")
        self.assertEqual(calls[2], "D")

    def test_pretrain_defaults_to_the_original_size(self):
        calls = self.calls("pretrain.sh", DATA_DIR="D")
        self.assertIn("model_size=medium-small", calls)

    @parameterized.parameters(
        (["--hparams", '{"seed": 2, "model_size" : "small", "x": 1}'],),
        (["--hparams", "FILE"],),
        (["--hparams", '{"model_size":"base"}', "--set", "model_size=small"],),
    )
    def test_pretrain_takes_the_size_from_the_settings(self, arguments):
        path = os.path.join(self.data_dir, "hparams.json")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write('{\n  "seed": 2,\n  "model_size": "small"\n}\n')
        arguments = [path if value == "FILE" else value for value in arguments]
        calls = self.calls("pretrain.sh", *arguments, DATA_DIR="D")
        self.assertIn("model_size=small", calls)
        self.assertIn("convbert_small", calls)

    def test_pretrain_without_arguments_takes_the_sample(self):
        calls = self.calls("pretrain.sh", SAMPLE_DIR=self.data_dir)
        self.assertEqual(
            calls[1:],
            ["--data-dir", self.data_dir, "--model-name", "convbert_tiny"]
            + ["--hparams", os.path.join(ROOT, "tools/sample_pretraining.json")]
            + ["--set", "model_size=tiny"],
        )

    @parameterized.parameters("pretrain.sh", "finetune.sh")
    def test_sample_must_be_collected_first(self, name):
        result = run_script(name, SAMPLE_DIR=os.path.join(self.data_dir, "none"))
        self.assertEqual(result.returncode, 2)
        self.assertIn("run build_data.sh first", result.stderr)

    @parameterized.parameters("pretrain.sh", "finetune.sh")
    def test_exit_code_is_passed_on(self, name):
        result = run_script(name, DATA_DIR="D", PYTHON=self.stubs.python(7))
        self.assertEqual(result.returncode, 7)

    @parameterized.parameters("cola,rte", "cola rte", "cola, rte", " cola rte ")
    def test_finetune_lists_tasks(self, tasks):
        calls = self.calls("finetune.sh", "--data-dir", "D", "--tasks", tasks)
        self.assertIn('task_names=["cola","rte"]', calls)

    def test_finetune_leaves_the_tasks_to_the_settings(self):
        hparams = '{"task_names": ["rte"]}'
        calls = self.calls("finetune.sh", DATA_DIR="D", HPARAMS=hparams)
        self.assertEqual(
            calls[1:],
            ["--data-dir", "D", "--model-name", "convbert_medium-small"]
            + ["--hparams", hparams],
        )

    def test_build_copies_the_vocabulary(self):
        vocab = self.write("elsewhere", "words.txt")
        calls = self.calls(
            "build_data.sh", "--corpus", "C", "--vocab-file", vocab, "--dry-run",
            DATA_DIR=self.data_dir, NUM_PROCESSES="3",
        )  # fmt: skip
        copy = os.path.join(self.data_dir, "vocab.txt")
        self.assertTrue(os.path.exists(copy))
        self.assertEqual(
            calls,
            [os.path.join(ROOT, "build_pretraining_dataset.py"), "--corpus-dir", "C"]
            + ["--vocab-file", copy]
            + ["--output-dir", os.path.join(self.data_dir, "pretrain_tfrecords")]
            + ["--max-seq-length", "128", "--num-processes", "3", "--dry-run"],
        )

    def test_what_the_builder_refuses_is_not_copied(self):
        result = run_script(
            "build_data.sh", "--corpus", "C",
            "--vocab-file", self.write("elsewhere", "no_words.model"),
            DATA_DIR=self.data_dir, PYTHON=self.stubs.python(2),
        )  # fmt: skip
        self.assertEqual(result.returncode, 2)
        self.assertFalse(os.path.exists(os.path.join(self.data_dir, "vocab.txt")))

    def test_build_refuses_to_replace_a_vocabulary(self):
        self.write("vocab.txt")
        with open(os.path.join(self.data_dir, "new.txt"), "w") as stream:
            stream.write("other\n")
        result = run_script(
            "build_data.sh", "--corpus", "C", "--vocab-file", stream.name,
            DATA_DIR=self.data_dir,
        )  # fmt: skip
        self.assertEqual(result.returncode, 2)
        self.assertIn("is another vocabulary than", result.stderr)

    def test_build_trains_a_vocabulary_if_there_is_none(self):
        calls = self.calls("build_data.sh", "--corpus", "C", DATA_DIR=self.data_dir)
        self.assertIn("tools.build_vocab", calls)
        self.assertIn("30522", calls)

    def test_vocabulary_is_trained_for_the_tokenizer(self):
        calls = self.calls(
            "build_data.sh", "--corpus", "C", "--tokenizer", "sentencepiece",
            "--no-lower-case", DATA_DIR=self.data_dir,
        )  # fmt: skip
        model = os.path.join(self.data_dir, "vocab.model")
        self.assertEqual(calls.count(model), 2)
        self.assertEqual(calls.count("sentencepiece"), 2)
        self.assertEqual(calls.count("--no-lower-case"), 2)

    @parameterized.parameters({"CORPUS": "C"}, {"CORPUS": "openwebtext.tar.xz"})
    def test_misspelt_flag_is_refused_before_any_work(self, **corpus):
        result = run_script(
            "build_data.sh", "--segmentaton=nsp",
            DATA_DIR=self.data_dir, PYTHON=self.stubs.python(), **corpus
        )  # fmt: skip
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertEqual(
            result.stderr, "error: unknown flag --segmentaton; see --help.\n"
        )

    def test_openwebtext_folder_has_a_document_per_file(self):
        self.write("vocab.txt")
        self.write("openwebtext", "urlsf_subset00.xz")
        calls = self.calls("build_data.sh", DATA_DIR=self.data_dir)
        self.assertEqual(calls[-2:], ["--documents", "file"])
        self.assertIn(os.path.join(self.data_dir, "openwebtext"), calls)

    def test_openwebtext_archive_is_unpacked_once(self):
        self.write("vocab.txt")
        member = self.write("packed", "openwebtext", "urlsf_subset00.xz")
        archive = os.path.join(self.data_dir, "openwebtext.tar.xz")
        packed = os.path.dirname(os.path.dirname(member))
        run(["tar", "-cJf", archive, "-C", packed, "openwebtext"])
        calls = self.calls("build_data.sh", DATA_DIR=self.data_dir)
        self.assertIn(os.path.join(self.data_dir, "openwebtext"), calls)
        self.assertTrue(
            os.path.exists(os.path.join(self.data_dir, "openwebtext/urlsf_subset00.xz"))
        )
        again = self.calls("build_data.sh", DATA_DIR=self.data_dir)
        self.assertIn("Unpacking", calls[0])
        self.assertNotIn("Unpacking", again[0])

    def test_missing_corpus_is_refused(self):
        result = run_script("build_data.sh", DATA_DIR=self.data_dir)
        self.assertEqual(result.returncode, 2)
        self.assertIn("no corpus: name one with --corpus", result.stderr)

    def test_corpus_without_data_dir_is_refused(self):
        result = run_script("build_data.sh", "--corpus", "C")
        self.assertEqual(result.returncode, 2)
        self.assertIn("--corpus needs --data-dir", result.stderr)


PYTHON_STUB = """
case "$*" in
  *"-c import ensurepip"*) echo %(version)s ;;
  *realpath*) readlink -f "$0" ;;
  *"-m venv --clear"*)
    for folder; do :; done
    rm -rf "$folder"; mkdir -p "$folder/bin"; cp "$0" "$folder/bin/python" ;;
  *"pip"*) echo "$*" >>"%(log)s"; exit %(pip_code)d ;;
esac
"""


class EnvironmentTest(tf.test.TestCase, parameterized.TestCase):
    """tools/environment.sh with a stand-in for Python; nothing is installed."""

    def setUp(self):
        super().setUp()
        folder = self.get_temp_dir()
        self.stubs = Stubs(os.path.join(folder, "bin"))
        self.log = os.path.join(folder, "pip.log")
        self.venv = os.path.join(folder, "venv")
        self.stubs.add("sleep", "")
        self.path = "%s:%s" % (self.stubs.folder, os.environ["PATH"])

    def python(self, version, name="fake_python", pip_code=0):
        values = dict(version=version, log=self.log, pip_code=pip_code)
        return self.stubs.add(name, PYTHON_STUB % values)

    def environment(self, python, *arguments, **variables):
        variables.setdefault("PATH", self.path)
        return run_script(
            "tools/environment.sh", *arguments,
            PYTHON=python, VENV=self.venv, **variables
        )  # fmt: skip

    def installed(self):
        if not os.path.exists(self.log):
            return []
        with open(self.log, encoding="utf-8") as stream:
            return stream.read().splitlines()

    def test_python_37_gets_tensorflow_115(self):
        self.assertEqual(self.environment(self.python("3.7")).returncode, 0)
        self.assertIn(" tensorflow==1.15 ", self.installed()[0])

    @parameterized.parameters("3.9", "3.10", "3.11")
    def test_newer_python_gets_tensorflow_215(self, version):
        self.assertEqual(self.environment(self.python(version)).returncode, 0)
        self.assertIn(">=2.15,<2.16 ", self.installed()[0])

    def test_cuda_build_where_a_gpu_is(self):
        self.stubs.add("uname", "echo Linux x86_64")
        self.stubs.add("nvidia-smi", "echo GPU 0: Some Card")
        self.environment(self.python("3.11"))
        self.assertIn(" tensorflow[and-cuda]>=2.15,<2.16 ", self.installed()[0])

    def test_cpu_build_where_the_driver_sees_no_gpu(self):
        self.stubs.add("uname", "echo Linux x86_64")
        self.stubs.add("nvidia-smi", "exit 9")
        self.environment(self.python("3.11"))
        self.assertIn(" tensorflow-cpu>=2.15,<2.16 ", self.installed()[0])

    def test_plain_build_on_other_systems(self):
        self.stubs.add("uname", "echo Darwin arm64")
        self.environment(self.python("3.11"))
        self.assertIn(" tensorflow>=2.15,<2.16 ", self.installed()[0])

    def test_complete_environment_is_left_alone(self):
        python = self.python("3.11")
        self.environment(python)
        self.assertEqual(self.environment(python).returncode, 0)
        self.assertLen(self.installed(), 1)

    def test_environment_that_is_switched_on_can_be_made_anew(self):
        base = self.python("3.11")
        self.environment(base)
        link = os.path.join(self.venv, "bin", "python3.11")
        os.symlink(base, link)
        os.remove(os.path.join(self.venv, ".stamp-core"))
        result = self.environment(link)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertLen(self.installed(), 2)

    def test_developer_tools_are_added_once(self):
        python = self.python("3.11")
        self.environment(python)
        self.environment(python, "--dev")
        self.environment(python, "--dev")
        self.assertLen(self.installed(), 2)
        self.assertIn("requirements-dev.txt", self.installed()[1])

    def test_failed_install_is_tried_twice_and_made_again(self):
        self.assertNotEqual(
            self.environment(self.python("3.11", pip_code=1)).returncode, 0
        )
        self.assertLen(self.installed(), 2)
        self.assertEqual(self.environment(self.python("3.11")).returncode, 0)
        self.assertLen(self.installed(), 3)

    def test_foreign_folder_is_left_alone(self):
        os.makedirs(os.path.join(self.venv, "photos"))
        result = self.environment(self.python("3.11"))
        self.assertEqual(result.returncode, 1)
        self.assertIn("was not made by tools/environment.sh", result.stderr)
        self.assertTrue(os.path.exists(os.path.join(self.venv, "photos")))

    def test_unsupported_python_is_refused(self):
        result = self.environment(self.python("3.12"))
        self.assertEqual(result.returncode, 1)
        self.assertIn("no usable Python", result.stderr)
        self.assertIn("PYTHON=/path/to/python3.11", result.stderr)

    def test_python_that_does_not_start_is_refused(self):
        result = self.environment(self.stubs.add("broken", "exit 127"))
        self.assertEqual(result.returncode, 1)
        self.assertIn("no usable Python", result.stderr)

    def test_a_version_is_looked_for_behind_broken_shims(self):
        self.stubs.add("python3.9", "exit 127")
        pyenv = os.path.join(self.get_temp_dir(), "pyenv")
        self.python("3.9", "../pyenv/versions/3.9.18/bin/python")
        result = self.environment("3.9", PYENV_ROOT=pyenv)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("Python 3.9", result.stdout)

    def test_uv_gets_a_python_that_is_not_there(self):
        downloaded = os.path.join(self.get_temp_dir(), "downloaded")
        real = self.python("3.9", "hidden")
        for name in ("python3.9", "python3", "python"):
            self.stubs.add(name, "exit 127")
        self.stubs.add(
            "uv",
            'case "$2" in install) cp "%s" "%s" ;; find) echo "%s" ;; esac'
            % (real, downloaded, downloaded),
        )
        result = self.environment("3.9", PYENV_ROOT="/nowhere")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue(os.path.exists(downloaded))


if __name__ == "__main__":
    tf.test.main()
