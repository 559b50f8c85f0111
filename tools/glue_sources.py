"""Where GLUE's files come from: the network, or a folder."""

import abc
import io
import os
import re
from typing import Callable, Dict, List, Optional
import urllib.request
import zipfile

from tools import glue_files

Opener = Callable[[str], bytes]
TIMEOUT_SECONDS = 60


class Source(abc.ABC):
    """Gives the files of one task."""

    @abc.abstractmethod
    def get(self, file_name: str) -> Optional[bytes]:
        """Returns a file's content, None if it is not to be had.

        Raises:
          ValueError: What was found is damaged.
        """

    @abc.abstractmethod
    def why(self, file_name: str) -> str:
        """Returns where a missing file was looked for, to be added to a sentence."""

    def digests(self) -> Dict[str, str]:
        """Returns the SHA-256 of everything that was taken, by name."""
        return {}


def fetch(address: str) -> bytes:
    """Downloads a file.

    Raises:
      OSError: It cannot be downloaded.
    """
    with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS) as response:
        return response.read()


class NetworkSource(Source):
    """Downloads archives, trying one host after the other.

    Args:
      task: Whose files.
      mirror: Base address that has the archives too; tried first.
      opener: Downloads an address.
    """

    def __init__(
        self,
        task: glue_files.GlueTask,
        mirror: Optional[str] = None,
        opener: Opener = fetch,
    ):
        self._task = task
        self._mirror = mirror
        self._opener = opener
        self._failures: List[str] = []
        self._digests: Dict[str, str] = {}
        self._files: Optional[Dict[str, bytes]] = None

    def get(self, file_name):
        if self._files is None:
            self._files = self._download()
        return self._files.get(file_name)

    def why(self, file_name):
        return ": %s" % "; ".join(self._failures) if self._failures else ""

    def digests(self):
        return dict(self._digests)

    def _download(self) -> Dict[str, bytes]:
        found = {}
        for archive in self._task.archives:
            content = self._first_sound(archive)
            if content is not None:
                found[archive.name] = content
        return unpack(self._task, found)

    def _first_sound(self, archive: glue_files.Archive) -> Optional[bytes]:
        """Returns an archive from the first host whose copy has the checksum."""
        addresses = list(archive.addresses)
        if self._mirror:
            addresses.insert(0, "%s/%s" % (self._mirror.rstrip("/"), archive.name))
        for address in addresses:
            try:
                content = self._opener(address)
            except (OSError, ValueError) as error:
                self._failures.append("%s: %s" % (address, error))
                continue
            digest = glue_files.sha256(content)
            if digest == archive.sha256:
                self._digests[archive.name] = digest
                return content
            self._failures.append(
                "%s: SHA-256 is %s, published is %s" % (address, digest, archive.sha256)
            )
        return None


class FolderSource(Source):
    """Finds the files in a folder, under any of the names that are in use.

    Args:
      folder: The folder; has a folder or an archive for the task, or its files.
      task: Whose files.
    """

    def __init__(self, folder: str, task: glue_files.GlueTask):
        self._task = task
        self._folders = [
            os.path.join(folder, name)
            for name in (task.folder, task.name)
            if os.path.isdir(os.path.join(folder, name))
        ]
        self._root = folder
        self._made: Optional[Dict[str, bytes]] = None
        self._digests: Dict[str, str] = {}

    def get(self, file_name):
        for path in self._candidates(file_name):
            if os.path.isfile(path):
                return self._read(path)
        if self._made is None:
            self._made = self._unpack_archives()
        return self._made.get(file_name)

    def why(self, file_name):
        return " in %s" % (", ".join(self._folders) or self._root)

    def digests(self):
        return dict(self._digests)

    def _candidates(self, file_name: str) -> List[str]:
        paths = [os.path.join(folder, file_name) for folder in self._folders]
        if file_name == "diagnostic.tsv":
            paths += [
                os.path.join(self._root, name)
                for name in (
                    os.path.join("diagnostic", "diagnostic.tsv"),
                    "diagnostic.tsv",
                    "AX.tsv",
                )
            ]
        return paths

    def _unpack_archives(self) -> Dict[str, bytes]:
        found = {}
        for archive in self._task.archives:
            names = [archive.name]
            if archive is glue_files.MRPC_DEV_IDS:
                names.append("dev_ids.tsv")
            for folder in self._folders + [self._root]:
                for name in names:
                    path = os.path.join(folder, name)
                    if archive.name not in found and os.path.isfile(path):
                        found[archive.name] = self._read(path)
        return unpack(self._task, found)

    def _read(self, path: str) -> bytes:
        with open(path, "rb") as stream:
            content = stream.read()
        self._digests[os.path.basename(path)] = glue_files.sha256(content)
        return content


def unpack(task: glue_files.GlueTask, archives: Dict[str, bytes]) -> Dict[str, bytes]:
    """Returns the task's files that can be made of some archives, by name.

    Raises:
      ValueError: An archive is damaged.
    """
    result: Dict[str, bytes] = {}
    for name, content in archives.items():
        if name.endswith(".zip"):
            result.update(_unzip(task, name, content))
        elif name == glue_files.AX.name:
            result["diagnostic.tsv"] = content
    corpus = (glue_files.MRPC_TRAIN, glue_files.MRPC_TEST, glue_files.MRPC_DEV_IDS)
    if all(part.name in archives for part in corpus):
        result.update(glue_files.split_mrpc(*(archives[part.name] for part in corpus)))
    return result


def _unzip(task: glue_files.GlueTask, name: str, content: bytes) -> Dict[str, bytes]:
    """Returns the wanted members; they lie in a folder at the archive's top."""
    wanted = {file.name for file in task.files}
    result = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                match = re.match(r"^(?:[^/]+/)?([^/]+)$", member)
                if match and match.group(1) in wanted:
                    result[match.group(1)] = archive.read(member)
    except zipfile.BadZipFile as error:
        raise ValueError("%s is damaged: %s" % (name, error)) from error
    return result
