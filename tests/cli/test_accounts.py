"""`myplatform user` and `myplatform token`, run as a person runs them on a new site."""

from __future__ import annotations

import pytest
from click.testing import Result

from myplatform import cli
from myplatform.actions.content import ensure_root
from myplatform.actions.sharing import Granted, set_grants
from myplatform.identity import SYSTEM
from myplatform.queries.identities import identity_of_token
from tests.cli.conftest import run
from tests.conftest import make_node

PASSWORD = "correct umbrella seven"
pytestmark = pytest.mark.usefixtures("new_site")


def add(name: str, *options: str, password: str | bytes = PASSWORD + "\n") -> Result:
    """What `user add` answers to a password on standard input."""
    return run("user", "add", name, "--password-stdin", *options, given=password)


def test_users_are_added_listed_and_disabled():
    assert add("ada", "--admin", "--email", "ada@example.com", "--display-name", "Ada Example").exit_code == 0
    added = add("ben")
    assert (added.exit_code, added.stdout) == (0, "")
    assert run("user", "disable", "ben").exit_code == 0
    assert run("user", "list").stdout == (
        "ada\tadmin\tenabled\tada@example.com\tAda Example\nben\tuser\tdisabled\t-\tben\n"
    )


def test_what_is_wrong_with_a_new_user_is_told_at_once():
    result = add("a b", "--email", "nobody", password="short\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert all(word in result.stderr for word in ("name:", "email:", "password:"))
    assert run("user", "list").stdout == ""


@pytest.mark.parametrize("line_end", ["", "\n", "\r\n"])
def test_the_line_end_of_a_password_does_not_belong_to_it(line_end):
    assert add("ada", password=PASSWORD + line_end).exit_code == 0
    program = cli.Program("development.ini")
    with program.session(writes=False) as db:
        from myplatform.actions.passwords import matches
        from myplatform.queries.accounts import user_named

        assert matches(user_named(db, "ada").password_hash, PASSWORD)


def test_a_password_that_is_no_text_is_refused():
    result = add("ada", password=b"\xff" * 20)
    assert (result.exit_code, result.stderr) == (1, "password: is not UTF-8 text\n")


def test_without_a_terminal_a_password_must_come_from_standard_input():
    result = run("user", "add", "ada", given="")
    assert result.exit_code == 2
    assert "--password-stdin" in result.stderr


def test_the_last_administrator_cannot_be_disabled():
    add("ada", "--admin")
    result = run("user", "disable", "ada")
    assert result.exit_code == 1
    assert "last administrator" in result.stderr


def test_a_password_is_changed():
    add("ada")
    assert run("user", "passwd", "ada", "--password-stdin", given="another umbrella eight\n").exit_code == 0
    assert run("user", "passwd", "nobody", "--password-stdin", given=PASSWORD).exit_code == 1


def test_a_token_alone_is_printed_and_works():
    add("ada")
    result = run("token", "add", "ada", "--name", "sync", "--days", "3", "--scope", "read", "--scope", "write")
    assert result.exit_code == 0
    assert "Valid until" in result.stderr
    [secret] = result.stdout.splitlines()
    with cli.Program("development.ini").session(writes=False) as db:
        proof = identity_of_token(db, secret, public=False)
    assert (proof.identity.name, sorted(proof.identity.scopes)) == ("ada", ["read", "write"])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("nobody",), 1),
        (("ada", "--days", "0"), 2),
        (("ada", "--days", "9999"), 1),
        (("ada", "--scope", "root"), 2),
        ((), 2),
    ],
)
def test_a_wrong_token_is_not_made(arguments, code):
    add("ada")
    result = run("token", "add", *arguments)
    assert (result.exit_code, result.stdout) == (code, "")


def test_what_somebody_may_do_is_explained():
    add("ada", "--admin")
    add("ben")
    with cli.Program("development.ini").session() as db:
        ensure_root(db)
        room = make_node(db, "/", "folder", "Room").node
        set_grants(db, room, [Granted("user:ada", "reader")], inherits=False, by=SYSTEM)
    seen = run("explain", "ada", "/room")
    assert seen.exit_code == 0
    assert seen.stdout.startswith("ada may view, add, edit, trash, share, purge at /room\n")
    assert "reader for ada (user:ada) at /room: view" in seen.stdout
    hidden = run("explain", "ben", "/room")
    assert hidden.exit_code == 1
    assert hidden.stdout == "ben may do nothing at /room\n  /room does not inherit from above\n"
    for arguments in (("nobody", "/"), ("ada", "/nowhere")):
        assert run("explain", *arguments).exit_code == 1
