"""Mail: the server that takes it, a message as RFC 5322 has it, and handing it over."""

import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from typing import Final

import msgspec

# How long one step of the conversation with the server may take, in seconds.
_PATIENCE: Final = 20
_LONGEST_ANSWER: Final = 300
# From here on an SMTP answer says that trying again is of no use (RFC 5321, 4.2.1).
_FOR_GOOD: Final = 500


class MailServer(msgspec.Struct, frozen=True):
    """Where mail is handed over, and in whose name; without STARTTLS no password is sent."""

    host: str
    port: int
    sender: str
    starttls: bool = True
    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        # A repr ends up in logs.
        return f"MailServer(host={self.host!r}, port={self.port}, sender={self.sender!r}, starttls={self.starttls})"


class NotTaken(Exception):
    """The server did not take the mail; `for_good` where another try would get the same answer."""

    def __init__(self, sentence: str, *, for_good: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.for_good = for_good


def written(
    *, sender: str, to: str, subject: str, body: str, number: int, at: datetime, installation: str
) -> EmailMessage:
    """The message as plain text; its Message-ID is the same at every try, so that a mailbox knows a repetition."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    # One line, whatever a title holds: a header cannot be made out of a subject.
    message["Subject"] = " ".join(subject.split())
    message["Date"] = at
    message["Message-ID"] = f"<reminder-{number}.{installation}@{sender.rpartition('@')[2]}>"
    # Machines that answer mail leave this one unanswered (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body)
    return message


def hand_over(server: MailServer, message: EmailMessage, *, trust: ssl.SSLContext | None = None) -> None:
    """Give the message to the server, or raise NotTaken; blocks, so call it in a thread.

    `trust` says which certificates are believed; without it those that the system believes.
    """
    try:
        with smtplib.SMTP(
            server.host, server.port, local_hostname=server.sender.rpartition("@")[2], timeout=_PATIENCE
        ) as line:
            if server.starttls:
                line.starttls(context=trust or ssl.create_default_context())
            if server.user:
                line.login(server.user, server.password)
            line.send_message(message)
    except smtplib.SMTPRecipientsRefused as refused:
        code, said = next(iter(refused.recipients.values()))
        raise NotTaken(_sentence(code, said), for_good=code >= _FOR_GOOD) from refused
    except smtplib.SMTPDataError as refused:
        raise NotTaken(
            _sentence(refused.smtp_code, refused.smtp_error), for_good=refused.smtp_code >= _FOR_GOOD
        ) from refused
    # What else a server refuses, such as a password or a sender, is set right by whoever runs it: worth another try.
    except smtplib.SMTPResponseException as refused:
        raise NotTaken(_sentence(refused.smtp_code, refused.smtp_error)) from refused
    except (smtplib.SMTPException, OSError) as wrong:
        raise NotTaken(
            f"The mail server could not be spoken to: {_short(str(wrong) or type(wrong).__name__)}."
        ) from wrong


def _sentence(code: int, said: bytes | str) -> str:
    text = said.decode("ascii", "replace") if isinstance(said, bytes) else said
    return f"The mail server answered {code}: {_short(text)}"


def _short(text: str) -> str:
    # What a server says is shown and stored: one line, no control characters, not without end.
    return "".join(sign if sign.isprintable() else " " for sign in text)[:_LONGEST_ANSWER]
