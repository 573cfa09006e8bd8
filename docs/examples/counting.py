"""A plug-in with a job of its own: it counts the pages below a place, and writes the number into that place's text."""

from sqlalchemy import func, select

from myplatform.actions.content import edit_node
from myplatform.languages import mark
from myplatform.models.node import NODES, descendants_of
from myplatform.queries.nodes import node_by_path
from myplatform.queries.visibility import may


def count_pages(job):
    """What `actions.jobs.enqueue(db, "count_pages", {"path": "/handbook"}, by=request.identity)` asks for."""
    with job.step(writes=False) as db:
        place = node_by_path(db, job.arguments["path"])
        below = descendants_of(place.ancestry, place.id)
        count = db.execute(select(func.count()).where(below, NODES.c.kind == "page", may(job.by))).scalar_one()
    job.progress(1, 2, "writing")
    with job.session() as db:
        place = node_by_path(db, job.arguments["path"])
        edit_node(db, place, {"body": f"{count} pages"}, by=job.by, expected_version=None)
        job.result = {"counts": {"nodes": count}}


def includeme(config):
    """`every=dt.timedelta(days=1)` would have the site ask for it by itself."""
    config.add_job("count_pages", count_pages, label=mark("Counting pages"), attempts=3, timeout=600)
