"""Answers that several operations share, as the description of the API names them."""

from __future__ import annotations

from dataclasses import replace

from .operations import Answer

ETAG = {"ETag": "Stands for this version at this address: send it as If-Match to change exactly it."}
NODE = Answer("The node.", "Node", headers=ETAG)
NOT_MODIFIED = Answer("What the caller has, by If-None-Match, is what there is.", None, headers=ETAG)
NO_CONTENT = Answer("Done.", None)


def made(answer: Answer) -> Answer:
    """The answer of something new, which says where it is."""
    return replace(answer, description="It was made.", headers={**answer.headers, "Location": "Its address."})


def page(schema: str) -> Answer:
    """One page of a collection of things of this schema."""
    return Answer("One page of the collection.", f"{schema}Page")
