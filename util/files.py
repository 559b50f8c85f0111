"""Files: written whole or not at all, read with errors that say where.

Paths may be local or anything that TensorFlow's file system layer opens (gs://).
"""

import contextlib
import glob
import hashlib
import json
import os
from typing import IO, Any, Iterator, List
import uuid

from util import gfile


def error_at(path: str, line_number: int, message: str) -> ValueError:
    """Returns the error for something wrong at a line of a file.

    Args:
      path: The file.
      line_number: 1 for the first line.
      message: What is wrong, what was expected, what to do.
    """
    return ValueError("%s:%d: %s" % (path, line_number, message))


def write_text(path: str, text: str) -> None:
    """Writes a UTF-8 file so that a reader sees the old text or the new, whole.

    Args:
      path: Where; missing folders are made.
      text: What.
    """
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: str, content: bytes) -> None:
    """Writes a file under another name, then renames it; see `write_text`."""
    try:
        with replacing(path) as stream:
            stream.write(content)
    except OSError as error:
        raise OSError("Cannot write %s: %s" % (path, error)) from error


@contextlib.contextmanager
def replacing(path: str) -> Iterator[IO]:
    """Opens a file of bytes that gets its name when the `with` block is done.

    Where the block ends with an error, an older file of that name stays.

    Args:
      path: Where; missing folders are made.
    """
    folder = os.path.dirname(path)
    if folder:
        gfile.makedirs(folder)
    temporary = "%s.%s.tmp" % (path, uuid.uuid4().hex[:8])
    try:
        with gfile.open(temporary, "wb") as stream:
            yield stream
        gfile.rename(temporary, path)
    except BaseException:
        if gfile.exists(temporary):
            gfile.remove(temporary)
        raise


def remove_unfinished(path: str) -> None:
    """Removes what writers of a file that were killed have left; see `replacing`.

    Args:
      path: The file; nobody may be writing it.
    """
    for unfinished in gfile.glob(glob.escape(path) + ".????????.tmp"):
        gfile.remove(unfinished)


def write_json(path: str, value: Any) -> None:
    """Writes a value as readable JSON with sorted keys; see `write_text`."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
    write_text(path, text + "\n")


def read_json(path: str) -> Any:
    """Reads a JSON file.

    Raises:
      FileNotFoundError: There is no such file.
      ValueError: It is not JSON; the message starts with path:line.
    """
    require_file(path, "JSON file")
    with gfile.open(path, "rb") as stream:
        content = stream.read()
    try:
        return json.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError("%s: not UTF-8 text: %s" % (path, error)) from error
    except json.JSONDecodeError as error:
        raise error_at(path, error.lineno, "not JSON: %s" % error.msg) from error


def sha256(path: str) -> str:
    """Returns the hexadecimal SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with gfile.open(path, "rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def require_file(path: str, what: str) -> str:
    """Returns the path of a file that must exist.

    Args:
      path: The file.
      what: What it is, in words, for the error.

    Raises:
      FileNotFoundError: It does not exist.
      ValueError: It is a folder.
    """
    if gfile.isdir(path):
        raise ValueError("The %s %s is a folder; name the file itself." % (what, path))
    if not gfile.exists(path):
        raise FileNotFoundError("The %s %s does not exist." % (what, path))
    return path


def require_dir(path: str, what: str) -> str:
    """Returns the path of a folder that must exist.

    Raises:
      FileNotFoundError: It does not exist.
      ValueError: It is a file.
    """
    if not gfile.exists(path):
        raise FileNotFoundError("The %s %s does not exist." % (what, path))
    if not gfile.isdir(path):
        raise ValueError("The %s %s is a file; name its folder." % (what, path))
    return path


def list_files(patterns: str) -> List[str]:
    """Returns the files that match, sorted, each once.

    Args:
      patterns: One path or glob pattern, or several with commas between them.
    """
    matches = set()
    for pattern in patterns.split(","):
        if os.path.isfile(pattern):
            matches.add(pattern)
        else:
            matches.update(gfile.glob(pattern))
    return sorted(matches)
