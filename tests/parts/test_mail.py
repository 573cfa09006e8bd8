"""Mail: well-formed messages, and what taking, refusing and trying again mean for every way to send."""

import logging
import socket
import sys
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myplatform.mail_messages import compose, html_of
from myplatform.parts import Unavailable, open_part
from myplatform.parts.mail import MailRefused
from myplatform.settings import SettingsError, from_values, part_urls
from tests.servers import MailServer

EXAMPLES = Path(__file__).parent.parent.parent / "docs" / "examples"
SENDER = "Intranet <intranet@example.com>"


def settings_of(url, **others):
    return from_values({"mail.url": url, "mail.from": SENDER, "mail.timeout": "1s", **others})


def message_to(to="ada@example.com", **others):
    values = {"subject": "Grüße", "text": "Hello Ada\n\nhttps://intranet.example.com/a?b=1&c=2\nbye", **others}
    return compose(from_values({"mail.from": SENDER}), to=to, **values)


def read(content):
    return message_from_bytes(content, policy=default)


class MailContract:
    """What everybody who takes mail does; `taken` gives the messages taken so far, as bytes."""

    def test_a_message_arrives_whole(self, mail, taken):
        message = message_to(name="Ada Ω", key="notice:7", unsubscribe="https://intranet.example.com/-/u/x")
        mail.send(message)
        (content,) = taken()
        seen = read(content)
        assert (seen["Subject"], seen["From"], seen["To"]) == ("Grüße", SENDER, "Ada Ω <ada@example.com>")
        assert (
            seen["Message-ID"] == message_to(key="notice:7")["Message-ID"] != message_to(key="notice:8")["Message-ID"]
        )
        assert seen["List-Unsubscribe"] == "<https://intranet.example.com/-/u/x>"
        assert seen["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert seen["Date"].datetime.tzinfo is not None
        assert "Hello Ada" in seen.get_body(("plain",)).get_content()
        assert '<a href="https://intranet.example.com/a?b=1&amp;c=2">' in seen.get_body(("html",)).get_content()

    def test_several_messages_arrive_in_order(self, mail, taken):
        for number in range(3):
            mail.send(message_to(subject=f"Number {number}"))
        assert sorted(read(content)["Subject"] for content in taken()) == ["Number 0", "Number 1", "Number 2"]

    def test_a_line_that_is_one_dot_is_only_a_line(self, mail, taken):
        mail.send(message_to(text="before\n.\nafter"))
        assert read(taken()[0]).get_body(("plain",)).get_content().splitlines() == ["before", ".", "after"]

    def test_a_probe_says_who_answers_and_sends_nothing(self, mail, taken):
        assert mail.probe()
        assert taken() == []


class TestLog(MailContract):
    """`log:` with a folder."""

    @pytest.fixture
    def mail(self, tmp_path):
        return open_part("mail", settings_of(f"log://{tmp_path}/deep/mail"))

    @pytest.fixture
    def taken(self, tmp_path):
        return lambda: [path.read_bytes() for path in (tmp_path / "deep" / "mail").glob("*.eml")]

    def test_the_log_names_the_message_and_keeps_its_words_to_itself(self, caplog):
        caplog.set_level(logging.INFO, "myplatform")
        open_part("mail", settings_of("log:")).send(message_to(text="a secret link"))
        assert "mail to ada@example.com: Grüße" in caplog.text
        assert "secret" not in caplog.text

    def test_a_folder_that_cannot_be_written_is_unavailable(self, tmp_path):
        (tmp_path / "file").touch()
        mail = open_part("mail", settings_of(f"log://{tmp_path}/file/mail"))
        with pytest.raises(Unavailable):
            mail.send(message_to())
        with pytest.raises(Unavailable):
            mail.probe()


class TestPartOfAPlugIn(MailContract):
    """The example of `docs/extending.md`, with a program that keeps what it gets."""

    @pytest.fixture
    def program(self, tmp_path):
        path = tmp_path / "sendmail"
        path.write_text(f"#!/bin/sh\n[ $1 = -bv ] || cat > {tmp_path}/$$.eml\n")
        path.chmod(0o755)
        return path

    @pytest.fixture
    def mail(self, program, monkeypatch):
        monkeypatch.syspath_prepend(EXAMPLES)
        monkeypatch.setitem(part_urls._offered, "mail", part_urls.offered("mail"))
        yield open_part("mail", settings_of(f"sendmail://{program}", **{"pyramid.includes": "sendmail"}))
        sys.modules.pop("sendmail")

    @pytest.fixture
    def taken(self, tmp_path):
        return lambda: [path.read_bytes() for path in tmp_path.glob("*.eml")]

    def test_what_the_program_says_counts(self, mail, program):
        for code, outcome in ((75, Unavailable), (65, MailRefused)):
            program.write_text(f"#!/bin/sh\necho no >&2\nexit {code}\n")
            with pytest.raises(outcome, match=r"no$"):
                mail.send(message_to())
        program.unlink()
        with pytest.raises(Unavailable):
            mail.probe()

    def test_its_url_is_checked_before_anything_starts(self, mail):
        with pytest.raises(SettingsError, match="whole path"):
            settings_of("sendmail:here")


@pytest.mark.parametrize(
    "server",
    [("none", False), ("starttls", True), ("implicit", True)],
    ids=["plain", "starttls", "implicit"],
    indirect=True,
)
class TestSmtp(MailContract):
    """A mail server, with each sort of encryption."""

    @pytest.fixture
    def server(self, request):
        encryption, knows_us = request.param
        with MailServer(encryption=encryption, knows_us=knows_us) as server:
            yield server

    @pytest.fixture
    def mail(self, server, tmp_path):
        return open_part("mail", settings_of(server.url(tmp_path)))

    @pytest.fixture
    def taken(self, server):
        return lambda: [content for _, _, content in server.taken]

    def test_the_envelope_is_that_of_the_message(self, mail, server):
        mail.send(message_to())
        assert server.taken[0][:2] == ("intranet@example.com", ["ada@example.com"])

    @pytest.mark.parametrize("place", ["ada@example.com", "MAIL", "DATA"])
    def test_refusing_is_for_good_from_500_on_and_for_now_below(self, mail, server, place):
        server.answers[place] = "550 no such mailbox"
        with pytest.raises(MailRefused, match="550 no such mailbox"):
            mail.send(message_to())
        server.answers[place] = "451 try again later"
        with pytest.raises(Unavailable, match="451 try again later"):
            mail.send(message_to())
        server.answers.clear()
        mail.send(message_to())
        assert len(server.taken) == 1


@pytest.fixture
def server():
    with MailServer() as server:
        yield server


def test_a_server_that_is_down_is_unavailable(tmp_path):
    with MailServer() as server:
        mail = open_part("mail", settings_of(server.url(tmp_path)))
    for ask in (lambda: mail.send(message_to()), mail.probe):
        with pytest.raises(Unavailable, match="does not take mail"):
            ask()


def test_a_server_that_says_nothing_is_given_up_in_time(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mail = open_part("mail", settings_of(f"smtp://127.0.0.1:{silent.getsockname()[1]}"))
        with pytest.raises(Unavailable, match="timed out"):
            mail.send(message_to())


def test_a_server_that_is_slow_to_take_the_message_is_given_up_in_time(server, tmp_path):
    server.delay = 5
    mail = open_part("mail", settings_of(server.url(tmp_path)))
    with pytest.raises(Unavailable, match="timed out"):
        mail.send(message_to())


def test_a_certificate_that_nobody_vouches_for_gets_neither_password_nor_message(tmp_path):
    for encryption in ("starttls", "implicit"):
        with MailServer(encryption=encryption, knows_us=True) as server:
            url = server.url(tmp_path).partition("?")[0]
            with pytest.raises(Unavailable, match="certificate verify failed"):
                open_part("mail", settings_of(url)).send(message_to())
            assert server.taken == []


def test_a_server_without_encryption_gets_neither_password_nor_message(server):
    mail = open_part("mail", settings_of(f"smtp://{server.USER}:x@127.0.0.1:{server.port}"))
    with pytest.raises(Unavailable, match="STARTTLS"):
        mail.send(message_to())


def test_a_wrong_password_is_told_and_shown_nowhere(tmp_path):
    with MailServer(encryption="starttls", knows_us=True) as server:
        mail = open_part("mail", settings_of(server.url(tmp_path, password="wrong-one")))
        with pytest.raises(Unavailable) as refused:
            mail.probe()
    assert "wrong-one" not in f"{refused.value}{mail!r}"


def test_a_server_that_does_not_let_us_send_as_mail_from_fails_the_probe(server, tmp_path):
    server.answers["MAIL"] = "550 not as this"
    with pytest.raises(Unavailable, match=r"does not let us send as intranet@example\.com: not as this"):
        open_part("mail", settings_of(server.url(tmp_path))).probe()


@settings(max_examples=50)
@given(subject=st.text(), name=st.text(), text=st.text())
def test_no_value_can_break_out_of_its_header(subject, name, text):
    message = message_to(subject=subject, name=name, text=text, html="", key=name, thread=f"a{subject}")
    seen = read(message.as_bytes())
    known = {"From", "To", "Subject", "Date", "Message-ID", "References", "In-Reply-To", "Auto-Submitted"}
    assert set(seen.keys()) == known | {"MIME-Version", "Content-Type"}
    assert [address.addr_spec for address in seen["To"].addresses] == ["ada@example.com"]


@pytest.mark.parametrize("address", ["a@b.de\r\nBcc: c@d.de", "a@b.de, c@d.de", "nobody", "", "<a@b.de>"])
def test_an_address_is_one_address(address):
    with pytest.raises(ValueError, match=r"."):
        message_to(address)


@pytest.mark.parametrize("url", ["https://x/\r\nBcc: c@d.de", "https://x/>, <mailto:a@b.de", "mailto:a@b.de", ""])
def test_what_unsubscribes_is_one_address_of_the_web(url):
    with pytest.raises(ValueError, match="http address"):
        message_to(unsubscribe=url or "x")


def test_an_address_in_another_script_is_written_as_the_network_knows_it():
    assert message_to("ada@exämple.com")["To"] == "ada@xn--exmple-cua.com"


def test_text_becomes_html_in_which_nothing_of_it_is_markup():
    assert html_of('<b>\n\n a https://x.y/?a=1&b="> b') == (
        '<p>&lt;b&gt;</p><p>a <a href="https://x.y/?a=1&amp;b=">https://x.y/?a=1&amp;b=</a>&quot;&gt; b</p>'
    )


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("smtp://", "expected"),
        ("smtp://ada@mail", "needs its password"),
        ("smtp://mail:x", "port"),
        ("smtp://mail?tls=no", "starttls or none"),
        ("smtp://ada:secret@mail?tls=none", "readable on the network"),
        ("smtps://mail?tls=none", "'tls' is no option"),
        ("smtps://mail?ca=ca.pem", "relative"),
        ("log:here", "relative"),
    ],
)
def test_a_url_is_checked_before_anything_starts(url, message):
    with pytest.raises(SettingsError, match=message) as refused:
        settings_of(url)
    assert "secret@" not in str(refused.value)


def test_a_mail_server_wants_to_know_whom_mail_comes_from():
    with pytest.raises(SettingsError, match=r"mail\.from is missing"):
        from_values({"mail.url": "smtp://mail.example.com"})
    with pytest.raises(SettingsError, match="address"):
        from_values({"mail.from": "Intranet"})
