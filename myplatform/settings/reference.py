"""Texts made from the schema: the reference `docs/settings.md` and commented INI files to begin with."""

from __future__ import annotations

from itertools import groupby

from .schema import CORE, TOPICS, Setting

INTRODUCTION = """\
# Settings

Every key of the section `[app:main]` of an INI file. This page is made by `myplatform config docs` from the
schema that the program itself reads, so the two cannot differ.

`myplatform config check FILE.ini` says whether a file is right, `myplatform -c FILE.ini config show` prints
every value and where it comes from, and `myplatform config init FILE.ini` writes a commented file to begin
with. A file with a mistake starts nothing: the server and every command write all mistakes at once, each
with its line and how to mend it, and end with exit code 78.

## How values are written

- **Units**: durations are a number with `s`, `m`, `h` or `d` (`30s`, `12h`, `90d`); sizes have `B`, `KiB`,
  `MiB` or `GiB` (`10MiB`). Yes and no are `true` and `false`, nothing else. Colours are `#rrggbb`. Lists
  are separated by spaces or lines.
- **Environment**: `${NAME}` anywhere in a value is replaced by the environment variable; it is an error if
  there is none. A dollar sign before another or before a brace is doubled: `$$`.
- **Files**: `KEY_file = /run/secrets/x` takes the value from a file, without the space around it. A key and
  its `_file` together are an error.
- **Variables**: `%(here)s` is the folder of the INI file, and names under `[DEFAULT]` work alike. Any other
  percent sign stands for itself under `myplatform serve`; `pserve` needs it doubled, `%%`, which works
  everywhere. (`pserve` also stops by itself, with less to say, at a key that is there twice.)
- **Files built on others**: `use = config:base.ini` takes everything from the other file first.
- **Libraries**: keys that begin with `pyramid.`, `jinja2.`, `tm.`, `retry.` or `debugtoolbar.` go to these
  libraries as they are. `pyramid.includes` names plug-ins; the keys a plug-in declares are checked like all
  others.

Where the server listens is its own setting: `listen = HOST:PORT` under `[server:main]`. The server's lines are checked
like all others, and so is that every section is one that something reads and no setting is indented under another.
"""


def reference() -> str:
    """The text of `docs/settings.md`."""
    parts = [INTRODUCTION]
    for topic, settings in groupby(CORE, key=lambda setting: setting.topic):
        parts.append(f"## {topic}\n\n{TOPICS[topic]}\n")
        parts.extend(_entry(setting) for setting in settings)
    return "\n".join(parts)


def _entry(setting: Setting) -> str:
    kind = setting.kind
    facts = [f"- Value: {kind.accepted}" + (f"; from {_bounds(setting)}" if setting.at_least else "")]
    facts.append(f"- Default: `{setting.default}`" if setting.default is not None else "- Default: not set")
    facts.append(f"- Example: `{setting.key} = {setting.example}`")
    if setting.secret:
        facts.append("- Secret: shown masked; best given by `${NAME}` or by a file")
    return f"### {setting.key}\n\n{setting.meaning}\n\n" + "\n".join(facts) + "\n"


def _bounds(setting: Setting) -> str:
    return f"`{setting.at_least}` to `{setting.at_most}`"


HEADS = {
    "sqlite": """\
# One process and one SQLite file: enough for a small office. All is kept in `data` beside this file.
#
#   myplatform -c {name} serve
""",
    "postgres": """\
# Several processes and PostgreSQL. Before the first start and after each upgrade:
#
#   export DATABASE_URL=postgresql+psycopg://myplatform:PASSWORD@db.example.com/myplatform
#   myplatform -c {name} config check      is the file right? (exit code 78 if not; nothing else is touched)
#   myplatform -c {name} migrate           bring the schema up to date
#   myplatform -c {name} user add NAME --admin
#   myplatform -c {name} serve             needs: pip install "myplatform[production]"
#
# Put a web server before it that ends TLS and takes slow browsers' bytes (nginx, Caddy, HAProxy).
""",
}

CHOICES = {
    "sqlite": {"database.auto_migrate": "true"},
    "postgres": {
        "site.url": "https://intranet.example.com",
        "database.url": "${DATABASE_URL}",
        "database.pool_size": "1",
        "database.pool_overflow": "4",
        "files.url": "file:///srv/myplatform/files",
    },
}

NOTES = {
    "site.url": "Change this to the address that people type.",
    "database.url": "Or from a file only this program can read: database.url_file = /run/secrets/db",
    "files.url": "Every machine must see the same folder, and it belongs into the backup like the database.",
}

SERVERS = {
    "sqlite": """\
[server:main]
use = egg:waitress#main
listen = 127.0.0.1:6543
threads = 4
""",
    "postgres": """\
[server:main]
# Processes that answer one request each: under load they are faster than threads, which wait for one another.
# One for each processor core is a good beginning, two where the database is on another machine.
use = egg:myplatform#processes
listen = 127.0.0.1:6543
workers = 4
# Seconds after which a process that does not answer is replaced; uploads of large files take their time.
timeout = 120
# The web servers before it, addresses and networks, whose X-Forwarded-For and X-Forwarded-Proto are believed.
trusted_proxy = 127.0.0.1
""",
}

LOGGING = """\
[loggers]
keys = root, myplatform, waitress, sqlalchemy

[handlers]
keys = console

[formatters]
keys = line

[logger_root]
level = WARNING
handlers = console

[logger_myplatform]
level = INFO
handlers =
qualname = myplatform

[logger_waitress]
level = INFO
handlers =
qualname = waitress

[logger_sqlalchemy]
# INFO shows every statement.
level = WARNING
handlers =
qualname = sqlalchemy.engine

[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = line

[formatter_line]
format = %(asctime)s %(levelname)-7s %(name)s: %(message)s
"""


def sample(profile: str, name: str) -> str:
    """A whole INI file called `name` for the profile `sqlite` or `postgres`, other keys commented out."""
    parts = [HEADS[profile].format(name=name)]
    parts.append("# Every key is explained in docs/settings.md. A line with # is the default.\n")
    parts.append("[app:main]\nuse = egg:myplatform\n")
    for topic, settings in groupby(CORE, key=lambda setting: setting.topic):
        lines = [_sample_lines(setting, CHOICES[profile].get(setting.key)) for setting in settings]
        heading = f"# {topic}: {TOPICS[topic]}\n" if len(lines) > 1 else ""
        parts.append(heading + "\n".join(lines) + "\n")
    parts += [SERVERS[profile], LOGGING]
    return "\n".join(parts)


def _sample_lines(setting: Setting, chosen: str | None) -> str:
    if chosen is None:
        value = setting.example if setting.default is None else setting.default
        return f"# {setting.meaning}\n#{setting.key} = {value}"
    note = f"# {NOTES[setting.key]}\n" if setting.key in NOTES else ""
    return f"# {setting.meaning}\n{note}{setting.key} = {chosen}"
