"""REST for programs, described by OpenAPI: Cornice services over the tree, permissions and actions of the pages."""

from __future__ import annotations

from pyramid.config import Configurator

from . import (
    arranging,
    changes,
    comments,
    content,
    entries,
    files,
    following,
    graphql,
    groups,
    health,
    history,
    items,
    jobs,
    modes,
    notifications,
    openapi,
    operations,
    rendering,
    requests,
    reviews,
    search,
    services,
    sharing,
    system,
    tokens,
    trash,
    users,
)

TREE = (content, items, arranging, history, reviews, sharing, files, following, comments, jobs)
"""Modules whose views have joined the two services of the tree by being imported."""

OWN_SERVICES = (
    search.SEARCH,
    changes.CHANGES,
    changes.UNDO,
    comments.RESOLVED,
    comments.ONE_COMMENT,
    trash.TRASH_LIST,
    users.ME,
    users.USER_LIST,
    users.PASSWORD,
    users.ONE_USER,
    entries.USER_ENTRY,
    entries.OWN_ENTRY,
    groups.GROUP_LIST,
    groups.MEMBER,
    groups.ONE_GROUP,
    tokens.TOKEN_LIST,
    tokens.ONE_TOKEN,
    jobs.JOB_LIST,
    jobs.ONE_JOB,
    jobs.CANCEL,
    jobs.RETRY,
    jobs.CONTENT,
    requests.REQUEST_LIST,
    requests.ONE_REQUEST,
    notifications.NOTIFICATIONS,
    modes.MODE_LIST,
    modes.ONE_MODE,
    system.SYSTEM,
    system.CHECK,
    openapi.OPENAPI,
    health.HEALTH,
    health.READY,
)


def includeme(config: Configurator) -> None:
    """Everything below /api, one subject a line."""
    config.add_settings({"handle_exceptions": False})  # exceptions become answers in one place for the whole site
    config.include("cornice")
    config.include(rendering)
    config.include(operations)
    config.include(services)  # the tree, by path and by id
    for service in OWN_SERVICES:
        config.add_cornice_service(service)
    config.include(openapi)
    config.include(graphql)
