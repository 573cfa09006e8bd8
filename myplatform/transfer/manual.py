"""The manual that comes with the package, brought to /help by the same import as any other folder."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from ..actions.files import Limits
from ..identity import SYSTEM
from ..parts.files import FileStore
from .pages import import_pages
from .report import Report

HELP_PATH = "/help"
_PACKAGE = Path(__file__).resolve().parent.parent


def manual_folder() -> Path:
    """Where the manual is: inside an installed package, beside the package in a checkout."""
    inside = _PACKAGE / "docs"
    return inside if inside.is_dir() else _PACKAGE.parent / "docs"


def import_help(db: Session, files: FileStore, limits: Limits) -> Report:
    """Bring the manual to /help; whoever calls decides that this is the first start."""
    return import_pages(db, files, manual_folder(), HELP_PATH, by=SYSTEM, limits=limits)
