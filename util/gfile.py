"""Files by path: Python's own functions for local ones, TensorFlow's for gs://.

TensorFlow takes seconds to import and is asked only where a path needs it. Whatever
goes wrong is an OSError here.
"""

import builtins
import contextlib
import functools
import glob as glob_lib
import os
import shutil
from typing import IO, Any, Callable, Iterator, List


def is_remote(path: str) -> bool:
    """Whether a path is a URL, such as gs://bucket/file."""
    return "://" in path


@contextlib.contextmanager
def open(path: str, mode: str = "rb") -> Iterator[IO]:
    """Opens a file of bytes for a `with` block; mode is "rb", "wb" or "ab"."""
    if not is_remote(path):
        with builtins.open(path, mode) as stream:
            yield stream
        return
    with _os_errors(), _tensorflow().GFile(path, mode) as stream:
        yield stream


def exists(path: str) -> bool:
    return _call("exists", os.path.exists, path)


def isdir(path: str) -> bool:
    return _call("isdir", os.path.isdir, path)


def size(path: str) -> int:
    """Returns the bytes of a file."""
    if is_remote(path):
        return _call("stat", os.stat, path).length
    return os.stat(path).st_size


def listdir(path: str) -> List[str]:
    """Returns the names in a folder, in no order."""
    names = _call("listdir", os.listdir, path)
    return [name.rstrip("/") for name in names]  # Folders of gs:// end with it.


def glob(pattern: str) -> List[str]:
    """Returns the paths that match, sorted."""
    return sorted(_call("glob", glob_lib.glob, pattern))


def makedirs(path: str) -> None:
    """Makes a folder and those above it, where they are missing."""
    _call("makedirs", functools.partial(os.makedirs, exist_ok=True), path)


def rename(source: str, target: str) -> None:
    """Gives a file another name; a file of that name is replaced."""
    if is_remote(source):
        with _os_errors():
            _tensorflow().rename(source, target, overwrite=True)
    else:
        os.replace(source, target)


def copy(source: str, target: str) -> None:
    """Copies a file; one of the target's name is replaced, whole or not at all."""
    temporary = target + ".tmp"
    if is_remote(source):
        with _os_errors():
            _tensorflow().copy(source, temporary, overwrite=True)
    else:
        shutil.copyfile(source, temporary)
    rename(temporary, target)


def remove(path: str) -> None:
    _call("remove", os.remove, path)


def rmtree(path: str) -> None:
    """Removes a folder with everything in it."""
    _call("rmtree", shutil.rmtree, path)


def _tensorflow() -> Any:
    import tensorflow.compat.v1 as tf

    return tf.io.gfile


def _call(name: str, local: Callable[[str], Any], path: str) -> Any:
    if not is_remote(path):
        return local(path)
    with _os_errors():
        return getattr(_tensorflow(), name)(path)


@contextlib.contextmanager
def _os_errors() -> Iterator[None]:
    """Turns what TensorFlow raises about a remote file into an OSError."""
    import tensorflow.compat.v1 as tf

    try:
        yield
    except tf.errors.OpError as error:
        raise OSError(error.message) from error
