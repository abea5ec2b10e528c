"""Reads a file and its fields from multipart/form-data as they arrive: hashed on the way, never whole in memory."""

import hashlib
import re
import tempfile
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, Generic, TypeVar, cast

import msgspec
from litestar import Request
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from pipir.kernel.access import Caller
from pipir.kernel.errors import Invalid, Mistake, NotAllowed, TooLarge, Unreadable
from pipir.kernel.files import LARGEST_FILE, Incoming
from pipir.kernel.once import Once
from pipir.web.entry import CSRF_FIELD, check_csrf_field, is_api
from pipir.web.forms import KEY_FIELD, Form, form_of

S = TypeVar("S", bound=msgspec.Struct)
T = TypeVar("T")
FILE_FIELD: Final = "file"
# A file that is too large is read to its end up to so many times what is taken, so that the browser gets to see why
# it was refused.
_READ_ON: Final = 4
_MOST_FIELDS: Final = 50
_LARGEST_FIELDS: Final = 200_000
_IN_MEMORY: Final = 1 << 20
_LONGEST_NAME: Final = 200
_UNSEEN: Final = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
_KEY: Final = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True)
class Upload(Generic[S]):
    """What came: the form as typed, the file, and the sender's idempotency key with the hash of all of it."""

    form: Form[S]
    file: Incoming | None
    # Why the file is refused for its size; blank where it is not.
    too_large: str
    once: Once | None

    async def read(self, examine: Callable[[Incoming], Awaitable[T]]) -> tuple[S, T]:
        """The typed body and what `examine` made of the file; all mistakes of both at once."""
        if self.too_large:
            raise TooLarge(self.too_large, mistakes=(Mistake(FILE_FIELD, self.too_large),))
        mistakes: list[Mistake] = []
        body: S | None = None
        try:
            body = self.form.value()
        except Invalid as wrong:
            mistakes += wrong.mistakes
        examined: T | None = None
        if self.file is None:
            mistakes.append(Mistake(FILE_FIELD, "Expected a file."))
        else:
            try:
                examined = await examine(self.file)
            except Invalid as wrong:
                mistakes += wrong.mistakes
        if mistakes:
            raise Invalid("Some of what was sent needs correcting.", mistakes=tuple(mistakes))
        return cast("S", body), cast("T", examined)


class _Reading:
    """The fields and the file as far as they have arrived."""

    def __init__(self, file: BinaryIO, caller: Caller, *, needs_token: bool, largest: int) -> None:
        self.file, self.largest = file, largest
        self.fields: list[tuple[str, str]] = []
        self.name: str | None = None
        self.size = 0
        self.sha256 = hashlib.sha256()
        self.all = hashlib.sha256()
        self._caller = caller
        self._needs_token = needs_token
        self._segment: MultipartSegment | None = None
        self._text = bytearray()
        self._texts = 0

    def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        """Take the beginning of a part, some of it, or its end."""
        if isinstance(event, MultipartSegment):
            self._segment = event
            self._text.clear()
            if event.filename is not None or event.name == FILE_FIELD:
                self._begin_file(event)
        elif event is None:
            self._end()
        elif self._is_file:
            self.size += len(event)
            if self.size <= self.largest:
                self.sha256.update(event)
                self.file.write(event)
        else:
            self._texts += len(event)
            if self._texts > _LARGEST_FIELDS:
                raise TooLarge("The fields of the form are longer than any form here.")
            self._text += event

    @property
    def _is_file(self) -> bool:
        return self._segment is not None and (self._segment.filename is not None or self._segment.name == FILE_FIELD)

    def _begin_file(self, segment: MultipartSegment) -> None:
        if segment.name != FILE_FIELD or self.name is not None:
            raise Unreadable(f"One file is taken here, in the field {FILE_FIELD!r}.")
        self.check_token()
        self.name = plain_name(segment.filename or "")

    def _end(self) -> None:
        assert self._segment is not None
        if not self._is_file:
            try:
                field = (self._segment.name, self._text.decode())
            except UnicodeDecodeError as wrong:
                raise Unreadable("The form cannot be read: it is not UTF-8 text.") from wrong
            self.fields.append(field)
            # The token is another one in each session: the same request sent again is the same all the same.
            if field[0] != CSRF_FIELD:
                self.all.update(repr(field).encode())

    def check_token(self) -> None:
        """Refuse a form of a session without its token, before a byte of the file is taken."""
        if self._needs_token:
            check_csrf_field(dict(self.fields).get(CSRF_FIELD, ""), self._caller)
            self._needs_token = False


@asynccontextmanager
async def reading(
    request: Request[Any, Any, Any], kind: type[S], *, largest: int = LARGEST_FILE, advice: str = ""
) -> AsyncIterator[Upload[S]]:
    """The upload for as long as the block lasts; its route says `upload` in its opt, and no limit of the body.

    A file of more than `largest` bytes is refused, with `advice`.
    """
    refusal = f"A file here holds at most {largest // 1_000_000} MB; nothing of it was stored. {advice}".strip()
    caller = request.scope["user"]
    if not isinstance(caller, Caller) or request.scope["route_handler"].opt.get("upload") is not True:
        raise NotAllowed("Files are taken by the routes that say so, from people who are signed in.")
    announced = request.headers.get("content-length", "0")
    if announced.isascii() and announced.isdigit() and int(announced[:18]) > _READ_ON * largest:
        raise TooLarge(refusal)
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        needs_token = caller.via == "session" and not is_api(request)
        read = _Reading(cast("BinaryIO", file), caller, needs_token=needs_token, largest=largest)
        await _read(request, read, refusal)
        read.check_token()
        too_large = refusal if read.size > largest else ""
        # A browser sends a field of a file that nobody chose without a name and without content.
        chosen = read.name is not None and (read.name != "" or read.size > 0)
        digest = read.sha256.hexdigest()
        incoming = Incoming(cast("BinaryIO", file), read.name or "file", read.size, digest) if chosen else None
        form = form_of(kind, read.fields)
        read.all.update(f"{read.name} {digest}".encode())
        yield Upload(form, incoming, too_large, _once(request, caller, read))


async def _read(request: Request[Any, Any, Any], read: _Reading, refusal: str) -> None:
    _, options = parse_options_header(request.headers.get("content-type", ""))
    received = 0
    try:
        with PushMultipartParser(
            options.get("boundary", ""), max_segment_count=_MOST_FIELDS, max_segment_size=_READ_ON * read.largest
        ) as parser:
            async for part in request.stream():
                received += len(part)
                if received > _READ_ON * read.largest:
                    raise TooLarge(refusal)
                if part and not parser.closed:
                    for event in parser.parse(part):
                        read.take(event)
    except (MultipartError, UnicodeDecodeError, ValueError) as wrong:
        raise Unreadable("The form cannot be read: it is not whole multipart/form-data.") from wrong


def _once(request: Request[Any, Any, Any], caller: Caller, read: _Reading) -> Once | None:
    key = request.headers.get("idempotency-key")
    if key is None and not is_api(request):
        key = dict(read.fields).get(KEY_FIELD) or None
    if key is None:
        return None
    if _KEY.fullmatch(key) is None:
        raise Invalid(
            "The Idempotency-Key cannot be used.",
            mistakes=(Mistake("Idempotency-Key", "Expected 1 to 200 visible ASCII characters."),),
        )
    return Once(caller.id, f"{request.method} {request.url.path}", key, read.all.digest())


def plain_name(given: str) -> str:
    """What the sender calls a file, without a path and without signs that control how it is shown; at most 200."""
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", given)[-1])
    name = "".join(sign for sign in name if unicodedata.category(sign) not in _UNSEEN).strip()
    if len(name) > _LONGEST_NAME:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[: _LONGEST_NAME - len(ending) - 1]}{dot}{ending}" if len(ending) <= 10 else name[:_LONGEST_NAME]
    return name
