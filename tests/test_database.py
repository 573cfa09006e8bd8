"""What every session of the site knows."""

from sqlalchemy import create_engine

from myplatform.database import make_session_factory


def test_sessions_know_the_language_of_search_beside_their_transaction():
    factory = make_session_factory(create_engine("sqlite://"), search_language="german")
    assert factory(info={"tm": None}).info == {"tm": None, "search_language": "german"}
    assert factory().info == {"search_language": "german"}
