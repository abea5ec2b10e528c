"""What can be asked of the law: how it stands with its amendments, what carries an act, who holds which office."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from sqlalchemy import BigInteger, ColumnElement, RowMapping, Text, and_, column, func, or_, select, table, text
from sqlalchemy.orm import aliased

from pipir.features.law import rules
from pipir.features.law.rules import Act, Basis
from pipir.features.law.tables import (
    Amendment,
    ContinuationDetermination,
    CoveredAct,
    Delegation,
    DelegationId,
    Designation,
    DesignationId,
    DeterminationId,
    ReadingAdoption,
)
from pipir.features.people.tables import Person
from pipir.features.trail.rules import address
from pipir.kernel.access import Caller
from pipir.kernel.calendar import show_day
from pipir.kernel.errors import Invalid, Mistake, NotFound, Unavailable
from pipir.kernel.marking import Reader
from pipir.kernel.paging import DEFAULT_LIMIT, LARGEST_LIMIT, Page
from pipir.statute import amendments, lookup, model
from pipir.statute.load import the_statute
from pipir.statute.model import Statute, short_citation
from pipir.store.base import holds
from pipir.store.doors import ReadSession, WriteSession
from pipir.store.listing import AnySelect, Sorts, list_page
from pipir.store.records import may_see

# What a governed record's view has of `label_columns`; its late papers are not named as an act's: a form asks anew.
LABEL_FIELDS: Final = ("label", "recorded_late", "recorded_late_document")
MAKES_DETERMINATIONS: Final = "law.change"
NOBODY_RECORDED: Final = "No designation recorded here; not public."
NOBODY_TODAY: Final = "No official is recorded here for today; not public."
# In the order in which they hold, for whoever asks more by the same question; the columns of an amendment behind its
# number are model.Amendment's.
LAW_CHANGES: Final = """
    select array(select row(provision, reading, counsel, counsel_on) from reading_adoption
                 where confirmed_on is not null order by confirmed_on, id) as adopted,
           array(select row(id, provision, value, new_day, changes_from, enacted_on, enacted_in, citation)
                 from amendment where confirmed_on is not null order by id) as enacted
"""
# What a determination can concern, and where its title and its readers stand; their features lie above the law's.
_SUBJECTS: Final = {
    "participant": ("participant", "name"),
    "group": ("working_group", "name"),
    "project": ("project", "name"),
    "funding document": ("funding_document", "title"),
    "agreement": ("agreement", "name"),
    "assistance": ("assistance", "name"),
}


class ReadingView(msgspec.Struct, frozen=True):
    """One reading of the instant at which the authority ends; `first_refused` None: the law sets no end."""

    slug: str
    adopted: bool
    statement: str
    first_refused: datetime | None
    standing: str


class AuthorityView(msgspec.Struct, frozen=True):
    """What an act may rest on, as it stands today; `since` or `until` None: not known here, or no end."""

    slug: str
    title: str
    statement: str
    citation: str
    standing: str
    since: date | None
    until: date | None
    in_force: bool
    of_section: bool


class LawView(msgspec.Struct, frozen=True):
    """What is in force today, with what is not known."""

    today: date
    citation: str
    standing: str
    statement: str
    text_release: date | None
    release_note: str
    not_known: tuple[str, ...]
    over: bool
    last_day: date | None
    first_refused: datetime | None
    readings: tuple[ReadingView, ...]
    authorities: tuple[AuthorityView, ...]
    amendments: tuple["AmendmentView", ...]
    adoptions: tuple["AdoptionView", ...]
    official: "DesignationView | None"
    official_says: str
    delegations: tuple["DelegationView", ...]
    to_review: tuple["DeterminationView", ...]
    late_recordings: int


class LawEffect(msgspec.Struct, frozen=True):
    """What an amendment or a reading changes, or would change; `gap` has both readings of days gone by."""

    effect: rules.Effect
    gap: tuple[rules.GapDays, ...] = ()


class LawChangeView(msgspec.Struct, frozen=True):
    """What two persons enter and confirm: where it stands, and who did what when."""

    id: int
    version: int
    entered_by: str
    entered_by_id: int
    entered_on: date
    confirmed_by: str | None
    confirmed_on: date | None
    withdrawn_on: date | None
    withdrawn_because: str | None
    exercise: bool

    @property
    def stage(self) -> str:
        """In force, waiting for the second person, or withdrawn."""
        if self.confirmed_on is not None:
            return "confirmed"
        return "withdrawn" if self.withdrawn_on is not None else "waits for a second administrator"


class AmendmentView(LawChangeView, frozen=True):
    """An enacted amendment as shown; `new_day` None: the value has no end any more."""

    citation: str
    enacted_in: str
    enacted_on: date
    provision: str
    provision_citation: str
    value: str
    new_day: date | None
    changes_from: date
    effect: str
    source: str


class AdoptionView(LawChangeView, frozen=True):
    """The adoption of a reading as shown."""

    provision: str
    reading: str
    statement: str
    counsel: str
    counsel_on: date
    opinion: str


class DeterminationView(msgspec.Struct, frozen=True):
    """A continuation determination as shown, with whether it carries acts of today and, where not, why.

    `label` is what stands beside the work that it carries; blank while it carries none.
    """

    id: int
    version: int
    subject_kind: str
    subject_id: int | None
    subject_title: str
    authority: str
    citation: str
    authority_from: date | None
    authority_until: date | None
    conditions_met: str
    funding_source: str
    opinion: str
    determined_by: str
    determined_by_id: int
    determined_on: date
    reviewed_by: str | None
    reviewed_on: date | None
    effective_from: date
    review_on: date
    until: date | None
    ended_because: str | None
    marking: str
    exercise: bool
    stage: str
    in_force: bool
    label: str


class Papers(msgspec.Struct, frozen=True):
    """The determinations that a form offers for its act, by number and label, and where another is made.

    `href` is where they are made, or their list for who makes none.
    """

    choices: tuple[tuple[str, str], ...]
    href: str
    may_make: bool


class DesignationView(msgspec.Struct, frozen=True):
    """A designation of the senior official as shown; `until` None: in office as recorded."""

    id: int
    version: int
    official: str
    office_held: str
    rank: str
    rank_title: str
    acting: bool
    made_on: date
    since: date
    until: date | None
    ended_because: str | None
    ended_by_change: bool
    changed_on: date | None
    instrument: str
    source: str
    label: str
    late_because: str | None
    late_document: str | None
    corrected_because: str | None
    exercise: bool


class DesignationRegister(msgspec.Struct, frozen=True):
    """The register by day, with the days on which nobody is recorded; `says` where it holds nothing."""

    designations: tuple[DesignationView, ...]
    vacancies: tuple["Vacancy", ...]
    says: str


class Vacancy(msgspec.Struct, frozen=True):
    """Days on which nobody is recorded as designated."""

    first: date
    last: date


class DelegationView(msgspec.Struct, frozen=True):
    """A delegation as shown."""

    id: int
    version: int
    function: str
    from_office: str
    to_office: str
    to_person_id: int | None
    to_person: str | None
    citation: str
    instrument: str
    instrument_on: date
    limits: str | None
    since: date
    until: date | None
    ended_because: str | None
    in_force: bool
    exercise: bool


class ActView(msgspec.Struct, frozen=True):
    """A row of the register of covered acts, with its label; `count` is above 1 for ledger entries that rest alike."""

    id: int
    act: str
    act_title: str
    table_name: str
    record_id: int | None
    title: str
    first_id: int
    last_id: int
    count: int
    project_id: int | None
    href: str
    program_authority: str | None
    citation: str
    acted_on: date
    recorded_at: datetime
    by: str
    continuation_id: int | None
    late_because: str | None
    late_document: str | None
    incurred: bool
    label: str
    caution: str
    # The delegations of such an act that were in force on its day, as the register holds them; blank: none recorded.
    delegated: str
    exercise: bool


async def law_of(session: ReadSession) -> Statute:
    """The law as it stands in this installation: its files, the readings adopted, the confirmed amendments."""
    return law_from(*await session.driver.fetchrow(LAW_CHANGES))


def law_from(adoptions: Sequence[Any], confirmed: Sequence[Any]) -> Statute:
    """The law of a row of LAW_CHANGES."""
    return amendments.amended(_adopting(adoptions), tuple(model.Amendment(*each[1:]) for each in confirmed))


async def read_law(session: ReadSession) -> Statute:
    """The law's files with the readings adopted here, before any amendment."""
    return _adopting(await adopted(session))


async def adopted(session: ReadSession) -> tuple[tuple[str, str, str, date], ...]:
    """The confirmed adoptions of readings, in order: (provision, reading, counsel, counsel's day)."""
    row = await session.driver.fetchrow(LAW_CHANGES)
    return tuple(tuple(each) for each in row["adopted"])


async def enacted(session: ReadSession, *, without: int | None = None) -> tuple[model.Amendment, ...]:
    """The confirmed amendments, in the order of their entry; `without` leaves one out."""
    row = await session.driver.fetchrow(LAW_CHANGES)
    return tuple(model.Amendment(*each[1:]) for each in row["enacted"] if each[0] != without)


def _adopting(adoptions: Sequence[Any]) -> Statute:
    statute = the_statute()
    for provision, reading, counsel, counsel_on in adoptions:
        statute = amendments.adopting(statute, provision, reading, counsel=counsel, counsel_on=counsel_on)
    return statute


async def basis_of(session: WriteSession, act: Act, *, continuation_id: int | None = None) -> Basis:
    """What an act rests on by the law as it stands, or Refused; `continuation_id` names its determination."""
    determination = None if continuation_id is None else await _determination(session, continuation_id)
    return rules.judge(
        msgspec.structs.replace(act, determination=determination),
        await law_of(session),
        today=session.recorded_on(act.on),
    )


async def determinations_by_number(session: ReadSession, numbers: set[int]) -> dict[int, rules.Determination]:
    """The determinations of those numbers as the rules need them; one that is not there is missing."""
    if not numbers:
        return {}
    rows = await session.scalars(select(ContinuationDetermination).where(ContinuationDetermination.id.in_(numbers)))
    return {row.id: _facts(row) for row in rows}


async def reviewed_determinations(session: ReadSession, kinds: tuple[str, ...]) -> tuple[rules.Determination, ...]:
    """Every reviewed determination that concerns a record of these kinds, as the rules need it."""
    rows = await session.scalars(
        select(ContinuationDetermination)
        .where(ContinuationDetermination.subject_kind.in_(kinds), ContinuationDetermination.reviewed_on.is_not(None))
        .order_by(ContinuationDetermination.id)
    )
    return tuple(_facts(row) for row in rows)


def label_columns(table: Any) -> tuple[Any, Any, Any]:
    """What a view's label and late papers are read from: the other authority of a row's work, and why it is late."""
    continues = (
        select(ContinuationDetermination.authority)
        .where(ContinuationDetermination.id == table.continuation_id)
        .scalar_subquery()
    )
    return (
        continues.label("continues"),
        table.late_because.label("recorded_late"),
        table.late_document.label("recorded_late_document"),
    )


def label_of_row(row: RowMapping) -> str:
    """The label of a governed record's latest act; blank where it rests on the section."""
    return label(row["continues"], row["recorded_late"])


def labels_of_row(row: RowMapping) -> dict[str, Any]:
    """The fields LABEL_FIELDS of a governed record's view."""
    return {name: row[name] for name in LABEL_FIELDS if name != "label"} | {"label": label_of_row(row)}


def label(continues: str | None, late_because: str | None) -> str:
    """The words for an authority under which work continues, or for a late recording."""
    if continues is not None:
        return rules.continues_label(continues, the_statute())
    return "late recording" if late_because else ""


async def overview(session: ReadSession, reader: Reader) -> LawView:
    """What is in force today: the window of the section's own authority, who holds which office, what waits."""
    law, today = await law_of(session), session.today
    section, termination = law.instrument(rules.TERMINATION), law.provision(rules.TERMINATION)
    end = rules.end_of(law)
    designated, official = await designations(session), await official_on(session, today)
    waiting = await list_determinations(session, reader, waiting=True, limit=LARGEST_LIMIT)
    late = await list_acts(session, reader, late=True, limit=1)
    return LawView(
        today=today,
        citation=termination.citation,
        standing=termination.standing_label,
        statement=termination.statement,
        text_release=section.text_release,
        release_note=section.release_note,
        # What this record has come to hold is known.
        not_known=tuple(each for each in section.not_known if not designated or "senior official" not in each),
        over=rules.is_over(law, today),
        last_day=end.last_day,
        first_refused=end.first_refused,
        readings=readings_of(law),
        authorities=tuple(
            sorted(
                (_authority_view(row, law, today) for row in lookup.authorities(law)),
                key=lambda each: not each.of_section,
            )
        ),
        amendments=await all_amendments(session),
        adoptions=await all_adoptions(session),
        official=official,
        official_says="" if official is not None else NOBODY_TODAY if designated else NOBODY_RECORDED,
        delegations=await delegations(session, on=today),
        to_review=waiting.items,
        late_recordings=late.total or 0,
    )


def readings_of(law: Statute) -> tuple[ReadingView, ...]:
    """Both readings of the instant at which the authority ends, the adopted one first."""
    return tuple(
        ReadingView(row.slug, row.adopted, row.statement, rules.end_of(law, row.slug).first_refused, row.standing_label)
        for row in lookup.readings(law)
    )


# ---- amendments and readings


async def all_amendments(session: ReadSession) -> tuple[AmendmentView, ...]:
    """Every amendment that was entered, the newest first."""
    rows = (await session.execute(_changes(Amendment).order_by(Amendment.id.desc()))).mappings()
    return tuple(_amendment_view(row) for row in rows)


async def amendment(session: ReadSession, amendment_id: int) -> AmendmentView:
    """One amendment, or NotFound."""
    row = (await session.execute(_changes(Amendment).where(Amendment.id == amendment_id))).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no amendment with this number.")
    return _amendment_view(row)


async def effect_of_amendment(session: ReadSession, amendment_id: int) -> LawEffect:
    """What an amendment changes, or would change once it is confirmed."""
    base, others = await read_law(session), await enacted(session, without=amendment_id)
    one = _as_law(await amendment(session, amendment_id))
    before, after = amendments.amended(base, others), amendments.amended(base, (*others, one))
    return LawEffect(rules.effect_of(before, after), rules.gap_of(base, others, one))


async def law_with(session: ReadSession, amendment_id: int) -> Statute:
    """The law as it stands, and with this amendment, be it confirmed or not."""
    others = await enacted(session, without=amendment_id)
    return amendments.amended(await read_law(session), (*others, _as_law(await amendment(session, amendment_id))))


async def all_adoptions(session: ReadSession) -> tuple[AdoptionView, ...]:
    """Every adoption of a reading, the newest first."""
    rows = (await session.execute(_changes(ReadingAdoption).order_by(ReadingAdoption.id.desc()))).mappings()
    return tuple(_adoption_view(row) for row in rows)


async def adoption(session: ReadSession, adoption_id: int) -> AdoptionView:
    """One adoption of a reading, or NotFound."""
    statement = _changes(ReadingAdoption).where(ReadingAdoption.id == adoption_id)
    row = (await session.execute(statement)).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no adoption of a reading with this number.")
    return _adoption_view(row)


async def effect_of_adoption(session: ReadSession, adoption_id: int) -> LawEffect:
    """What a reading would change against the law as it stands; nothing where it is the one adopted."""
    view, law = await adoption(session, adoption_id), await law_of(session)
    after = amendments.adopting(law, view.provision, view.reading, counsel=view.counsel, counsel_on=view.counsel_on)
    return LawEffect(rules.effect_of(law, after))


# ---- determinations

_DETERMINATION_SORTS: Sorts = {
    "entered": ((ContinuationDetermination.determined_on, date),),
    "subject": (
        (ContinuationDetermination.subject_kind, str),
        (func.lower(ContinuationDetermination.subject_title), str),
    ),
    "review": ((ContinuationDetermination.review_on, date),),
}


async def list_determinations(
    session: ReadSession,
    reader: Reader,
    *,
    subject_kind: str | None = None,
    subject_id: int | None = None,
    waiting: bool = False,
    ended: bool = False,
    sort: str = "-entered",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[DeterminationView]:
    """Continuation determinations; those that have ended stand there where `ended`, `waiting` keeps the unreviewed."""
    statement = _determinations(reader)
    if subject_kind is not None:
        statement = statement.where(ContinuationDetermination.subject_kind == subject_kind)
    if subject_id is not None:
        statement = statement.where(ContinuationDetermination.subject_id == subject_id)
    if waiting:
        statement = statement.where(ContinuationDetermination.reviewed_on.is_(None))
    if not ended:
        statement = statement.where(
            or_(ContinuationDetermination.until.is_(None), ContinuationDetermination.until >= session.today)
        )
    law = await law_of(session)
    return await list_page(
        session,
        statement,
        row_id=ContinuationDetermination.id,
        sorts=_DETERMINATION_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: _determination_view(row, law, session.today),
    )


async def determination(session: ReadSession, reader: Reader, determination_id: DeterminationId) -> DeterminationView:
    """One continuation determination, or NotFound."""
    statement = _determinations(reader).where(ContinuationDetermination.id == determination_id)
    row = (await session.execute(statement)).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no continuation determination with this number.")
    return _determination_view(row, await law_of(session), session.today)


async def papers_for(
    session: ReadSession,
    caller: Caller,
    *kinds: str,
    subject_id: int | None = None,
    title: str | None = None,
    entered: bool = False,
) -> Papers:
    """The reviewed determinations for records of these kinds that the caller may see, those in force today first.

    With `subject_id` they are that record's, by its number or `title`; without it those for records still to be
    entered, and with `entered` those for any entered record.
    """
    found = ContinuationDetermination
    statement = _determinations(caller.reader).where(found.subject_kind.in_(kinds), found.reviewed_on.is_not(None))
    if subject_id is not None:
        statement = statement.where(
            or_(found.subject_id == subject_id, and_(found.subject_id.is_(None), found.subject_title == title))
        )
    else:
        statement = statement.where(found.subject_id.is_not(None) if entered else found.subject_id.is_(None))
    law, today = await law_of(session), session.today
    rows = (await session.execute(statement.order_by(found.id))).mappings()
    views = sorted((_determination_view(row, law, today) for row in rows), key=lambda each: not each.in_force)
    may_make = caller.may(MAKES_DETERMINATIONS)
    place = urlencode({"kind": kinds[0]} | ({"id": str(subject_id)} if subject_id is not None else {}))
    return Papers(
        choices=tuple((str(each.id), _choice(each, law, today)) for each in views),
        href=f"/law/determinations/new?{place}" if may_make else f"/law/determinations?{urlencode({'kind': kinds[0]})}",
        may_make=may_make,
    )


def _choice(view: DeterminationView, law: Statute, today: date) -> str:
    """A determination in a list of choices: number, authority, record, and from when or until when it carries acts."""
    assert view.reviewed_on is not None
    begins = max(view.effective_from, view.reviewed_on)
    window = lookup.window(law, view.authority, today)[1] if view.authority in law.provisions else None
    ends = [day for day in (view.until, view.authority_until, window) if day is not None and day != date.max]
    end = min(ends, default=None)
    days = "no end recorded" if end is None else f"{'until' if end >= today else 'ended'} {show_day(end)}"
    return f"{view.id}: {view.citation}, “{view.subject_title}”, from {show_day(begins)}, {days}"


async def subjects(session: ReadSession, reader: Reader, kind: str) -> tuple[tuple[int, str], ...]:
    """The records of a kind that a determination can concern, as the reader may see them: number and title."""
    if kind not in _SUBJECTS:
        return ()
    found = _subject_table(kind)
    rows = await session.execute(
        select(found.c.id, found.c.title).where(holds(found.c.audience, reader)).order_by(found.c.title, found.c.id)
    )
    return tuple((number, title) for number, title in rows)


async def title_of_subject(
    session: ReadSession, reader: Reader, kind: str, subject_id: int | None, title: str | None
) -> str:
    """The title of what a determination concerns: its record's own, or the given one where none is entered yet."""
    mistakes = []
    if subject_id is None:
        if title is not None:
            return title
        mistakes.append(
            Mistake("subject_title", "Expected the record's number, or its title where it is not entered yet.")
        )
    elif kind not in _SUBJECTS:
        expected = f"Expected no number: this record numbers no {kind} yet; give its title."
        mistakes.append(Mistake("subject_id", expected, str(subject_id)))
    else:
        found = _subject_table(kind)
        own = await session.scalar(
            select(found.c.title).where(found.c.id == subject_id, holds(found.c.audience, reader))
        )
        if own is not None:
            return str(own)
        mistakes.append(Mistake("subject_id", f"Expected the number of one {kind} in this record.", str(subject_id)))
    raise Invalid("What the determination concerns is not known.", mistakes=tuple(mistakes))


def subject_address(kind: str, subject_id: int | None) -> str:
    """The address of the record that a determination concerns, or nothing."""
    return address(_SUBJECTS[kind][0], subject_id) if kind in _SUBJECTS else ""


def _subject_table(kind: str) -> Any:
    name, title = _SUBJECTS[kind]
    return (
        select(column("id", BigInteger), column(title, Text).label("title"), column("audience", BigInteger))
        .select_from(table(name))
        .subquery()
    )


# ---- designations and delegations


async def designations(session: ReadSession) -> tuple[DesignationView, ...]:
    """The register of the senior official, by day."""
    rows = await session.execute(
        select(*(column for column in Designation.__table__.columns), *label_columns(Designation)).order_by(
            Designation.since, Designation.id
        )
    )
    return tuple(_designation_view(row) for row in rows.mappings())


async def register(session: ReadSession) -> DesignationRegister:
    """Who was designated on which days, and the days on which nobody is recorded."""
    found = await designations(session)
    return DesignationRegister(found, vacancies(found, session.today), "" if found else NOBODY_RECORDED)


async def designation(session: ReadSession, designation_id: DesignationId) -> DesignationView:
    """One designation, or NotFound."""
    for view in await designations(session):
        if view.id == designation_id:
            return view
    raise NotFound("There is no designation with this number.")


async def official_on(session: ReadSession, on: date) -> DesignationView | None:
    """Who is recorded as the senior official on a day, or None."""
    for view in await designations(session):
        if view.since <= on and (view.until is None or on <= view.until):
            return view
    return None


def vacancies(found: tuple[DesignationView, ...], today: date) -> tuple[Vacancy, ...]:
    """The days without a recorded official between the first designation and today; none where none is recorded."""
    if not found:
        return ()
    days = tuple((view.since, view.until) for view in found)
    return tuple(Vacancy(*each) for each in rules.gaps(days, found[0].since, today))


async def delegations(
    session: ReadSession,
    *,
    function: str | None = None,
    on: date | None = None,
    person_id: int | None = None,
    offices: Sequence[str] = (),
) -> tuple[DelegationView, ...]:
    """The delegations register, by function and day; with a day those in force on it.

    `offices` are the names of one office: those from it and to it are left.
    """
    statement = (
        select(*(column for column in Delegation.__table__.columns), Person.name.label("to_person"))
        .outerjoin(Person, Person.id == Delegation.to_person_id)
        .order_by(Delegation.function, Delegation.since, Delegation.id)
    )
    if function is not None:
        statement = statement.where(Delegation.function == function)
    if person_id is not None:
        statement = statement.where(Delegation.to_person_id == person_id)
    if offices:
        # An instrument names an office by its own words or by the title of the official who heads it.
        names = {each.lower().removeprefix("office of the ") for each in offices} | {each.lower() for each in offices}
        statement = statement.where(
            or_(func.lower(Delegation.from_office).in_(names), func.lower(Delegation.to_office).in_(names))
        )
    if on is not None:
        statement = statement.where(Delegation.since <= on, or_(Delegation.until.is_(None), Delegation.until >= on))
    rows = (await session.execute(statement)).mappings()
    return tuple(_delegation_view(row, session.today) for row in rows)


async def delegation(session: ReadSession, delegation_id: DelegationId) -> DelegationView:
    """One delegation, or NotFound."""
    for view in await delegations(session):
        if view.id == delegation_id:
            return view
    raise NotFound("There is no delegation with this number.")


# ---- the register of covered acts

_ACT_SORTS: Sorts = {
    "day": ((CoveredAct.acted_on, date),),
    "act": ((CoveredAct.act, str), (CoveredAct.acted_on, date)),
    "recorded": ((CoveredAct.recorded_at, datetime),),
}


async def list_acts(
    session: ReadSession,
    reader: Reader,
    *,
    act: str | None = None,
    authority: str | None = None,
    late: bool = False,
    continuing: bool = False,
    continuation_id: int | None = None,
    sort: str = "-day",
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page[ActView]:
    """The register of covered acts; `late` and `continuing` keep those recorded late, or under a determination."""
    if act is not None and act not in the_statute().covered_acts:
        expected = "Expected one of: " + ", ".join(the_statute().covered_acts) + "."
        raise Invalid("The register knows no such act.", mistakes=(Mistake("act", expected, act[:60]),))
    statement = (
        select(
            *(column for column in CoveredAct.__table__.columns if column.name not in ("audience", "actor")),
            Person.name.label("by"),
            *label_columns(CoveredAct),
        )
        .outerjoin(Person, Person.id == CoveredAct.actor)
        .where(holds(CoveredAct.audience, reader))
    )
    if act is not None:
        statement = statement.where(CoveredAct.act == act)
    if authority is not None:
        # An act that names no authority rests on the paragraph of its kind.
        unnamed = [row.slug for row in the_statute().covered_acts.values() if row.provision == authority]
        statement = statement.where(
            or_(
                CoveredAct.program_authority == authority,
                and_(CoveredAct.program_authority.is_(None), CoveredAct.act.in_(unnamed)),
            )
        )
    if late:
        statement = statement.where(CoveredAct.late_because.is_not(None))
    if continuing:
        statement = statement.where(CoveredAct.continuation_id.is_not(None))
    if continuation_id is not None:
        statement = statement.where(CoveredAct.continuation_id == continuation_id)
    law, delegated = await law_of(session), await delegations(session)
    return await list_page(
        session,
        statement,
        row_id=CoveredAct.id,
        sorts=_ACT_SORTS,
        sort=sort,
        cursor=cursor,
        limit=limit,
        view=lambda row: _act_view(row, law, delegated),
    )


async def check_copied_law(session: ReadSession) -> None:
    """Raise Unavailable where the database's copy of the law's windows is not that of the law's files."""
    rows = await session.execute(text("select slug, citation, since, until, ends_with, edge from app.law_window"))
    kinds = await session.execute(text("select slug, provision, record from app.law_act"))
    stored = ({tuple(row) for row in rows}, {tuple(row) for row in kinds})
    if stored != copied_law(the_statute()):
        raise Unavailable(
            "The database's copy of the law differs from the law's files; nothing can be judged by it.",
            way_out="Run pipir setup of the release that these files belong to; a changed file comes with a migration.",
        )


def copied_law(statute: Statute) -> tuple[set[tuple[Any, ...]], set[tuple[Any, ...]]]:
    """What the database holds of the law's files: windows of what an act may rest on, and the covered acts."""
    rest = [
        *(row.provision for row in statute.covered_acts.values()),
        *(row.slug for row in lookup.authorities(statute)),
    ]
    ends = {lookup.serving(statute, slug).slug for slug in rest}.difference(rest)
    slugs = dict.fromkeys([*rest, *sorted(ends)])
    windows = set()
    for slug in slugs:
        row = statute.provision(slug)
        since, until = lookup.window(statute, slug)
        ending = lookup.serving(statute, slug).slug
        ends_with = ending if ending != slug else None
        if slug in ends:
            until = lookup.day(statute, slug, "on")
        edge = next((each.edge for each in lookup.readings(statute, slug) if each.adopted), None)
        windows.add((slug, row.citation, since, None if ends_with else until, ends_with, edge))
    return windows, {(row.slug, row.provision, row.record) for row in statute.covered_acts.values()}


async def _determination(session: ReadSession, determination_id: int) -> rules.Determination:
    found = await session.get(ContinuationDetermination, determination_id, with_for_update={"read": True})
    if found is None:
        expected = "Expected the number of a continuation determination."
        raise Invalid(
            "The continuation determination is not known.",
            mistakes=(Mistake("continuation_id", expected, str(determination_id)),),
        )
    return _facts(found)


def _facts(found: Any) -> rules.Determination:
    return rules.Determination(
        id=found.id,
        subject_kind=found.subject_kind,
        subject_id=found.subject_id,
        subject_title=found.subject_title,
        authority=found.authority,
        reviewed_on=found.reviewed_on,
        effective_from=found.effective_from,
        authority_from=found.authority_from,
        authority_until=found.authority_until,
        until=found.until,
    )


_REVIEWER = aliased(Person)


def seen_by(reader: Reader) -> ColumnElement[bool]:
    """The predicate of releasability of a determination as the index holds it: its marking, and what it concerns."""
    return may_see(reader, ContinuationDetermination.__tablename__, ContinuationDetermination.id)


def _determinations(reader: Reader) -> AnySelect:
    return (
        select(
            *(column for column in ContinuationDetermination.__table__.columns if column.name != "audience"),
            Person.name.label("determined_by"),
            _REVIEWER.name.label("reviewed_by"),
        )
        .join(Person, Person.id == ContinuationDetermination.determined_by_id)
        .outerjoin(_REVIEWER, _REVIEWER.id == ContinuationDetermination.reviewed_by_id)
        .where(seen_by(reader))
    )


def _determination_view(row: RowMapping, law: Statute, today: date) -> DeterminationView:
    facts = rules.Determination(**{name: row[name] for name in rules.Determination.__struct_fields__})
    in_force = rules.is_determined(facts, today, law)
    if row["until"] is not None and row["until"] < today:
        stage = "ended"
    elif row["reviewed_on"] is None:
        stage = "waits for a second person"
    elif in_force:
        stage = "in force"
    elif today < max(row["effective_from"], row["reviewed_on"]):
        stage = "reviewed, not yet effective"
    else:
        stage = "expired with its authority"
    names = [
        name for name in DeterminationView.__struct_fields__ if name not in ("citation", "stage", "in_force", "label")
    ]
    return DeterminationView(
        **{name: row[name] for name in names},
        citation=short_citation(law.citation(row["authority"]))
        if row["authority"] in law.provisions
        else row["authority"],
        stage=stage,
        in_force=in_force,
        label=rules.continues_label(row["authority"], law) if in_force else "",
    )


def _authority_view(row: model.Provision, law: Statute, today: date) -> AuthorityView:
    since, until = lookup.window(law, row.slug, today)
    return AuthorityView(
        slug=row.slug,
        title=row.title,
        statement=row.statement,
        citation=row.citation,
        standing=row.standing_label,
        since=since,
        until=until,
        in_force=lookup.in_force(law, row.slug, today),
        of_section=rules.is_under_section(row.slug),
    )


def _as_law(view: AmendmentView) -> model.Amendment:
    return model.Amendment(**{name: getattr(view, name) for name in model.Amendment.__struct_fields__})


_CONFIRMER = aliased(Person)


def _changes(table: Any) -> AnySelect:
    return (
        select(*table.__table__.columns, Person.name.label("entered_by"), _CONFIRMER.name.label("confirmed_by"))
        .join(Person, Person.id == table.entered_by_id)
        .outerjoin(_CONFIRMER, _CONFIRMER.id == table.confirmed_by_id)
    )


def _amendment_view(row: RowMapping) -> AmendmentView:
    names = [name for name in AmendmentView.__struct_fields__ if name != "provision_citation"]
    return AmendmentView(
        **{name: row[name] for name in names},
        provision_citation=the_statute().citation(row["provision"]),
    )


def _adoption_view(row: RowMapping) -> AdoptionView:
    names = [name for name in AdoptionView.__struct_fields__ if name != "statement"]
    readings = lookup.readings(the_statute(), row["provision"])
    statement = next((each.statement for each in readings if each.slug == row["reading"]), "")
    return AdoptionView(**{name: row[name] for name in names}, statement=statement)


def _designation_view(row: RowMapping) -> DesignationView:
    names = [name for name in DesignationView.__struct_fields__ if name not in ("rank_title", "label")]
    rank = the_statute().ranks.get(row["rank"])
    return DesignationView(
        **{name: row[name] for name in names},
        rank_title=rank.title if rank else row["rank"],
        label=label(row["continues"], row["late_because"]),
    )


def _delegation_view(row: RowMapping, today: date) -> DelegationView:
    names = [name for name in DelegationView.__struct_fields__ if name != "in_force"]
    in_force = row["since"] <= today and (row["until"] is None or today <= row["until"])
    return DelegationView(**{name: row[name] for name in names}, in_force=in_force)


def _act_address(row: RowMapping) -> str:
    """Where the act's record stands: a country's part in its project, a single entry by its number."""
    if row["table_name"] == "project_partner":
        return address("project", row["project_id"])
    if row["table_name"] == "ledger_entry" and row["record_id"] is not None:
        return f"/ledger/entries/{row['record_id']}"
    return address(row["table_name"], row["record_id"])


def _act_view(row: RowMapping, law: Statute, register: tuple[DelegationView, ...]) -> ActView:
    shown = ("act_title", "citation", "label", "caution", "delegated", "by", "href")
    names = [name for name in ActView.__struct_fields__ if name not in shown]
    kind = lookup.covered_act(law, row["act"])
    rests = row["program_authority"] or kind.provision
    return ActView(
        **{name: row[name] for name in names},
        by=row["by"] or "",
        href=_act_address(row),
        act_title=kind.title,
        citation=law.short_citation(rests) if rests in law.provisions else rests,
        label="recorded as incurred" if row["incurred"] else label(row["continues"], row["late_because"]),
        caution=rules.caution_of(rests, row["acted_on"], law),
        delegated="; ".join(
            f"{each.to_office}, by {each.instrument}"
            for each in register
            if each.function == kind.delegated_as and _runs(each, row["acted_on"])
        ),
    )


def _runs(view: DelegationView, on: date) -> bool:
    return view.since <= on and (view.until is None or on <= view.until)
