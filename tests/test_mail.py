"""A message as RFC 5322 has it, and handing it over to a server."""

import asyncio
import shutil
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from pipir.mail import MailServer, NotTaken, hand_over, written
from tests.smtp import MailBox, certificate, listening

AT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def a_message(subject: str = "Report: Due in 7 days", body: str = "Day: 1 March 2027.\n") -> EmailMessage:
    return written(
        sender="pipir@office.example",
        to="robin@office.example",
        subject=subject,
        body=body,
        number=12,
        at=AT,
        installation="20261120",
    )


def server(box: MailBox, **said: object) -> MailServer:
    return MailServer(
        **{"host": "127.0.0.1", "port": box.port, "sender": "pipir@office.example", "starttls": False, **said}
    )  # type: ignore[arg-type]


async def refusal(box: MailBox, **said: object) -> NotTaken:
    with pytest.raises(NotTaken) as wrong:
        await asyncio.to_thread(hand_over, server(box, **said), a_message())
    return wrong.value


async def test_a_mail_arrives_as_it_was_written() -> None:
    """RFC 5322: From, To, Subject, Date, Message-ID; RFC 3834: nobody's machine answers it."""
    async with listening(MailBox()) as box:
        await asyncio.to_thread(
            hand_over, server(box), a_message("R\u00e9sum\u00e9 \u202e done", "\u00dcber\n.\nend\n")
        )
    assert len(box.arrived) == 1
    mail = box.arrived[0]
    assert mail["From"] == "pipir@office.example"
    assert mail["To"] == "robin@office.example"
    assert mail["Subject"] == "R\u00e9sum\u00e9 \u202e done"
    assert mail["Date"] == "Fri, 20 Nov 2026 15:00:00 +0000"
    assert mail["Message-ID"] == "<reminder-12.20261120@office.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().replace("\r\n", "\n").replace("\n..\n", "\n.\n") == "\u00dcber\n.\nend\n"


@pytest.mark.parametrize(
    "hostile",
    ["a\r\nBcc: x@evil.example", "a\nBcc: x@evil.example", "a\rBcc: x", "a\r\n\r\nBody", "a\u2028Bcc: x", "a\n"],
)
async def test_no_subject_makes_a_header(hostile: str) -> None:
    """Header injection."""
    async with listening(MailBox()) as box:
        await asyncio.to_thread(hand_over, server(box), a_message(hostile))
    mail = box.arrived[0]
    assert mail["Bcc"] is None
    assert mail["Subject"] == " ".join(hostile.split())
    assert mail.get_content().strip() == "Day: 1 March 2027."


@pytest.mark.parametrize("hostile", ["a@b\r\nBcc: x@evil.example", "a@b\nX: y"])
def test_no_address_makes_a_header(hostile: str) -> None:
    """The address type holds such an address off; the message does too."""
    with pytest.raises(ValueError, match=r"(?i)linefeed|header"):
        written(sender="s@x", to=hostile, subject="s", body="b", number=1, at=AT, installation="1")


@pytest.mark.parametrize(
    ("word", "answer", "for_good"),
    [
        ("RCPT", "550 no such mailbox", True),
        ("RCPT", "450 busy", False),
        ("DATA", "554 no", True),
        ("DATA", "451 later", False),
        ("MAIL", "530 sign in first", False),
        ("EHLO", "421 not now", False),
    ],
)
async def test_a_refusal_is_told_and_says_whether_it_is_for_good(word: str, answer: str, for_good: bool) -> None:
    """RFC 5321, 4.2.1: 4yz may pass later, 5yz will not; what the operator sets right is tried again."""
    async with listening(MailBox(refuse={word: answer, "HELO": answer})) as box:
        refused = await refusal(box)
    assert refused.for_good is for_good
    assert answer.split(" ", 1)[1] in refused.sentence
    assert box.arrived == []


async def test_a_server_that_is_not_there_is_no_end() -> None:
    """Another try may find it."""
    async with listening(MailBox()) as box:
        pass
    refused = await refusal(box)
    assert not refused.for_good
    assert refused.sentence.startswith("The mail server could not be spoken to")


async def test_without_starttls_on_offer_nothing_is_sent() -> None:
    """STARTTLS asked for is STARTTLS needed: neither mail nor password goes over the line in clear."""
    async with listening(MailBox()) as box:
        refused = await refusal(box, starttls=True, user="pipir", password="not-to-be-seen")
    assert not refused.for_good
    assert box.arrived == []
    assert not any("AUTH" in line for line in box.said)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="There is no openssl here to make a certificate with.")
async def test_with_starttls_the_mail_goes_under_tls_to_a_server_that_is_believed(tmp_path: Path) -> None:
    """RFC 3207: the password is said after STARTTLS, and only to a server whose certificate holds."""
    theirs, ours = certificate(tmp_path)
    async with listening(MailBox(tls=theirs)) as box:
        under_tls = server(box, starttls=True, user="pipir", password="pass")
        await asyncio.to_thread(hand_over, under_tls, a_message(), trust=ours)
        words = [line.split(" ")[0] for line in box.said]
        assert len(box.arrived) == 1
        assert words.index("STARTTLS") < words.index("AUTH")
        refused = await refusal(box, starttls=True)
    assert len(box.arrived) == 1
    assert "certificate" in refused.sentence.lower()


def test_a_mail_server_does_not_show_its_password() -> None:
    """A repr ends up in logs."""
    shown = MailServer(host="h", port=25, sender="a@b", user="u", password="not-to-be-seen")
    assert "not-to-be-seen" not in f"{shown!r} {shown}"
