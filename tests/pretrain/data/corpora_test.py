"""Tests for pretrain.data.corpora."""

import io
import os
import tarfile

import tensorflow.compat.v1 as tf

from pretrain.data import corpora, settings
from tests.pretrain.data import fixtures

TEXT = "one\ntwo\n\nthree\n"


class FindTest(fixtures.TestCase):
    def names(self, corpus):
        return [source.name for source in corpora.find(corpus)]

    def test_file(self):
        self.assertEqual(self.names(self.write("a.txt", "x")), ["a.txt"])

    def test_folder_with_sub_folders_and_without_hidden_files(self):
        for name in ("b.txt", "sub/a.txt", ".hidden", ".git/c.txt"):
            self.write(name, "x")
        self.assertEqual(self.names(self.folder), ["b.txt", "sub/a.txt"])

    def test_patterns_with_commas(self):
        for name in ("a.txt", "b.md", "c.txt", "d.log"):
            self.write(name, "x")
        pattern = "%s,%s" % (self.path("*.txt"), self.path("b.md"))
        self.assertEqual(self.names(pattern), ["a.txt", "b.md", "c.txt"])

    def test_empty_files_are_left_out(self):
        self.write("a.txt", "")
        self.write("b.txt", "x")
        self.assertEqual(self.names(self.folder), ["b.txt"])

    def test_only_empty_files_are_an_error(self):
        self.write("a.txt", "")
        with self.assertRaisesRegex(ValueError, "holds 1 files, all of them empty"):
            corpora.find(self.folder)

    def test_empty_folder_is_an_error(self):
        with self.assertRaisesRegex(ValueError, "is a folder without files"):
            corpora.find(self.folder)

    def test_missing_corpus_is_named(self):
        with self.assertRaisesRegex(FileNotFoundError, "nowhere does not exist"):
            corpora.find("nowhere")

    def test_kind_that_cannot_be_read_is_named(self):
        path = self.write("a.parquet", "x")
        with self.assertRaisesRegex(ValueError, "a.parquet cannot be read.*Convert"):
            corpora.find(path)


class ReadTest(fixtures.TestCase):
    def test_documents_end_at_blank_lines(self):
        path = self.write("a.txt", " one \r\ntwo\r\n \t\r\n\r\nthree")
        documents = fixtures.read_documents(path)
        self.assertEqual(documents, [["one", "two"], ["three"]])

    def test_documents_end_with_the_file(self):
        documents = fixtures.read_documents(
            self.write("a.txt", TEXT) and self.folder, documents="file"
        )
        self.assertEqual(documents, [["one", "two", "three"]])

    def test_documents_end_with_the_line(self):
        documents = fixtures.read_documents(self.write("a.txt", TEXT), documents="line")
        self.assertEqual(documents, [["one"], ["two"], ["three"]])

    def test_documents_never_span_files(self):
        self.write("a.txt", "one")
        self.write("b.txt", "two")
        self.assertEqual(fixtures.read_documents(self.folder), [["one"], ["two"]])

    def test_packed_text_reads_like_plain_text(self):
        plain = fixtures.read_documents(self.write("a.txt", TEXT))
        self.assertEqual(fixtures.read_documents(self.write("b.gz", TEXT)), plain)
        self.assertEqual(fixtures.read_documents(self.write("c.txt.xz", TEXT)), plain)

    def test_json_lines(self):
        content = fixtures.json_lines(["one\n\ntwo", "three"])
        expected = [["one", "two"], ["three"]]
        for name in ("a.jsonl", "a.jsonl.gz", "a.jsonl.xz"):
            self.assertEqual(
                fixtures.read_documents(self.write(name, content)), expected
            )

    def test_json_field_has_a_name(self):
        path = self.write("a.jsonl", fixtures.json_lines(["one"], "content"))
        documents = fixtures.read_documents(path, json_field="content")
        self.assertEqual(documents, [["one"]])

    def test_archive_gives_a_document_for_each_member(self):
        members = {"0001-a.txt": "one\n\ntwo\n", "0002-b.txt": "three"}
        for name in ("data.xz", "data.tar.gz", "data.tar"):
            path = self.write_archive(name, members)
            documents = fixtures.read_documents(path, documents="file")
            self.assertEqual(documents, [["one", "two"], ["three"]])

    def test_unsafe_member_names_do_no_harm(self):
        outside = os.path.join(os.path.dirname(self.folder), "evil.txt")
        path = self.write_archive("d.xz", {"../evil.txt": "one", "/evil.txt": "two"})
        self.assertLen(fixtures.read_documents(path, documents="file"), 2)
        self.assertFalse(os.path.exists(outside))

    def test_members_that_are_no_files_are_passed_over(self):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for kind in (tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.FIFOTYPE):
                info = tarfile.TarInfo("x")
                info.type, info.linkname = kind, "/etc/passwd"
                archive.addfile(info)
            info = tarfile.TarInfo("text")
            info.size = 3
            archive.addfile(info, io.BytesIO(b"one"))
        path = self.write("a.xz", buffer.getvalue())
        self.assertEqual(fixtures.read_documents(path), [["one"]])

    def test_truncated_archive_is_named(self):
        path = self.write_archive("a.xz", {"x": "one " * 5000})
        with open(path, "r+b") as stream:
            stream.truncate(os.path.getsize(path) - 40)
        with self.assertRaisesRegex(ValueError, "a.xz is damaged or cut off"):
            fixtures.read_documents(path)

    def test_truncated_gz_is_named(self):
        path = self.write("a.gz", "one two three " * 500)
        with open(path, "r+b") as stream:
            stream.truncate(30)
        with self.assertRaisesRegex(ValueError, "a.gz is damaged or cut off"):
            fixtures.read_documents(path)

    def test_error_inside_an_archive_names_member_and_line(self):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            info = tarfile.TarInfo("7.txt")
            info.size = 5
            archive.addfile(info, io.BytesIO(b"one\n\xff"))
        path = self.write("a.xz", buffer.getvalue())
        with self.assertRaisesRegex(ValueError, "a.xz!7.txt:2: not UTF-8: byte 0xff"):
            fixtures.read_documents(path)

    def test_stripes_share_the_documents(self):
        texts = ["doc %d" % number for number in range(10)]
        path = self.write("a.jsonl.gz", fixtures.json_lines(texts))
        (source,) = corpora.find(path)
        units = [
            corpora.Unit(source, 0, source.size, False, stripe, 3)
            for stripe in range(3)
        ]
        parts = [fixtures.read_documents([unit]) for unit in units]
        self.assertEqual(parts[1], [["doc 1"], ["doc 4"], ["doc 7"]])
        self.assertEqual(sorted(sum(parts, [])), sorted([text] for text in texts))

    def test_documents_are_counted(self):
        (source,) = corpora.find(self.write("a.gz", "\n\none\n\n\ntwo\nmore\n\n"))
        count = corpora.count_documents(source, settings.DataSettings())
        self.assertEqual(count, 2)


if __name__ == "__main__":
    tf.test.main()
