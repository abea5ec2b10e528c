"""What the law allows of acts that the termination reaches, and of changes to the law as it is recorded here."""

from datetime import date, datetime
from typing import Final, Literal

import msgspec

from pipir.kernel.calendar import show_day
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.statute.amendments import amendable, amended
from pipir.statute.lookup import (
    SECTION,
    authorities,
    covered_act,
    dated,
    deadlines,
    in_force,
    is_cautioned,
    readings,
    sunset,
    window,
)
from pipir.statute.model import UNTIL, Amendment, CoveredAct, Provision, Statute

TERMINATION: Final = "1253.g"
WAY_OUT: Final = (
    "Let a continuation determination be made under another authority that is in force, have it reviewed by a second "
    "person, and name both here. An act that was made before the end is recorded late, with its own day, the reason "
    "and the document. Liquidation, deobligation, in-scope adjustment, notices and reports go on without either."
)
# A change of the law reaches no further than this from today: what lies beyond was mistyped.
YEARS_AHEAD: Final = 100
# The dated values that an amendment can move, in words.
VALUE_NAMES: Final = {
    "on": "the day on which the authority ends",
    "until": "its last day",
    "first": "the first of the yearly dates",
    "last": "the last of the yearly dates",
}
Tone = Literal["in force", "other law", "continues", "late recording"]


class Determination(msgspec.Struct, frozen=True):
    """What the rules need to know of a continuation determination; `reviewed_on` None: nobody has reviewed it yet."""

    id: int
    subject_kind: str
    subject_id: int | None
    subject_title: str
    authority: str
    reviewed_on: date | None
    effective_from: date
    authority_from: date | None = None
    authority_until: date | None = None
    until: date | None = None


class Act(msgspec.Struct, frozen=True):
    """One act that the termination reaches; `authority` None: it rests on the paragraph of its kind.

    `project_id` and `funding_document_id` are those of an obligation, whose determination may concern either.
    """

    kind: str
    on: date
    authority: str | None = None
    other_authority: str | None = None
    record_id: int | None = None
    title: str = ""
    project_id: int | None = None
    funding_document_id: int | None = None
    determination: Determination | None = None
    late_because: str | None = None
    late_document: str | None = None


class Basis(msgspec.Struct, frozen=True):
    """What an act that is allowed rests on, in words: for a page's label, and what has to be said with it."""

    tone: Tone
    label: str = ""
    warnings: tuple[str, ...] = ()


class End(msgspec.Struct, frozen=True):
    """When the section's own authority ends by a law; None twice where that law sets no end."""

    last_day: date | None
    first_refused: datetime | None


class ValueChange(msgspec.Struct, frozen=True):
    """A dated value of a paragraph before and after a change of the law; None: it has no end."""

    provision: str
    citation: str
    title: str
    value: str
    before: date | None
    after: date | None


class DutyChange(msgspec.Struct, frozen=True):
    """A dated duty before and after a change of the law; None: there is none by that law."""

    slug: str
    what: str
    citation: str
    standing: str
    before: date | None
    after: date | None


class Effect(msgspec.Struct, frozen=True):
    """What a change of the law would change: the end of the authority, dated values, dated duties."""

    before: End
    after: End
    values: tuple[ValueChange, ...]
    duties: tuple[DutyChange, ...]
    duties_unchanged: int


class GapDays(msgspec.Struct, frozen=True):
    """Days before the enactment that a retroactive amendment reaches, with both readings of them.

    `known` and `known_in_force` are as known on the day; `amended` and `amended_in_force` by the law as amended. The
    second of each is None where the value is no end of an authority.
    """

    first: date
    last: date
    known: date | None
    known_in_force: bool | None
    amended: date | None
    amended_in_force: bool | None


def judge(act: Act, statute: Statute, *, today: date) -> Basis:
    """The basis of an act, or Refused with its citation and the way out; the database's triggers hold the same.

    The pair decides, never the date alone: the authority that the act names in force on its day, and after the end of
    the section's own authority a determination in force on that day too. What is recorded after the end of what it
    rests on passes only as a late recording, with its reason and document.
    """
    kind = covered_act(statute, act.kind)
    rests = act.authority or kind.provision
    _check_known(rests, act.other_authority, kind, statute)
    if act.authority is None and is_older(act.on, statute, kind.provision):
        return Basis("in force")
    if act.other_authority is not None and not in_force(statute, act.other_authority, act.on):
        raise _not_in_force(act.other_authority, act.on, statute)
    if not in_force(statute, rests, act.on):
        raise _ended(act, rests, kind, statute) if is_under_section(rests) else _not_in_force(rests, act.on, statute)
    if act.determination is not None:
        _carries(act.determination, act, rests, kind, statute)
        still_open = is_determined(act.determination, today, statute)
    else:
        older = is_older(act.on, statute, kind.provision)
        if not is_under_section(rests) and not older and not in_force(statute, kind.provision, act.on):
            raise _undetermined(act, rests, kind, statute)
        still_open = older or (in_force(statute, kind.provision, today) and in_force(statute, rests, today))
    if not still_open and not (act.late_because and act.late_document):
        raise _only_late(act, rests, kind, statute, today)
    return _basis(act, rests, statute, still_open=still_open)


def is_under_section(slug: str) -> bool:
    """Whether an authority is a paragraph of section 1253."""
    return slug == SECTION or slug.startswith(SECTION + ".")


def is_determined(determination: Determination, on: date, statute: Statute) -> bool:
    """Whether acts of the day may rest on it: reviewed, begun, not ended, and never longer than its authority."""
    found = determination
    return (
        found.reviewed_on is not None
        and on >= max(found.effective_from, found.reviewed_on)
        and (found.until is None or on <= found.until)
        and (found.authority_from is None or on >= found.authority_from)
        and (found.authority_until is None or on <= found.authority_until)
        and in_force(statute, found.authority, on)
    )


def continues_label(authority: str, statute: Statute) -> str:
    """The words that every page, export and report shows beside such work."""
    return f"continues under other authority ({statute.short_citation(authority)})"


def caution_of(rests: str, on: date, statute: Statute) -> str:
    """What is said with an act under the section on a day about which the readings differ; else blank."""
    if not is_under_section(rests) or not is_cautioned(statute, on):
        return ""
    other = next(row for row in readings(statute) if not row.adopted)
    return (
        f"Caution: dated {show_day(on)}, on which the readings of {statute.citation(TERMINATION)} differ. "
        f"The other reading: {other.statement}"
    )


def is_over(statute: Statute, on: date) -> bool:
    """Whether the section's own authority does not reach the day, by the adopted reading."""
    return not in_force(statute, "1253.e", on)


def is_older(on: date, statute: Statute, provision: str = "1253.e") -> bool:
    """Whether a day lies before the paragraph was in force: what was done then does not rest on it."""
    since = window(statute, provision, on)[0]
    return since is not None and on < since


def last_day(statute: Statute, on: date | None = None) -> date:
    """The last day of the section's own authority, by the law of a day."""
    found = window(statute, "1253.e", on)[1]
    return found or date.max


def other_authorities(statute: Statute) -> tuple[Provision, ...]:
    """The authorities outside of section 1253 that a determination may name."""
    return tuple(row for row in authorities(statute) if not is_under_section(row.slug))


def may_determine(
    authority: str,
    effective_from: date,
    review_on: date,
    statute: Statute,
    today: date,
    *,
    authority_from: date | None,
    authority_until: date | None,
) -> None:
    """A determination names another authority, in force when it takes effect, and is never retroactive."""
    mistakes = []
    known = {row.slug for row in other_authorities(statute)}
    if authority not in known:
        mistakes.append(Mistake("authority", "Expected one of: " + ", ".join(sorted(known)) + ".", authority[:60]))
    if effective_from < today:
        expected = f"Expected today, {show_day(today)}, or later: a determination is never retroactive."
        mistakes.append(Mistake("effective_from", expected, effective_from.isoformat()))
    if review_on <= effective_from:
        mistakes.append(
            Mistake("review_on", f"Expected a day after {show_day(effective_from)}.", review_on.isoformat())
        )
    if authority_from is not None and authority_until is not None and authority_until < authority_from:
        mistakes.append(
            Mistake("authority_until", f"Expected {show_day(authority_from)} or later.", authority_until.isoformat())
        )
    if mistakes:
        raise Invalid(
            "The determination needs correcting.", citation=statute.citation(TERMINATION), mistakes=tuple(mistakes)
        )
    outside = (authority_from is not None and effective_from < authority_from) or (
        authority_until is not None and effective_from > authority_until
    )
    if outside or not in_force(statute, authority, effective_from):
        raise _not_in_force(authority, effective_from, statute)


def may_review(determined_by: int, reviewed_on: date | None, until: date | None, reviewer: int) -> None:
    """A second person reviews a determination, once, while it stands."""
    if reviewed_on is not None:
        raise Refused(f"The determination was reviewed on {show_day(reviewed_on)}; it is reviewed once.")
    if until is not None:
        raise Refused("The determination has ended; there is nothing to review.")
    if determined_by == reviewer:
        raise Refused(
            "You made this determination; a second person reviews it.",
            way_out="Ask a person who may review determinations and did not make this one.",
        )


def may_end_determination(until: date, today: date, ended: date | None) -> None:
    """A determination ends once, today or later: what was done under it stays lawful."""
    if ended is not None:
        raise Refused(f"The determination ends on {show_day(ended)} already.")
    if until < today:
        raise Invalid(
            "A determination does not end backwards.",
            mistakes=(Mistake("until", f"Expected {show_day(today)} or later.", until.isoformat()),),
        )


def may_amend(
    provision: str,
    value: str,
    enacted_on: date,
    changes_from: date,
    new_day: date | None,
    statute: Statute,
    today: date,
) -> None:
    """An amendment is enacted by today and moves a dated value that the law's files hold."""
    mistakes = []
    if (provision, value) not in amendable(statute):
        expected = "Expected one of: " + ", ".join(f"{slug} ({name})" for slug, name in amendable(statute)) + "."
        mistakes.append(Mistake("provision", expected, f"{provision[:60]} ({value[:30]})"))
    if enacted_on > today:
        expected = f"Expected {show_day(today)} or earlier: a bill is no amendment."
        mistakes.append(Mistake("enacted_on", expected, enacted_on.isoformat()))
    if value in ("first", "last") and new_day is None:
        mistakes.append(Mistake("new_day", "Expected a day: the first and the last of a yearly duty have one."))
    if new_day is not None and (expected := _expected_of(provision, value, new_day, statute, today)):
        mistakes.append(Mistake("new_day", expected, new_day.isoformat()))
    for where, day in (("enacted_on", enacted_on), ("changes_from", changes_from)):
        enacted = statute.instrument(provision).enacted if provision in statute.provisions else None
        if enacted is not None and day < enacted:
            expected = f"Expected {show_day(enacted)}, when what it amends was enacted, or later."
            mistakes.append(Mistake(where, expected, day.isoformat()))
    if changes_from.year > today.year + YEARS_AHEAD:
        expected = f"Expected a day within {YEARS_AHEAD} years."
        mistakes.append(Mistake("changes_from", expected, changes_from.isoformat()))
    if mistakes:
        raise Invalid("The amendment needs correcting.", mistakes=tuple(mistakes))


def end_of(statute: Statute, reading: str | None = None) -> End:
    """When the section's own authority ends, by the adopted reading or the one named."""
    last = dated(statute, TERMINATION, "on")
    return End(last, sunset(statute, reading) if last is not None else None)


def effect_of(before: Statute, after: Statute) -> Effect:
    """What changes from one law to the other."""
    values = [
        ValueChange(
            slug,
            before.citation(slug),
            before.provision(slug).title,
            name,
            dated(before, slug, name),
            dated(after, slug, name),
        )
        for slug, name in amendable(before)
    ]
    old, new = ({row.slug: row for row in deadlines(law)} for law in (before, after))
    duties = [
        DutyChange(
            slug,
            row.what,
            row.citation,
            row.standing_label,
            old[slug].statutory_day if slug in old else None,
            new[slug].statutory_day if slug in new else None,
        )
        for slug, row in (old | new).items()
    ]
    changed = sorted(
        (each for each in duties if each.before != each.after),
        key=lambda each: (each.after or each.before or date.max, each.slug),
    )
    return Effect(
        end_of(before),
        end_of(after),
        tuple(each for each in values if each.before != each.after),
        tuple(changed),
        len(duties) - len(changed),
    )


def gap_of(base: Statute, enacted: tuple[Amendment, ...], amendment: Amendment) -> tuple[GapDays, ...]:
    """The days between an amendment's effect and its enactment on which what was known differs from the law as amended.

    `enacted` are the other confirmed amendments, laid over `base`.
    """
    provision, name = amendment.provision, amendment.value
    first = max(amendment.changes_from, base.instrument(provision).enacted or amendment.changes_from)
    if first >= amendment.enacted_on:
        return ()
    reached = (
        provision
        if name == UNTIL
        else next((s for s, row in base.provisions.items() if row.ends_with == provision), None)
    )
    every = (*enacted, amendment)
    after = amended(base, every)
    ends = [dated(base, provision, name), *(each.new_day for each in every)]
    marks = {first, *(each.enacted_on for each in enacted), *(each.changes_from for each in enacted)}
    marks |= {mark for end in ends if end is not None for mark in (end, _after(end))}
    starts = sorted(mark for mark in marks if first <= mark < amendment.enacted_on)
    found: list[GapDays] = []
    for start, following in zip(starts, [*starts[1:], amendment.enacted_on], strict=True):
        known = amended(base, enacted, known_on=start)
        days = GapDays(
            start,
            _before(following),
            dated(known, provision, name, start),
            in_force(known, reached, start) if reached else None,
            dated(after, provision, name, start),
            in_force(after, reached, start) if reached else None,
        )
        if found and _same_readings(found[-1], days):
            days = msgspec.structs.replace(days, first=found.pop().first)
        found.append(days)
    return tuple(each for each in found if (each.known, each.known_in_force) != (each.amended, each.amended_in_force))


def _same_readings(one: GapDays, other: GapDays) -> bool:
    return msgspec.structs.astuple(one)[2:] == msgspec.structs.astuple(other)[2:]


def _expected_of(provision: str, value: str, new_day: date, statute: Statute, today: date) -> str:
    """What is expected of an amended value in place of the day that was given; blank where the day can stand."""
    if new_day.year > today.year + YEARS_AHEAD:
        return f"Expected a day within {YEARS_AHEAD} years; leave it blank where there is no end any more."
    if (provision, value) not in amendable(statute):
        return ""
    if value == "first" and (new_day.month, new_day.day) == (2, 29):
        return "Expected a day that every year has."
    if value == "first" and new_day > (last := dated(statute, provision, "last") or date.max):
        return f"Expected {show_day(last)}, the last of the yearly duty, or earlier."
    if value == "last" and new_day < (first := dated(statute, provision, "first") or date.min):
        return f"Expected {show_day(first)}, the first of the yearly duty, or later."
    enacted = statute.instrument(provision).enacted
    if enacted is not None and new_day < enacted:
        return f"Expected {show_day(enacted)}, when what it amends was enacted, or later."
    return ""


def may_confirm(entered_by: int, confirmed_on: date | None, withdrawn_on: date | None, confirmer: int) -> None:
    """A second administrator confirms what the first has entered, once."""
    if confirmed_on is not None:
        raise Refused(f"This was confirmed on {show_day(confirmed_on)}.")
    if withdrawn_on is not None:
        raise Refused(f"This was withdrawn on {show_day(withdrawn_on)}.")
    if entered_by == confirmer:
        raise Refused(
            "You entered this; another administrator confirms it.",
            citation="Two-person rule for changes of the law (convention)",
            way_out="Ask another administrator to compare it with the act of Congress and to confirm it.",
        )


def may_withdraw(confirmed_on: date | None, withdrawn_on: date | None) -> None:
    """Only what nobody has confirmed is withdrawn."""
    if confirmed_on is not None:
        raise Refused(
            f"This was confirmed on {show_day(confirmed_on)}; it stays in the record.",
            way_out="Enter the later act of Congress, or the correction, as an amendment of its own.",
        )
    if withdrawn_on is not None:
        raise Refused(f"This was withdrawn on {show_day(withdrawn_on)} already.")


def may_adopt(provision: str, reading: str, counsel_on: date, statute: Statute, today: date) -> str:
    """The edge of the reading that is adopted; Invalid where the law's files hold no such reading."""
    found = next((row for row in readings(statute, provision) if row.slug == reading), None)
    mistakes = []
    if found is None:
        known = ", ".join(row.slug for row in readings(statute, provision)) or "none"
        mistakes.append(Mistake("reading", f"Expected a reading of {provision[:40]}: {known}.", reading[:60]))
    if counsel_on > today:
        mistakes.append(Mistake("counsel_on", f"Expected {show_day(today)} or earlier.", counsel_on.isoformat()))
    if mistakes or found is None:
        raise Invalid("The adoption needs correcting.", mistakes=tuple(mistakes))
    return found.edge


def may_designate(rank: str, made_on: date, since: date, statute: Statute, today: date) -> None:
    """The official holds an office of the level that the law asks for; the instrument comes first."""
    citation = statute.citation("1253.c.1")
    mistakes = []
    found = statute.ranks.get(rank)
    if found is None:
        mistakes.append(Mistake("rank", "Expected one of: " + ", ".join(statute.ranks) + ".", rank[:60]))
    if made_on > today:
        mistakes.append(Mistake("made_on", f"Expected {show_day(today)} or earlier.", made_on.isoformat()))
    if since < made_on:
        expected = f"Expected {show_day(made_on)}, the day of the instrument, or later."
        mistakes.append(Mistake("since", expected, since.isoformat()))
    enacted = statute.instrument("1253.c.1").enacted
    if enacted is not None and made_on < enacted:
        expected = f"Expected {show_day(enacted)}, when the law was enacted, or later."
        mistakes.append(Mistake("made_on", expected, made_on.isoformat()))
    if mistakes:
        raise Invalid("The designation needs correcting.", citation=citation, mistakes=tuple(mistakes))
    assert found is not None
    if not found.may_be_designated:
        whose = "the law" if found.standing == "statute" else "the law, by our reading,"
        raise Refused(
            f"{found.title}: not an office from which {whose} lets the senior official be designated. {found.note}",
            citation=citation,
            way_out="The law asks for a civilian official at the Assistant Secretary level or above.",
        )


def may_correct_designation(
    rank: str,
    made_on: date,
    since: date,
    statute: Statute,
    today: date,
    *,
    until: date | None,
    changed_on: date | None,
) -> None:
    """A designation is corrected to what could have been recorded, within the end that is recorded of it."""
    mistakes = []
    if until is not None and since > until:
        expected = f"Expected {show_day(until)}, the last day in office, or earlier."
        mistakes.append(Mistake("since", expected, since.isoformat()))
    if changed_on is not None and made_on > changed_on:
        expected = f"Expected {show_day(changed_on)}, when the Secretary changed it, or earlier."
        mistakes.append(Mistake("made_on", expected, made_on.isoformat()))
    if mistakes:
        raise Invalid("The designation needs correcting.", mistakes=tuple(mistakes))
    may_designate(rank, made_on, since, statute, today)


def may_end_designation(
    made_on: date,
    since: date,
    until: date | None,
    wanted: date,
    today: date,
    *,
    by_change: bool = False,
    changed_on: date | None = None,
) -> None:
    """A designation ends on or after its first day, also on a day to come, so that a hand-over is entered beforehand.

    A change by the Secretary was made by today, from the designation to the last day in office.
    """
    if until is not None and until <= today:
        raise Refused(f"The designation ended on {show_day(until)}.")
    mistakes = []
    if wanted < since:
        mistakes.append(Mistake("until", f"Expected {show_day(since)} or later.", wanted.isoformat()))
    if wanted.year > today.year + YEARS_AHEAD:
        mistakes.append(Mistake("until", f"Expected a day within {YEARS_AHEAD} years.", wanted.isoformat()))
    if changed_on is not None:
        last = min(wanted, today)
        if not by_change:
            expected = "Expected nothing, unless the Secretary changed the designation."
            mistakes.append(Mistake("changed_on", expected, changed_on.isoformat()))
        elif not made_on <= changed_on <= last:
            expected = f"Expected a day from {show_day(made_on)}, the designation, to {show_day(last)}."
            mistakes.append(Mistake("changed_on", expected, changed_on.isoformat()))
    if mistakes:
        raise Invalid("The end of the designation needs correcting.", mistakes=tuple(mistakes))


def may_delegate(instrument_on: date, since: date, until: date | None, today: date) -> None:
    """A delegation follows its instrument, which is signed by today."""
    mistakes = []
    if instrument_on > today:
        mistakes.append(Mistake("instrument_on", f"Expected {show_day(today)} or earlier.", instrument_on.isoformat()))
    if since < instrument_on:
        mistakes.append(Mistake("since", f"Expected {show_day(instrument_on)} or later.", since.isoformat()))
    if until is not None and until < since:
        mistakes.append(Mistake("until", f"Expected {show_day(since)} or later.", until.isoformat()))
    if mistakes:
        raise Invalid("The delegation needs correcting.", mistakes=tuple(mistakes))


def may_end_delegation(since: date, until: date | None, wanted: date, today: date) -> None:
    """A delegation ends on or after its first day, not before what others did under it could know: today or later."""
    if until is not None and until <= today:
        raise Refused(f"The delegation ended on {show_day(until)}.")
    earliest = max(since, today)
    if wanted < earliest or (until is not None and wanted > until):
        expected = f"Expected {show_day(earliest)} or later" + (f", by {show_day(until)}." if until else ".")
        raise Invalid("The last day needs correcting.", mistakes=(Mistake("until", expected, wanted.isoformat()),))


def gaps(designations: tuple[tuple[date, date | None], ...], since: date, today: date) -> tuple[tuple[date, date], ...]:
    """The days from `since` to today on which nobody was designated, as first and last days; designations by day."""
    found = []
    expected = since
    for first, last in designations:
        if first > today:
            break
        if first > expected:
            found.append((expected, _before(first)))
        if last is None:
            return tuple(found)
        expected = max(expected, date.fromordinal(last.toordinal() + 1))
    if designations and expected <= today:
        found.append((expected, today))
    return tuple(found)


def _before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def _after(day: date) -> date:
    return date.fromordinal(min(day.toordinal() + 1, date.max.toordinal()))


def _check_known(rests: str, other: str | None, kind: CoveredAct, statute: Statute) -> None:
    # The paragraph of the act's own kind may be a duty or a structure; beside it only authorities count.
    known = {row.slug for row in authorities(statute)} | {kind.provision}
    mistakes = [
        Mistake(where, "Expected one of: " + ", ".join(sorted(known)) + ".", slug[:60])
        for where, slug in (("program_authority", rests), ("other_authority", other))
        if slug is not None and slug not in known
    ]
    if mistakes:
        raise Invalid("The authority is not known.", mistakes=tuple(mistakes))


def _ended(act: Act, rests: str, kind: CoveredAct, statute: Statute) -> Refused:
    since = window(statute, rests, act.on)[0]
    if since is not None and act.on < since:
        return _not_in_force(rests, act.on, statute)
    return Refused(
        f"{kind.title}, dated {show_day(act.on)}, rests on {statute.short_citation(rests)}, and the section's own "
        f"authority ended with {show_day(last_day(statute, act.on))}.",
        citation=statute.citation(TERMINATION),
        way_out=WAY_OUT if act.determination is None else _naming(act.determination, statute),
    )


def _naming(found: Determination, statute: Statute) -> str:
    return (
        f"Name {statute.short_citation(found.authority)} as the program authority of the act: "
        f"determination {found.id} is under it."
    )


def _not_in_force(slug: str, on: date, statute: Statute) -> Refused:
    since, until = window(statute, slug, on)
    known = [f"from {show_day(since)}" if since else "", f"until {show_day(until)}" if until else ""]
    days = " ".join(each for each in known if each)
    return Refused(
        f"{statute.short_citation(slug)} is not in force on {show_day(on)}" + (f" (it runs {days})." if days else "."),
        citation=statute.citation(slug),
        way_out="Name an authority that is in force on the day. An extension counts once it is recorded here as an "
        "enacted amendment.",
    )


def _carries(found: Determination, act: Act, rests: str, kind: CoveredAct, statute: Statute) -> None:
    named = f"Continuation determination {found.id}"
    citation = statute.citation(TERMINATION)
    if found.authority != rests:
        raise Refused(
            f"{named} is under {statute.short_citation(found.authority)}; "
            f"the act names {statute.short_citation(rests)}.",
            citation=citation,
            way_out=_naming(found, statute),
        )
    # What hangs on a project or on funds is carried by theirs, and never by a title of its own.
    of_its_own = act.project_id is None and act.funding_document_id is None
    same_kind = found.subject_kind == kind.record and (
        (found.subject_id is not None and found.subject_id == act.record_id)
        or (of_its_own and found.subject_id is None and found.subject_title == act.title)
    )
    of_project = found.subject_kind == "project" and found.subject_id is not None and found.subject_id == act.project_id
    of_funds = (
        found.subject_kind == "funding document"
        and found.subject_id is not None
        and found.subject_id == act.funding_document_id
    )
    if not (same_kind or of_project or of_funds):
        raise Refused(
            f"{named} concerns the {found.subject_kind} “{found.subject_title}”, not this record.",
            citation=citation,
            way_out="Let a determination be made that concerns this record.",
        )
    if found.reviewed_on is None:
        raise Refused(
            f"{named} has not been reviewed by a second person.",
            citation=citation,
            way_out="Have it reviewed first; it takes effect then, and never backwards.",
        )
    if not is_determined(found, act.on, statute):
        raise Refused(
            f"{named} is not in force on {show_day(act.on)}: it runs from "
            f"{show_day(max(found.effective_from, found.reviewed_on))}"
            + (f" until {show_day(found.until)}" if found.until else "")
            + ", and no longer than the authority that it cites.",
            citation=citation,
            way_out="A determination is never retroactive: let another be made, for the days to come.",
        )


def _undetermined(act: Act, rests: str, kind: CoveredAct, statute: Statute) -> Refused:
    return Refused(
        f"{kind.title}, dated {show_day(act.on)}, names {statute.short_citation(rests)}; after the end of the "
        "section's own authority the record says under which determination its work continues.",
        citation=statute.citation(TERMINATION),
        way_out=WAY_OUT,
    )


def _only_late(act: Act, rests: str, kind: CoveredAct, statute: Statute, today: date) -> Refused:
    return Refused(
        f"{kind.title} of {show_day(act.on)} is recorded on {show_day(today)}, after the end of what it rests on "
        f"({statute.short_citation(rests)}). It passes only as a late recording.",
        citation=statute.citation(TERMINATION),
        way_out="State why it is recorded late and name the document that shows the act; "
        "late recordings stay listed for counsel.",
    )


def _basis(act: Act, rests: str, statute: Statute, *, still_open: bool) -> Basis:
    caution = caution_of(rests, act.on, statute)
    warnings = [caution] if caution else []
    if not still_open:
        warnings.append("Late recording: entered after the end of what it rests on, and listed for counsel.")
    if act.determination is not None:
        return Basis("continues", continues_label(rests, statute), tuple(warnings))
    if not still_open:
        return Basis("late recording", "late recording", tuple(warnings))
    return Basis("in force" if is_under_section(rests) else "other law", "", tuple(warnings))
