"""Where the files of a task may be."""

import dataclasses
import os
from typing import List, Tuple

from finetune import task as task_lib
from util import gfile


@dataclasses.dataclass(frozen=True)
class Places:
    """Where the files of a task may be.

    Attributes:
      folders: Names that the task's folder may have.
      files: (split, names that its file may have), training first. A name is relative
        to the folder or absolute. A split may be there several times.
      hint: Who has the files, a sentence for the error.
    """

    folders: Tuple[str, ...]
    files: Tuple[Tuple[task_lib.Split, Tuple[str, ...]], ...]
    hint: str = ""

    @property
    def splits(self) -> Tuple[task_lib.Split, ...]:
        return tuple(dict.fromkeys(split for split, _ in self.files))

    def candidates(self, data_dir: str, split: task_lib.Split) -> List[str]:
        """Returns the paths that a split's file may have, likeliest first.

        Args:
          data_dir: Folder that holds one folder per task.
          split: Which of the files; its name tells.
        """
        paths = [
            _join(data_dir, folder, name)
            for folder in self.folders
            for each, names in self.files
            if each.name == split.name
            for name in names
        ]
        return list(dict.fromkeys(paths))

    def has(self, data_dir: str, split: task_lib.Split) -> bool:
        """Whether the file of a split is there."""
        return any(map(gfile.exists, self.candidates(data_dir, split)))

    def find(self, data_dir: str, split: task_lib.Split) -> str:
        """Returns the first file of a split that exists.

        Raises:
          FileNotFoundError: None does; the message lists where it could be.
        """
        candidates = self.candidates(data_dir, split)
        for path in candidates:
            if gfile.exists(path):
                return path
        sentences = [
            "The %s file is missing." % split.name,
            "Looked for: %s." % (", ".join(candidates) or "no file, as none is named"),
            self.hint,
            "raw_data_dir names the folder of the tasks' folders.",
        ]
        raise FileNotFoundError(" ".join(filter(None, sentences)))


def _join(data_dir: str, folder: str, name: str) -> str:
    """Returns the path of a file in a task's folder, or the file's own."""
    if gfile.is_remote(name):
        return name
    path = os.path.join(data_dir, folder, name)
    return path if gfile.is_remote(path) else os.path.normpath(path)
