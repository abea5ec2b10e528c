"""What can change of workbooks: one is imported, and a second person takes its changes or refuses them."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, cast

import msgspec
from sqlalchemy import select

from pipir.features.people.queries import reader_of
from pipir.features.people.tables import Person
from pipir.features.projects import commands as projects
from pipir.features.projects import rules as project_rules
from pipir.features.projects.rules import MilestoneDates
from pipir.features.projects.tables import Milestone, Project
from pipir.features.workbooks import queries, rules
from pipir.features.workbooks.compose import MilestoneRow, ProjectRow, Row, texts_of
from pipir.features.workbooks.rules.columns import Kind
from pipir.features.workbooks.rules.reading import ReadBook, ReadRow
from pipir.features.workbooks.rules.values import Names, raw_of
from pipir.features.workbooks.tables import WorkbookChange, WorkbookId, WorkbookImport
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound, Problem
from pipir.kernel.files import Incoming
from pipir.kernel.ids import MilestoneId, ProjectId, RecordNumber
from pipir.kernel.marking import Marking, Reader, combined, read_marking
from pipir.kernel.money import encode_hook
from pipir.kernel.parsing import parse
from pipir.kernel.text import Reason
from pipir.statute.load import the_statute
from pipir.store.base import visible_to
from pipir.store.doors import WriteSession

# A reason that is typed beside a changed day stands before the workbook's own words.
_LONGEST_REASON = 1_800
_CHANGES = msgspec.Meta(max_length=10_000, description="Numbers of changes of the workbook.")
_PLAN = ("name", "position", "planned_on", "forecast_on")


class ImportWorkbook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said to the person who reviews the workbook; the file comes beside it."""

    remark: Reason | None = None


class AcceptChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The changes that are taken, all in one; where one of them cannot be, none is."""

    change_ids: Annotated[list[RecordNumber], _CHANGES]
    because: Reason | None = None


class RefuseChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The changes that are not taken, and why."""

    change_ids: Annotated[list[RecordNumber], _CHANGES]
    because: Reason


class WithdrawWorkbook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why what still waits of a workbook is withdrawn."""

    because: Reason


@dataclass(frozen=True)
class Content:
    """A workbook that was read: what its file is called, its hash, and what stands in it."""

    filename: str
    sha256: str
    book: ReadBook


async def examined(file: Incoming) -> Content:
    """The workbook as read, with the mistakes of its form; Invalid where it cannot be read at all."""
    file.body.seek(0)
    # A large one takes a while, in which others are served.
    book = await asyncio.to_thread(rules.read_book, file.body.read())
    return Content(file.name, file.sha256, book)


@command("workbook.import", permission="workbooks.change", sunset="goes on")
async def import_workbook(session: WriteSession, body: ImportWorkbook, *, content: Content) -> WorkbookId:
    """Queue what a workbook changes for a second person's review; Invalid with every mistake in it."""
    reader = await reader_of(session, session.actor)
    book = content.book
    found, mistakes = await _asked_for(session, reader, book)
    mistakes = [*book.mistakes, *mistakes]
    if not mistakes and not found:
        mistakes.append(Mistake("file", "Expected at least one changed value; this workbook changes nothing."))
    if await session.get(Person, book.told.made_by_id) is None:
        mistakes.append(Mistake(rules.RECORD, "Expected a workbook that was exported here."))
    if mistakes:
        count = len(mistakes)
        raise Invalid(
            f"{'One thing needs' if count == 1 else f'{count:,} things need'} correcting in the workbook; "
            "nothing of it was stored.",
            mistakes=tuple(mistakes),
        )
    imported = WorkbookImport(
        filename=content.filename,
        sha256=content.sha256,
        exported_at=book.told.made_at,
        exported_by_id=book.told.made_by_id,
        asked=book.told.asked,
        uploaded_by_id=session.actor,
        uploaded_at=session.now,
        remark=body.remark,
    )
    imported.mark(await _marking_of(session, found))
    session.add(imported)
    await session.flush()
    for change in found:
        change.import_id = imported.id
    session.add_all(found)
    await session.flush()
    return WorkbookId(imported.id)


@command("workbook.accept", permission="workbooks.change", sunset="goes on")
async def accept_changes(session: WriteSession, import_id: WorkbookId, body: AcceptChanges) -> None:
    """Take changes of a workbook as the second person: by the ordinary commands, on the versions that it carries."""
    imported, reader = await _import(session, import_id)
    rules.may_review(imported.uploaded_by_id, session.actor)
    waiting = await _waiting(session, reader, import_id)
    rules.ticked(body.change_ids, waiting.keys())
    chosen = [waiting[number] for number in waiting if number in set(body.change_ids)]
    views = {each.id: each for each in await queries.changes_of(session, reader, import_id)}
    called = {each.id: rules.named(each.kind, views[each.id].code, views[each.id].name) for each in chosen}
    rules.stale(
        [(called[each.id], each.record_version, views[each.id].version_now) for each in chosen if views[each.id].stale]
    )
    names = await queries.names(session, reader)
    person = await session.scalar(select(Person.name).where(Person.id == imported.uploaded_by_id)) or ""
    for change in chosen:
        try:
            await _apply(session, change, names, rules.because(import_id, person, change.said))
        except Problem as wrong:
            raise _of_row(wrong, called[change.id]) from wrong
        change.state, change.because = "accepted", body.because
        change.decided_by_id, change.decided_at = session.actor, session.now
        await session.flush()


@command("workbook.refuse", permission="workbooks.change", sunset="goes on")
async def refuse_changes(session: WriteSession, import_id: WorkbookId, body: RefuseChanges) -> None:
    """Refuse changes of a workbook as the second person, with the reason."""
    imported, reader = await _import(session, import_id)
    rules.may_review(imported.uploaded_by_id, session.actor)
    waiting = await _waiting(session, reader, import_id)
    rules.ticked(body.change_ids, waiting.keys())
    await _settle(session, [waiting[number] for number in set(body.change_ids)], "refused", body.because)


@command("workbook.withdraw", permission="workbooks.change", sunset="goes on")
async def withdraw_workbook(session: WriteSession, import_id: WorkbookId, body: WithdrawWorkbook) -> None:
    """Withdraw what still waits of a workbook that one has imported oneself."""
    imported, reader = await _import(session, import_id)
    rules.may_withdraw(imported.uploaded_by_id, session.actor)
    waiting = await _waiting(session, reader, import_id)
    if not waiting:
        raise Invalid("Nothing of this workbook waits any more.")
    await _settle(session, waiting.values(), "withdrawn", body.because)


async def _settle(session: WriteSession, changes: Iterable[WorkbookChange], state: str, because: str) -> None:
    for change in changes:
        change.state, change.because = state, because
        change.decided_by_id, change.decided_at = session.actor, session.now
    await session.flush()


async def _marking_of(session: WriteSession, changes: Sequence[WorkbookChange]) -> Marking:
    """The marking of a text that may tell of every project that is changed, as it is marked and as it would be."""
    ids = {each.project_id for each in changes}
    stand = await session.scalars(select(Project.marking).where(Project.id.in_(ids)))
    become = [field["after"] for each in changes for field in each.fields if field["field"] == "marking"]
    return combined([*stand, *become])


async def _asked_for(
    session: WriteSession, reader: Reader, book: ReadBook
) -> tuple[list[WorkbookChange], list[Mistake]]:
    """The changes that a workbook asks for, each with the version that it carries; and what is wrong in its rows."""
    edited = [
        row
        for row in book.rows
        if rules.fingerprint(row.kind, row.values) != book.told.fingerprints[row.kind, row.number]
    ]
    now = await _rows_now(session, reader, edited)
    names = await queries.names(session, reader)
    found: list[WorkbookChange] = []
    mistakes: list[Mistake] = []
    for row in edited:
        current = now.get((row.kind, row.number))
        if current is None:
            expected = "Expected a record that you may change: not one that has ended or was cancelled meanwhile."
            mistakes.append(row.mistake("number", expected))
            continue
        if isinstance(current, MilestoneRow) and row.values["project"] != current.project:
            mistakes.append(row.mistake("project", f"Expected {current.project}, as it was exported."))
        before = texts_of(row.kind, current)
        columns = rules.changed_fields(row.kind, row.values, before)
        changed = [column.field for column in columns]
        wrong = _judged(row, current, changed, names, reader, session)
        mistakes += [row.mistake(each.where.partition(".")[0], each.expected) for each in wrong]
        if columns and not wrong:
            found.append(
                WorkbookChange(
                    kind=row.kind,
                    record_id=current.id,
                    project_id=current.project_id if isinstance(current, MilestoneRow) else current.id,
                    record_version=row.version,
                    line=row.row.line,
                    fields=[
                        {
                            "field": column.field,
                            "title": column.title,
                            "before": before[column.field],
                            "after": row.values[column.field],
                        }
                        for column in columns
                    ],
                    said=row.values.get("reason") or None,
                    state="waiting",
                )
            )
    return found, mistakes


def _judged(
    row: ReadRow, current: Row, changed: Sequence[str], names: Names, reader: Reader, session: WriteSession
) -> list[Mistake]:
    """What is wrong in the values of an edited row, as the ordinary commands would judge them."""
    # A name that was not changed may be of a record that the person does not see; it stays as it is.
    raw, mistakes = raw_of(row.kind, row.values, names, _but_unchanged_names(row.kind, changed))
    try:
        if isinstance(current, ProjectRow):
            _judge_project(parse(projects.ReviseProject, raw, lenient=True), reader)
        else:
            _judge_milestone(raw, current, changed, session)
    except Problem as wrong:
        mistakes += wrong.mistakes or (Mistake(changed[0] if changed else "number", wrong.detail),)
    return mistakes


def _but_unchanged_names(kind: Kind, changed: Sequence[str]) -> list[str]:
    return [column.field for column in rules.columns_of(kind) if column.kind != "name" or column.field in changed]


def _judge_project(body: projects.ReviseProject, reader: Reader) -> None:
    mistakes: list[Mistake] = []
    for judge in (
        lambda: project_rules.check_objectives(body.objectives, the_statute()),
        lambda: project_rules.check_annex(body.in_classified_annex, body.description, body.planned_total),
        lambda: project_rules.check_planned_total(body.planned_total),
        lambda: read_marking(body.marking, reader),
    ):
        try:
            judge()
        except Invalid as wrong:
            mistakes += wrong.mistakes
    if mistakes:
        raise Invalid("The row needs correcting.", mistakes=tuple(mistakes))


def _judge_milestone(raw: dict[str, Any], current: MilestoneRow, changed: Sequence[str], session: WriteSession) -> None:
    said = raw.get("reason")
    if said is not None and len(said) > _LONGEST_REASON:
        raise Invalid(
            "The reason is too long.",
            mistakes=(Mistake("reason", f"Expected at most {_LONGEST_REASON:,} characters."),),
        )
    body = parse(
        projects.ReviseMilestone, {name: raw[name] for name in (*_PLAN, "reason") if name in raw}, lenient=True
    )
    dates = MilestoneDates(current.planned_on, current.forecast_on, current.actual_on)
    project_rules.may_redate(dates, body.planned_on, body.forecast_on, body.reason)
    if "actual_on" in changed:
        if "actual_on" not in raw:
            raise Invalid(
                "What was met stays met.",
                mistakes=(Mistake("actual_on", "Expected the day on which it was met; it is not taken back here."),),
            )
        met = parse(projects.MeetMilestone, {"actual_on": raw["actual_on"]}, lenient=True)
        project_rules.may_meet(dates, met.actual_on, body.reason, session.today)


async def _rows_now(session: WriteSession, reader: Reader, rows: Sequence[ReadRow]) -> dict[tuple[Kind, str], Row]:
    """The rows as they stand now, of the records that the reader may see and that have not ended."""
    codes = [row.number for row in rows if row.kind == "project"]
    numbers = [int(row.number) for row in rows if row.kind == "milestone" and row.number.isdecimal()]
    by_code = await queries.ids_of_codes(session, reader, codes)
    found: dict[tuple[Kind, str], Row] = {}
    for project in await queries.project_rows(session, reader, by_code.values()):
        found["project", project.number] = project
    for milestone in await queries.milestone_rows(session, reader, ids=[each for each in numbers if each < 2**63]):
        found["milestone", milestone.number] = milestone
    return found


async def _apply(session: WriteSession, change: WorkbookChange, names: Names, reason: str) -> None:
    """Run the ordinary commands with what a change says, on the version that its workbook carried."""
    after = {each["field"]: each["after"] for each in change.fields}
    kind = cast("Kind", change.kind)
    raw, mistakes = raw_of(kind, {column.field: "" for column in rules.columns_of(kind)} | after, names, after.keys())
    if mistakes:
        raise Invalid("What the workbook names is not recorded any more.", mistakes=tuple(mistakes))
    if kind == "project":
        project = await session.get_one(Project, change.record_id)
        await projects.revise_project(
            session,
            ProjectId(project.id),
            parse(projects.ReviseProject, _known(project, projects.ReviseProject) | _blank(after) | raw, lenient=True),
            version=change.record_version,
        )
        return
    milestone = await session.get_one(Milestone, change.record_id)
    number = MilestoneId(milestone.id)
    version = change.record_version
    if after.keys() & set(_PLAN):
        said = _known(milestone, projects.ReviseMilestone) | _blank(after) | raw
        said = {name: value for name, value in said.items() if name in _PLAN} | {"reason": reason}
        body = parse(projects.ReviseMilestone, said, lenient=True)
        await projects.revise_milestone(session, number, body, version=version)
        version = milestone.version
    if "actual_on" in after:
        met = parse(projects.MeetMilestone, {"actual_on": raw["actual_on"], "reason": reason}, lenient=True)
        await projects.meet_milestone(session, number, met, version=version)


def _known(record: Project | Milestone, body: type[msgspec.Struct]) -> dict[str, Any]:
    """What a record holds of the fields of a command's body; papers of a late or continued act are none of them."""
    papers = ("decided_on", "continuation_id", "late_because", "late_document")
    return {
        field.name: msgspec.to_builtins(getattr(record, field.name), enc_hook=encode_hook)
        for field in msgspec.structs.fields(body)
        if hasattr(record, field.name) and field.name not in papers
    }


def _blank(after: dict[str, str]) -> dict[str, Any]:
    """The fields that a workbook empties."""
    return {name: None for name, value in after.items() if value == ""}


def _of_row(wrong: Problem, called: str) -> Problem:
    """The refusal of one row, which names the row."""
    return type(wrong)(
        f"{called[:1].upper()}{called[1:]}: {wrong.detail} Nothing was stored.",
        citation=wrong.citation,
        mistakes=tuple(Mistake("change_ids", f"{called}: {each.expected}", each.found) for each in wrong.mistakes),
        way_out=wrong.way_out or "Take the rest without it.",
        way_out_href=wrong.way_out_href,
    )


async def _import(session: WriteSession, import_id: WorkbookId) -> tuple[WorkbookImport, Reader]:
    reader = await reader_of(session, session.actor)
    imported = await session.scalar(
        select(WorkbookImport)
        .where(WorkbookImport.id == import_id, visible_to(reader, WorkbookImport))
        .with_for_update()
    )
    if imported is None:
        raise NotFound("There is no workbook with this number.")
    return imported, reader


async def _waiting(session: WriteSession, reader: Reader, import_id: WorkbookId) -> dict[int, WorkbookChange]:
    """The changes that wait, of projects that the reader may see, by number: projects first, in the order of rows."""
    rows = await session.scalars(
        select(WorkbookChange)
        .join(Project, Project.id == WorkbookChange.project_id)
        .where(WorkbookChange.import_id == import_id, WorkbookChange.state == "waiting", visible_to(reader, Project))
        .order_by(WorkbookChange.kind.desc(), WorkbookChange.line, WorkbookChange.id)
        .with_for_update(of=WorkbookChange)
    )
    return {each.id: each for each in rows}
