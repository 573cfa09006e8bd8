"""What is exported is imported again as the very same tree, by whoever may see it."""

import datetime as dt
import io
from pathlib import Path

import pytest

from myplatform.actions.arrangement import add_redirect, move_node
from myplatform.actions.content import create_node, edit_node
from myplatform.actions.files import Limits, Upload, add_file
from myplatform.actions.ordering import order_children
from myplatform.actions.sharing import Granted, set_grants
from myplatform.errors import Invalid, Missing
from myplatform.identity import SYSTEM
from myplatform.kinds import kind_named
from myplatform.queries.nodes import entry_of, node_by_path
from myplatform.transfer.export import export
from myplatform.transfer.frontmatter import split_front_matter
from myplatform.transfer.pages import import_pages
from tests.conftest import count_of_changes, make_node, somebody

LIMITS = Limits(size=1_000_000, pixels=1_000_000)


def put_file(db, files, parent, name, content=b"bytes", **values):
    upload = Upload(io.BytesIO(content), name)
    return add_file(db, files, node_by_path(db, parent), upload, by=SYSTEM, limits=LIMITS, values=values).node


def link(node):
    return f"/-/id/{node.id}"


@pytest.fixture
def tree(db, root, files):
    """A tree with everything in it that could come back different."""
    top = make_node(
        db,
        "/",
        "folder",
        "The Book",
        body="liquid {% page 'x' %} `{% raw %}` [t](one-first) [a](/x/y) [b](gone/)",
        keywords="a, b",
    ).node
    top = move_node(db, top, by=SYSTEM, slug="book")
    one = make_node(db, "/book", "page", "One: “first”", body="# One\n\ntext\n\n").node
    sub = make_node(db, "/book", "folder", "A sub folder").node
    empty = make_node(db, "/book", "folder", "Empty").node
    two = make_node(db, "/book/a-sub-folder", "page", "Two", body="\n\n---\nnot front matter\n---\n").node
    below = make_node(db, two.path, "page", "Below two", body=f"[up]({link(two)}) [out]({link(root)})").node
    picture = put_file(db, files, "/book/a-sub-folder", "A picture (1).png", title="Pretty", about="What it shows")
    markdown = put_file(db, files, "/book", "notes.md", b"# Just a file")
    put_file(db, files, "/book", "INDEX.md", b"not the folder's text")
    put_file(db, files, two.path, "people.csv", b"a,b")
    create_node(db, top, kind_named("page"), {"title": "Odd address"}, by=SYSTEM, slug="Odd~Address")
    create_node(db, top, kind_named("page"), {"title": "Index"}, by=SYSTEM, slug="index")
    create_node(db, top, kind_named("folder"), {"title": "Hidden"}, by=SYSTEM, slug=".hidden")
    links = f"[one]({link(one)}#one) ![p]({link(picture)} 'T') [sub]({link(sub)}?a=1) "
    links += f"[md]({link(markdown)}) <a href='{link(two)}'>x</a>"
    edit_node(db, two, {"body": links}, by=SYSTEM, expected_version=None)
    edit_node(
        db,
        one,
        {"body": f"[e]({link(empty)}) [b]({link(below)}) [self]({link(one)}#x)"},
        by=SYSTEM,
        expected_version=None,
    )
    order_children(db, node_by_path(db, "/book"), [empty.id, one.id], by=SYSTEM)
    add_redirect(db, "/book/old/one", one.id)
    return node_by_path(db, "/book")


@pytest.fixture
def people(db, tree, files):
    """A directory in the tree, with what is hard to say in a table."""
    make_node(db, "/book", "people", "Staff", body="All of us")
    ada = make_node(
        db, "/book/staff", "employee", "Ada Example", email="ada@example.com", age=36, hire_date=dt.date(2020, 1, 31)
    ).node
    twin = make_node(db, "/book/staff", "employee", "Ada Example", department="=1+1", manager=ada.id).node
    make_node(db, "/book/staff", "employee", "Bob “B.” Example", manager=ada.id, phone="+44 1; 2, 3")
    photo = put_file(db, files, twin.path, "me.png")
    edit_node(db, twin, {"photo": photo.id}, by=SYSTEM, expected_version=None)
    one = node_by_path(db, "/book/one-first")
    edit_node(db, one, {"body": f"Ask [Ada]({link(twin)}), ![her]({link(photo)})"}, by=SYSTEM, expected_version=None)
    return node_by_path(db, "/book/staff")


def contents(folder: Path):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def bring(db, files, folder, path):
    return import_pages(db, files, folder, path, by=SYSTEM, limits=LIMITS)


def test_importing_it_over_itself_changes_nothing(db, files, tree, people, tmp_path):
    export(db, files, "/book", tmp_path / "out", by=SYSTEM)
    before = count_of_changes(db)
    report = bring(db, files, tmp_path / "out", "/book")
    assert (report.created, report.changed, report.problems, report.unresolved) == ([], [], [], [])
    assert report.redirects == []
    assert count_of_changes(db) == before


def test_importing_it_elsewhere_gives_the_same_tree(db, files, tree, people, tmp_path):
    first = export(db, files, "/book", tmp_path / "one", by=SYSTEM)
    report = bring(db, files, tmp_path / "one", "/copy")
    assert (report.problems, report.unresolved, report.notes) == ([], [], [])
    assert [path.replace("/copy", "/book", 1) for path in sorted(report.created)] == sorted(first.created)
    export(db, files, "/copy", tmp_path / "two", by=SYSTEM)
    assert contents(tmp_path / "two") == contents(tmp_path / "one")


def test_one_change_for_each_thing_but_photos_and_order(db, files, tree, people, tmp_path):
    export(db, files, "/book", tmp_path / "out", by=SYSTEM)
    before = count_of_changes(db)
    report = bring(db, files, tmp_path / "out", "/copy")
    assert count_of_changes(db) - before == len(report.created) + 2


def test_the_copy_has_the_same_values(db, files, tree, people, tmp_path):
    export(db, files, "/book", tmp_path / "out", by=SYSTEM)
    bring(db, files, tmp_path / "out", "/copy")
    for path in (
        "",
        "/a-sub-folder",
        "/a-sub-folder/A-picture-1.png",
        "/notes.md",
        "/INDEX.md",
        "/Odd~Address",
        "/.hidden",
    ):
        old, new = (entry_of(db, node_by_path(db, stem + path)) for stem in ("/book", "/copy"))
        assert (new.node.title, new.node.kind, new.node.slug) == (
            old.node.title,
            old.node.kind,
            path.rpartition("/")[2] or "copy",
        )
        assert dict(new.values) == dict(old.values)
    twin = entry_of(db, node_by_path(db, "/copy/staff/ada-example-2"))
    assert twin.values["manager"] == node_by_path(db, "/copy/staff/ada-example").id
    assert twin.values["photo"] == node_by_path(db, "/copy/staff/ada-example-2/me.png").id
    assert twin.values["department"] == "=1+1"


def test_what_the_files_look_like(db, files, tree, people, tmp_path):
    out = tmp_path / "out"
    export(db, files, "/book", out, by=SYSTEM)
    assert set(contents(out)) == {
        "index.md", "_INDEX.md", "_index.md", "_.hidden/index.md", "Odd~Address.md", "empty/index.md", "notes.md",
        "one-first.md", "a-sub-folder/index.md", "a-sub-folder/two.md", "a-sub-folder/A-picture-1.png",
        "a-sub-folder/two/below-two.md", "a-sub-folder/two/_people.csv", "staff/index.md", "staff/people.csv",
        "staff/ada-example-2/me.png",
    }  # fmt: skip
    two = split_front_matter((out / "a-sub-folder/two.md").read_text())
    assert two.body == (
        "[one](../one-first.md#one) ![p](A-picture-1.png 'T') [sub](index.md?a=1) "
        "[md](../notes.md) <a href='two.md'>x</a>"
    )
    assert (two.values["title"], two.values["format"]) == ("Two", "myplatform")
    index = split_front_matter((out / "index.md").read_text())
    assert index.body == "liquid {% page 'x' %} `{% raw %}` [t](one-first) [a](/x/y) [b](gone/)"
    assert index.values["order"] == ["empty", "one-first"]
    assert index.values["keywords"] == "a, b"
    assert "'=1+1" in (out / "staff/people.csv").read_text()


def test_links_out_of_the_export_stay_permanent(db, files, tree, root, tmp_path):
    export(db, files, "/book", tmp_path / "out", by=SYSTEM)
    below = (tmp_path / "out/a-sub-folder/two/below-two.md").read_text()
    assert f"[up](../two.md) [out](/-/id/{root.id})" in below


def test_only_what_the_asker_may_see(db, files, tree, root, tmp_path):
    set_grants(db, root, [Granted("signed-in", "reader")], inherits=False, by=SYSTEM)
    set_grants(db, node_by_path(db, "/book/a-sub-folder"), [], inherits=False, by=SYSTEM)
    report = export(db, files, "/book", tmp_path / "out", by=somebody("ada"))
    assert not [path for path in report.created if "a-sub-folder" in path]
    assert not (tmp_path / "out/a-sub-folder").exists()
    with pytest.raises(Missing):
        export(db, files, "/book/a-sub-folder", tmp_path / "none", by=somebody("ada"))


def test_a_folder_that_is_not_empty_or_a_page_is_refused(db, files, tree, tmp_path):
    (tmp_path / "x").write_text("mine")
    with pytest.raises(Invalid, match="not empty"):
        export(db, files, "/book", tmp_path, by=SYSTEM)
    with pytest.raises(Invalid, match="is a page"):
        export(db, files, "/book/one-first", tmp_path / "out", by=SYSTEM)
    with pytest.raises(Missing):
        export(db, files, "/nowhere", tmp_path / "out", by=SYSTEM)


def test_lost_bytes_are_a_problem_in_the_report(db, files, tree, tmp_path):
    sha256 = entry_of(db, node_by_path(db, "/book/notes.md")).values["sha256"]
    files.remove(sha256)
    report = export(db, files, "/book", tmp_path / "out", by=SYSTEM)
    assert [remark.file for remark in report.problems] == ["/book/notes.md"]
