"""The papers that the program attaches to its records, one of them in two versions."""

from datetime import date
from typing import Final

from sqlalchemy import select

from pipir.exercise import words
from pipir.exercise.meetings import WORKING_GROUPS
from pipir.exercise.program.course import PRIME, Act, Program, version_of
from pipir.features.documents import commands as documents
from pipir.features.documents.tables import Document
from pipir.features.law.tables import Designation
from pipir.kernel.ids import DocumentId
from pipir.store.doors import WriteSession

_DESIGNATED_ON: Final = date(2026, 5, 29)
_REVISED_ON: Final = date(2027, 3, 9)
_TERMS: Final = "Terms of reference (exercise)"


def plan_papers(program: Program) -> None:
    group = WORKING_GROUPS[0]
    program.at(_DESIGNATED_ON, "office", _attach_designation(program))
    program.at(group.established_on, "office", _attach_terms(program, group.name))
    program.at(max(_REVISED_ON, group.established_on), "office", _revise_terms())


def _attach_designation(program: Program) -> Act:
    async def act(session: WriteSession) -> None:
        designation = await session.scalar(select(Designation.id).where(Designation.exercise).limit(1))
        assert designation is not None
        body = documents.AttachDocument(
            title="Memorandum of designation (exercise)",
            record_kind="designation",
            record_id=designation,
            source=words.SOURCE,
            dated_on=_DESIGNATED_ON,
            office_id=program.offices[PRIME],
        )
        text = "EXERCISE\n\nMemorandum of 29 May 2026: a senior official is designated under 1253(e)(1).\n"
        await documents.attach_document(session, body, content=documents.content_of("designation.txt", text.encode()))

    return act


def _attach_terms(program: Program, group: str) -> Act:
    async def act(session: WriteSession) -> None:
        body = documents.AttachDocument(
            title=_TERMS,
            record_kind="working_group",
            record_id=program.groups[group],
            source=words.SOURCE,
            office_id=program.offices[PRIME],
            note="As adopted at the first meeting.",
        )
        text = f"EXERCISE\n\nTerms of reference of the {group}: members, meetings, decisions by consensus.\n"
        await documents.attach_document(session, body, content=documents.content_of("terms.txt", text.encode()))

    return act


def _revise_terms() -> Act:
    async def act(session: WriteSession) -> None:
        number = await session.scalar(select(Document.id).where(Document.exercise, Document.title == _TERMS))
        assert number is not None
        text = "EXERCISE\n\nTerms of reference, second edition: observers are admitted by consensus.\n"
        await documents.add_version(
            session,
            DocumentId(number),
            documents.AddVersion(note="Second edition: observers."),
            version=await version_of(session, Document, number),
            content=documents.content_of("terms.txt", text.encode()),
        )

    return act
