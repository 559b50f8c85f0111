"""The only place that asks which TensorFlow is installed."""

import functools
import os
from typing import Any, Callable, Dict, List, Tuple

OLDEST = (1, 15)
NEWEST = (2, 15)


def tensorflow_version() -> Tuple[int, int]:
    """Returns the installed TensorFlow's (major, minor)."""
    import tensorflow

    major, minor = tensorflow.__version__.split(".")[:2]
    return int(major), int(minor)


def check_version(version: Tuple[int, int]) -> None:
    """Refuses a TensorFlow that has no Estimator or is too old.

    Args:
      version: (major, minor).

    Raises:
      RuntimeError: The version is not one that the product runs on.
    """
    if not OLDEST <= version <= NEWEST:
        raise RuntimeError(
            "TensorFlow %d.%d is installed, but the Estimator API that training is "
            "built on exists in 1.15 to 2.15 only. Install `tensorflow==1.15` "
            "(Python 3.7) or `tensorflow>=2.15,<2.16` (Python 3.9 to 3.11); "
            "`bash tools/environment.sh` does it." % version
        )


def activate() -> None:
    """Puts TensorFlow in graph mode with resource variables, in every version.

    Raises:
      RuntimeError: The installed TensorFlow is not supported.
    """
    for name, value in runtime_defaults().items():
        os.environ.setdefault(name, value)
    check_version(tensorflow_version())
    import tensorflow.compat.v1 as tf

    tf.disable_v2_behavior()
    tf.enable_resource_variables()


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Returns a function of tensors with known shapes that XLA compiles.

    It is traced once per combination of shapes and keyword arguments, in a graph of
    its own, because TensorFlow keeps a traced function and what surrounded it forever.
    """
    import tensorflow.compat.v1 as tf

    traced = tf.function(function, autograph=False)
    surroundings = tf.Graph()

    @functools.wraps(function)
    def call(*tensors: Any, **numbers: Any) -> Any:
        specs = [tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in tensors]
        with surroundings.as_default():
            concrete = traced.get_concrete_function(*specs, **numbers)
        return _launch(concrete, tensors)

    return call


def vectorizes_sums() -> bool:
    """Whether what `compiled` makes of sums along the last axis is fast.

    Only TensorFlow 1.15 lets XLA add numbers in another order than they stand in.
    """
    return tensorflow_version() < (2, 0)


def has_slow_depthwise_convolution() -> bool:
    """Whether a sum of shifts that `compiled` makes is faster on CPUs."""
    return tensorflow_version() < (2, 0)


def multiplies_bfloat16() -> bool:
    """Whether CPUs and GPUs multiply matrices of bfloat16; TPUs always do."""
    return tensorflow_version() >= (2, 0)


def _launch(concrete: Any, tensors: Any) -> Any:
    """Calls a traced function as a kernel of XLA.

    TensorFlow 1.15 compiles functions that ask for it in eager mode alone, and 2.15
    calls them through a session's machinery for functions, which takes longer than
    some of them. Both end at this operation.
    """
    import tensorflow.compat.v1 as tf

    graph = tf.get_default_graph()
    concrete.add_to_graph(graph)
    types = [output.dtype.as_datatype_enum for output in concrete.outputs]
    attributes = {
        "Tconstants": tf.AttrValue(list=tf.AttrValue.ListValue()),
        "Targs": _type_list([tensor.dtype.as_datatype_enum for tensor in tensors]),
        "Nresources": tf.AttrValue(i=0),
        "Tresults": _type_list(types),
        "function": tf.AttrValue(func=tf.NameAttrList(name=concrete.name)),
    }
    outputs = graph.create_op(
        "XlaLaunch", list(tensors), types, attrs=attributes, name="kernel"
    ).outputs
    for output, like in zip(outputs, concrete.outputs):
        output.set_shape(like.shape)
    return tf.nest.pack_sequence_as(concrete.structured_outputs, outputs)


def _type_list(types: List[int]) -> Any:
    import tensorflow.compat.v1 as tf

    return tf.AttrValue(list=tf.AttrValue.ListValue(type=types))


def runtime_defaults() -> Dict[str, str]:
    """Returns environment variables for TensorFlow's runtime; the user's own win.

    It reads them when the first session is made. Measured on TensorFlow 1.15: an
    allocator that keeps what it freed makes steps 7 % faster than malloc, which hands
    large tensors back to the kernel; without the search for clusters that XLA might
    compile, which happens even where it may not compile any, preparing a new set of
    fetches takes half as long.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    return {
        "TF_CPU_ALLOCATOR_USE_BFC": "true",
        "TF_CPU_BFC_MEM_LIMIT_IN_MB": str(memory),
        "TF_XLA_FLAGS": "--tf_xla_clustering_fuel=0",
    }
