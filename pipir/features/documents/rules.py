"""What is allowed in documents: what a file may be, how far its marking reaches, who replaces a spilled value."""

import codecs
import email
import hashlib
import io
import lzma
import re
import zipfile
import zlib
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from html import unescape
from typing import BinaryIO, Final

import puremagic

from pipir.features.trail.rules import KINDS
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.kernel.files import LARGEST_FILE
from pipir.kernel.marking import Marking, audience_of

# What documents are attached to: records that have a page of their own.
RECORD_KINDS: Final = tuple(kind for kind in KINDS if kind not in ("document", "spillage", "note"))
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
# What a file may be: the endings of its name, its media type, what people call it.
FORMATS: Final = (
    (("pdf",), "application/pdf", "PDF"),
    (("docx",), _OFFICE + "wordprocessingml.document", "Word document"),
    (("xlsx",), _OFFICE + "spreadsheetml.sheet", "Excel workbook"),
    (("pptx",), _OFFICE + "presentationml.presentation", "PowerPoint presentation"),
    (("png",), "image/png", "PNG picture"),
    (("jpg", "jpeg"), "image/jpeg", "JPEG picture"),
    (("tif", "tiff"), "image/tiff", "TIFF picture"),
    (("txt",), "text/plain", "plain text"),
    (("csv",), "text/csv", "CSV table"),
    (("eml",), "message/rfc822", "mail message"),
)
TITLES: Final = {media_type: title for _, media_type, title in FORMATS}
ENDINGS: Final = tuple(ending for endings, _, _ in FORMATS for ending in endings)
PACKED: Final = frozenset(media_type for media_type in TITLES if media_type.startswith(_OFFICE))
_OF_ENDING: Final = {ending: media_type for endings, media_type, _ in FORMATS for ending in endings}
_SIGNED: Final = frozenset({"application/pdf", "image/png", "image/jpeg", "image/tiff"})
_TEXTS: Final = ("text/plain", "text/csv", "message/rfc822")
_ALLOWED: Final = "Expected one of: PDF, DOCX, XLSX, PPTX, PNG, JPEG, TIFF, TXT, CSV, EML."
# How sure the library must be of a signature before a refusal calls the file by it.
_SURE: Final = 0.4
_HEAD: Final = 8_192
_CHUNK: Final = 1 << 20
_CONTROLS: Final = bytes(set(range(32)) - {9, 10, 12, 13, 27}) + b"\x7f"
_MARKUP: Final = re.compile(rb"\s*(<!doctype|<html|<head|<body|<script|<svg|<\?xml|<!--)", re.IGNORECASE)
_HEADER: Final = re.compile(rb"^(from|date|to|subject|received|message-id|return-path):", re.IGNORECASE | re.MULTILINE)
_MOST_MEMBERS: Final = 10_000
# What a package may be when it is unpacked: whoever looks into it is not to be drowned.
_MOST_UNPACKED: Final = 200_000_000
# Packages inside of packages, as a workbook in a letter, are looked into this deep.
_DEEPEST: Final = 3
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, KeyError, NotImplementedError, RuntimeError, OSError, EOFError,
    ValueError,
)  # fmt: skip
# What the database cannot look into: packed, encoded, or in a character set of its own.
LOOKED_INTO: Final = (*sorted(PACKED), *_TEXTS)
SHORTEST_VALUE: Final = 4
SECOND_PERSON: Final = "Two-person rule for spillage (convention)"


def check_size(size: int) -> None:
    """A file holds something; that it is too large is said by the door, which stops reading."""
    if size == 0:
        raise _not_taken("The file is empty.", "Expected a file that holds something.")
    if size > LARGEST_FILE:
        raise _not_taken("The file is too large.", f"Expected at most {LARGEST_FILE // 1_000_000} MB.")


def recognized(body: BinaryIO, name: str) -> str:
    """The media type by the content, where it is one of those taken and the name says the same; else Invalid."""
    body.seek(0)
    head = body.read(_HEAD)
    found = _of_content(body, head)
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if found is None:
        # Texts differ by their names alone; a mail message has its header too.
        found = _OF_ENDING.get(ending, "text/plain")
        if found == "message/rfc822" and _HEADER.match(head) is None:
            raise _not_taken("The name says mail message, but the text has no mail header.", _ALLOWED, name)
        if found not in _TEXTS:
            found = "text/plain"
    if _OF_ENDING.get(ending) != found:
        said = f"The name ends in .{ending}" if ending else "The name has no ending"
        expected = " or ".join(f".{each}" for each, kind in _OF_ENDING.items() if kind == found)
        raise _not_taken(
            f"{said}, but the content is that of a file of another kind: {TITLES[found]}.",
            f"Expected a name that ends in {expected}, or the file that was meant.",
            name,
        )
    return found


def _of_content(body: BinaryIO, head: bytes) -> str | None:
    """The media type that the bytes themselves show, None for text; else Invalid, with what they are."""
    if head.startswith(b"PK\x03\x04"):
        return _of_package(body)
    matches = _matches(head)
    for each in matches:
        if each.mime_type in _SIGNED:
            return str(each.mime_type)
    if _is_text(body):
        if _MARKUP.match(head.removeprefix(codecs.BOM_UTF8)):
            raise _not_taken("The file is HTML, SVG or XML, which can hold scripts.", _ALLOWED)
        if head.startswith(b"#!"):
            raise _not_taken("The file is a program.", _ALLOWED)
        return None
    called = next((each.name for each in matches if each.confidence >= _SURE), "")
    raise _not_taken(
        f"The content is not of a kind that is taken here{f' ({called})' if called else ''}.",
        _ALLOWED,
    )


def _matches(head: bytes) -> list[puremagic.PureMagicWithConfidence]:
    try:
        return list(puremagic.magic_string(head))
    except (puremagic.PureError, ValueError):
        return []


def _of_package(body: BinaryIO) -> str:
    """The kind of an Office document, by the type of its main part; any other package is refused."""
    try:
        with zipfile.ZipFile(body) as package:
            names = package.namelist()
            if len(names) > _MOST_MEMBERS:
                raise _not_taken("The package holds more parts than any document.", _ALLOWED)
            # A part is never read beyond the size that it tells here.
            if sum(part.file_size for part in package.infolist()) > _MOST_UNPACKED:
                expected = f"Expected at most {_MOST_UNPACKED // 1_000_000} MB when unpacked."
                raise _not_taken("The package unpacks to more than any document.", expected)
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                raise _not_taken("The document holds macros.", "Expected a document without macros.")
            with package.open("[Content_Types].xml") as part:
                types = part.read(_CHUNK).decode("utf-8", "replace")
    except _BROKEN as wrong:
        raise _not_taken("The file is a package that is no Word, Excel or PowerPoint document.", _ALLOWED) from wrong
    for media_type in sorted(PACKED):
        if f'"{media_type}.main+xml"' in types:
            return media_type
    raise _not_taken("The file is a package that is no Word, Excel or PowerPoint document.", _ALLOWED)


def _is_text(body: BinaryIO) -> bool:
    """Whether the whole file is text: UTF-16 with its mark, or bytes without control characters."""
    body.seek(0)
    first = body.read(2)
    body.seek(0)
    if first in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        decoder = codecs.getincrementaldecoder("utf-16")()
        try:
            while chunk := body.read(_CHUNK):
                if "\x00" in decoder.decode(chunk):
                    return False
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
        return True
    while chunk := body.read(_CHUNK):
        if len(chunk.translate(None, _CONTROLS)) != len(chunk):
            return False
    return True


def _not_taken(detail: str, expected: str, found: str = "") -> Invalid:
    return Invalid(detail, mistakes=(Mistake("file", f"{detail} {expected}", found[:60]),))


def may_mark(marking: Marking, record_marking: str | None, record_audience: int) -> None:
    """Nobody may read a document who may not read the record that it is attached to."""
    if audience_of(marking) & ~record_audience:
        raise Invalid(
            "The document would be read by more than its record.",
            mistakes=(
                Mistake(
                    "marking",
                    f"Expected a marking that no reader has beyond those of the record, which is {record_marking}."
                    if record_marking
                    else "Expected a marking that no reader has beyond those of what the record hangs on.",
                    marking.banner[:60],
                ),
            ),
        )


def may_change(title: str, ended_because: str | None) -> None:
    """A document that was ended stays as it is."""
    if ended_because is not None:
        raise Refused(f"The document {title} was ended; nothing of it changes any more.")


def holds(body: BinaryIO, media_type: str, value: str) -> bool:
    """Whether a file of a kind that is looked into holds a value, however it is packed, encoded or broken into lines.

    What cannot be unpacked or decoded is passed over, as a PDF and a picture are: a person names such versions.
    """
    body.seek(0)
    content = body.read()
    wanted = _on_one_line(value)
    if media_type == "message/rfc822":
        return _mail_holds(email.message_from_bytes(content), wanted)
    return _content_holds(content, wanted, _DEEPEST, [_MOST_UNPACKED])


def _content_holds(content: bytes, wanted: str, deep: int, left: list[int]) -> bool:
    if content.startswith(b"PK\x03\x04"):
        return deep > 0 and _package_holds(content, wanted, deep, left)
    return _text_holds(content, wanted, ())


def _package_holds(content: bytes, wanted: str, deep: int, left: list[int]) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            for info in package.infolist():
                try:
                    with package.open(info) as part:
                        held = part.read(left[0])
                except _BROKEN:
                    continue
                left[0] -= len(held)
                # What is too large to be looked into to its end counts as holding it.
                if left[0] <= 0 or _content_holds(held, wanted, deep - 1, left):
                    return True
    except _BROKEN:
        return False
    return False


def _mail_holds(message: Message, wanted: str) -> bool:
    left = [_MOST_UNPACKED]
    for part in message.walk():
        for header in part.values():
            try:
                said = str(make_header(decode_header(header)))
            except (MessageError, LookupError, ValueError):
                said = str(header)
            if wanted in _on_one_line(said):
                return True
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            if content.startswith(b"PK\x03\x04"):
                if _package_holds(content, wanted, _DEEPEST, left):
                    return True
            elif _text_holds(content, wanted, (part.get_content_charset() or "utf-8",)):
                return True
    return False


def _text_holds(content: bytes, wanted: str, encodings: tuple[str, ...]) -> bool:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ("utf-16",)
    for encoding in dict.fromkeys((*encodings, "utf-8", "cp1252")):
        try:
            written = content.decode(encoding, "ignore")
        except LookupError:
            continue
        # A word that was half bold is two runs: without the tags it is one again.
        joined = re.sub(r"<[^>]*>", "", written)
        if any(wanted in _on_one_line(unescape(each)) for each in (written, joined)) or wanted in _on_one_line(written):
            return True
    return False


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def hash_of(value: str) -> str:
    """By what a spilled value is known, since it is never stored itself."""
    return hashlib.sha256(value.encode()).hexdigest()


def check_value(value: str, *others: str) -> None:
    """A value to replace has its length, and does not stand in the words of the proposal itself."""
    if len(value) < SHORTEST_VALUE:
        raise Invalid(
            "The value is too short to be replaced everywhere.",
            mistakes=(
                Mistake(
                    "spilled_value",
                    f"Expected at least {SHORTEST_VALUE} characters: a shorter text stands in too many other words.",
                ),
            ),
        )
    if any(value in other for other in others):
        raise Invalid(
            "The proposal itself would hold the value.",
            mistakes=(Mistake("spilled_value", "Expected a reason and a place told without the value itself."),),
        )


def may_confirm(state: str, proposed_by: int, confirmer: int) -> None:
    """A second administrator confirms a proposal that still stands."""
    _is_open(state)
    if proposed_by == confirmer:
        raise Refused(
            "You proposed this replacement; a second administrator confirms it.",
            citation=SECOND_PERSON,
            way_out="Ask another administrator to type the value and confirm.",
        )


def same_value(value: str, value_sha256: str, value_length: int) -> None:
    """What the second administrator typed is what the first one typed."""
    if hash_of(value) != value_sha256 or len(value) != value_length:
        raise Invalid(
            "This is not the value that was proposed.",
            mistakes=(Mistake("spilled_value", f"Expected the value as proposed, of {value_length:,} characters."),),
        )


def may_withdraw(state: str, because: str, value_sha256: str, value_length: int) -> None:
    """A proposal is withdrawn before it is confirmed, for a reason that is told without the value."""
    _is_open(state)
    pieces = (because[at : at + value_length] for at in range(len(because) - value_length + 1))
    if any(hash_of(piece) == value_sha256 for piece in pieces):
        raise Invalid(
            "The reason itself would hold the value.",
            mistakes=(Mistake("because", "Expected a reason told without the value itself."),),
        )


def _is_open(state: str) -> None:
    if state != "proposed":
        raise Refused(f"This replacement is {state}; only one that is proposed can be confirmed or withdrawn.")


def named_versions(typed: str) -> tuple[tuple[int, int], ...]:
    """Document and version of each, from "12/1, 12/2"; else Invalid."""
    found = []
    for part in typed.split(","):
        match = re.fullmatch(r"\s*(\d{1,15})\s*/\s*(\d{1,6})\s*", part, re.ASCII)
        if match is None:
            raise Invalid(
                "The versions cannot be read.",
                mistakes=(Mistake("named_versions", "Expected document and version, such as 12/1, 12/2.", part[:60]),),
            )
        found.append((int(match[1]), int(match[2])))
    return tuple(found)
