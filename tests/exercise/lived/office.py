"""The senior official, the delegations, and the dated duties of each year."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from pipir.features.congress import commands as congress
from pipir.features.congress.tables import Briefing, BriefingQuestion, CommitteeBriefing, CongressionalContact, Promise
from pipir.features.data_calls import commands as calls
from pipir.features.data_calls.tables import DataCall, DataCallAddressee
from pipir.features.duties import commands as duties
from pipir.features.duties.tables import Duty
from pipir.features.law import commands as law
from pipir.features.law.tables import Delegation, Designation
from pipir.statute.load import the_statute
from pipir.statute.lookup import notice_due
from tests.exercise.lived.life import LEGISLATIVE, MONEY, PRIME, STATE, Life

SIGN = "sign the annual report"
DELEGATE_OFFICE = "Under Secretary of Defense for Acquisition and Sustainment"
# The briefing that is given after its day, which its owner states.
LATE_BRIEFING = 2028
SECOND_OFFICIAL_FROM = date(2029, 9, 17)
LAST_DESIGNATION = date(2030, 12, 15)


@dataclass(frozen=True)
class _Designation:
    key: str
    made_on: date
    recorded_on: date
    notified_on: date
    acting: bool = False
    # The last day of the official before, and whether the Secretary ended it.
    before: tuple[str, date, bool] | None = None


_DESIGNATIONS = (
    _Designation("first", date(2026, 5, 29), date(2026, 5, 29), date(2026, 6, 12)),
    _Designation(
        "acting",
        date(2029, 6, 1),
        date(2029, 6, 1),
        date(2029, 6, 20),
        acting=True,
        before=("first", date(2029, 5, 31), True),
    ),
    _Designation(
        "second",
        SECOND_OFFICIAL_FROM,
        SECOND_OFFICIAL_FROM,
        date(2029, 10, 2),
        before=("acting", date(2029, 9, 14), True),
    ),
    # Sets its notice off a fortnight before the end; the notice falls due after it.
    _Designation(
        "last",
        LAST_DESIGNATION,
        date(2030, 12, 16),
        date(2031, 1, 13),
        before=("second", date(2030, 12, 14), False),
    ),
)


def plan_office(life: Life) -> None:
    """Put designations, delegations, duties, briefings, calls and promises on the agenda."""
    _duty(life, "designation", date(2026, 3, 2), date(2026, 5, 29), "Memorandum of designation of 29 May 2026")
    for each in _DESIGNATIONS:
        life.at(each.recorded_on, lambda each=each: _hand_over(life, each))  # type: ignore[misc]
    life.at(date(2026, 6, 1), lambda: _delegate(life, "first delegation", date(2026, 6, 1)))
    life.at(date(2029, 6, 29), lambda: _end_delegation(life, "first delegation"))
    life.at(date(2029, 7, 2), lambda: _delegate(life, "second delegation", date(2029, 7, 2)))
    for year in range(2026, 2031):
        _plan_briefing(life, year)
    for year in range(2027, 2032):
        _plan_call(life, year)
    _plan_promises(life)


def _duty(
    life: Life, slug: str, taken_up_on: date, done_on: date, evidence: str, owner: str = PRIME, who: str = "office"
) -> None:
    life.at(taken_up_on, lambda: take_up(life, slug, owner, who))
    life.at(done_on, lambda: record_done(life, slug, evidence, who))


async def take_up(life: Life, slug: str, owner: str, who: str = "office") -> None:
    """The owning office takes a duty up."""
    body = duties.TakeUpDuty(slug=slug, owner_office_id=life.offices[owner])
    life.numbers[slug] = await life.do(who, duties.take_up, body)


async def record_done(life: Life, slug: str, evidence: str, who: str = "office") -> None:
    """The duty was done today."""
    body = duties.RecordDone(life.today, evidence)
    await life.do(who, duties.record_done, body, of=(Duty, life.numbers[slug]))


async def _hand_over(life: Life, each: _Designation) -> None:
    """Record the end of the official before and the designation; what both set off is taken up at once."""
    events = [each.made_on]
    if each.before is not None:
        before, until, by_change = each.before
        ended = law.EndDesignation(until, "Left the office.", by_change=by_change)
        await life.do("office", law.end_designation, ended, of=(Designation, life.numbers[f"designation {before}"]))
        events += [until] if by_change else []
    body = law.RecordDesignation(
        official=f"The {each.key} official of this rehearsal",
        office_held="Assistant Secretary of Defense for Industrial Base Policy",
        rank="assistant-secretary",
        made_on=each.made_on,
        since=each.made_on,
        instrument=f"Memorandum of {each.made_on.isoformat()}",
        source="The office",
        acting=each.acting,
    )
    life.numbers[f"designation {each.key}"] = await life.do("office", law.record_designation, body)
    for on in events:
        notice = notice_due(the_statute(), on)
        assert notice is not None
        assert notice.statutory_day == on + timedelta(days=30)
        await take_up(life, notice.slug, LEGISLATIVE, "writer")
        life.remind(notice.statutory_day)
        life.at(
            each.notified_on,
            lambda slug=notice.slug: record_done(life, slug, "Letters to the four committees", "writer"),  # type: ignore[misc]
        )


async def _delegate(life: Life, name: str, on: date) -> None:
    body = law.Delegate(
        function=SIGN,  # type: ignore[arg-type]
        from_office="Secretary of Defense",
        to_office=DELEGATE_OFFICE,
        instrument=f"Memorandum, {name}",
        instrument_on=on,
        since=on,
        limits="The annual report alone.",
    )
    life.numbers[name] = await life.do("office", law.delegate, body)


async def _end_delegation(life: Life, name: str) -> None:
    body = law.EndDelegation(life.today, "The official who gave it has left.")
    await life.do("office", law.end_delegation, body, of=(Delegation, life.numbers[name]))


# ---- briefings


def _plan_briefing(life: Life, year: int) -> None:
    slug = f"briefing-{year}"
    late = year == LATE_BRIEFING
    given_on = date(year, 12, 12) if late else date(year, 11, 20)
    # In even years it is taken up after the first reminder, which then goes to the program office.
    life.at(date(year, 11, 12) if year % 2 == 0 else date(year, 9, 1), lambda: take_up(life, slug, PRIME))
    life.at(date(year, 9, 8), lambda: _prepare(life, year))
    life.at(date(year, 10, 20), lambda: _plan_committees(life, slug, given_on))
    if late:
        life.at(date(year, 12, 6), lambda: _state_late(life, slug, 5))
    life.at(given_on, lambda: _give(life, slug))
    life.at(given_on, lambda: record_done(life, slug, "Slides, and the list of those present at six committees"))
    life.at(given_on + timedelta(days=1), lambda: _ask(life, slug))


async def _prepare(life: Life, year: int) -> None:
    body = congress.PrepareBriefing(
        title=f"Briefing of {year}",
        office_id=life.offices[PRIME],
        duty=f"briefing-{year}",
        briefer_role="Senior civilian official",
    )
    life.numbers[f"package briefing-{year}"] = await life.do("writer", congress.prepare_briefing, body)


async def _committees(life: Life, slug: str) -> list[int]:
    async with life.db.read() as session:
        rows = select(CommitteeBriefing.id).where(CommitteeBriefing.briefing_id == life.numbers[f"package {slug}"])
        found = (await session.scalars(rows.order_by(CommitteeBriefing.id))).all()
    assert len(found) == 6
    return list(found)


async def _plan_committees(life: Life, slug: str, on: date) -> None:
    for number in await _committees(life, slug):
        body = congress.PlanCommittee(on, "In person")
        await life.do("writer", congress.plan_committee, body, of=(CommitteeBriefing, number))


async def _give(life: Life, slug: str) -> None:
    for number in await _committees(life, slug):
        body = congress.RecordGiven(life.today, "In person", "Staff of the committee; the senior official.")
        await life.do("writer", congress.record_given, body, of=(CommitteeBriefing, number))


async def _state_late(life: Life, slug: str, days: int) -> None:
    body = duties.StateLate(days, "The committees could not be met before the recess.")
    await life.do("office", duties.state_late, body, of=(Duty, life.numbers[slug]))


async def _ask(life: Life, slug: str) -> None:
    body = congress.TakeQuestion(
        committee="house-armed-services",
        question="Which projects rest on another authority as well?",
        office_id=life.offices[PRIME],
        due_on=life.today + timedelta(days=20),
    )
    number = await life.do("writer", congress.take_question, body, of=(Briefing, life.numbers[f"package {slug}"]))

    async def answer() -> None:
        answered = congress.AnswerQuestion(life.today, "A list with each authority was sent.", life.offices[PRIME])
        await life.do("writer", congress.answer_question, answered, of=(BriefingQuestion, number))

    life.at(life.today + timedelta(days=14), answer)


# ---- data calls


def _plan_call(life: Life, year: int) -> None:
    life.at(date(year - 1, 11, 3), lambda: _issue(life, year))


async def _issue(life: Life, year: int) -> None:
    body = calls.IssueCall(
        title=f"For the report of {year}",
        asked="What was obligated, and for which milestones.",
        purpose=f"Report of {year}",
        report_year=year,
        issued_on=life.today,
        due_on=date(year - 1, 12, 11),
        office_ids=(life.offices[MONEY], life.offices[STATE]),
    )
    call = await life.do("writer", calls.issue_call, body)
    async with life.db.read() as session:
        rows = select(DataCallAddressee.office_id, DataCallAddressee.id).where(DataCallAddressee.call_id == call)
        addressee = {row[0]: row[1] for row in await session.execute(rows)}

    async def answer() -> None:
        body = calls.AnswerCall("Obligations by project and account as of 30 September.")
        await life.do("comptroller", calls.answer_call, body, of=(DataCallAddressee, addressee[life.offices[MONEY]]))

    async def nothing() -> None:
        body = calls.ReturnNil("The Department of State charged nothing to a project.")
        await life.do("liaison", calls.return_nil, body, of=(DataCallAddressee, addressee[life.offices[STATE]]))

    async def close() -> None:
        await life.do("writer", calls.close_call, calls.CloseCall(), of=(DataCall, call))

    life.at(date(year - 1, 12, 4), answer)
    life.at(date(year - 1, 12, 8), nothing)
    life.at(date(year, 1, 4), close)


# ---- promises and questions


def _plan_promises(life: Life) -> None:
    async def promise(name: str, due_on: date, **made: object) -> None:
        body = congress.EnterPromise(
            title=name,
            words="A table will follow by the day that is named here.",
            made_on=life.today,
            due_on=due_on,
            office_id=life.offices[PRIME],
            **made,  # type: ignore[arg-type]
        )
        life.numbers[name] = await life.do("writer", congress.enter_promise, body)

    async def in_briefing() -> None:
        number = life.numbers["package briefing-2026"]
        await promise("promise in time", date(2027, 3, 1), made_in="briefing", briefing_id=number)

    async def in_report() -> None:
        await promise("late promise", date(2028, 9, 29), made_in="report", report_year=2028)

    async def keep(name: str) -> None:
        body = congress.KeepPromise(life.today, "The table was sent.")
        await life.do("office", congress.keep_promise, body, of=(Promise, life.numbers[name]))

    async def late() -> None:
        body = congress.StatePromiseLate(6, "Two sites have not answered.")
        await life.do("office", congress.state_promise_late, body, of=(Promise, life.numbers["late promise"]))

    async def ask() -> None:
        body = congress.EnterContact(
            kind="question for the record",
            title="Milestones that moved",
            asked="Which milestones moved, and why?",
            received_on=life.today,
            office_id=life.offices[LEGISLATIVE],
            committee="senate-armed-services",
            due_on=date(2027, 5, 7),
        )
        life.numbers["question"] = await life.do("writer", congress.enter_contact, body)

    async def answer() -> None:
        body = congress.AnswerContact(life.today, "A table with plan and forecast was sent.", "Letter of 4 May 2027")
        await life.do("writer", congress.answer_contact, body, of=(CongressionalContact, life.numbers["question"]))

    life.at(date(2026, 11, 21), in_briefing)
    life.at(date(2027, 2, 24), lambda: keep("promise in time"))
    life.at(date(2028, 2, 25), in_report)
    life.at(date(2028, 10, 5), late)
    life.at(date(2028, 10, 20), lambda: keep("late promise"))
    life.at(date(2027, 4, 6), ask)
    life.at(date(2027, 5, 4), answer)
