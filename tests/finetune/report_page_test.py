"""Tests for finetune.report_page."""

import base64
import html.parser
import os
import re

from absl.testing import parameterized
import tensorflow.compat.v1 as tf

from finetune import report_page

PATHS = report_page.Paths("results/rte_trials", "trial_1_dev")


def page(*blocks):
    return report_page.Page("rte", [report_page.Section("Part", blocks)])


class Reader(html.parser.HTMLParser):
    """Checks that tags are closed in order; keeps the text and the addresses."""

    def __init__(self, content):
        super().__init__()
        self.open, self.text, self.tags = [], [], []
        self.addresses, self.descriptions = [], []
        self.feed(content)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href")]
        self.descriptions += [value for name, value in attrs if name == "alt"]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        last = self.open.pop()
        if last != tag:
            raise ValueError("<%s> is closed by </%s>" % (last, tag))

    def handle_data(self, data):
        if self.open and self.open[-1] != "style" and data.strip():
            self.text.append(data)


class PathsTest(tf.test.TestCase):
    def test_files_of_a_page(self):
        self.assertEqual(PATHS.file("md"), "results/rte_trials/trial_1_dev.md")
        self.assertEqual(
            PATHS.picture("confusion"), "results/rte_trials/trial_1_dev_confusion.png"
        )

    def test_paths_follow_from_those_of_the_json(self):
        self.assertEqual(
            report_page.paths_of("results/rte_trials/trial_1_dev.json"), PATHS
        )

    def test_json_in_the_working_folder(self):
        paths = report_page.paths_of("trial_1_dev.json")
        self.assertEqual(paths.file("html"), "trial_1_dev.html")

    def test_other_file_is_refused(self):
        with self.assertRaisesRegex(ValueError, r"Expected a \.json file, got a\.md"):
            report_page.paths_of("a.md")


class MarkdownTest(tf.test.TestCase, parameterized.TestCase):
    def test_whole_page(self):
        table = report_page.Table(["class", "f1"], [["好", "1.00"], ["bad", "0.50"]])
        picture = report_page.Picture("confusion", "Who was who", b"")
        self.assertEqual(
            report_page.markdown(page(table, picture, "Some *text*."), PATHS),
            "\n".join(
                [
                    "# rte",
                    "",
                    "## Part",
                    "",
                    "| class | f1   |",
                    "|-------|------|",
                    "| 好     | 1.00 |",
                    "| bad   | 0.50 |",
                    "",
                    "![Who was who](trial_1_dev_confusion.png)",
                    "",
                    r"Some \*text\*.",
                    "",
                ]
            ),
        )

    def test_section_without_blocks_is_left_out(self):
        self.assertEqual(report_page.markdown(page(), PATHS), "# rte\n")

    def test_address_of_a_picture_has_no_blanks(self):
        paths = report_page.Paths("", "my task")
        text = report_page.markdown(page(report_page.Picture("a", "b", b"")), paths)
        self.assertIn("![b](my%20task_a.png)", text)

    def test_long_text_is_cut_and_that_is_said(self):
        limit = report_page.MARKDOWN_CELL
        rows = [["字" * limit], ["b" * (limit + 1)]]
        text = report_page.markdown(page(report_page.Table(["t"], rows)), PATHS)
        self.assertIn("字" * limit, text)
        self.assertIn("b" * (limit - 1) + "… |", text)
        self.assertEndsWith(
            text, "Texts are cut after 300 characters; the JSON has them whole.\n"
        )

    def test_nothing_is_said_where_nothing_is_cut(self):
        rows = [["字" * report_page.MARKDOWN_CELL]]
        text = report_page.markdown(page(report_page.Table(["t"], rows)), PATHS)
        self.assertNotIn("cut after", text)

    @parameterized.parameters(
        ("a|b", r"a\|b"),
        ("a\\|b", r"a\\\|b"),
        ("two\r\nlines", "two lines"),
        ("<b>", r"\<b\>"),
        ("`x` *y* [z] ~w~ $v$", r"\`x\` \*y\* \[z\] \~w\~ \$v\$"),
        ("not_entailment", "not_entailment"),
        ("_x_", r"\_x\_"),
        ("AT&T &amp; &#65;", r"AT&T \&amp; \&#65;"),
        ("是“的”", "是“的”"),
    )
    def test_text_is_not_taken_for_markup(self, text, expected):
        self.assertEqual(report_page.escape(text), expected)


class HtmlTest(tf.test.TestCase):
    def test_text_is_escaped_everywhere(self):
        bad = "<script>\"&'</script>"
        table = report_page.Table([bad], [[bad]])
        picture = report_page.Picture("p", bad, b"")
        section = report_page.Section(bad, [table, bad, picture])
        reader = Reader(report_page.to_html(report_page.Page(bad, [section])))
        self.assertNotIn("script", reader.tags)
        self.assertEqual(reader.text, [bad] * 6)  # title, h1, h2, th, td, p
        self.assertEqual(reader.descriptions, [bad])

    def test_tags_are_closed(self):
        table = report_page.Table(["a"], [["1"], ["x" * 4000]], (0,))
        picture = report_page.Picture("p", "d", b"x")
        reader = Reader(report_page.to_html(page("text", table, picture)))
        self.assertEmpty(reader.open)

    def test_pictures_are_inside_and_nothing_is_fetched(self):
        picture = report_page.Picture("p", "What it shows", b"\x89PNG\xff")
        content = report_page.to_html(page(picture))
        (address,) = Reader(content).addresses
        prefix = "data:image/png;base64,"
        self.assertStartsWith(address, prefix)
        self.assertEqual(base64.b64decode(address[len(prefix) :]), b"\x89PNG\xff")
        self.assertNotRegex(content, r"https?:|@import|url\(|<link|<script")

    def test_numbers_are_marked(self):
        table = report_page.Table(["text", "f1"], [["12", "1.00"]], (1,))
        content = report_page.to_html(page(table))
        self.assertIn('<td>12</td><td class="number">1.00</td>', content)

    def test_words_of_long_cells_alone_may_be_broken(self):
        rows = [["5733be284776f41900661182", "a" * 41]]
        content = report_page.to_html(page(report_page.Table(["id", "text"], rows)))
        self.assertIn("<td>5733be284776f41900661182</td>", content)
        self.assertIn('<td class="long">aaa', content)
        (style,) = re.findall("<style>(.*)</style>", content, re.DOTALL)
        self.assertEqual(re.findall(r"(\S+) {[^}]*: anywhere", style), [".long"])

    def test_lines_of_a_text_are_kept(self):
        table = report_page.Table(["t"], [["第一行\n第二行"]])
        self.assertIn("<td>第一行\n第二行</td>", report_page.to_html(page(table)))

    def test_characters_are_declared_as_utf8(self):
        self.assertRegex(report_page.to_html(page()), r"<head>\s*<meta charset=.utf-8")

    def test_very_long_text_is_cut_and_that_is_said(self):
        rows = [["x" * (report_page.HTML_CELL + 1)]]
        reader = Reader(report_page.to_html(page(report_page.Table(["t"], rows))))
        self.assertLen(reader.text[-2], report_page.HTML_CELL)
        self.assertRegex(reader.text[-1], "^Texts are cut after 3000 characters")

    def test_control_characters_are_replaced(self):
        found = report_page.printable("a\x00b\x1bc\td\r\ne\ud800")
        self.assertEqual(found, "a\ufffdb\ufffdc\td\r\ne?")


class WriteTest(tf.test.TestCase):
    def test_markdown_html_and_picture_are_written(self):
        folder = self.get_temp_dir()
        paths = report_page.Paths(os.path.join(folder, "new"), "trial_1_dev")
        picture = report_page.Picture("confusion", "d", b"content")
        written = report_page.write(paths, page(picture, "字"))
        self.assertEqual(
            written, [paths.file("md"), paths.file("html"), paths.picture("confusion")]
        )
        with open(paths.picture("confusion"), "rb") as stream:
            self.assertEqual(stream.read(), b"content")
        with open(paths.file("md"), encoding="utf-8") as stream:
            (name,) = re.findall(r"\]\((.*)\)", stream.read())
        self.assertTrue(os.path.exists(os.path.join(paths.folder, name)))
        with open(paths.file("html"), encoding="utf-8") as stream:
            self.assertIn("<p>字</p>", stream.read())


if __name__ == "__main__":
    tf.test.main()
