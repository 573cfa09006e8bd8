"""Browsers without JavaScript in which somebody is signed in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from webtest import Form, TestApp, TestResponse

from tests.conftest import Site

SignIn = Callable[[str], TestApp]


@pytest.fixture
def sign_in(site: Site) -> SignIn:
    """Makes a browser in which the user is signed in: `sign_in("ada")`."""
    return site.signed_in


@pytest.fixture
def ada(site: Site, sign_in: SignIn) -> TestApp:
    """The browser of an administrator."""
    site.user("ada", is_admin=True)
    return sign_in("ada")


@pytest.fixture
def bob(site: Site, sign_in: SignIn) -> TestApp:
    """The browser of an ordinary user; everybody who is signed in may read the whole site."""
    site.user("bob")
    site.grant("/", ("signed-in", "reader"))
    return sign_in("bob")


@pytest.fixture
def eve(site: Site, sign_in: SignIn) -> TestApp:
    """The browser of somebody else who may edit."""
    site.user("eve")
    site.grant("/", ("user:eve", "editor"))
    return sign_in("eve")


def form_to(view: str, page: TestResponse) -> Form:
    """The page's form that is sent to an address ending in `view`."""
    return next(form for form in page.forms.values() if form.action.partition("?")[0].endswith(view))
