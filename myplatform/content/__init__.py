"""The built-in kinds, each made exactly as a plug-in makes its own."""

from pyramid.config import Configurator

from .file import File
from .folder import Folder
from .page import Page
from .people import Employee, People

BUILT_IN = (Folder, Page, File, People, Employee)


def includeme(config: Configurator) -> None:
    """Add the built-in kinds."""
    for kind in BUILT_IN:
        config.add_kind(kind)
