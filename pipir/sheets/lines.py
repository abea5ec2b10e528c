"""The lines of a file of text, with their numbers: one by one, or whole blocks of plain ones at once."""

from typing import BinaryIO, Final

from pipir.kernel.errors import Mistake

# What the standard library's reader takes of one cell; a line that is longer is no line of text.
LONGEST_CELL: Final = 131_072
_BYTES_IN_LINE: Final = 1_000_000
_BLOCK: Final = 1 << 18


class Lines:
    """The lines of a stream that can seek; a line that is none of text is a mistake instead."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream, self._name = stream, name
        self._number = 0
        self._over = False
        # Where the next line begins, and up to where the lines are looked at one by one.
        self._at = stream.tell()
        self._by_one = 0

    def block(self) -> tuple[int, list[str]] | None:
        """The number of the next line and a block of whole lines from there, of which none needs a look by itself.

        None where one of them may: a quotation mark, a CR that ends no line, a cell that is too long.
        """
        # The first line may begin with a mark of its own.
        if self._over or not self._number or self._at < self._by_one:
            return None
        raw = self._stream.read(_BLOCK)
        raw += self._stream.readline(_BYTES_IN_LINE)
        text = _decoded(raw)
        if "\r" in text:
            text = text.replace("\r\n", "\n")
        found = text.split("\n")
        if not raw.endswith(b"\n") or '"' in text or "\r" in text or max(map(len, found)) > LONGEST_CELL:
            self._stream.seek(self._at)
            self._by_one = self._at + len(raw)
            return None
        found.pop()
        first = self._number + 1
        self._number += len(found)
        self._at += len(raw)
        return first, found

    def next(self) -> tuple[int, str] | Mistake | None:
        """The next line with its number and its end; None after the last."""
        if self._over:
            return None
        raw = self._line()
        if not raw:
            self._over = True
            return None
        self._number += 1
        if self._number == 1:
            if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
                self._over = True
                return Mistake(f"{self._name}:1:1", "Expected text in UTF-8.", "UTF-16")
            if b"\0" in raw[:2]:
                self._over = True
                return Mistake(f"{self._name}:1:1", "Expected text in UTF-8.", "NUL, as in UTF-16")
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        if len(raw) >= _BYTES_IN_LINE and not raw.endswith(b"\n"):
            where = f"{self._name}:{self._number}:1"
            if b"\r" in raw:
                self._over = True
                return Mistake(where, "Expected lines that end with LF or CRLF.", "CR alone")
            while raw and not raw.endswith(b"\n"):
                raw = self._line()
            return Mistake(where, f"Expected lines of less than {_BYTES_IN_LINE:,} bytes.")
        return self._number, _decoded(raw)

    def _line(self) -> bytes:
        raw = self._stream.readline(_BYTES_IN_LINE)
        self._at += len(raw)
        return raw


def _decoded(raw: bytes) -> str:
    # What is no UTF-8 becomes lone surrogates, so that the mistake can be told at its cell.
    return raw.decode("utf-8", "surrogateescape")
