"""A pre-training run: check everything, train, evaluate, report.

Running the same command again continues a run that was stopped, or evaluates one
that is complete.
"""

import dataclasses
import time
from typing import Any, Dict, List, NamedTuple, Optional

import tensorflow.compat.v1 as tf

from model import checkpoints, tokenization
from model import config as config_lib
from pretrain import (
    baseline,
    inputs,
    masking,
    model_dir,
    model_fn,
    objective,
    objectives,  # noqa: F401  (registers them)
    phases,
    report,
    shards,
)
from util import estimator as estimator_lib
from util import hooks, profiling, records, time_budget, training
from util import settings as settings_lib


@dataclasses.dataclass(frozen=True)
class PretrainSettings(settings_lib.Section):
    """What a run does."""

    do_train: bool = settings_lib.setting(
        True, "Train, with evaluations on held-out records, and evaluate at the end."
    )
    do_eval: bool = settings_lib.setting(
        False, "Evaluate; alone, the model as it stands."
    )
    num_eval_steps: int = settings_lib.setting(
        100, "Most batches in one evaluation.", low=1
    )
    eval_every_steps: Optional[int] = settings_lib.setting(
        None,
        "Training steps between evaluations; None: at every checkpoint. They take "
        "place when a checkpoint is saved.",
        low=1,
    )
    init_checkpoint: Optional[str] = settings_lib.setting(
        None,
        "Checkpoint or model folder to take the first weights from; ours, a published "
        "one of ConvBERT or ELECTRA, or Google's BERT.",
    )
    phases: List[Dict[str, Any]] = settings_lib.setting(
        [],
        "Parts of the run with inputs of their own, as [{'steps': 900000}, {'steps': "
        "100000, 'max_seq_length': 512, 'pretrain_tfrecords': '...'}]; may change "
        "lengths, batch sizes and records.",
    )
    max_hours: Optional[float] = settings_lib.setting(
        None,
        "Time to train, over all runs of the same command; the learning rate is zero "
        "when it is up, and a warm-up that is left open takes a tenth of it. "
        "num_train_steps ends training all the same.",
        low=0.0,
    )
    debug: bool = settings_lib.setting(
        False, "A few steps of a tiny model in a folder of its own, made anew."
    )

    def check(self) -> None:
        if not self.do_train and not self.do_eval:
            raise ValueError("do_train and do_eval are both false; nothing to do.")
        if self.max_hours == 0:
            raise ValueError(
                "max_hours is 0, which leaves no time to train; leave it null to train "
                "for num_train_steps."
            )


class Prepared(NamedTuple):
    """A run whose inputs have been checked."""

    config: Any
    tokenizer: Any
    objectives: objective.WeightedSum
    specs: List[records.FeatureSpec]
    split: shards.Split
    init_checkpoint: Optional[str]


def prepare(config: Any) -> Prepared:
    """Checks every input of a run; changes nothing.

    Args:
      config: A `PretrainingConfig`.

    Raises:
      FileNotFoundError: The vocabulary, the records or `init_checkpoint` is missing.
      ValueError: An input does not fit the settings or another input.
    """
    tokenizer = tokenization.build(config.tokenization)
    tokens = masking.tokens_of(tokenizer, config.encoder.vocab_size)
    _check_sizes(config)
    chosen = objective.create(config, tokens, config.input.max_seq_length)
    specs = chosen.record_features(config.input.max_seq_length)
    found = shards.find(config.input.pretrain_tfrecords, tokenizer)
    shards.check_segmentation(found, chosen.segmentations)
    shards.check_samples(found, specs, config.encoder.vocab_size, chosen.check_record)
    init_checkpoint = _checked_init_checkpoint(config)
    if config.run.use_tpu:
        if config.pretrain.max_hours is not None:
            raise ValueError(
                "max_hours is set, but a TPU trains many steps between two visits to "
                "the host, which knows the time; set num_train_steps instead."
            )
        estimator_lib.check_tpu_paths(
            {
                "model_dir": config.run.model_dir,
                "pretrain_tfrecords": config.input.pretrain_tfrecords,
            }
        )
    split = shards.split(found, config.input.held_out_shards)
    return Prepared(config, tokenizer, chosen, specs, split, init_checkpoint)


def _check_sizes(config: Any) -> None:
    if config.input.max_seq_length > config.encoder.max_position_embeddings:
        raise ValueError(
            "max_seq_length (%d) must be at most max_position_embeddings (%d)."
            % (config.input.max_seq_length, config.encoder.max_position_embeddings)
        )
    estimator_lib.examples_per_device(
        config.run,
        config.input.train_batch_size,
        config.optimizer.gradient_accumulation_steps,
    )
    if config.pretrain.do_eval and config.input.held_out_shards == 0:
        raise ValueError(
            "do_eval is true, but held_out_shards is 0: nothing to evaluate on."
        )


def _checked_init_checkpoint(config: Any) -> Optional[str]:
    """Returns the prefix of `init_checkpoint`, if its encoder is that of the run."""
    if config.pretrain.init_checkpoint is None:
        return None
    prefix = checkpoints.resolve(config.pretrain.init_checkpoint)
    inferred = checkpoints.infer_encoder(prefix)
    if inferred.get("conv_type") == config_lib.NO_CONVOLUTION:
        inferred.pop("num_attention_heads", None)  # Shapes do not tell.
    table = checkpoints.differences(inferred, config.encoder)
    if table:
        raise ValueError(
            "init_checkpoint %s is of another architecture than the settings:\n%s"
            % (prefix, table)
        )
    return prefix


def run(config: Any) -> Dict[str, Any]:
    """Trains and evaluates as the settings say.

    Args:
      config: A `PretrainingConfig`.

    Returns:
      What is written to results.json; see `pretrain.report`.

    Raises:
      FileNotFoundError: An input is missing, or there is no checkpoint to evaluate.
      ValueError: An input or a setting is wrong.
    """
    listed = phases.of(config)
    prepared = [prepare(phase.config) for phase in listed]
    model_dir.open_for(config, will_train=config.pretrain.do_train)
    start = time.time()
    try:
        metrics = _train_and_evaluate(listed, prepared)
    except tf.errors.DataLossError as error:
        splits = [each.split for each in prepared]
        everything = [shard for s in splits for shard in s.train + s.held_out]
        damage = shards.find_damage(everything) or error.message
        raise ValueError("Reading the records failed: %s" % damage) from error
    except tf.errors.ResourceExhaustedError as error:
        raise RuntimeError(
            "Out of memory or disk space. For memory, lower train_batch_size or "
            "max_seq_length. TensorFlow says: %s" % error.message
        ) from error
    guesses = baseline.guesses(prepared[-1].objectives, prepared[-1])
    return report.write(config, metrics, guesses, time.time() - start)


def profile(config: Any) -> str:
    """Trains a few steps and returns, as Markdown, where their time goes.

    Args:
      config: A `PretrainingConfig`; its `model_dir` is empty and thrown away after.
    """
    prepared = prepare(config)
    estimator = _estimator(prepared)
    input_fn = _train_input_fn(prepared, estimator, first_step=0)
    return profiling.table(profiling.measure(estimator, input_fn))


def _train_and_evaluate(
    listed: List[phases.Phase], prepared: List[Prepared]
) -> Dict[str, float]:
    """Returns the metrics of the last evaluation."""
    metrics: Dict[str, float] = {}
    for phase, ready in zip(listed, prepared):
        estimator = _estimator(ready)
        if not phase.config.pretrain.do_train:
            metrics = _evaluate(estimator, _evaluation(ready))
        elif training.last_step(estimator) < phase.end or phase is listed[-1]:
            metrics = _train_phase(phase, ready, estimator)
    return metrics


def _train_phase(
    phase: phases.Phase, prepared: Prepared, estimator: estimator_lib.AnyEstimator
) -> Dict[str, float]:
    """Trains to the end of a phase, or of the time, and returns the last metrics."""
    config, evaluation = prepared.config, _evaluation(prepared)
    budget, max_hours = None, config.pretrain.max_hours
    if max_hours is not None:
        used = time_budget.used_share(estimator.latest_checkpoint())
        if used >= 1.0:
            return _evaluate(estimator, evaluation) if evaluation else {}
        budget = time_budget.TimeBudgetHook(max_hours, used)
    return training.train_and_evaluate(
        estimator,
        _train_input_fn(prepared, estimator, phase.start),
        phase.end,
        evaluation,
        hooks.training_hooks(config.run, phase.tokens_per_step, budget),
    )


def _estimator(prepared: Prepared) -> estimator_lib.AnyEstimator:
    config = prepared.config
    is_fresh = tf.train.latest_checkpoint(config.run.model_dir) is None
    return estimator_lib.build(
        model_fn.build(
            config,
            prepared.objectives,
            prepared.init_checkpoint if is_fresh else None,
        ),
        config.run,
        params={},
        batch_sizes=estimator_lib.BatchSizes(
            train=config.input.train_batch_size,
            evaluate=config.input.eval_batch_size,
            predict=config.input.eval_batch_size,
        ),
    )


def _evaluate(estimator, evaluation: Optional[training.Evaluation]) -> Dict[str, float]:
    if estimator.latest_checkpoint() is None:
        raise FileNotFoundError(
            "%s has no checkpoint to evaluate; train first." % estimator.model_dir
        )
    evaluator = training.Evaluator(estimator, evaluation, 0, ())
    evaluator.evaluate(training.last_step(estimator))
    return evaluator.metrics


def _train_input_fn(prepared: Prepared, estimator, first_step: int):
    """Returns the input function; it goes on where the last checkpoint was written.

    Args:
      prepared: Of the phase.
      estimator: Whose latest checkpoint tells the step.
      first_step: At which the phase begins with its first example.
    """
    config = prepared.config
    order = inputs.Order(
        config.run.seed, config.input.interleaved_shards, config.input.shuffle_buffer
    )

    def make_dataset(share: estimator_lib.Shard) -> tf.data.Dataset:
        files = prepared.split.train[share.index :: share.count]
        if not files:
            raise ValueError(
                "%d hosts cannot share %d record files; build more of them."
                % (share.count, len(prepared.split.train))
            )
        step = max(0, training.last_step(estimator) - first_step)
        if step:
            files = shards.counted(files)
        consumed = step * config.input.train_batch_size // share.count
        return inputs.train_dataset(
            files, prepared.specs, order, share.batch_size, consumed
        )

    return estimator_lib.input_fn(
        make_dataset, config.run, config.input.train_batch_size
    )


def _evaluation(prepared: Prepared) -> Optional[training.Evaluation]:
    """Returns how to evaluate; None without held-out records."""
    config = prepared.config
    if not prepared.split.held_out:
        return None
    device = dataclasses.replace(config.run, num_gpus=min(config.run.num_gpus, 1))

    def make_dataset(share: estimator_lib.Shard) -> tf.data.Dataset:
        return inputs.eval_dataset(
            prepared.split.held_out, prepared.specs, share.batch_size, device.use_tpu
        )

    return training.Evaluation(
        input_fn=estimator_lib.input_fn(
            make_dataset, device, config.input.eval_batch_size
        ),
        every=config.pretrain.eval_every_steps or config.run.save_checkpoints_steps,
        steps=config.pretrain.num_eval_steps,
    )
