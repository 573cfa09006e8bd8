"""What makes our templates quick: few of Jinja2's steps for each call and value, and each import once a rendering.

All keep to what Jinja2 documents of contexts and modules; with any left out pages are the same, only slower.
"""

from __future__ import annotations

from functools import _lru_cache_wrapper, partial
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType
from typing import Any

from jinja2 import Environment, Template
from jinja2.runtime import Context, Macro
from markupsafe import Markup, escape

IMPORTED = "imported_parts"
"""The name of the dictionary in which a rendering keeps what its templates import with context."""

_PLAIN = frozenset({FunctionType, MethodType, BuiltinFunctionType, partial, _lru_cache_wrapper})


def escaped(value: Any) -> Markup:
    """The value as HTML. Most of what templates write comes from macros, is marked already, and not wrapped again."""
    return value if value.__class__ is Markup else escape(value)


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

    @classmethod
    def from_code(cls, environment: Environment, code: CodeType, globals: Any, uptodate: Any = None) -> Template:  # noqa: A002
        """The template that compiled code makes, as Jinja2 does it, with our `escaped` in the place of its own."""
        module: dict[str, Any] = {"environment": environment, "__file__": code.co_filename}
        exec(code, module)  # noqa: S102 - what Jinja2 compiled of a template
        module["escape"] = escaped
        template = cls.from_module_dict(environment, module, globals)
        template._uptodate = uptodate
        return template

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
