"""What can change in the workspace beside the texts themselves: drafts of writers, comments."""

from typing import Annotated

import msgspec
from sqlalchemy import select

from pipir.features.report.commands import Narrative
from pipir.features.report.tables import Report, ReportSection
from pipir.features.workspace import rules
from pipir.features.workspace.tables import SectionComment, SectionDraft
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound, Stale
from pipir.kernel.ids import RecordNumber
from pipir.kernel.text import Line, Reason
from pipir.store.doors import WriteSession

# The version of one's draft that a window holds; 0 where it holds none.
Held = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_UNKNOWN = "There is no section with this number."


class KeepDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one has typed, the version of the section that it began from, and that of one's draft (0: there is none)."""

    base_version: RecordNumber
    narrative: Narrative = ""
    draft_version: Held = 0


class DropDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The version of one's draft that is thrown away."""

    draft_version: RecordNumber


class Comment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said about a section; the passage that it is about, where it is about one."""

    text: Reason
    passage: Line | None = None


class ResolveComment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a comment was resolved."""

    resolution: Reason


class ReopenComment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing but the wish to take it up again."""


@command("draft.keep", permission="reports.write", sunset="goes on")
async def keep_draft(session: WriteSession, section_id: int, body: KeepDraft) -> int:
    """Keep what one has typed; returns the draft's version. Stale where another window of one's own kept another."""
    section = await session.get(ReportSection, section_id)
    if section is None:
        raise NotFound(_UNKNOWN)
    if body.base_version > section.version:
        raise Invalid(
            "The draft begins from a version that there is not.",
            mistakes=(Mistake("base_version", f"Expected at most {section.version}.", str(body.base_version)),),
        )
    draft = await _own(session, section_id)
    held = draft.version if draft is not None and draft.open else 0
    # What is over is blank: a window that still holds its number begins anew.
    if held and body.draft_version != held:
        raise Stale(
            "Another window of yours has kept a draft of this section since. Nothing of it was replaced, and nothing "
            "of what you typed here is lost: it stands in the field still."
        )
    if draft is None:
        draft = SectionDraft(section_id=section_id, person_id=session.actor)
        session.add(draft)
    draft.narrative, draft.base_version, draft.kept_at, draft.open = (
        body.narrative,
        body.base_version,
        session.now,
        True,
    )
    await session.flush()
    return draft.version


@command("draft.drop", permission="reports.write", sunset="goes on")
async def drop_draft(session: WriteSession, section_id: int, body: DropDraft) -> None:
    """Throw one's draft away."""
    draft = await _own(session, section_id)
    if draft is None or not draft.open:
        raise NotFound("You have no draft of this section.")
    session.check_version(draft, body.draft_version, title="Your draft")
    draft.narrative, draft.open = "", False
    await session.flush()


async def close_draft(session: WriteSession, section_id: int) -> None:
    """One's draft is over: its text was saved."""
    draft = await _own(session, section_id)
    if draft is not None and draft.open:
        draft.narrative, draft.open = "", False
        await session.flush()


@command("section.comment", permission="reports.comment", sunset="goes on")
async def comment(session: WriteSession, section_id: int, body: Comment) -> int:
    """Say something about a section. Returns the number of the comment."""
    await _spoken_of(session, section_id)
    row = SectionComment(
        section_id=section_id, passage=body.passage, text=body.text, made_by_id=session.actor, made_at=session.now
    )
    session.add(row)
    await session.flush()
    return row.id


@command("comment.resolve", permission="reports.write", sunset="goes on")
async def resolve_comment(session: WriteSession, comment_id: int, body: ResolveComment, *, version: int) -> None:
    """Say how a comment was resolved."""
    row = await _comment(session, comment_id, version)
    rules.may_resolve(row.resolved_at is not None)
    row.resolved_by_id, row.resolved_at, row.resolution = session.actor, session.now, body.resolution
    await session.flush()


@command("comment.reopen", permission="reports.comment", sunset="goes on")
async def reopen_comment(session: WriteSession, comment_id: int, body: ReopenComment, *, version: int) -> None:
    """Take up again what was resolved."""
    row = await _comment(session, comment_id, version)
    rules.may_reopen(row.resolved_at is not None)
    row.resolved_by_id = row.resolved_at = row.resolution = None
    await session.flush()


async def _own(session: WriteSession, section_id: int) -> SectionDraft | None:
    found: SectionDraft | None = await session.scalar(
        select(SectionDraft)
        .where(SectionDraft.section_id == section_id, SectionDraft.person_id == session.actor)
        .with_for_update()
    )
    return found


async def _spoken_of(session: WriteSession, section_id: int) -> None:
    section = await session.get(ReportSection, section_id)
    if section is None:
        raise NotFound(_UNKNOWN)
    state = await session.scalar(
        select(Report.state).where(Report.year == section.year).order_by(Report.version_no.desc()).limit(1)
    )
    rules.may_comment(state, section.year)  # type: ignore[arg-type]


async def _comment(session: WriteSession, comment_id: int, version: int) -> SectionComment:
    row = await session.get(SectionComment, comment_id, with_for_update=True)
    if row is None:
        raise NotFound("There is no comment with this number.")
    await _spoken_of(session, row.section_id)
    session.check_version(row, version, title="This comment")
    return row
