"""The compliance sheet for counsel: one row for each paragraph, as a document that every renderer reads. Pure."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from pipir.document.model import (
    Block,
    Bullets,
    Callout,
    Column,
    Cover,
    Definition,
    DefinitionList,
    Document,
    Heading,
    Marker,
    Paragraph,
    Row,
    Table,
    Text,
    number,
)
from pipir.features.trace.rules import PILLS, STATES, Traced
from pipir.kernel.calendar import show_day, washington_day
from pipir.statute import lookup
from pipir.statute.model import Statute

RIBBON: Final = "EXERCISE DATA"
MARKING: Final = "CUI"
_OFFICE: Final = "the program office of this installation"
_TONES: Final = {"ok": "good", "watch": "watch"}
_COLUMNS: Final = (
    Column("citation", "Paragraph", "text", 1.5),
    Column("statement", "In our words", "text", 3.2),
    Column("kind", "Kind and standing", "text", 1.3),
    Column("owed", "Owed by", "text", 1.3),
    Column("kept", "Kept by", "text", 3.0),
    Column("evidence", "Evidence, of what the reader may see", "text", 3.2),
    Column("state", "State", "marker", 1.5),
)


def sheet(rows: Sequence[Traced], statute: Statute, *, installation: str, now: datetime) -> Document:
    """The sheet of an instrument's paragraphs as they stood at an instant, numbered, ready to render."""
    instrument = statute.instruments[rows[0].instrument]
    content = msgspec.json.encode(tuple(rows), order="sorted")
    day = show_day(washington_day(now))
    release = show_day(instrument.text_release) if instrument.text_release else "not known here"
    exercise = any(row.exercise for row in rows)
    return number(
        Document(
            title="Statute trace: compliance sheet for counsel",
            subtitle=instrument.full_citation,
            running_title=f"Compliance sheet: {instrument.citation}, {day}",
            author="Department of Defense",
            marking=MARKING,
            designation=(
                ("Controlled by", _OFFICE),
                ("CUI category", "as marked on each record"),
                ("Distribution", "as marked on each record"),
                ("POC", _OFFICE),
            ),
            ribbons=(RIBBON,) if exercise else (),
            cover=Cover(
                eyebrow="Compliance sheet",
                lines=(f"Made in {_article(installation)} installation", f"Text release: {release}"),
                notice=(Text("It says what this record holds. It certifies nothing, and is no legal opinion."),),
            ),
            contents=False,
            frozen_at=now,
            snapshot_id=hashlib.sha256(content).hexdigest(),
            as_of=(f"As of {day}",),
            blocks=tuple(_blocks(rows, statute, release, exercise=exercise)),
        )
    )


def _blocks(rows: Sequence[Traced], statute: Statute, release: str, *, exercise: bool) -> Iterator[Block]:
    instrument = statute.instruments[rows[0].instrument]
    if exercise:
        yield Callout("exercise", (Text("Some of the records counted here are invented for an exercise."),), RIBBON)
    yield Heading(1, "States", "states")
    yield DefinitionList(
        tuple(
            Definition(state.capitalize(), (Text(_MEANS[state]), Text(_count(rows, state), literal=True)))
            for state in STATES
        )
    )
    yield Heading(1, "Open questions", "questions")
    yield Paragraph((Text("What the law's files say is not known, and what counsel has not settled:"),))
    yield Bullets(tuple((Text(each, literal=True),) for each in _questions(rows, statute)))
    yield Heading(1, "Paragraph by paragraph", "paragraphs")
    yield Table(
        "trace",
        f"Each paragraph of {instrument.citation}",
        _COLUMNS,
        tuple(_row(each) for each in rows),
        source=(Text(f"{instrument.release_note} Text release: {release}.", literal=True),),
        orientation="landscape",
    )


_MEANS: Final = {
    "kept": "Records here show it. ",
    "due": "It is owed, and no day of it has passed without evidence. ",
    "not yet": "Nothing has set it off here. ",
    "no evidence recorded here": "Nothing here shows it; that is not the same as not done. ",
    "structure only": "It holds other paragraphs or names a plan; nothing is kept of it. ",
    "by law": "It takes effect by itself. ",
}


def _count(rows: Sequence[Traced], state: str) -> str:
    return f"Paragraphs: {sum(row.state == state for row in rows)}."


def _row(row: Traced) -> Row:
    told = " ".join(each.says + (f" Last: {show_day(each.last_on)}." if each.last_on else "") for each in row.evidence)
    marks = " EXERCISE DATA." if row.exercise else ""
    owed = row.owed_by + "".join(f"; {office}" for office in row.offices) if row.owed_by else "nobody"
    kept = f"{row.says} Page {row.page}; report section {row.section}." if row.page else row.says
    return Row(
        row.slug,
        (
            row.short_citation,
            f"{row.title}. {row.statement}",
            f"{row.kind.replace('-', ' ')}; {row.standing}",
            owed,
            kept,
            (told or "none needed") + marks,
            Marker(row.state, _TONES.get(PILLS[row.state], "none")),  # type: ignore[arg-type]
        ),
    )


def _questions(rows: Sequence[Traced], statute: Statute) -> Iterator[str]:
    yield from (f"Not known: {each}." for each in statute.instruments[rows[0].instrument].not_known)
    for reading in lookup.readings(statute):
        if not reading.counsel:
            which = "Adopted here" if reading.adopted else "The stricter reading"
            yield f"{statute.short_citation(reading.provision)}, {reading.standing_label}. {which}: {reading.statement}"
    for row in rows:
        if row.state == "no evidence recorded here":
            yield f"{row.short_citation}, {row.title}: {row.state}."


def _article(installation: str) -> str:
    return f"{'an' if installation[0] in 'aeiou' else 'a'} {installation}"
