"""What makes our templates quick: few of Jinja2's steps for each call, and each import once a rendering.

Both keep to what Jinja2 documents of contexts and modules; with either left out pages are the same, only slower.
"""

from __future__ import annotations

from functools import _lru_cache_wrapper, partial
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from jinja2 import Environment, Template
from jinja2.runtime import Context, Macro

IMPORTED = "imported_parts"
"""The name of the dictionary in which a rendering keeps what its templates import with context."""

_PLAIN = frozenset({FunctionType, MethodType, BuiltinFunctionType, partial, _lru_cache_wrapper})


class PageContext(Context):
    """A context that calls functions and macros without asking each time what kind of callable they are."""

    def call(self, called: Any, /, *arguments: Any, **named: Any) -> Any:
        """Call what a template calls; what wants the context, or is of another kind, goes Jinja2's own way."""
        kind = called.__class__
        if kind is Macro:
            arguments = (self.eval_ctx, *arguments)
        elif kind not in _PLAIN or hasattr(called, "jinja_pass_arg"):
            return super().call(called, *arguments, **named)
        if named:
            named.pop("_block_vars", None)
            named.pop("_loop_vars", None)
        return called(*arguments, **named)


class PageTemplate(Template):
    """A template that is run once a rendering, however many others of the rendering import it with context."""

    def make_module(self, vars: Any = None, shared: bool = False, locals: Any = None) -> Any:  # noqa: A002
        """The module with its macros. All importers have the same context, so all get the same module."""
        kept = vars.get(IMPORTED) if vars else None
        if kept is None:
            return super().make_module(vars, shared, locals)
        module = kept.get(self.name)
        if module is None:
            module = kept[self.name] = super().make_module(vars, shared, locals)
        return module


def quicken(environment: Environment) -> None:
    """Let the environment's templates be of these classes; before any is loaded."""
    environment.context_class = PageContext
    environment.template_class = PageTemplate
