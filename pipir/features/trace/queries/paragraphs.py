"""Paragraphs with live evidence, and how the bill differs."""

from collections.abc import Sequence
from datetime import date
from typing import Final, get_args

import msgspec
from sqlalchemy import text

from pipir.document.model import Document
from pipir.features.law.queries import law_of
from pipir.features.trace import rules
from pipir.features.trace.compose import sheet
from pipir.features.trace.queries.evidence import QUESTIONS
from pipir.features.trace.rules import Evidence, Traced
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.marking import Reader
from pipir.statute import lookup
from pipir.statute.load import the_statute
from pipir.statute.model import Kind, Provision, Statute
from pipir.store.doors import ReadSession

# What is traced: the section, the bill before it, the pattern beside it.
INSTRUMENTS: Final = (lookup.SECTION, "s-2453", "ipef")


class Compared(msgspec.Struct, frozen=True):
    """A paragraph of the section beside what is known of the bill; no `bill`: nothing of it is known here."""

    slug: str
    citation: str
    title: str
    statement: str
    bill: tuple["BillRow", ...]


class BillRow(msgspec.Struct, frozen=True):
    """What the bill said, and what changed."""

    citation: str
    standing: str
    statement: str
    difference: str


async def list_traced(
    session: ReadSession,
    reader: Reader,
    *,
    instrument: str = lookup.SECTION,
    kind: str | None = None,
    status: str | None = None,
) -> tuple[Traced, ...]:
    """The paragraphs of an instrument in its own order, with the evidence that the reader may see."""
    _check("instrument", instrument, INSTRUMENTS)
    slugs = [slug for slug, of in the_statute().instrument_of.items() if of == instrument]
    return narrowed(await _traced(session, reader, slugs), kind=kind, status=status)


def narrowed(rows: tuple[Traced, ...], *, kind: str | None, status: str | None) -> tuple[Traced, ...]:
    """The rows of a kind and a state; None is any."""
    _check("kind", kind, get_args(Kind))
    _check("status", status, rules.STATES)
    return tuple(each for each in rows if (kind is None or each.kind == kind) and status in (None, each.state))


async def paragraph(session: ReadSession, reader: Reader, slug: str) -> Traced:
    """One paragraph by its slug, or NotFound."""
    if slug not in the_statute().traces:
        raise NotFound("No paragraph that is traced here has this name.")
    return (await _traced(session, reader, [slug]))[0]


def comparison() -> tuple[Compared, ...]:
    """Each paragraph of the section with what is known of the bill before it."""
    law = the_statute()
    return tuple(
        Compared(
            slug=slug,
            citation=law.short_citation(slug),
            title=law.provision(slug).title,
            statement=law.provision(slug).statement,
            bill=tuple(
                BillRow(row.citation, row.standing_label, row.statement, each.statement)
                for each in lookup.differences(law, slug)
                for row in [law.provision(each.other)]
                if law.instrument(row.slug).status == "bill"
            ),
        )
        for slug, of in law.instrument_of.items()
        if of == lookup.SECTION
    )


async def sheet_of(session: ReadSession, reader: Reader) -> Document:
    """The compliance sheet of the section, of what the reader may see."""
    rows = await list_traced(session, reader)
    installation = await session.scalar(text("select kind from app.installation"))
    return sheet(rows, await law_of(session), installation=installation or "exercise", now=session.now)


async def _traced(session: ReadSession, reader: Reader, slugs: Sequence[str]) -> tuple[Traced, ...]:
    law = await law_of(session)
    traces = law.traces
    asked = dict.fromkeys(name for slug in slugs for name in traces[slug].evidence)
    answers = {name: await QUESTIONS[name](session, reader, law) for name in asked}
    return tuple(_view(law, slug, tuple(answers[name][slug] for name in traces[slug].evidence)) for slug in slugs)


def _view(law: Statute, slug: str, evidence: tuple[Evidence, ...]) -> Traced:
    row, trace = law.provision(slug), law.traces[slug]
    return Traced(
        slug=slug,
        instrument=law.instrument_of[slug],
        citation=row.citation,
        short_citation=row.short_citation,
        kind=row.kind,
        standing=row.standing_label,
        title=row.title,
        statement=row.statement,
        note=row.note,
        owed_by=row.owed_by,
        offices=tuple(f"{each.office} ({each.role})" for each in row.office),
        recipients=tuple(each.name for each in lookup.recipients(law, slug)),
        days=_days(law, row),
        says=trace.says,
        rule=trace.rule,
        page=trace.page,
        section=trace.section,
        state=rules.state_of(trace, evidence),
        evidence=evidence,
        exercise=any(each.exercise for each in evidence),
    )


def _days(law: Statute, row: Provision) -> tuple[date, ...]:
    own = lookup.deadlines(law, law.instrument_of[row.slug])
    return tuple(each.statutory_day for each in own if each.provision == row.slug)


def _check(name: str, value: str | None, known: Sequence[str]) -> None:
    if value is not None and value not in known:
        raise Invalid(
            f"The trace cannot be filtered by that {name}.",
            mistakes=(Mistake(name, "Expected one of: " + ", ".join(known) + ".", value[:60]),),
        )
