"""What a pre-training run says before it starts and leaves behind when it ends."""

import hashlib
import json
import os
import platform
import statistics
import sys
from typing import Any, Dict, List, Optional, Tuple

import numpy as np
import tensorflow.compat.v1 as tf

from model import modeling
from pretrain import inputs, phases, shards
from util import curves, files, gfile, run_settings, training_log
from util import estimator as estimator_lib

RESULTS_FILE = "results.json"
CURVE_FILE = "learning_curve.png"
PERPLEXITY = "_perplexity"
LARGEST_LOSS = 50.0  # Beyond which a perplexity says nothing.


def write(
    config: Any,
    metrics: Dict[str, float],
    guesses: Dict[str, float],
    seconds: float,
) -> Dict[str, Any]:
    """Writes results.json and learning_curve.png into the model's folder.

    Args:
      config: A `PretrainingConfig`.
      metrics: Of the last evaluation.
      guesses: Those of guessing by frequency; see `baseline`.
      seconds: That this run took.

    Returns:
      The content of results.json.
    """
    folder = config.run.model_dir
    step = int(
        tf.train.load_checkpoint(tf.train.latest_checkpoint(folder)).get_tensor(
            "global_step"
        )
    )
    results = {
        "model_name": config.model_name,
        "model_dir": folder,
        "objectives": config.objective.names,
        "step": step,
        "num_train_steps": config.run.num_train_steps,
        "tokens": phases.tokens(phases.of(config), step),
        "seconds": round(seconds, 1),
        "tokens_per_second": _speed(folder),
        "metrics": dict(metrics, **perplexities(metrics, guesses)),
        "guessing_by_frequency": guesses,
        "settings_digest": settings_digest(config),
        "seed": config.run.seed,
        "tensorflow": tf.__version__,
        "python": platform.python_version(),
    }
    files.write_json(os.path.join(folder, RESULTS_FILE), results)
    _draw_curve(folder, guesses)
    return results


def perplexities(
    metrics: Dict[str, float], guesses: Dict[str, float]
) -> Dict[str, float]:
    """Returns exp(loss) under the names of the perplexities that guessing has."""
    found = {}
    for name in guesses:
        loss = metrics.get(name.replace(PERPLEXITY, "_loss"), LARGEST_LOSS)
        if name.endswith(PERPLEXITY) and loss < LARGEST_LOSS:
            found[name] = float(np.exp(loss))
    return found


def settings_digest(config: Any) -> str:
    """Returns a short checksum of all settings: equal settings, equal digest."""
    text = json.dumps(config.to_dict(), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def _speed(folder: str) -> Optional[float]:
    """Returns the median of the logged speeds."""
    path = training_log.path_in(folder)
    if not gfile.exists(path):
        return None
    speeds = training_log.read(path).train.get("tokens_per_second", [])
    return round(statistics.median(v for _, v in speeds), 1) if speeds else None


def _draw_curve(folder: str, guesses: Dict[str, float]) -> None:
    """Draws the curve, or says why it could not; the run itself is complete."""
    try:
        log = training_log.read(training_log.path_in(folder))
        curves.plot(log, os.path.join(folder, CURVE_FILE), guesses)
    except (ValueError, OSError) as error:
        print("No %s: %s" % (CURVE_FILE, error), file=sys.stderr)


def results_table(results: Dict[str, Any]) -> str:
    """Returns results.json as lines for the screen."""
    rows: List[Tuple[str, str]] = [
        ("steps", "{:,} of {:,}".format(results["step"], results["num_train_steps"])),
        ("tokens", "{:,}".format(results["tokens"])),
        ("seconds", "{:,}".format(results["seconds"])),
    ]
    if results["tokens_per_second"] is not None:
        rows.append(("tokens per second", "{:,}".format(results["tokens_per_second"])))
    guesses = results["guessing_by_frequency"]
    for name, value in sorted(results["metrics"].items()):
        text = "%.4f" % value
        if name in guesses:
            text += "  (guessing by frequency: %.4f)" % guesses[name]
        rows.append(("held-out " + name.replace("_", " "), text))
    rows.append(("folder", results["model_dir"]))
    return table(rows)


def table(rows: List[Tuple[str, str]]) -> str:
    width = max(len(name) for name, _ in rows)
    return "\n".join("%-*s  %s" % (width, name, value) for name, value in rows)


def plan(prepared: Any) -> str:
    """Returns what a run would do, for `--dry-run`.

    Args:
      prepared: A `run.Prepared`.
    """
    config = prepared.config
    train = shards.counted(prepared.split.train)
    held_out = shards.counted(prepared.split.held_out)
    epochs = inputs.describe_epochs(
        train, config.input.train_batch_size, config.run.num_train_steps
    )
    rows = [
        ("model folder", "%s (%s)" % (config.run.model_dir, _state(config))),
        ("objectives", ", ".join(prepared.objectives.names)),
        (
            "vocabulary",
            "%s, %d tokens" % (config.tokenization.vocab_file, _vocab(config)),
        ),
    ]
    counts = parameters(prepared)
    rows += [("parameters in " + scope, f"{n:,}") for scope, n in counts.items()]
    rows += [
        ("parameters in all", f"{sum(counts.values()):,}"),
        ("training records", _describe(train)),
        ("held-out records", _describe(held_out)),
        ("batch", "%d x %d tokens" % _batch_shape(config)),
        ("steps", f"{config.run.num_train_steps:,}"),
        ("steps per epoch", "{:,.1f}".format(epochs["steps_per_epoch"])),
        ("epochs", "{:,.2f}".format(epochs["epochs"])),
        ("first weights", prepared.init_checkpoint or "random, seed %d" % config.seed),
        ("device", device(config.run)),
    ]
    return table(rows)


def _vocab(config: Any) -> int:
    return config.encoder.vocab_size


def _batch_shape(config: Any) -> Tuple[int, int]:
    return config.input.train_batch_size, config.input.max_seq_length


def _describe(counted: List[shards.Shard]) -> str:
    num_records = sum(shard.num_records or 0 for shard in counted)
    text = f"{num_records:,} in {len(counted):,} files"
    if counted and all(shard.num_tokens is not None for shard in counted):
        text += f", {sum(shard.num_tokens or 0 for shard in counted):,} tokens"
    return text


def _state(config: Any) -> str:
    checkpoint = tf.train.latest_checkpoint(config.run.model_dir)
    if checkpoint is None:
        return "new"
    step = int(tf.train.load_checkpoint(checkpoint).get_tensor("global_step"))
    return f"resumes at step {step:,}"


def device(run: run_settings.RunSettings) -> str:
    """Returns where training would take place."""
    if run.use_tpu:
        return "TPU %s, %d cores" % (run.tpu_name, run.num_tpu_cores)
    visible = estimator_lib.gpu_count()
    if not visible or run.num_gpus == 0:
        return "CPU, %d cores" % (os.cpu_count() or 1)
    return "%d of %d GPUs" % (min(run.num_gpus, visible), visible)


def parameters(prepared: Any) -> Dict[str, int]:
    """Returns the number of trainable parameters by top-level scope.

    Args:
      prepared: A `run.Prepared`.
    """
    counts: Dict[str, int] = {}
    with tf.Graph().as_default():
        features = {
            spec.name: tf.zeros((1,) + tuple(spec.shape), tf.int32)
            for spec in prepared.specs
        }

        def encode(inputs_, config=prepared.config.encoder, **scopes):
            return modeling.encode(inputs_, config, is_training=False, **scopes)

        prepared.objectives.compute(features, encode, is_training=False)
        for variable in tf.trainable_variables():
            scope = variable.op.name.split("/")[0]
            size = int(np.prod(variable.shape.as_list()))
            counts[scope] = counts.get(scope, 0) + size
    return counts
