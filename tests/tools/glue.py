"""A small GLUE to install from, shared by the tests of the tools."""

import io
import os
import tempfile
import zipfile

import tensorflow.compat.v1 as tf

from tools import download_glue, glue_files, glue_sources

COLA = {
    "train.tsv": b"s\t1\t\tA.\ns\t0\t\tB.\n",
    "dev.tsv": b"s\t1\t\tC.",
    "test.tsv": b"index\tsentence\n0\tD.\n",
}


def zipped(members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def small_cola(archive=b"", rows=((2,), (1,), (1,))):
    """CoLA with the row counts and the checksum of a small archive."""
    task = glue_files.TASKS["cola"]
    files = tuple(file._replace(rows=count) for file, count in zip(task.files, rows))
    published = task.archives[0]._replace(sha256=glue_files.sha256(archive))
    return task._replace(files=files, archives=(published,))


class InstallTestCase(tf.test.TestCase):
    def setUp(self):
        super().setUp()
        self.source = tempfile.mkdtemp(dir=self.get_temp_dir())
        self.target = tempfile.mkdtemp(dir=self.get_temp_dir())

    def put(self, folder, contents):
        os.makedirs(os.path.join(self.source, folder), exist_ok=True)
        for name, content in contents.items():
            with open(os.path.join(self.source, folder, name), "wb") as stream:
                stream.write(content)

    def install(self, task, source=None, **options):
        source = source or glue_sources.FolderSource(self.source, task)
        return download_glue.install(task, source, self.target, **options)

    def installed(self, name):
        folder = os.path.join(self.target, name)
        if not os.path.isdir(folder):
            return {}
        found = {}
        for file_name in os.listdir(folder):
            with open(os.path.join(folder, file_name), "rb") as stream:
                found[file_name] = stream.read()
        return found
