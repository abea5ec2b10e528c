"""Whether a folder holds a report's package as this program makes it: hashes, model, bytes, printed figures."""

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pikepdf

from pipir.document import pdf_checks, volumes
from pipir.document.model import Document, Table
from pipir.document.model import canonical as canonical_document
from pipir.document.model import read as read_document
from pipir.document.render import versions as made_with
from pipir.document.text import printable
from pipir.features.report.compose import compose
from pipir.features.report.compose.cuts import untied
from pipir.features.report.compose.snapshot import Snapshot, canonical, digest, read
from pipir.kernel.errors import Invalid, Mistake
from pipir.kernel.money import dollars
from pipir.package import MANIFEST, SEAL, SNAPSHOT, files_of, seal
from pipir.statute.load import the_statute

_MODEL = "report.json"
# What every package holds beside its pages, whichever program made it.
_ALWAYS = (_MODEL, "report.html", "report.docx", "report.xlsx", SNAPSHOT)
# What a file that is packed holds, and what one calls it.
_PACKED = (
    ("report.docx", "word/document.xml", "Word document"),
    ("report.xlsx", "xl/workbook.xml", "workbook"),
)
# What a manifest says of the report beside its files and what they were made with.
_DESCRIBED = ("frozen_at", "marking", "ribbons", "snapshot_id", "status", "title")
_MOST = 5  # places that are named of one fault
# What no JSON of ours gives: broken, of other kinds, or nested without end.
_UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)


class Verified(msgspec.Struct, frozen=True):
    """What was checked in a package, what is wrong in it, and what could not be repeated here; each in a sentence."""

    checked: tuple[str, ...]
    wrong: tuple[str, ...]
    not_repeated: tuple[str, ...]


class _File(msgspec.Struct, frozen=True):
    sha256: str
    size: int


class _Manifest(msgspec.Struct, frozen=True):
    snapshot_id: str
    files: dict[str, _File]
    versions: dict[str, Any]


def verify(folder: Path, *, most_pages: int = volumes.MOST_PAGES) -> Verified:
    """Check a folder against itself and against this program: hashes, model, files byte for byte, printed figures.

    It needs no database. Whoever edits the snapshot and makes every file anew has made another report: its hash is
    another than the one on paper and in the trail of the service, and is told so that it can be compared.
    """
    try:
        inside = sorted(folder.iterdir())
        # A link is none of the package's files, whatever it leads to: that may be another tomorrow.
        there = {path.name: path.read_bytes() for path in inside if path.is_file() and not path.is_symlink()}
    except OSError as wrong:
        raise Invalid(
            f"The folder {folder} cannot be read: {wrong.strerror}.",
            mistakes=(Mistake("DIR", "Expected the folder of a report's package.", str(folder)),),
        ) from wrong
    if MANIFEST not in there:
        return Verified((), (f"{MANIFEST} is not there, so nothing says what the package holds.",), ())
    found = _Findings()
    told = _manifest(there, found)
    if told is None:
        return found.verified()
    _complete(told, found)
    _hashes(there, told, found, {path.name: _kind(path) for path in inside if path.name not in there})
    snapshot = _snapshot(there, told, found)
    document = _model(there, found)
    _kinds(there, found)
    if document is not None:
        _described(document, there, found)
    if snapshot is not None:
        _repeat(snapshot, there, told, found, most_pages)
    of_pages = volumes.of_files(there)
    if document is not None and of_pages:
        _printed(document, of_pages, found)
    return found.verified()


class _Findings:
    """What a verification has found so far."""

    def __init__(self) -> None:
        self.checked: list[str] = []
        self.wrong: list[str] = []
        self.not_repeated: list[str] = []

    def verified(self) -> Verified:
        # Names and values of an edited package go to a terminal: nothing in them may turn or hide what stands beside.
        told = (tuple(map(printable, each)) for each in (self.checked, self.wrong, self.not_repeated))
        return Verified(*told)


def _manifest(there: Mapping[str, bytes], found: _Findings) -> _Manifest | None:
    if SEAL not in there:
        found.wrong.append(f"{SEAL} is not there, so nothing says what {MANIFEST} was.")
    elif there[SEAL] != seal(there[MANIFEST]):
        found.wrong.append(f"{MANIFEST} has the sha256 {digest(there[MANIFEST])}, and {SEAL} does not say so.")
    try:
        return msgspec.json.decode(there[MANIFEST], type=_Manifest)
    except _UNREADABLE as wrong:
        found.wrong.append(f"{MANIFEST} cannot be read: {wrong}.")
        return None


def _complete(told: _Manifest, found: _Findings) -> None:
    """Whether the manifest names every file of a report and no other: of whatever program, a package is that set."""
    pages = list(volumes.of_files(dict.fromkeys(told.files, b"")))
    if not pages:
        found.wrong.append(f"{MANIFEST} names neither report.pdf nor volumes of it: nobody could print the report.")
    elif pages != ["report.pdf"] and (len(pages) == 1 or pages != volumes.names(len(pages))):
        found.wrong.append(
            f"{MANIFEST} names {' and '.join(pages)}: volumes before, between or after them are missing."
        )
    found.wrong += [
        f"{MANIFEST} does not name {name}, which every package of a report holds."
        for name in _ALWAYS
        if name not in told.files
    ]
    found.wrong += [
        f"{name} is no file of a report's package." for name in sorted(told.files) if name not in {*_ALWAYS, *pages}
    ]


def _kinds(there: Mapping[str, bytes], found: _Findings) -> None:
    """Whether each file for readers is of the kind that its name says; the pages and the model are read as a whole."""
    if "report.html" in there and not there["report.html"].lower().startswith(b"<!doctype html>"):
        found.wrong.append("report.html is no HTML page.")
    for name, part, kind in _PACKED:
        if name in there and part not in _parts(there[name]):
            found.wrong.append(f"{name} is no {kind}.")


def _parts(content: bytes) -> list[str]:
    """The names of what is packed in a file; none where it is no whole package."""
    try:
        return zipfile.ZipFile(io.BytesIO(content)).namelist()
    except Exception:  # what an edited directory of a package leads to is not one kind of error
        return []


def _kind(path: Path) -> str:
    """What something is that is no file."""
    return "a link" if path.is_symlink() else "a folder" if path.is_dir() else "a device or a pipe"


def _hashes(there: Mapping[str, bytes], told: _Manifest, found: _Findings, others: Mapping[str, str]) -> None:
    """Compare each file; `others` is what stands in the folder and is no file: a package is one flat folder."""
    for name, entry in sorted(told.files.items()):
        if name in others:
            found.wrong.append(f"{name} is {others[name]}, not a file.")
        elif name not in there:
            found.wrong.append(f"{name} is named in {MANIFEST} and is not there.")
        elif digest(there[name]) != entry.sha256:
            found.wrong.append(f"{name} was changed: its sha256 is {digest(there[name])}, not {entry.sha256}.")
        elif len(there[name]) != entry.size:
            found.wrong.append(f"{name} holds {len(there[name]):,} bytes, not {entry.size:,}.")
    found.wrong += [
        f"{name} is there and {MANIFEST} does not name it."
        for name in sorted({*there, *others})
        if name not in {*told.files, MANIFEST, SEAL}
    ]
    found.checked.append(f"The hash of each of {len(told.files)} files was compared with {MANIFEST}.")


def _snapshot(there: Mapping[str, bytes], told: _Manifest, found: _Findings) -> Snapshot | None:
    content = there.get(SNAPSHOT)
    if content is None:
        found.wrong.append(f"{SNAPSHOT} is not there: nothing can be made anew from it.")
        return None
    try:
        snapshot = read(content)
        again, in_form = canonical(snapshot), _sorted(content) + b"\n"
    except _UNREADABLE as wrong:
        found.wrong.append(f"{SNAPSHOT} cannot be read: {wrong}.")
        return None
    # Its form is every program's; fields that this one does not know may be those of a later one.
    if in_form != content:
        found.wrong.append(f"{SNAPSHOT} is not in its canonical form.")
    elif again != content and _program(told.versions) == _program(made_with()):
        found.wrong.append(f"{SNAPSHOT} holds what this program does not know.")
    elif again != content:
        found.not_repeated.append(f"{SNAPSHOT} holds what this program does not know.")
    if digest(content) != told.snapshot_id:
        found.wrong.append(f"{SNAPSHOT} has the sha256 {digest(content)}; the manifest was made of {told.snapshot_id}.")
    found.wrong += [
        f"{SNAPSHOT}: {each.measure} of {each.where} is {dollars(each.ours)}, and the lines come to "
        f"{dollars(each.ledger)}."
        for each in untied(snapshot)
    ]
    found.checked.append(f"The snapshot has the sha256 {digest(content)}; compare it with the annex on paper.")
    found.checked.append("Every table of money was added up again from the lines of the ledger in the snapshot.")
    return snapshot


def _sorted(content: bytes) -> bytes:
    """The same JSON with sorted keys and nothing between them."""
    return msgspec.json.encode(msgspec.json.decode(content), order="sorted")


def _model(there: Mapping[str, bytes], found: _Findings) -> Document | None:
    if _MODEL not in there:
        return None
    try:
        return read_document(there[_MODEL])
    except _UNREADABLE as wrong:
        found.wrong.append(f"{_MODEL} cannot be read: {wrong}.")
        return None


def _described(document: Document, there: Mapping[str, bytes], found: _Findings) -> None:
    """Whether the manifest says of the report what the model says: its marking and its status too, whoever made it."""
    said = msgspec.json.decode(there[MANIFEST])
    if msgspec.json.format(_sorted(there[MANIFEST]), indent=1) + b"\n" != there[MANIFEST]:
        found.wrong.append(f"{MANIFEST} is not in its canonical form.")
    model = msgspec.json.decode(msgspec.json.encode({name: getattr(document, name) for name in _DESCRIBED}))
    found.wrong += [
        f"{MANIFEST} and {_MODEL} differ in what they say of the report: {name}."
        for name in sorted({*said, *model} - {"files", "versions"})
        if said.get(name) != model.get(name)
    ]


def _repeat(snapshot: Snapshot, there: Mapping[str, bytes], told: _Manifest, found: _Findings, most_pages: int) -> None:
    """Make the model and the files again, as far as this program is the one that made them."""
    statute, here = the_statute(), made_with()
    if snapshot.statute_digest != statute.digest:
        found.not_repeated.append(
            f"The model and the files: the law's rows were {snapshot.statute_digest[:12]}, here they are "
            f"{statute.digest[:12]}."
        )
        return
    theirs, ours = _program(told.versions), _program(here)
    if theirs != ours:
        found.not_repeated.append(f"The model and the files: they were made with {theirs}, this is {ours}.")
        return
    try:
        document = compose(snapshot, statute, snapshot.year)
    except Exception as wrong:  # whatever an edited snapshot leads to is told as its fault
        at = str(wrong).rstrip(".")[:200]
        found.wrong.append(f"{SNAPSHOT} gives no report: its parts do not fit together ({at}).")
        return
    if there.get(_MODEL) != canonical_document(document):
        found.wrong.append(f"{_MODEL} is not what the snapshot gives.")
    found.checked.append("The model was made again from the snapshot.")
    again = files_of(snapshot, most_pages=most_pages)
    differing = [name for name in again if name in there and there[name] != again[name]]
    found.checked.append(f"{len(again)} files were made again and compared byte for byte.")
    other = sorted(name for name in {*told.versions, *here} if told.versions.get(name) != here.get(name))
    if not other:
        found.wrong += [f"{name} is not what the snapshot gives." for name in differing]
        return
    # What came out the same is held for certain; of the rest, nobody can say here whether it was edited.
    differing = [name for name in differing if name not in (MANIFEST, SEAL)]
    made = "they were made with other " + ", ".join(
        name if isinstance(here.get(name), dict) else f"{name} ({told.versions.get(name)}, here {here.get(name)})"
        for name in other
    )
    found.not_repeated.append(
        f"{', '.join(differing)} byte for byte: {made}; the other files came out the same."
        if differing
        else f"What the files were made with: by {MANIFEST} {made}. Each of them came out the same here."
    )


def _program(versions: Mapping[str, Any]) -> str:
    """A program in words: its version, and by the hash of its text which state of it."""
    return f"pipir {versions.get('pipir')} in the state {str(versions.get('program'))[:12]}"


def _by_rule(name: str, findings: Iterable[pdf_checks.Finding]) -> Iterator[str]:
    """A sentence for each rule that a file breaks: of another report's pages each may break it."""
    found: dict[str, list[str]] = {}
    for each in findings:
        found.setdefault(each.rule, []).append(each.where)
    yield from (f"{name}: {rule}: {_some(places)}." for rule, places in found.items())


def _some(said: list[str]) -> str:
    """The first of what is said, and how many more there are."""
    shown = "; ".join(said[:_MOST])
    return shown if len(said) <= _MOST else f"{shown}; and {len(said) - _MOST:,} more"


def _printed(document: Document, of_pages: Mapping[str, bytes], found: _Findings) -> None:
    """Whether each figure of the model stands in the text of the PDF, or of one of its volumes."""
    pages: list[str] = []
    for name, content in of_pages.items():
        try:
            pages += pdf_checks.printed(content)
            found.wrong += _by_rule(name, pdf_checks.findings(content))
        except Exception as wrong:
            locked = isinstance(wrong, pikepdf.PasswordError)
            found.wrong.append(
                f"{name} cannot be read: {'it asks for a password' if locked else 'it is no whole PDF'}."
            )
            return
    names = " and ".join(of_pages)
    found.wrong += _by_rule(names, pdf_checks.said(tuple(of_pages.values()), document))
    spoken = {word for page in pages for word in page.split()}
    whole = ""
    count = 0
    lacking: list[str] = []
    for table in document.blocks:
        if not isinstance(table, Table):
            continue
        for row in table.rows:
            for column, cell in zip(table.columns, row.cells, strict=True):
                if not column.figures or not isinstance(cell, str) or not cell:
                    continue
                count += 1
                if cell in spoken:
                    continue
                whole = whole or pdf_checks.bare("".join(pages))
                if pdf_checks.bare(cell) not in whole:
                    lacking.append(f"{cell} of table {table.number}, {row.key}")
    if lacking:
        found.wrong.append(f"{names}: {_some(lacking)} is not printed.")
    found.checked.append(f"{len(document.facts):,} figures and {count:,} cells of tables were looked up in {names}.")
