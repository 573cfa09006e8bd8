"""A page with every part of the interface in every state; only where templates are reloaded, that is in development."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pyramid.config import Configurator
from pyramid.renderers import render as render_template
from pyramid.request import Request

from ..assets import manifest
from ..blocks.drawing import Bar
from ..kinds import kind_named
from ..markup import Heading, Rendered, render
from ..models import utc_now
from ..permissions import Permission
from . import style_samples as samples
from .frame import breadcrumbs
from .jobs import STATE_WORDS
from .rendering import icons_of
from .roles import ROLE_FOR, role_choices
from .showing import new_kinds

TEXT = """## A heading

Words with a [link](#), [one that leaves the site](https://example.org), `code`, **weight** and a <mark>marked</mark>
part. Reading text has sixteen pixels and lines of at most seventy-two characters, because longer ones tire the eye.[^1]

- One
- Two
  - Nested
- [x] Done

> Quoted.

```warning Mind this
A call-out with *Markdown* in it.
```

```python
def days(years: int) -> int:
    return 28 if years < 5 else 30  # a year
```

| Name | Age |
|------|----:|
| Ada  | 36  |

```chart
```

```number
```

هذا نص عربي يقرأ من اليمين إلى اليسار.

[^1]: On its way back.
"""

SAMPLES = {
    "chart": {"bars": [Bar("Finance", "12", 100.0), Bar("Sales", "6", 50.0)], "title": "People", "type": "bars"},
    "number": {"title": "people work here", "value": "107"},
}


def sample_text(request: Request) -> Rendered:
    """What a text can hold, with blocks that show made-up figures."""

    def block(name: str, _source: str, _headings: tuple[Heading, ...]) -> str | None:
        if name not in SAMPLES:
            return None
        return render_template(f"blocks/{name}.jinja2", {"description": "", **SAMPLES[name]}, request=request)

    return render(TEXT, lambda _target, _is_image: None, block=block, icon=icons_of(request))


def style(request: Request) -> dict[str, Any]:
    """What the style page shows."""
    made = {**samples.places(), **samples.people(), **samples.talking(), **samples.files(), **samples.writing()}
    return {
        **made,
        "now": utc_now() - dt.timedelta(hours=3),
        "icons": manifest()["icons"],
        "breadcrumbs": breadcrumbs(request, "Style"),
        "text": sample_text(request),
        "effect": samples.effect(),
        "found": samples.found(),
        "seer": samples.seen_as(request.identity),
        "may": {"edit", "trash", "share", "add"},
        "new_kinds": [each for each in new_kinds(kind_named("folder")) if not each["is_upload"]],
        "names": {"ada": "Ada Example"},
        "is_followed": False,
        "jobs": samples.jobs(),
        "title_of": lambda job: job.title,
        "state_words": STATE_WORDS,
        "next": None,
        "roles": role_choices(),
        "role_for": ROLE_FOR,
        "everybody": [],
        "everybody_json": "[]",
        "suggestions": [],
    }


def includeme(config: Configurator) -> None:
    """The page at /-/style."""
    config.add_route("style", "/-/style")
    config.add_view(
        style, route_name="style", request_method="GET", permission=Permission.SIGNED_IN, renderer="style.jinja2"
    )
