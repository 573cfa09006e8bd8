"""`/metrics`: what was counted and what is, in the format that Prometheus reads."""

from __future__ import annotations

import logging

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config
from sqlalchemy.exc import SQLAlchemyError

from .. import metrics
from ..errors import Missing
from ..languages import gettext as _
from ..operators import is_operator
from ..queries.figures import figures
from .problems import NOTHING_HERE

log = logging.getLogger(__name__)


@view_config(route_name="metrics", request_method="GET", permission=NO_PERMISSION_REQUIRED)
def show_metrics(request: Request) -> Response:
    """All figures; without those of the database where that does not answer. Nothing here for anybody else."""
    if not is_operator(request):
        raise Missing(_(NOTHING_HERE))
    try:
        body = metrics.exposition(request.db)
    except SQLAlchemyError:
        log.warning("The database does not answer; its figures are left out.", exc_info=True)
        body = metrics.exposition(None)
    return Response(body, headerlist=[("Content-Type", metrics.CONTENT_TYPE), ("Cache-Control", "no-store")])


def includeme(config: Configurator) -> None:
    """The route, and the core's own figures."""
    config.add_route("metrics", "/metrics")
    metrics.collect("core", figures)
    config.scan(__name__)
