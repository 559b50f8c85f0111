"""The messages in records, decoded: many at a time in a graph, or one by one."""

from typing import Any, Dict, List, Sequence, Union

from google.protobuf import message  # type: ignore[import]
import numpy as np
import tensorflow.compat.v1 as tf

from util import records

_TYPES = {"int": tf.int64, "float": tf.float32}


def parse_batch(
    serialized: tf.Tensor, specs: Sequence[records.FeatureSpec]
) -> Dict[str, tf.Tensor]:
    """Decodes a batch of messages inside the graph.

    Args:
      serialized: string Tensor, [B].
      specs: The features to read; others in the messages are ignored.

    Returns:
      Feature name -> int32 or float32 Tensor, [B, ...].
    """
    wanted = {}
    for spec in specs:
        dtype = _TYPES[spec.dtype]
        default: Any = spec.default
        if default is not None:
            default = np.full(spec.shape, default, dtype.as_numpy_dtype)
        wanted[spec.name] = tf.io.FixedLenFeature(spec.shape, dtype, default)
    features = tf.io.parse_example(serialized, wanted)
    return {
        name: tf.cast(value, tf.int32) if value.dtype == tf.int64 else value
        for name, value in features.items()
    }


def decode(record: bytes) -> Dict[str, List[Union[int, float]]]:
    """Returns the numbers in one message, by feature name.

    Raises:
      ValueError: The bytes are no tf.Example.
    """
    try:
        features = tf.train.Example.FromString(record).features.feature
    except message.DecodeError as error:
        raise ValueError("Not a tf.Example: %s" % error) from error
    return {
        name: list(feature.int64_list.value or feature.float_list.value)
        for name, feature in features.items()
    }
