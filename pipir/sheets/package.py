"""The package that a workbook (.xlsx) is: its parts, the names of its sheets, its XML in memory that is bounded."""

import lzma
import posixpath
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Final, cast

from lxml import etree

# What a package that is cut off, encrypted, packed in an unknown way or simply made up is met with.
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, KeyError, IndexError, OSError, EOFError, NotImplementedError,
    RuntimeError, etree.XMLSyntaxError, ValueError, OverflowError,
)  # fmt: skip
# As far as a sheet goes down and to the right, by its own standard.
MOST_ROWS: Final = 1_048_576
_MOST_COLUMNS: Final = 16_384
# A workbook as most programs write it, and as they write it by the strict form of the standard.
_RELATIONS: Final = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)
_BLOCK: Final = 1 << 16
# A row, or whatever stands between two, holds less XML; only so much of a tree stands in memory.
_BETWEEN: Final = 4_000_000
_LARGEST_PART: Final = 20_000_000
# A package is read in pieces of at most this, its list of parts in one: that of a workbook takes some kilobytes.
_PIECE: Final = 4_000_000


class NotAWorkbook(ValueError):
    """The bytes are no workbook that is read here; the text says what is wrong with it and what to do."""


class UnpacksTooLarge(NotAWorkbook):
    """Unpacked, a package holds more than is read; nothing was unpacked to find out."""


class TooManyRows(ValueError):
    """A sheet holds more rows than are read; the text is the sheet's name."""


@dataclass(frozen=True)
class Leaflet:
    """A sheet as the package holds it: its name, and the part with its rows."""

    name: str
    part: str


class Package:
    """An open workbook: `main` is the name space of its XML, `zero` the day from which its numbers count days.

    `first` is the first of its sheets that a person sees.
    """

    def __init__(self, archive: zipfile.ZipFile, *, unpacked: int) -> None:
        self._archive = archive
        if sum(entry.file_size for entry in archive.infolist()) > unpacked:
            raise UnpacksTooLarge(
                f"Unpacked it holds more than {unpacked // 1_000_000:,} MB. Save it as CSV, in parts where it must be."
            )
        book = self.tree("xl/workbook.xml")
        self.main = f"{{{etree.QName(book).namespace or ''}}}"
        parts = {each.get("Id"): _path(each.get("Target") or "") for each in self.tree("xl/_rels/workbook.xml.rels")}
        self.sheets: list[Leaflet] = []
        self.first: Leaflet | None = None
        for each in book.iterfind(f"{self.main}sheets/{self.main}sheet"):
            number = next((each.get(name) for name in _RELATIONS if each.get(name)), None)
            if number not in parts:
                raise NotAWorkbook(f"Its sheet {each.get('name') or ''} is missing.")
            self.sheets.append(Leaflet(each.get("name") or "", parts[number]))
            if self.first is None and each.get("state") in (None, "visible"):
                self.first = self.sheets[-1]
        # What nobody sees is read only where there is nothing else.
        self.first = self.first or next(iter(self.sheets), None)
        properties = book.find(f"{self.main}workbookPr")
        since_1904 = properties is not None and properties.get("date1904") in ("1", "true")
        # As programs have counted since the first one took 1900 for a leap year.
        self.zero = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)  # noqa: DTZ001  a sheet has no zone

    def has(self, part: str) -> bool:
        """Whether there is such a part."""
        return part in self._archive.namelist()

    def tree(self, part: str) -> Any:
        """A small part as a whole."""
        if self._archive.getinfo(part).file_size > _LARGEST_PART:
            raise NotAWorkbook("Its list of sheets or styles is larger than any that is read.")
        return etree.fromstring(self._archive.read(part), etree.XMLParser(resolve_entities=False, no_network=True))

    def elements(self, part: str, *tags: str) -> Generator[Any, None, None]:
        """The elements of a large part with these tags as they end; each is gone when the next one is asked for."""
        parser: Any = etree.XMLPullParser(
            events=("end",), tag=[f"{self.main}{tag}" for tag in tags], resolve_entities=False, no_network=True
        )
        since = 0
        first = True
        with self._archive.open(part) as stream:
            while block := stream.read(_BLOCK):
                if first and b"<!DOCTYPE" in block.replace(b"\0", b""):
                    raise NotAWorkbook("It declares texts of its own in its XML, which no workbook does. Save it anew.")
                first = False
                parser.feed(block)
                since += len(block)
                for _, element in parser.read_events():
                    since = 0
                    yield element
                    element.clear()
                    while element.getprevious() is not None:
                        del element.getparent()[0]
                if since > _BETWEEN:
                    raise NotAWorkbook(f"A row of it holds more than {_BETWEEN // 1_000_000} MB. Save it as CSV.")
        parser.close()


class _InPieces:
    """A file that gives at most a piece at once, so that a list of a million parts ends too early for its reader."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.seek, self.tell, self.seekable = stream.seek, stream.tell, stream.seekable

    def read(self, size: int = -1) -> bytes:
        return self._stream.read(_PIECE if size < 0 else min(size, _PIECE))


@contextmanager
def opened(stream: BinaryIO, *, unpacked: int) -> Iterator[Package]:
    """A workbook for as long as it is read; NotAWorkbook for whatever is wrong with it meanwhile."""
    try:
        with zipfile.ZipFile(cast("BinaryIO", _InPieces(stream))) as archive:
            yield Package(archive, unpacked=unpacked)
    except _BROKEN as wrong:
        if isinstance(wrong, (NotAWorkbook, TooManyRows)):
            raise
        raise NotAWorkbook("It is no workbook (.xlsx), or it was cut off on its way.") from wrong


def check_package(stream: BinaryIO, *, unpacked: int) -> None:
    """Look at the list of a workbook's parts and sheets alone; NotAWorkbook where it is broken or too large."""
    with opened(stream, unpacked=unpacked):
        pass


def place_of(name: str) -> tuple[int, int]:
    """The row and the column of a cell's name such as B7, each from 1, 0 where it says none; ValueError for others."""
    letters = name.rstrip("0123456789")
    row, column = int(name[len(letters) :] or 0), 0
    for letter in letters:
        if not (letter.isascii() and letter.isalpha()):
            raise ValueError(name)
        column = column * 26 + ord(letter.upper()) - 64
    if row > MOST_ROWS or column > _MOST_COLUMNS:
        raise ValueError(name)
    return row, column


def _path(target: str) -> str:
    return posixpath.normpath(target.lstrip("/") if target.startswith("/") else f"xl/{target}")
