"""The sections of a year's report: their texts, decisions and owners."""

from datetime import date

import msgspec
from sqlalchemy import select

from pipir.features.people.tables import Office, Person
from pipir.features.report import rules
from pipir.features.report.commands.texts import Narrative, check_letters, check_text
from pipir.features.report.tables import Report, ReportSection
from pipir.kernel.command import command
from pipir.kernel.errors import Invalid, Mistake, NotFound
from pipir.kernel.ids import RecordNumber
from pipir.kernel.text import Reason
from pipir.statute.load import the_statute
from pipir.store.doors import WriteSession


class WriteSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The text of a section; a blank one takes back what was written or decided."""

    narrative: Narrative = ""


class AssignSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who owns a section, and by which day its text is due."""

    owner_office_id: RecordNumber | None = None
    owner_person_id: RecordNumber | None = None
    due_on: date | None = None


class DecideNothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The reason why there is nothing to report; it is printed."""

    because: Reason


@command("section.write", permission="reports.write", sunset="goes on")
async def write_section(session: WriteSession, section_id: int, body: WriteSection, *, version: int) -> None:
    """Write the text of a section; whatever was decided about it before is taken back."""
    section = await _section(session, section_id, version)
    check_text(body.narrative)
    section.narrative, section.nothing_to_report, section.decided_because = body.narrative.strip(), False, None
    section.decided_by_id = section.decided_at = None
    await session.flush()


@command("section.decide-nothing", permission="reports.write", sunset="goes on")
async def decide_nothing(session: WriteSession, section_id: int, body: DecideNothing, *, version: int) -> None:
    """Decide that there is nothing to report under an element, with the reason that is printed."""
    section = await _section(session, section_id, version)
    rules.may_decide_nothing(section.element)
    check_letters("because", body.because)
    section.narrative, section.nothing_to_report, section.decided_because = "", True, body.because.strip()
    section.decided_by_id, section.decided_at = session.actor, session.now
    await session.flush()


@command("section.assign", permission="reports.write", sunset="goes on")
async def assign_section(session: WriteSession, section_id: int, body: AssignSection, *, version: int) -> None:
    """Say which office owns a section, which person there, and by which day its text is due; none takes it back."""
    section = await _section(session, section_id, version)
    mistakes = []
    if body.owner_office_id is not None and await session.get(Office, body.owner_office_id) is None:
        mistakes.append(Mistake("owner_office_id", "Expected an office of this record.", str(body.owner_office_id)))
    if body.owner_person_id is not None and await session.get(Person, body.owner_person_id) is None:
        mistakes.append(Mistake("owner_person_id", "Expected a person of this record.", str(body.owner_person_id)))
    if body.owner_office_id is None and (body.owner_person_id is not None or body.due_on is not None):
        mistakes.append(Mistake("owner_office_id", "Expected the office that the person or the day belongs to."))
    if mistakes:
        raise Invalid("The owner needs correcting.", mistakes=tuple(mistakes))
    section.owner_office_id, section.owner_person_id = body.owner_office_id, body.owner_person_id
    section.due_on = body.due_on
    await session.flush()


async def _section(session: WriteSession, section_id: int, version: int) -> ReportSection:
    section = await session.get(ReportSection, section_id, with_for_update=True)
    if section is None:
        raise NotFound("There is no section with this number.")
    # The year's report is held while its text changes, so that no freeze passes in between.
    report = await session.scalar(
        select(Report).where(Report.year == section.year).order_by(Report.version_no.desc()).limit(1).with_for_update()
    )
    rules.may_write(report.state if report else None, section.year, the_statute())  # type: ignore[arg-type]
    session.check_version(section, version, title="The text of this element")
    if report is not None and report.state == "tasked":
        report.state = "draft"
    return section
