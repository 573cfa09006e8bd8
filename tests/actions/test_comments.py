"""Comments: who may say, mend, remove and resolve what, and who is told."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from myplatform.actions.comments import add_comment, edit_comment, remove_comment, resolve_thread, see_mention
from myplatform.actions.sharing import Granted, set_grants
from myplatform.actions.users import create_user
from myplatform.errors import Invalid, Missing, NotAllowed
from myplatform.identity import SYSTEM, Identity, anonymous
from myplatform.models import Change, OwnEntry
from myplatform.permissions import Scope
from myplatform.queries.comments import mentions_waiting, threads_of
from myplatform.queries.identities import identity_of_user
from myplatform.queries.nodes import NodeRow
from tests.conftest import make_node


@pytest.fixture
def page(db: Session, root: NodeRow) -> NodeRow:
    """A page that everybody who is signed in may read, and Ann may edit."""
    node = make_node(db, "/", "page", "Travel policy").node
    for name in ("ann", "ben", "cleo"):
        create_user(db, name=name, display_name=name.title(), by=SYSTEM)
    node, _ = set_grants(
        db, node, [Granted("signed-in", "reader"), Granted("user:ann", "editor")], inherits=True, by=SYSTEM
    )
    return node


def who(db: Session, name: str) -> Identity:
    identity = identity_of_user(db, name, public=False)
    assert identity is not None
    return identity


def test_threads_and_answers_in_order(db: Session, page: NodeRow) -> None:
    ann, ben = who(db, "ann"), who(db, "ben")
    first = add_comment(db, page, " Where are the rates? ", by=ben)
    add_comment(db, page, "Second thread", by=ben)
    add_comment(db, page, "In the annex.", by=ann, thread_id=first.id)
    threads = threads_of(db, page.id)
    assert [thread.first.body for thread in threads] == ["Where are the rates?", "Second thread"]
    assert [(each.body, each.author_name) for each in threads[0].answers] == [("In the annex.", "Ann")]
    assert db.query(Change).filter_by(action="commented", node_id=page.id).count() == 3


def test_what_cannot_be_said(db: Session, page: NodeRow, root: NodeRow) -> None:
    ben = who(db, "ben")
    for body in ("", "  \n", "x" * 10_001, "a\0b"):
        with pytest.raises(Invalid):
            add_comment(db, page, body, by=ben)
    with pytest.raises(NotAllowed):
        add_comment(db, page, "Hello", by=anonymous(public=True))
    other = make_node(db, "/", "page", "Other").node
    elsewhere = add_comment(db, other, "There", by=ben)
    answer = add_comment(db, page, "Answer", by=ben, thread_id=add_comment(db, page, "Here", by=ben).id)
    for thread in (elsewhere.id, answer.id, 999_999):
        with pytest.raises(Missing):
            add_comment(db, page, "Hello", by=ben, thread_id=thread)


def test_a_token_without_the_scope_says_nothing(db: Session, page: NodeRow) -> None:
    from dataclasses import replace

    reading = replace(who(db, "ann"), scopes=frozenset({Scope.READ}))
    with pytest.raises(NotAllowed):
        add_comment(db, page, "Hello", by=reading)


def test_only_the_author_mends_and_editors_may_remove(db: Session, page: NodeRow) -> None:
    ann, ben, cleo = (who(db, name) for name in ("ann", "ben", "cleo"))
    said = add_comment(db, page, "Teh rates", by=ben)
    for other in (ann, cleo):
        with pytest.raises(NotAllowed):
            edit_comment(db, said.id, "mine now", by=other)
    assert edit_comment(db, said.id, "The rates", by=ben).edited_at is not None
    with pytest.raises(NotAllowed):
        remove_comment(db, said.id, by=cleo)
    remove_comment(db, said.id, by=ann)
    assert threads_of(db, page.id) == []


def test_what_has_answers_keeps_its_place_without_its_words(db: Session, page: NodeRow) -> None:
    ben = who(db, "ben")
    first = add_comment(db, page, "A secret @cleo", by=ben)
    add_comment(db, page, "Oh", by=ben, thread_id=first.id)
    remove_comment(db, first.id, by=ben)
    thread = threads_of(db, page.id)[0]
    assert (thread.first.body, len(thread.answers)) == ("", 1)
    assert mentions_waiting(db, who(db, "cleo"), limit=5) == []
    with pytest.raises(Missing):
        edit_comment(db, first.id, "back", by=ben)


def test_threads_are_resolved_by_who_began_them_and_by_editors(db: Session, page: NodeRow) -> None:
    ann, ben, cleo = (who(db, name) for name in ("ann", "ben", "cleo"))
    first = add_comment(db, page, "Wrong year", by=ben)
    with pytest.raises(NotAllowed):
        resolve_thread(db, first.id, by=cleo)
    resolve_thread(db, first.id, by=ann)
    assert threads_of(db, page.id)[0].first.resolved_by == "ann"
    answer = add_comment(db, page, "Still wrong", by=cleo, thread_id=first.id)
    assert threads_of(db, page.id)[0].first.resolved_at is None
    with pytest.raises(Invalid):
        resolve_thread(db, answer.id, by=cleo)


def test_who_is_named_is_told_until_they_saw_it(db: Session, page: NodeRow) -> None:
    people = make_node(db, "/", "people", "People").node
    entry = make_node(db, people.path, "employee", "Cleo Example").node
    ben, cleo = who(db, "ben"), who(db, "cleo")
    db.add(OwnEntry(user_id=cleo.user_id, employee_id=entry.id))
    db.flush()
    said = add_comment(db, page, f"[Cleo](/-/id/{entry.id}) and @ANN. and @ben and mail@ann", by=ben)
    for name in ("ann", "cleo"):
        assert [each.id for each in mentions_waiting(db, who(db, name), limit=5)] == [said.id]
    assert mentions_waiting(db, ben, limit=5) == []
    see_mention(db, said.id, by=cleo)
    assert mentions_waiting(db, cleo, limit=5) == []
    edit_comment(db, said.id, "@cleo @ann again", by=ben)
    assert mentions_waiting(db, cleo, limit=5) == []


def test_nobody_hears_of_what_they_may_not_see(db: Session, page: NodeRow) -> None:
    ben, cleo = who(db, "ben"), who(db, "cleo")
    said = add_comment(db, page, "@cleo look", by=ben)
    set_grants(db, page, [Granted("user:ben", "manager")], inherits=False, by=SYSTEM)
    assert mentions_waiting(db, cleo, limit=5) == []
    for act in (lambda: edit_comment(db, said.id, "x", by=cleo), lambda: remove_comment(db, said.id, by=cleo)):
        with pytest.raises(Missing):
            act()
