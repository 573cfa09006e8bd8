"""Messages as mail programs want them: text with the same as HTML, and headers that no value can break."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from hashlib import sha256
from html import escape
from urllib.parse import urlsplit

from email_validator import validate_email
from linkify_it import LinkifyIt

from .models import utc_now
from .settings import Settings

LINKS = LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
LONGEST_SUBJECT = 200
HTML = '<!doctype html><html><head><meta charset="utf-8"></head><body>%s</body></html>'


def compose(
    settings: Settings,
    *,
    to: str,
    subject: str,
    text: str,
    name: str = "",
    html: str | None = None,
    key: str | None = None,
    thread: str | None = None,
    unsubscribe: str | None = None,
) -> EmailMessage:
    """A message from `mail.from` to the address `to`, whose owner is called `name`.

    `text` is plain; without `html` (the inside of a body, safe already) the HTML is made of it. `key` identifies the
    message, so that one sent twice is recognised; messages with the same `thread` stand together. `unsubscribe` is an
    address that ends such mail by one POST (RFC 8058). Raises ValueError where `to` is no address.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = sender(settings)
    message["To"] = _recipient(to, name)
    message["Subject"] = _line(subject)[:LONGEST_SUBJECT]
    message["Date"] = format_datetime(utc_now())
    message["Message-ID"] = _identifier(settings, key) if key else make_msgid(domain=_domain(settings))
    if thread:
        message["References"] = message["In-Reply-To"] = _identifier(settings, thread)
    if unsubscribe:
        message["List-Unsubscribe"] = f"<{_url(unsubscribe)}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    message.add_alternative(HTML % (html if html is not None else html_of(text)), subtype="html")
    return message


def sender(settings: Settings) -> Address:
    """`mail.from`; where no mail server needs it, the site's title at the site's host."""
    name, address = parseaddr(settings["mail.from"] or "")
    return Address(name or _line(settings["site.title"]), addr_spec=address or f"intranet@{_domain(settings)}")


def _recipient(to: str, name: str) -> Address:
    """An address of whatever script: its domain as the network knows it."""
    valid = validate_email(to, check_deliverability=False, globally_deliverable=False)
    return Address(_line(name), valid.local_part, valid.ascii_domain)


def html_of(text: str) -> str:
    """Plain text as paragraphs, its lines kept and its addresses as links."""
    paragraphs = text.replace("\r\n", "\n").strip().split("\n\n")
    return "".join(f"<p>{_linked(each.strip()).replace(chr(10), '<br>')}</p>" for each in paragraphs)


def _linked(text: str) -> str:
    parts, end = [], 0
    for link in LINKS.match(text) or ():
        parts.append(escape(text[end : link.index]))
        parts.append(f'<a href="{escape(link.url)}">{escape(link.raw)}</a>')
        end = link.last_index
    return "".join([*parts, escape(text[end:])])


def _line(text: str) -> str:
    """One line of printable characters: what a header may hold."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _url(url: str) -> str:
    if (
        not url.isascii()
        or not url.isprintable()
        or set(url) & set(" <>,")
        or urlsplit(url).scheme not in ("http", "https")
    ):
        raise ValueError("expected an http address")
    return url


def _identifier(settings: Settings, key: str) -> str:
    """The Message-ID of a key, the same each time."""
    return f"<{sha256(key.encode(errors='surrogatepass')).hexdigest()[:32]}@{_domain(settings)}>"


def _domain(settings: Settings) -> str:
    address = parseaddr(settings["mail.from"] or "")[1]
    return address.rpartition("@")[2] or urlsplit(settings["site.url"] or "").hostname or "localhost"
