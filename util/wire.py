"""The bytes of a tf.Example message, for many examples at a time.

A tf.Example is a map from names to lists of numbers, in protobuf's encoding:
Example.features (1) > Features.feature (1), a map entry of key (1) and value (2)
> Feature.float_list (2) or .int64_list (3) > packed values (1). Every message is
preceded by its field's tag and its length; integers are varints, 7 bits a byte.
"""

import functools
from typing import List, Sequence

import numpy as np

_FIRST = b"\x0a"  # Tag of field 1, whose value has a length: (1 << 3) | 2.
_SECOND = b"\x12"
_THIRD = b"\x1a"


def example(entries: Sequence[bytes]) -> bytes:
    """Joins the features of one example into its message."""
    return _field(_FIRST, b"".join(entries))


def feature_entries(name: str, values: np.ndarray) -> List[bytes]:
    """Encodes one feature of B examples.

    Args:
      name: Its key.
      values: int64 or little-endian float32 array, [B, size].

    Returns:
      B byte strings: the same map entry of each example.

    Raises:
      ValueError: An integer needs more than 32 bits.
    """
    if values.dtype.kind == "f":
        kind, payloads = _SECOND, [row.tobytes() for row in values]
    else:
        kind, payloads = _THIRD, _int_payloads(name, values)
    return [_head(name, kind, len(payload)) + payload for payload in payloads]


@functools.lru_cache(maxsize=4096)
def _head(name: str, kind: bytes, payload_size: int) -> bytes:
    """Returns all that precedes the packed values."""
    payload = bytes(payload_size)
    numbers = _field(_FIRST, payload) if payload else b""
    key = _field(_FIRST, name.encode("utf-8"))
    entry = _field(_FIRST, key + _field(_SECOND, _field(kind, numbers)))
    return entry[: len(entry) - payload_size]


def _field(tag: bytes, content: bytes) -> bytes:
    return tag + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    groups, rest = [], number % (1 << 64)  # A negative number means 2^64 + number.
    while rest > 127:
        groups.append(rest & 127 | 128)
        rest >>= 7
    return bytes(groups + [rest])


def _int_payloads(name: str, values: np.ndarray) -> List[bytes]:
    """Encodes [B, size] integers as B strings of varints."""
    if not values.size:
        return [b""] * len(values)
    largest = values.view(np.uint64).max()  # A negative number looks very large.
    if largest < 128:
        return [row.tobytes() for row in values.astype(np.uint8)]
    if largest >= _TABLE_SIZE:
        _check_range(name, values)
        return [b"".join(map(_varint, row)) for row in values.tolist()]
    lengths = _LENGTHS[values]  # [B, size]
    groups = _VARINTS[values].view(np.uint8).reshape(values.shape + (4,))
    encoded = groups[_PLACES < lengths[:, :, None]].tobytes()
    bounds = [0] + lengths.sum(axis=1, dtype=np.int64).cumsum().tolist()
    return [encoded[start:end] for start, end in zip(bounds, bounds[1:])]


def _check_range(name: str, values: np.ndarray) -> None:
    limits = np.iinfo(np.int32)
    if values.min() < limits.min or values.max() > limits.max:
        raise ValueError(
            "Feature %r holds values from %d to %d, expected 32-bit integers."
            % (name, values.min(), values.max())
        )


# The varints of all token ids and the like: three groups of 7 bits, lowest first,
# in the bytes of a little-endian number, and how many of them count.
_TABLE_SIZE = 1 << 17
_PLACES = np.arange(4, dtype=np.uint8)
_numbers = np.arange(_TABLE_SIZE, dtype="<u4")
_LENGTHS = (1 + (_numbers >= 1 << 7) + (_numbers >= 1 << 14)).astype(np.uint8)
_VARINTS = (
    (_numbers & 127 | np.where(_LENGTHS > 1, 128, 0))
    | (_numbers >> 7 & 127 | np.where(_LENGTHS > 2, 128, 0)) << 8
    | _numbers >> 14 << 16
).astype("<u4")
