"""A report's package: its files with the snapshot that they are a function of."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pipir.document import render, volumes
from pipir.features.report.compose import compose
from pipir.features.report.compose.snapshot import Snapshot, canonical, digest
from pipir.statute.load import the_statute

MANIFEST = "manifest.json"
SNAPSHOT = "snapshot.json"
SEAL = "manifest.sha256"


class Begun(NamedTuple):
    """A package whose files are being made."""

    snapshot: Snapshot
    document: render.Begun


def begin(snapshot: Snapshot, *, most_pages: int = volumes.MOST_PAGES, by: render.Makers | None = None) -> Begun:
    """Compose the report and start making its files; finish() gives them."""
    document = compose(snapshot, the_statute(), snapshot.year)
    return Begun(snapshot, render.begin(document, most_pages=most_pages, by=by))


def finish(begun: Begun) -> dict[str, bytes]:
    """Every file of the report and the manifest: a function of the snapshot, the law's rows and the versions in use."""
    snapshot, versions = canonical(begun.snapshot), render.versions()  # while the files are being made
    files = render.finish(begun.document)
    files[SNAPSHOT] = snapshot
    files[MANIFEST] = render.manifest(files, versions, begun.document.document)
    files[SEAL] = seal(files[MANIFEST])
    return dict(sorted(files.items()))


def files_of(snapshot: Snapshot, *, most_pages: int = volumes.MOST_PAGES) -> dict[str, bytes]:
    """Both at once."""
    return finish(begin(snapshot, most_pages=most_pages))


def seal(manifest: bytes) -> bytes:
    """The line that holds the manifest's own hash, as sha256sum writes it."""
    return f"{digest(manifest)}  {MANIFEST}\n".encode()


def write_out(files: Mapping[str, bytes], folder: Path) -> tuple[Path, ...]:
    """Write the files into a folder, which is made where it is not there; each appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, content in sorted(files.items()):
        path = folder / name
        part = folder / f".{name}.part"
        part.write_bytes(content)
        part.replace(path)
        written.append(path)
    return tuple(written)
