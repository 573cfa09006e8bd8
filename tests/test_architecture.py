"""The house keeps its shape: imports point down, nothing grows too long, nothing is public by accident."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from cornice.service import get_services
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid_jinja2 import IJinja2Environment

import myplatform
from myplatform.permissions import Permission

PACKAGE = Path(myplatform.__file__).parent
TEMPLATES = PACKAGE / "templates"
ARCHITECTURE = PACKAGE.parent / "docs" / "architecture.md"
LONGEST_FUNCTION, LONGEST_MODULE = 40, 300
WEB = {"pyramid", "webob", "cornice", "webtest", "pyramid_jinja2", "pyramid_tm", "pyramid_retry", "waitress"}
NAMELESS = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "tools"}

MAY_IMPORT_NOTHING_OF_OURS = ("errors", "permissions", "collation", "slugs", "alignment", "languages")
NOT_FOR = {
    # what may not be imported by whom, besides what the rules below say
    "queries": ("actions", "resources", "security", "database", "transfer", "cli", "start", "migrating"),
    "actions": ("resources", "security", "database", "transfer", "cli", "start", "migrating"),
    "fields": ("kinds", "values", "queries", "actions"),
    "markup": ("queries", "actions"),
    "graphql": ("actions", "resources", "security", "database", "transfer", "cli", "start", "migrating"),
    "blocks": ("actions", "resources", "security", "database", "transfer", "cli", "start", "migrating"),
    "transfer": ("resources", "security", "cli", "start"),
}
WITHOUT_WEB = (
    "models", "queries", "actions", "fields", "values", "errors", "permissions", "identity", "transfer",
    "blocks", "graphql",
)

PUBLIC_VIEWS = {
    "cornice.pyramidhook:get_fallback_view.<locals>._fallback_view": "405, 406 and 415 of services",
    "myplatform.appearance:logo_png": "the site's logo, for the sign-in page too",
    "myplatform.appearance:theme_css": "colours of the site, for the sign-in page too",
    "myplatform.views.api.health:health": "for the machine that watches the process",
    "myplatform.views.api.health:readiness": "for the machine that balances the load",
    "myplatform.views.measures:show_metrics": "for whoever has the operations token, which it asks for itself",
    "myplatform.views.arrivals:show_arrival": "for whoever wrote its secret into the database",
    "myplatform.views.errors:forbidden": "answers an exception",
    "myplatform.views.errors:http_error": "answers an exception",
    "myplatform.views.errors:not_found": "answers an exception",
    "myplatform.views.errors:refused": "answers an exception",
    "myplatform.views.errors:unexpected": "answers an exception",
    "myplatform.views.links:choose_password": "the secret in the URL is the permission",
    "myplatform.views.links:set_up": "the secret in the URL is the permission",
    "myplatform.views.links:show_password": "the secret in the URL is the permission",
    "myplatform.views.links:show_setup": "the secret in the URL is the permission",
    "myplatform.views.notifications:ask_to_stop": "the secret in the URL is the permission",
    "myplatform.views.notifications:end_mail": "the secret in the URL is the permission",
    "myplatform.views.sign_in:show_sign_in": "one has to get in",
    "myplatform.views.sign_in:sign_in": "one has to get in",
    "myplatform.views.sign_in:sign_out": "an ended session must not keep anybody from signing out",
    "pyramid.httpexceptions:default_exceptionresponse_view": "answers an exception",
    "pyramid.static:static_view": "built files, the same for everybody",
}
"""Reviewed: what anybody may call, signed in or not, and why."""
PUBLIC_SERVICES = {"/healthz", "/readyz"}
SAFE_FILTERS: dict[str, int] = {}
"""Reviewed: how often a template marks something as safe HTML. Views give Markup where HTML is meant."""


@cache
def sources():
    """Every module of the package by its dotted name below it, as (path, tree)."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = (path, ast.parse(path.read_text(encoding="utf-8")))
    return found


def imported(name, path, node):
    """What an import statement names: modules of ours below the package, and others by their full name."""
    if isinstance(node, ast.Import):
        return {each.name for each in node.names}
    if not node.level:
        base = node.module or ""
        return {f"{base}.{each.name}" for each in node.names} if base == "myplatform" else {base}
    above = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    above = [part for part in above if part]
    base = above[: len(above) - (node.level - 1)] + (node.module.split(".") if node.module else [])
    inside = ".".join(base)
    modules = {f"{inside}.{each.name}".lstrip(".") for each in node.names}
    return {f"ours:{each}" if each in sources() else f"ours:{inside}" for each in modules}


@cache
def imports():
    """(module, what it imports, whether inside a function, line) of the whole package."""
    found = []
    for name, (path, tree) in sources().items():
        inside = {
            id(each)
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
            for each in ast.walk(function)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                for named in imported(name, path, node):
                    target = f"ours:{named.removeprefix('myplatform.')}" if named.startswith("myplatform.") else named
                    found.append((name, target, id(node) in inside, f"{path.relative_to(PACKAGE)}:{node.lineno}"))
    return found


def belongs(name, *places):
    return any(name == place or name.startswith(f"{place}.") for place in places)


def ours():
    return [(name, target[5:], where) for name, target, _, where in imports() if target.startswith("ours:")]


def test_the_parser_of_imports_sees_what_is_there():
    seen = {(name, target) for name, target, _ in ours()}
    assert ("actions.content", "queries.nodes") in seen
    assert ("models", "models.node") in seen
    assert ("queries.visibility", "models") in seen
    assert ("", "settings") in seen
    assert len(seen) > 200


def test_models_know_models_only():
    wrong = [where for name, target, where in ours() if belongs(name, "models") and not belongs(target, "models")]
    assert wrong == []


def test_what_everything_builds_on_builds_on_nothing():
    words = "languages"  # a leaf itself: what everything that speaks to people speaks with
    leaves = [
        where for name, target, where in ours() if belongs(name, *MAY_IMPORT_NOTHING_OF_OURS) and target != words
    ]
    assert leaves == []
    assert [w for name, target, w in ours() if belongs(name, "settings") and not belongs(target, "settings")] == []


@pytest.mark.parametrize("who", NOT_FOR)
def test_imports_point_down(who):
    wrong = [where for name, target, where in ours() if belongs(name, who) and belongs(target, *NOT_FOR[who])]
    assert wrong == []


def test_only_views_import_views_and_pages_and_rest_keep_apart():
    for name, target, where in ours():
        if belongs(target, "views"):
            assert belongs(name, "views", "cli"), where  # commands are entry points as the application is
        if belongs(name, "views") and belongs(target, "views"):
            assert belongs(name, "views.api") == belongs(target, "views.api"), where


def test_the_core_knows_nothing_of_the_web():
    wrong = [
        where for name, target, _, where in imports() if belongs(name, *WITHOUT_WEB) and target.split(".")[0] in WEB
    ]
    assert wrong == []


def graph():
    edges = {name: set() for name in sources()}
    for name, target, is_inside, _ in imports():
        if target.startswith("ours:") and not is_inside and target[5:] in edges:
            edges[name].add(target[5:])
    return edges


def reachable(edges, start):
    found, waiting = set(), [start]
    while waiting:
        for target in edges[waiting.pop()] - found:
            found.add(target)
            waiting.append(target)
    return found


def test_no_module_imports_itself_in_a_circle():
    edges = graph()
    assert [name for name in edges if name in reachable(edges, name)] == []


def test_no_import_inside_a_function_dodges_a_circle():
    edges = graph()
    inside = [
        (name, target[5:], where) for name, target, is_inside, where in imports() if is_inside and target[:5] == "ours:"
    ]
    assert [where for name, target, where in inside if target in edges and name in reachable(edges, target)] == []


def is_migration(path):
    """A migration is written once, in the order of its tables, and never read again."""
    return path.parent.name == "versions"


def test_nothing_grows_too_long():
    too_long = []
    for path, tree in sources().values():
        if is_migration(path):
            continue
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LONGEST_MODULE:
            too_long.append(f"{path.relative_to(PACKAGE)}: {lines} lines")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = node.end_lineno - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    too_long.append(f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}: {lines} lines")
    assert too_long == []


def selects_unread(statement: ast.stmt) -> bool:
    """Whether the statement runs a SELECT and reads nothing of its result."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args):
        return False
    if call.func.attr not in ("execute", "scalars"):
        return False
    names = {getattr(each, "attr", getattr(each, "id", "")) for each in ast.walk(call.args[0])}
    root: ast.AST = call.args[0]
    while isinstance(root, ast.Call | ast.Attribute):
        root = root.func if isinstance(root, ast.Call) else root.value
    return "with_for_update" in names or (isinstance(root, ast.Name) and root.id == "select")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("db.execute(select(A.id).where(x))", True),
        ("db.execute(held.with_for_update(read=True))", True),
        ("db.scalars(select(A))", True),
        ("db.execute(held.with_for_update()).all()", False),
        ("db.execute(update(A).where(A.id.in_(select(B.id))))", False),
        ("rows = db.execute(select(A))", False),
    ],
)
def test_a_select_that_nobody_reads_is_recognised(text, found):
    assert selects_unread(ast.parse(text).body[0]) is found


def test_what_is_selected_is_read_to_the_end():
    """On SQLite the rest would keep its connection from writing: `BEGIN IMMEDIATE` fails at once, not waiting."""
    unread = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path, tree in sources().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and selects_unread(node)
    ]
    assert unread == []


def test_modules_say_what_they_are_and_are_named_by_nouns():
    for name, (path, tree) in sources().items():
        if tree.body:
            assert ast.get_docstring(tree), f"{path} has no docstring"
        assert name.rpartition(".")[2] not in NAMELESS


def test_the_manual_names_every_module_and_package_of_the_house():
    house = re.search(r"^myplatform/\n(.*?)^```", ARCHITECTURE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[1]
    named = set(re.findall(r"(?<![\w/*`])([a-z_]+(?:\.py|/))(?![\w*])", house))
    there = {path.name for path in PACKAGE.glob("*.py")} | {f"{path.parent.name}/" for path in PACKAGE.glob("*/*")}
    assert named == there - {"__pycache__/"} | {"__init__.py"}


one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def views_of(site):
    """Every registered view as (name, its permissions)."""
    for item in site.registry.introspector.get_category("views"):
        view = item["introspectable"]
        callable_ = view["callable"]
        name = f"{callable_.__module__}:{getattr(callable_, '__qualname__', type(callable_).__qualname__)}"
        yield name, [each["value"] for each in item["related"] if each.category_name == "permissions"]


@one_database
def test_every_view_has_a_permission_or_stands_on_the_reviewed_list(site):
    public = {name for name, permissions in views_of(site) if not permissions or NO_PERMISSION_REQUIRED in permissions}
    assert public == set(PUBLIC_VIEWS)
    assert len(list(views_of(site))) > 100


@one_database
def test_permissions_of_views_are_permissions(site):
    named = {each for _, permissions in views_of(site) for each in permissions} - {NO_PERMISSION_REQUIRED}
    assert named == set(Permission)


@one_database
def test_every_service_has_a_permission_or_stands_on_the_reviewed_list(site):
    public = set()
    for service in get_services():
        if service.path and not service.path.startswith(("/api/", "/healthz", "/readyz")):
            continue  # made by a test
        for method, _view, arguments in service.definitions:
            if arguments.get("permission") in (None, NO_PERMISSION_REQUIRED):
                public.add(service.path)
            else:
                assert arguments["permission"] in set(Permission), (service.path, method)
    assert public == PUBLIC_SERVICES


def templates():
    return sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.jinja2"))


@one_database
def test_every_template_compiles(site):
    environment = site.registry.getUtility(IJinja2Environment, name=".jinja2")
    assert len(templates()) > 20
    for name in templates():
        environment.get_template(name)


def test_only_reviewed_templates_mark_something_as_safe():
    found = Counter()
    for name in templates():
        text = (TEMPLATES / name).read_text(encoding="utf-8")
        found[name] += len(re.findall(r"\|\s*safe\b|\bautoescape\b", text))
    assert +found == Counter(SAFE_FILTERS)


FORBIDDEN_BY_THE_POLICY = {
    "a style attribute": r"<[^>]*\sstyle\s*=",
    "a style element": r"<style\b",
    "an inline script": r'<script\b(?![^>]*(?:\bsrc=|type="application/json"))',
    "a script attribute": r"<[^>]*\s(?:on[a-z]+|hx-on[^=\s]*)\s*=",
    "a script address": r"javascript:",
    "an expression to evaluate": r"hx-va(?:ls|rs)\s*=\s*[\"']\s*js:",
}


def test_what_the_policy_stops_is_recognised():
    samples = (
        '<p class="a" style="color: red">',
        "<style>",
        "<script>",
        '<a href="/" onclick="go()">',
        '<a href="javascript:go()">',
        "<div hx-vals='js:{a: 1}'>",
    )
    for pattern, sample in zip(FORBIDDEN_BY_THE_POLICY.values(), samples, strict=True):
        assert re.search(pattern, sample)
    assert not re.search(FORBIDDEN_BY_THE_POLICY["an inline script"], '<script type="module" src="/app.js">')


@pytest.mark.parametrize("what", FORBIDDEN_BY_THE_POLICY)
def test_templates_carry_nothing_that_the_content_security_policy_stops(what):
    for name in templates():
        text = re.sub(r"\{#.*?#\}", "", (TEMPLATES / name).read_text(encoding="utf-8"), flags=re.DOTALL)
        found = re.search(FORBIDDEN_BY_THE_POLICY[what], text, flags=re.IGNORECASE)
        assert found is None, f"{name} has {what}: {found[0][:80]}"
