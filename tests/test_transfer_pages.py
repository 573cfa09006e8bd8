"""Folders of Markdown become subtrees, again without change, whatever is in them."""

import pytest
from sqlalchemy import select

from myplatform.actions.arrangement import move_node
from myplatform.actions.content import edit_node
from myplatform.actions.files import Limits
from myplatform.actions.sharing import Granted, set_grants
from myplatform.errors import Invalid, NotAllowed
from myplatform.identity import SYSTEM
from myplatform.models import Node
from myplatform.queries.nodes import entry_of, find_by_path, node_by_path, redirect_target
from myplatform.start import MANUALS
from myplatform.transfer.documents import document_from
from myplatform.transfer.pages import import_pages
from myplatform.transfer.report import Remark
from tests.conftest import count_of_changes, make_node, somebody

LIMITS = Limits(size=1_000, pixels=1_000_000)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@pytest.fixture
def folder(tmp_path):
    """Writes files into a folder: text, or bytes."""

    def write(**contents):
        top = tmp_path / "in"
        top.mkdir(exist_ok=True)
        for name, content in contents.pop("files", {}).items():
            path = top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return top

    return write


@pytest.fixture
def bring(db, root, files, folder):
    """Imports files given by name to /book and returns the report."""

    def run(contents, path="/book", by=SYSTEM, limits=LIMITS):
        return import_pages(db, files, folder(files=contents), path, by=by, limits=limits)

    return run


def node(db, path):
    return entry_of(db, node_by_path(db, path))


def body(db, path):
    return node(db, path).values["body"]


def link(db, path):
    return f"/-/id/{node_by_path(db, path).id}"


BOOK = {
    "index.md": "# The book\n\n[One](one.md)\n",
    "one.md": "---\ntitle: First page\nkeywords: [a, b]\n---\n\nSee [two](sub/two.md#part) and ![pic](_img/p.png).\n",
    "sub/README.md": "---\ntitle: Deeper\n---\n[up](../index.md) [self](README.md)\n",
    "sub/two.md": "[one](../one.md?x=1 'T') [img](/_img/p.png) [gone](nowhere.md)\n\n[abs](/one/) [out](https://example.org)\n",
    "_img/p.png": PIXEL,
    "notes.txt": "words",
    ".git/config": "hidden",
}


def test_a_folder_becomes_a_subtree_with_permalinks(db, bring):
    report = bring(BOOK)
    assert report.created == ["/book", "/book/one", "/book/img", "/book/img/p.png", "/book/sub", "/book/sub/two",
                              "/book/notes.txt"]  # fmt: skip
    assert node(db, "/book").node.title == "The book"
    assert body(db, "/book") == f"[One]({link(db, '/book/one')})\n"
    page = node(db, "/book/one")
    assert (page.node.title, page.values["keywords"], page.node.version) == ("First page", "a, b", 1)
    assert page.values["body"] == (
        f"See [two]({link(db, '/book/sub/two')}#part) and ![pic]({link(db, '/book/img/p.png')}).\n"
    )
    assert body(db, "/book/sub") == f"[up]({link(db, '/book')}) [self]({link(db, '/book/sub')})\n"
    two = body(db, "/book/sub/two")
    assert f"[one]({link(db, '/book/one')}?x=1 'T') [img]({link(db, '/book/img/p.png')}) [gone](nowhere.md)" in two
    assert f"[abs]({link(db, '/book/one')}) [out](https://example.org)" in two
    assert report.unresolved == [Remark("sub/two.md", 1, "nowhere.md")]
    assert node(db, "/book/img").node.title == "Images"
    assert node(db, "/book/img/p.png").values["width"] == 1


def test_again_changes_nothing_and_writes_no_history(db, bring):
    first = bring(BOOK)
    before = count_of_changes(db)
    again = bring(BOOK)
    assert sorted(again.unchanged) == sorted(first.created)
    assert (again.created, again.changed, again.redirects) == ([], [], [])
    assert again.unresolved == first.unresolved
    assert count_of_changes(db) == before


def test_one_change_is_written_for_each_thing(db, bring):
    before = count_of_changes(db)
    report = bring(BOOK)
    assert count_of_changes(db) - before == len(report.created)


def test_what_differs_is_changed_and_only_that(db, bring):
    bring(BOOK)
    report = bring({**BOOK, "one.md": "New text", "_img/p.png": PIXEL + b"\n", "sub/three.md": "x"})
    assert sorted(report.changed) == ["/book/img/p.png", "/book/one"]
    assert report.created == ["/book/sub/three"]
    assert node(db, "/book/one").values["keywords"] is None
    assert node(db, "/book/one").node.version == 2


def test_links_survive_a_move_afterwards(db, bring):
    bring(BOOK)
    page = node_by_path(db, "/book/one")
    make_node(db, "/", "folder", "Elsewhere")
    move_node(db, page, by=SYSTEM, to=node_by_path(db, "/elsewhere"))
    assert f"/-/id/{page.id}" in body(db, "/book")


def test_old_addresses_redirect_below_the_root_of_the_import(db, bring):
    report = bring(
        {
            "pages/a.md": "---\npermalink: /alpha/\nredirect_from:\n  - /old/a/\n  - /other\n---\n"
            "[b]({% page '/beta' %})",
            "pages/b.md": "---\nredirect_from: /beta/\n---\n[a](/alpha/#x) [c](/c/)",
            "pages/c.md": "---\nredirect_from: /other/\n---\n",
        }
    )
    assert report.unresolved == []
    assert body(db, "/book/pages/a") == f"[b]({link(db, '/book/pages/b')})"
    assert body(db, "/book/pages/b") == f"[a]({link(db, '/book/pages/a')}#x) [c]({link(db, '/book/pages/c')})"
    for old, new in {
        "/book/alpha": "a",
        "/book/old/a": "a",
        "/book/beta": "b",
        "/book/other": "a",
        "/book/c": "c",
    }.items():
        found, rest = redirect_target(db, SYSTEM, old)
        assert (found.path, rest) == (f"/book/pages/{new}", "")
    assert [remark.file for remark in report.notes if "claims" in remark.text] == ["pages/c.md"]
    assert bring({}).redirects == []


def test_a_folder_of_images_is_not_taken_for_the_root_of_the_site(db, bring):
    bring({"_img/tools/a.png": PIXEL, "pages/tools/index.md": "x", "pages/b.md": "[t](/tools/)", "pages/c.html": "x"})
    assert body(db, "/book/pages/b") == f"[t]({link(db, '/book/pages/tools')})"
    assert redirect_target(db, SYSTEM, "/book/tools")[0].path == "/book/pages/tools"
    assert redirect_target(db, SYSTEM, "/book/c.html") is None


def test_a_page_beside_a_folder_of_its_name_holds_what_is_in_it(db, bring):
    bring({"slack.md": "[rules](slack/rules.md)", "slack/rules.md": "[up](../slack.md)", "slack/deep/er.md": "x"})
    assert node_by_path(db, "/book/slack").kind == "page"
    assert node_by_path(db, "/book/slack/deep").kind == "page"
    assert body(db, "/book/slack/rules") == f"[up]({link(db, '/book/slack')})"


def test_a_folder_that_speaks_for_itself_stands_beside_a_page_of_its_name(db, bring):
    report = bring({"a.md": "page", "a/index.md": "folder", "a/x.md": "x"})
    assert {node_by_path(db, path).kind for path in ("/book/a", "/book/a-2")} == {"page", "folder"}
    assert len(report.notes) == 1


def test_relative_links_of_sites_with_closing_slashes(db, bring):
    bring({"tools/slack/a.md": "[b](../b/)", "tools/slack/b.md": "[a](../../slack/a/)"})
    assert body(db, "/book/tools/slack/a") == f"[b]({link(db, '/book/tools/slack/b')})"


def test_links_to_what_stands_in_the_tree_already(db, bring):
    make_node(db, "/", "page", "Travel")
    bring({"a.md": "[t](/travel#x) [api](/api/docs) [gone](/-/id/99999)"})
    assert body(db, "/book/a") == f"[t]({link(db, '/travel')}#x) [api](/api/docs) [gone](/-/id/99999)"


def test_absolute_links_that_lead_nowhere_point_below_the_root(db, bring):
    report = bring({"a.md": "---\n---\n\n[x](/benefits/#y)"})
    assert body(db, "/book/a") == "[x](/book/benefits#y)"
    assert report.unresolved == [Remark("a.md", 4, "/benefits/#y")]


def test_fragments_of_other_sites_become_those_of_here(db, bring):
    text = "[a](b.md#what-s-m-and-ie) [b](b.md#exact) [c](b.md#nowhere) [d](b.md?x#twice)"
    report = bring({"a.md": text, "b.md": "## What's M&IE\n\n## Exact\n\n## Twice\n\n## Twice\n"})
    stem = link(db, "/book/b")
    assert body(db, "/book/a") == (f"[a]({stem}#whats-mie) [b]({stem}#exact) [c]({stem}#nowhere) [d]({stem}?x#twice)")
    assert report.notes == [Remark("a.md", 1, "leads to /book/b, which has no heading for #nowhere")]


def test_unknown_tags_and_front_matter_are_reported(db, bring):
    report = bring({"a.md": "---\nsidebar: x\n---\ntext\n{% include 'x' %}"})
    assert report.unknown_tags == [Remark("a.md", 5, "{% include %}")]
    assert dict(report.left_out) == {"sidebar": 1}
    assert "Template tags kept as text (1):" in report.as_text()
    assert report.as_json()["unknown_tags"][0]["line"] == 5


def test_a_page_that_sent_its_readers_elsewhere_says_so(db, bring):
    bring({"a.md": "---\nredirect_to: b.md\n---\n", "b.md": ""})
    assert body(db, "/book/a") == f"This page has moved to [b.md](<{link(db, '/book/b')}>).\n"


def test_files_that_cannot_be_read_hold_up_no_other(db, bring):
    report = bring(
        {
            "good.md": "fine",
            "latin.md": b"one\ntwo \xe9",
            "yaml.md": "---\ntitle: [\n---\n",
            "kind.md": "---\nkind: spaceship\n---\n",
            "employee.md": "---\nkind: employee\n---\n",
            "bidi.md": "a\u202eb",
            "nul.md": "a\x00b",
            "tags.md": "{% raw %}" * 1_001,
            "big.bin": b"x" * 1_001,
            "long.md": "x" * (1 << 20) + "y",
        }
    )
    assert report.created == ["/book", "/book/good"]
    problems = {remark.file: (remark.line, remark.text) for remark in report.problems}
    assert problems["latin.md"] == (2, "is not UTF-8 here; save it as UTF-8")
    assert problems["yaml.md"][0] == 3
    assert "no kind 'spaceship'" in problems["kind.md"][1]
    assert "cannot be kept inside a folder" in problems["employee.md"][1]
    assert "invisible" in problems["bidi.md"][1]
    assert "invisible" in problems["nul.md"][1]
    assert "larger than the 1,000 bytes" in problems["big.bin"][1]
    assert "at most" in problems["long.md"][1]
    assert "more than 1,000 template tags" in problems["tags.md"][1]


def test_byte_order_marks_and_windows_line_ends(db, bring):
    bring({"a.md": b"\xef\xbb\xbf---\r\ntitle: T\r\n---\r\n\r\nx\r\ny\r\n"})
    assert (node(db, "/book/a").node.title, body(db, "/book/a")) == ("T", "x\ny\n")


def test_names_become_readable_slugs_and_titles(db, bring):
    bring({"travel-and-leave/3. Größe & so.md": "x", "con/CON.md": "x", "Ünïcode file.PDF": "x", "目次.md": "x"})
    paths = set(db.execute(select(Node.path).where(Node.path.startswith("/book/"))).scalars())
    assert paths == {
        "/book/travel-and-leave", "/book/travel-and-leave/3-größe-so", "/book/con", "/book/con/con",
        "/book/Ünïcode-file.PDF", "/book/目次",
    }  # fmt: skip
    assert node(db, "/book/travel-and-leave").node.title == "Travel and leave"
    assert node(db, "/book/Ünïcode-file.PDF").node.title == "Ünïcode file.PDF"


def test_a_different_thing_at_an_address_is_left_alone_with_what_would_be_in_it(db, bring):
    make_node(db, "/", "folder", "Book")
    make_node(db, "/book", "page", "Sub", body="mine")
    report = bring({"sub/index.md": "x", "sub/deeper/x.md": "x", "y.md": "[x](sub/deeper/x.md)"})
    assert body(db, "/book/sub") == "mine"
    assert [remark.file for remark in report.problems] == ["sub/index.md", "sub/deeper", "sub/deeper/x.md"]
    assert report.unresolved == [Remark("y.md", 1, "sub/deeper/x.md")]


def test_links_on_disk_are_not_followed(db, bring, folder):
    folder(files={"a.md": "x"}).joinpath("evil.txt").symlink_to("/etc/passwd")
    report = bring({})
    assert find_by_path(db, "/book/evil.txt") is None
    assert report.problems[0].file == "evil.txt"


def test_folders_on_the_way_are_made(db, bring):
    report = bring({"a.md": "x"}, path="/x/y/z")
    assert report.created == ["/x", "/x/y", "/x/y/z", "/x/y/z/a"]


def test_into_the_root(db, bring):
    report = bring({"api.md": "x", "index.md": "---\ntitle: Start\n---\nhi"}, path="/")
    assert report.created == ["/api-2"]
    assert node(db, "/").node.title == "Start"
    assert bring({}, path="/").changed == []


@pytest.mark.parametrize("path", ["/a b", "/x/@y", "/" + "x" * 101])
def test_paths_that_cannot_be(bring, path):
    with pytest.raises(Invalid):
        bring({"a.md": "x"}, path=path)


def test_nobody_imports_where_they_may_not_write(db, root, bring):
    set_grants(db, root, [Granted("signed-in", "reader")], inherits=False, by=SYSTEM)
    with pytest.raises(NotAllowed):
        bring({"a.md": "x"}, by=somebody("ada"))
    bring({"a.md": "x"})
    with pytest.raises(NotAllowed):
        bring({"a.md": "y"}, by=somebody("ada"))


def test_edits_made_here_are_overwritten_by_the_file_and_kept_in_history(db, bring):
    bring({"a.md": "x"})
    edit_node(db, node_by_path(db, "/book/a"), {"body": "mine"}, by=SYSTEM, expected_version=1)
    assert bring({}).changed == ["/book/a"]
    assert node(db, "/book/a").node.version == 3


def test_the_manual_can_be_imported_without_a_dead_link(db, root, files):
    manual = next(folder for folder in MANUALS if folder.is_dir())
    report = import_pages(db, files, manual, "/help", by=SYSTEM, limits=Limits(1 << 20, 1_000_000))
    assert (report.problems, report.unresolved, report.unknown_tags) == ([], [], [])
    assert len(report.created) >= sum(1 for _ in manual.rglob("*.md"))


def test_a_site_without_a_root_gets_one(db, files, folder):
    report = import_pages(db, files, folder(files={"a.md": "x"}), "/book", by=SYSTEM, limits=LIMITS)
    assert report.created == ["/book", "/book/a"]


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("# Learning C#", "Learning C#"),
        ("# Tables ##", "Tables"),
        ("# Signs \t#  ", "Signs"),
        ("Lines\n=====  ", "Lines"),
    ],
)
def test_a_heading_gives_its_title(heading, title):
    document = document_from(f"\n{heading}\n\nText")
    assert (document.title, document.body) == (title, "Text")
