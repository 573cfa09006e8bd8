"""What every session of the site knows, and what the errors of databases mean."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from myplatform.database import is_unstorable, make_session_factory


def test_sessions_know_the_language_of_search_beside_their_transaction():
    factory = make_session_factory(create_engine("sqlite://"), search_language="german")
    assert factory(info={"tm": None}).info == {"tm": None, "search_language": "german"}
    assert factory().info == {"search_language": "german"}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_an_index_cannot_hold_is_no_busy_database(db):
    digits = "SELECT string_agg(md5(number::text), '') FROM generate_series(1, 500) AS number"
    with pytest.raises(OperationalError) as raised:
        db.execute(text(f"INSERT INTO redirects (path, node_id, created_at) VALUES (({digits}), 1, now())"))
    assert is_unstorable(raised.value)
    assert not is_unstorable(OperationalError("", {}, Exception()))
