"""Records: examples as tf.Example messages in TFRecord files, checked both ways.

An example is a dict of numbers; `FeatureSpec`s say which and how many. Writing
refuses what does not fit them, reading asks for exactly what was written. The
messages are encoded here, many at a time with numpy, because encoding through
protobuf objects costs more than reading, tokenizing and packing the text.
"""

import contextlib
import functools
import operator
import os
from typing import (
    Any,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Union,
)

from google.protobuf import message  # type: ignore[import]
import numpy as np
import tensorflow.compat.v1 as tf

from util import wire

_TYPES = {
    "int": tf.int64,
    "float": tf.float32,
    tf.int32: tf.int64,
    tf.int64: tf.int64,
    tf.float32: tf.float32,
}


class FeatureSpec(NamedTuple):
    """One named array of numbers in every example.

    Attributes:
      name: Its key.
      shape: () for a scalar.
      dtype: `tf.int64` or `tf.float32` ("int" and "float" mean these).
      default: The value of all its elements where an example lacks it; None if
        every example must have it.
    """

    name: str
    shape: Tuple[int, ...] = ()
    dtype: Any = tf.int64
    default: Optional[Union[int, float]] = None

    @property
    def size(self) -> int:
        return functools.reduce(operator.mul, self.shape, 1)


def serialize(example: Mapping[str, Any], specs: Sequence[FeatureSpec]) -> bytes:
    """Encodes one example as a tf.Example message.

    Args:
      example: Feature name -> number, list or array of the spec's shape.
      specs: The features; one with a default may be missing from the example.

    Returns:
      The message, with features in alphabetical order.

    Raises:
      ValueError: A name, shape, type or value does not fit the specs.
    """
    batch = {name: [value] for name, value in example.items()}
    return serialize_batch(batch, specs)[0]


def serialize_batch(
    batch: Mapping[str, Any], specs: Sequence[FeatureSpec]
) -> List[bytes]:
    """Encodes many examples at once, some 20 times faster than one by one.

    Args:
      batch: Feature name -> [B, ...], the examples along the first axis.
      specs: As for `serialize`.

    Returns:
      B messages.

    Raises:
      ValueError: A name, shape, type or value does not fit the specs.
    """
    _check_names(batch, specs)
    present = sorted(
        (spec for spec in specs if spec.name in batch), key=lambda spec: spec.name
    )
    columns = []
    for spec in present:
        values = _checked(spec, batch[spec.name])
        columns.append(wire.feature_entries(spec.name, values))
    return [wire.example(entries) for entries in zip(*columns)]


def write(path: str, serialized: Iterable[bytes]) -> int:
    """Writes a TFRecord file; under its name it appears whole or not at all.

    Args:
      path: Local or gs://. `<path>.tmp` is used meanwhile.
      serialized: The records.

    Returns:
      How many there were.

    Raises:
      OSError: The file cannot be written, for example because the disk is full.
    """
    temporary = path + ".tmp"
    count = 0
    try:
        with tf.io.TFRecordWriter(temporary) as writer:
            for record in serialized:
                writer.write(record)
                count += 1
        _flush_to_disk(temporary)
        tf.io.gfile.rename(temporary, path, overwrite=True)
    except tf.errors.OpError as error:
        raise OSError("Cannot write %s: %s" % (path, error.message)) from error
    finally:
        with contextlib.suppress(tf.errors.OpError):
            tf.io.gfile.remove(temporary)
    return count


def parse_batch(
    serialized: tf.Tensor, specs: Sequence[FeatureSpec]
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
        dtype = _dtype(spec)
        default: Any = spec.default
        if default is not None:
            default = np.full(spec.shape, default, dtype.as_numpy_dtype)
        wanted[spec.name] = tf.io.FixedLenFeature(spec.shape, dtype, default)
    features = tf.io.parse_example(serialized, wanted)
    return {
        name: tf.cast(value, tf.int32) if value.dtype == tf.int64 else value
        for name, value in features.items()
    }


def read(path: str) -> Iterator[bytes]:
    """Yields the records of a TFRecord file.

    Raises:
      FileNotFoundError: There is no such file.
      ValueError: A record is damaged or cut off; the message names it.
    """
    if not tf.io.gfile.exists(path):
        raise FileNotFoundError("The record file %s does not exist." % path)
    count = 0
    try:
        for record in _iterator(path):
            yield record
            count += 1
    except tf.errors.OpError as error:
        raise ValueError(
            "%s: record %d is damaged or cut off (%d are whole before it); build the "
            "file again. TensorFlow says: %s" % (path, count, count, error.message)
        ) from error


def verify(path: str) -> int:
    """Reads a file from end to end and returns its number of records.

    Raises:
      FileNotFoundError: There is no such file.
      ValueError: A record is damaged or cut off; the message names it.
    """
    return sum(1 for _ in read(path))


def first_record_sizes(path: str) -> Dict[str, int]:
    """Returns feature name -> number of values in the first record of a file.

    Raises:
      FileNotFoundError: There is no such file.
      ValueError: It holds no record, or one that is no tf.Example.
    """
    for record in read(path):
        return {name: len(values) for name, values in decode(record).items()}
    raise ValueError("%s holds no record." % path)


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


def _iterator(path: str) -> Iterator[bytes]:
    """Opens the reader that both TensorFlows have, without its farewell notice."""
    verbosity = tf.logging.get_verbosity()
    tf.logging.set_verbosity(tf.logging.ERROR)
    try:
        return tf.io.tf_record_iterator(path)
    finally:
        tf.logging.set_verbosity(verbosity)


def _flush_to_disk(path: str) -> None:
    """Makes sure that a rename cannot survive a power cut that the bytes do not."""
    if "://" in path:
        return
    with open(path, "rb") as stream:
        os.fsync(stream.fileno())


def _dtype(spec: FeatureSpec) -> tf.DType:
    if spec.dtype not in _TYPES:
        raise ValueError(
            "Feature %r has type %r; records hold tf.int64 or tf.float32."
            % (spec.name, spec.dtype)
        )
    return _TYPES[spec.dtype]


def _check_names(batch: Mapping[str, Any], specs: Sequence[FeatureSpec]) -> None:
    known = {spec.name for spec in specs}
    needed = {spec.name for spec in specs if spec.default is None}
    if not (needed <= set(batch) <= known):
        raise ValueError(
            "An example has the features %s, expected %s."
            % (sorted(batch), sorted(known))
        )


def _checked(spec: FeatureSpec, values: Any) -> np.ndarray:
    """Returns one feature of a batch as an array [B, size] of the spec's type."""
    integer = _dtype(spec) == tf.int64
    array = _array(values)
    if array.dtype.kind not in ("biu" if integer else "biuf"):
        raise ValueError(
            "Feature %r holds values of type %s, expected %s numbers of one shape, %s."
            % (spec.name, array.dtype, "whole" if integer else "real", spec.shape)
        )
    if array.shape[1:] != tuple(spec.shape):
        raise ValueError(
            "Feature %r has shape %s, expected %s."
            % (spec.name, array.shape[1:], tuple(spec.shape))
        )
    rows = array.reshape(len(array), spec.size)
    return np.ascontiguousarray(rows, np.int64 if integer else "<f4")


def _array(values: Any) -> np.ndarray:
    try:
        return np.asarray(values)
    except (ValueError, np.VisibleDeprecationWarning):  # Rows of different lengths.
        return np.empty([len(values)], dtype=object)
