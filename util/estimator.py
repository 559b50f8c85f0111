"""Estimators for a CPU, one GPU, several GPUs or a TPU, made from settings.

CPUs and GPUs use the plain `Estimator`, which `tf.distribute` can spread over
GPUs; `TPUEstimator` serves TPUs only.
"""

import dataclasses
from typing import (
    Any,
    Callable,
    Dict,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Union,
)

import tensorflow.compat.v1 as tf

from util import fusion, precision, run_settings, telemetry

AnyEstimator = Union[tf.estimator.Estimator, tf.estimator.tpu.TPUEstimator]
AnySpec = Union[tf.estimator.EstimatorSpec, tf.estimator.tpu.TPUEstimatorSpec]


class BatchSizes(NamedTuple):
    """Examples per step over all devices, by mode."""

    train: int
    evaluate: int
    predict: int


@dataclasses.dataclass(frozen=True)
class Shard:
    """The share of the input that one call of an input function gives."""

    batch_size: int  # Examples per batch of this share.
    index: int  # 0-based number of the share of the files.
    count: int  # Shares that the files are split into.


class Outputs(NamedTuple):
    """What a model function computed, before it is put in a mode's form."""

    loss: Optional[tf.Tensor] = None  # float32 [].
    train_op: Optional[tf.Operation] = None
    scalars: Mapping[str, tf.Tensor] = {}  # float [] by name, shown while training.
    metric_fn: Optional[Callable[..., Dict[str, Any]]] = None  # Of `metric_inputs`.
    metric_inputs: Mapping[str, tf.Tensor] = {}  # [B, ...] each, by argument name.
    predictions: Optional[Dict[str, tf.Tensor]] = None  # [B, ...] each.
    scaffold_fn: Optional[Callable[[], tf.train.Scaffold]] = None  # TPU only.


def build(
    model_fn: Callable[..., AnySpec],
    run: run_settings.RunSettings,
    params: Mapping[str, Any],
    batch_sizes: BatchSizes,
) -> AnyEstimator:
    """Makes the estimator that the settings ask for.

    Args:
      model_fn: (features, labels, mode, params) -> `spec(...)`.
      run: `RunSettings` with a `model_dir`.
      params: Given to the model function and to input functions.
      batch_sizes: `BatchSizes`; input functions learn theirs through `input_fn`.

    Raises:
      ValueError: `model_dir` is missing, is local in a TPU run, or fewer GPUs are
        visible than `num_gpus`.
    """
    if not run.model_dir:
        raise ValueError("Setting 'model_dir' is not set; nothing can be saved.")
    if run.use_tpu:
        check_tpu_paths({"model_dir": run.model_dir})
        return tf.estimator.tpu.TPUEstimator(
            model_fn=model_fn,
            config=tpu_run_config(run),
            params=dict(params),
            use_tpu=True,
            train_batch_size=batch_sizes.train,
            eval_batch_size=batch_sizes.evaluate,
            predict_batch_size=batch_sizes.predict,
        )
    return tf.estimator.Estimator(
        model_fn=model_fn, config=run_config(run), params=dict(params)
    )


def input_fn(
    make_dataset: Callable[[Shard], tf.data.Dataset],
    run: run_settings.RunSettings,
    batch_size: int,
) -> Callable[[Mapping[str, Any]], tf.data.Dataset]:
    """Returns an input function for the devices of a run.

    Several GPUs are fed one after the other by one pipeline, so its batches are a
    replica's; each TPU host reads its own share of the files.

    Args:
      make_dataset: From `Shard` to batches with a fixed size.
      run: `RunSettings`.
      batch_size: Examples per step over all devices.

    Raises:
      ValueError: The batch cannot be divided among the devices.
    """
    share_size = examples_per_device(run, batch_size)

    def make_input(params):
        index, count = 0, 1
        if run.use_tpu:
            _, index, count, _ = params["context"].current_input_fn_deployment()
        return make_dataset(Shard(share_size, index, count))

    return make_input


def examples_per_device(
    run: run_settings.RunSettings, batch_size: int, num_parts: int = 1
) -> int:
    """Returns how many examples of a batch one device computes.

    Args:
      run: `RunSettings`.
      batch_size: Examples per step over all devices.
      num_parts: Equal parts in which each device computes its share.

    Raises:
      ValueError: The batch cannot be divided so.
    """
    num_devices = run.num_tpu_cores if run.use_tpu else max(run.num_gpus, 1)
    if batch_size % (num_devices * num_parts):
        parts = ", in %d parts each" % num_parts if num_parts > 1 else ""
        raise ValueError(
            "A batch of %d examples cannot be divided among %d devices%s; use a "
            "multiple of %d."
            % (batch_size, num_devices, parts, num_devices * num_parts)
        )
    return batch_size // num_devices


def spec(mode: str, outputs: Outputs, run: run_settings.RunSettings) -> AnySpec:
    """Puts a model function's outputs in the form that its estimator wants.

    Args:
      mode: A `tf.estimator.ModeKeys`.
      outputs: `Outputs`; training needs `loss` and `train_op`, evaluation `loss`
        and a metric function, prediction `predictions`.
      run: `RunSettings` that the estimator was built from.
    """
    if mode == tf.estimator.ModeKeys.TRAIN and not run.use_tpu:
        telemetry.publish(
            dict({"loss": outputs.loss}, **outputs.scalars), outputs.train_op
        )
    common = dict(
        mode=mode,
        loss=outputs.loss,
        train_op=outputs.train_op,
        predictions=outputs.predictions,
    )
    if run.use_tpu:
        return _tpu_spec(common, outputs, run)
    metrics = None
    if mode == tf.estimator.ModeKeys.EVAL and outputs.metric_fn is not None:
        metrics = outputs.metric_fn(**outputs.metric_inputs)
    return tf.estimator.EstimatorSpec(
        eval_metric_ops=metrics, scaffold=_scaffold(), **common
    )


class _TrustingScaffold(tf.train.Scaffold):
    """Does not look whether every variable has a value, twice, for seconds.

    All of them were just restored, which fails if one is missing, or drawn.
    """

    ready_op = None
    ready_for_local_init_op = None


def _scaffold() -> Optional[tf.train.Scaffold]:
    """Returns how a session begins; None for TensorFlow's own way."""
    if tf.distribute.has_strategy():
        return None
    unused = tf.no_op()  # Else operations for each variable are made.
    return _TrustingScaffold(ready_op=unused, ready_for_local_init_op=unused)


def _tpu_spec(
    common: Dict[str, Any], outputs: Outputs, run: run_settings.RunSettings
) -> tf.estimator.tpu.TPUEstimatorSpec:
    """Adds the calls that a TPU leaves to its host."""
    metrics, host_call = None, None
    if common["mode"] == tf.estimator.ModeKeys.EVAL and outputs.metric_fn is not None:
        metrics = (outputs.metric_fn, dict(outputs.metric_inputs))
    if common["mode"] == tf.estimator.ModeKeys.TRAIN:
        host_call = telemetry.host_call(outputs.scalars, str(run.model_dir))
    return tf.estimator.tpu.TPUEstimatorSpec(
        eval_metrics=metrics,
        host_call=host_call,
        scaffold_fn=outputs.scaffold_fn,
        **common,
    )


def run_config(
    run: run_settings.RunSettings, devices: Optional[List[str]] = None
) -> tf.estimator.RunConfig:
    """Returns the configuration of a CPU or GPU run.

    Args:
      run: `RunSettings`.
      devices: The devices to train on; by default the first `num_gpus` GPUs.

    Raises:
      ValueError: Fewer GPUs are visible than `num_gpus`.
    """
    strategy = None
    if devices is None and run.num_gpus > 1:
        devices = gpu_devices(run.num_gpus)
    if devices is not None:
        strategy = tf.distribute.MirroredStrategy(devices)
    return tf.estimator.RunConfig(
        session_config=session_config(run),
        train_distribute=strategy,
        save_summary_steps=0,  # ProgressHook writes them.
        log_step_count_steps=None,
        **_saving(run),
    )


def session_config(run: run_settings.RunSettings) -> tf.ConfigProto:
    """Returns session settings: GPUs lend memory as needed, unused ones not at all."""
    config = tf.ConfigProto(
        allow_soft_placement=True,
        intra_op_parallelism_threads=run.intra_op_threads,
        inter_op_parallelism_threads=run.inter_op_threads,
    )
    config.gpu_options.allow_growth = True
    if run.num_gpus == 0:
        config.device_count["GPU"] = 0
    else:
        visible = ",".join(str(number) for number in range(run.num_gpus))
        config.gpu_options.visible_device_list = visible if gpu_count() else ""
    if _is_on_cpu(run):
        _rewrite_little(config.graph_options.rewrite_options)
    return config


def _rewrite_little(options: Any) -> None:
    """Lets TensorFlow fuse bias into matrix products, and rewrite nothing else.

    Its other rewrites take several seconds per graph and gain nothing: the graphs are
    written as they should run, and folding constants and common expressions is done
    once more by the session.
    """
    options.meta_optimizer_iterations = options.ONE
    options.memory_optimization = options.NO_MEM_OPT
    for rewrite in (
        "arithmetic_optimization",
        "constant_folding",
        "debug_stripper",
        "dependency_optimization",
        "function_optimization",
        "implementation_selector",
        "layout_optimizer",
        "loop_optimization",
        "pin_to_host_optimization",
        "shape_optimization",
    ):
        setattr(options, rewrite, options.OFF)


def prepare_graph(run: run_settings.RunSettings) -> None:
    """Sets up the present graph for a model: precision, and kernels on a CPU."""
    precision.enable(run.precision)
    if run.fuse_elementwise and _is_on_cpu(run):
        fusion.enable()


def _is_on_cpu(run: run_settings.RunSettings) -> bool:
    return not run.use_tpu and not (run.num_gpus > 0 and gpu_count() > 0)


def gpu_count() -> int:
    """Returns how many GPUs TensorFlow sees."""
    return len(tf.config.experimental.list_physical_devices("GPU"))


def gpu_devices(num_gpus: int) -> List[str]:
    """Returns the names of the first GPUs.

    Raises:
      ValueError: Fewer are visible.
    """
    visible = gpu_count()
    if visible < num_gpus:
        raise ValueError(
            "num_gpus is %d, but TensorFlow sees %d; check `nvidia-smi` and "
            "CUDA_VISIBLE_DEVICES, or lower num_gpus." % (num_gpus, visible)
        )
    return ["/gpu:%d" % number for number in range(num_gpus)]


def tpu_run_config(run: run_settings.RunSettings) -> tf.estimator.tpu.RunConfig:
    """Returns the configuration of a TPU run."""
    resolver = tf.distribute.cluster_resolver.TPUClusterResolver(
        run.tpu_name, zone=run.tpu_zone, project=run.gcp_project
    )
    tpu_config = tf.estimator.tpu.TPUConfig(
        iterations_per_loop=run.iterations_per_loop,
        num_shards=run.num_tpu_cores,
        tpu_job_name=run.tpu_job_name,
        per_host_input_for_training=tf.estimator.tpu.InputPipelineConfig.PER_HOST_V2,
    )
    return tf.estimator.tpu.RunConfig(
        cluster=resolver, tpu_config=tpu_config, **_saving(run)
    )


def check_tpu_paths(paths: Mapping[str, str]) -> None:
    """Refuses paths that a TPU, which reads and writes by itself, cannot reach.

    Args:
      paths: Path by setting name.

    Raises:
      ValueError: Some are not gs:// paths.
    """
    local = [
        "%s = %s" % (name, path)
        for name, path in sorted(paths.items())
        if not path.startswith("gs://")
    ]
    if local:
        raise ValueError(
            "A TPU can only use gs:// paths, got %s; copy the files to a bucket."
            % ", ".join(local)
        )


def _saving(run: run_settings.RunSettings) -> Dict[str, Any]:
    return dict(
        model_dir=run.model_dir,
        tf_random_seed=run.seed,
        save_checkpoints_steps=run.save_checkpoints_steps,
        keep_checkpoint_max=run.keep_checkpoint_max or None,
    )
