"""Every situation of tests/scenarios/*.toml, judged by the pure rules."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from pipir.features.duties import rules as duties
from pipir.features.law import rules as law
from pipir.features.ledger import rules as money
from pipir.features.participants import rules as participants
from pipir.kernel.errors import Problem
from pipir.kernel.money import Dollars
from pipir.statute import lookup, model
from pipir.statute.amendments import adopting, amended
from pipir.statute.load import the_statute
from pipir.statute.model import Statute
from tests.scenarios.situations import (
    Amendment,
    Delegation,
    Designation,
    Determination,
    Entry,
    Funding,
    Outcome,
    Reading,
    Situation,
    Standing,
    differences,
    situations,
)

SITUATIONS = dict(situations())
# The record that the act is about, and another one.
THIS, OTHER_RECORD, ENTERER, SECOND = 1, 2, 1, 2


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_rules_say_what_the_situation_says(name: str) -> None:
    situation = SITUATIONS[name]
    assert differences(situation.then, judged(situation)) == {}


def test_there_are_enough_situations_and_each_has_a_citation_and_an_expectation() -> None:
    assert len(SITUATIONS) >= 60
    for name, each in SITUATIONS.items():
        assert each.citation, name
        assert each.then != type(each.then)(), name
        asked = [each.when.act, each.when.entry, each.when.ask, each.when.command]
        assert len([word for word in asked if word]) == 1, name


def law_as_given(situation: Situation) -> Statute:
    """The law's files with the readings and amendments that the facts have confirmed."""
    statute = the_statute()
    for fact in situation.facts:
        if isinstance(fact, Reading) and fact.confirmed:
            statute = adopting(statute, "1253.g", fact.reading, counsel="OGC", counsel_on=fact.on)
    return amended(
        statute,
        [
            model.Amendment(
                fact.provision,
                fact.value,
                fact.new_day,
                fact.changes_from or fact.on,
                fact.enacted_on or fact.on,
                "defense authorization act",
                "an act of Congress",
            )
            for fact in situation.facts
            if isinstance(fact, Amendment) and fact.confirmed
        ],
    )


def judged(situation: Situation) -> Outcome:
    """What the rules say of the situation."""
    statute = law_as_given(situation)
    when = situation.when
    try:
        if when.ask is not None:
            return _ANSWERS[when.ask](situation, statute)
        if when.act == "obligation" or when.entry is not None:
            return _entry(situation, statute)
        if when.act is not None:
            basis = law.judge(_act(situation), statute, today=situation.today)
            return Outcome(allowed=True, label=basis.label, says=" ".join(basis.warnings))
        assert when.command is not None
        said = _COMMANDS[when.command](situation, statute)
        return Outcome(allowed=True, says=said or "")
    except Problem as problem:
        mistakes = [(each.where, each.expected) for each in problem.mistakes]
        return refusal(f"{problem.detail} {problem.way_out}", problem.citation, mistakes)


def refusal(detail: str, citation: str, mistakes: list[tuple[str, str]]) -> Outcome:
    """The outcome of a refusal, with its mistakes."""
    return Outcome(
        allowed=False,
        citation=citation,
        corrected=tuple(where for where, _ in mistakes),
        says=" ".join([detail, *(expected for _, expected in mistakes)]),
    )


def _act(situation: Situation) -> law.Act:
    when = situation.when
    assert when.act is not None
    hangs = when.act in ("partner", "obligation")
    return law.Act(
        kind=when.act,
        on=situation.day,
        authority=when.authority,
        other_authority=when.other_authority,
        record_id=None if hangs else THIS,
        title="The record",
        project_id=THIS if hangs else None,
        determination=_determination(situation),
        **situation.papers,
    )


def _determination(situation: Situation) -> law.Determination | None:
    fact = situation.found(Determination)
    if fact is None or not situation.when.under_determination:
        return None
    kind = lookup.covered_act(the_statute(), situation.when.act or "obligation").record
    return law.Determination(
        id=1,
        subject_kind=kind,
        subject_id=THIS if fact.of == "this record" else OTHER_RECORD,
        subject_title="The record",
        authority=fact.authority,
        reviewed_on=fact.on if fact.reviewed else None,
        effective_from=fact.effective_from or fact.on,
        authority_until=fact.authority_until,
        until=fact.until,
    )


# ---- entries of the ledger


def _funding(fact: Funding | None, day: date) -> money.Funding:
    if fact is None:
        # Money of the fiscal year of the act, where the situation says nothing of it.
        year = day.year + (day.month >= 10)
        fact = Funding(on=day, symbol=f"097-{year}/{year}-0400-000")
    return money.Funding(
        number="FD-1",
        account=money.Account(money.parse_symbol(fact.symbol)),
        level=fact.level,
        source=fact.source,
        through_on=fact.through_on,
        cr_amount=Dollars(fact.cr_amount) if fact.cr_amount else None,
        order_law=fact.order_law,
        order_accepted_on=fact.order_accepted_on,
        excepted_basis=fact.excepted_basis,
        participant_id=THIS if fact.partner else None,
        received_on=fact.on,
    )


def _entry(situation: Situation, statute: Statute) -> Outcome:
    when = situation.when
    kind = when.entry or "obligation"
    given = situation.found(Funding)
    funding = _funding(given, situation.day)
    earlier = [fact for fact in situation.facts if isinstance(fact, Entry)]
    names = money.NAMES.get(kind)
    named = next((fact for fact in reversed(earlier) if fact.kind == names), None)
    new = kind == "obligation"
    act = money.Act(
        kind=kind,
        amount=Dollars(when.amount),
        effective_on=situation.day,
        program_authority=(when.authority or "1253.e.1") if new else None,
        other_authority=when.other_authority,
        determination=_determination(situation),
        project_id=THIS,
        document_number="D-1" if new else None,
        document_on=(when.document_on or situation.day) if new else None,
        need="The need of the year" if new else None,
        basis=when.basis,
        names=names if named else None,
        named_on=named.on if named else None,
        flag=when.flag,
        evidence="Voucher 17" if when.flag else None,
        **situation.papers,
    )
    wrong = money.missing(act, statute)
    if wrong:
        return refusal("Some of what was sent needs correcting.", "", [(each.where, each.expected) for each in wrong])
    found = money.judge(act, funding, statute, today=situation.today)
    refusals, warnings = [*found.refusals], [*found.warnings]
    for limit in _limits(situation, act, funding, given, earlier, statute):
        refusals += limit.refusals
        warnings += limit.warnings
    if when.flag:
        # What was incurred already is recorded all the same; the refusals become what is said with it.
        warnings += [f"{each.detail} ({each.citation})" for each in refusals if each not in found.always]
        refusals = [*found.always]
    if refusals:
        return refusal(" ".join(each.detail for each in refusals), "; ".join(each.citation for each in refusals), [])
    return Outcome(allowed=True, says=" ".join(warnings))


def _limits(
    situation: Situation,
    act: money.Act,
    funding: money.Funding,
    given: Funding | None,
    earlier: list[Entry],
    statute: Statute,
) -> list[money.Findings]:
    mine = Entry(on=situation.day, kind=act.kind, amount=situation.when.amount)
    authority = money.cents(Dollars(given.amount if given and given.amount else "0" if given else "1000.00"))
    days = [money.DaySum(given.on if given else situation.day, authority)]
    for fact in (*earlier, mine):
        each = money.effect(fact.kind, money.cents(Dollars(fact.amount)))
        days.append(money.DaySum(fact.on, each.authority, each.committed, each.obligated, each.expended))
    said = {"since": situation.day, "asked": money.cents(act.amount), "what": act.kind, "statute": statute}
    found = []
    if act.kind in ("obligation", "upward adjustment"):
        found.append(money.within_authority(funding, days, **said))
    if act.kind in ("expenditure", "deobligation"):
        found.append(money.within_obligation("the obligation", days, **said))
    return found


# ---- questions


def _in_force(situation: Situation, statute: Statute) -> Outcome:
    assert situation.when.provision is not None
    return Outcome(in_force=lookup.authority_in_force(statute, situation.when.provision, situation.now))


def _due(situation: Situation, statute: Statute) -> Outcome:
    slug = situation.when.duty or ""
    made = _events(situation)
    prefix = f"{duties.NOTICE}-"
    if slug.startswith(prefix):
        event = date.fromisoformat(slug.removeprefix(prefix))
        deadline = lookup.notice_due(statute, event) if event in made else None
    else:
        deadline = duties.deadline_of(statute, slug)
    if deadline is None:
        return Outcome(none=True)
    state = duties.state_of(deadline, None, situation.today, done_on=None, late_days=None)
    return Outcome(
        day=deadline.statutory_day,
        advised=deadline.advised_day,
        to=tuple(each.name for each in deadline.recipients),
        says=f"{state.label}. {state.says}",
    )


def _events(situation: Situation) -> set[date]:
    events = set()
    for fact in situation.facts:
        if isinstance(fact, Designation):
            events.add(fact.on)
            if fact.until is not None and fact.by_change:
                events.add(fact.changed_on or fact.until)
    return events


def _duties(situation: Situation, statute: Statute) -> Outcome:
    return Outcome(
        days=tuple(each.statutory_day for each in lookup.deadlines(statute) if each.kind == situation.when.kind)
    )


def _report(situation: Situation, statute: Statute) -> Outcome:
    assert situation.when.year is not None
    period = lookup.report_period(statute, situation.when.year)
    return Outcome(
        allowed=True,
        day=period.due,
        covers_from=period.covers_from,
        covers_to=period.covers_to,
        money_as_of=period.money_as_of,
        upcoming_fiscal_year=period.upcoming_fiscal_year,
    )


_ANSWERS: dict[str, Callable[[Situation, Statute], Outcome]] = {
    "in force": _in_force,
    "due": _due,
    "duties": _duties,
    "report": _report,
}


# ---- commands that are no covered act


def _designate(situation: Situation, statute: Statute) -> str:
    body = situation.when.body
    made = body.get("made_on", situation.day)
    rank = body.get("rank", "assistant-secretary")
    law.may_designate(rank, made, body.get("since", made), statute, situation.today)
    basis = law.judge(
        law.Act(kind="designation", on=made, record_id=THIS, title="The record", **situation.papers),
        statute,
        today=situation.today,
    )
    return " ".join(basis.warnings)


def _amend(situation: Situation, statute: Statute) -> None:
    body = situation.when.body
    law.may_amend(
        body.get("provision", "1253.g"),
        body.get("value", "on"),
        body.get("enacted_on", situation.day),
        body.get("changes_from", situation.day),
        body.get("new_day"),
        statute,
        situation.today,
    )


def _confirm(situation: Situation, _: Statute) -> None:
    fact = situation.found(Amendment)
    confirmed_on = fact.on if fact.confirmed else None
    law.may_confirm(ENTERER, confirmed_on, None, ENTERER if situation.when.body.get("by_enterer") else SECOND)


def _determine(situation: Situation, statute: Statute) -> None:
    body = situation.when.body
    law.may_determine(
        body["authority"],
        body.get("effective_from", situation.day),
        body.get("review_on", date(2039, 1, 2)),
        statute,
        situation.today,
        authority_from=body.get("authority_from"),
        authority_until=body.get("authority_until"),
    )


def _review(situation: Situation, _: Statute) -> None:
    fact = situation.found(Determination)
    reviewed = fact.on if fact.reviewed else None
    reviewer = ENTERER if situation.when.body.get("by_maker") else SECOND
    law.may_review(ENTERER, reviewed, fact.until, reviewer)


def _end_determination(situation: Situation, _: Statute) -> None:
    fact = situation.found(Determination)
    law.may_end_determination(situation.when.body["until"], situation.today, fact.until)


def _delegate(situation: Situation, _: Statute) -> None:
    body = situation.when.body
    signed = body.get("instrument_on", situation.day)
    law.may_delegate(signed, body.get("since", signed), body.get("until"), situation.today)


def _end_delegation(situation: Situation, _: Statute) -> None:
    fact = situation.found(Delegation)
    law.may_end_delegation(fact.on, fact.until, situation.when.body["until"], situation.today)


def _end_designation(situation: Situation, _: Statute) -> None:
    fact, body = situation.found(Designation), situation.when.body
    law.may_end_designation(
        fact.on,
        fact.since or fact.on,
        fact.until,
        body["until"],
        situation.today,
        by_change=body.get("by_change", False),
        changed_on=body.get("changed_on"),
    )


def _stand(situation: Situation, statute: Statute) -> str:
    body = situation.when.body
    before = situation.found(Standing)
    since = body.get("since", situation.day)
    participants.may_record_standing(
        body.get("country", "JPN"),
        before.value if before else None,
        before.on if before else None,
        body["value"],
        since,
        statute=statute,
    )
    if body["value"] != "invited":
        return ""
    act = law.Act(kind="invitation", on=since, record_id=THIS, title="The record", **situation.papers)
    return " ".join(law.judge(act, statute, today=situation.today).warnings)


def _adopt(situation: Situation, statute: Statute) -> None:
    body = situation.when.body
    law.may_adopt("1253.g", body["reading"], body.get("counsel_on", situation.day), statute, situation.today)


def _enter_notice(situation: Situation, statute: Statute) -> str:
    due = duties.notice_for(statute, situation.when.body["triggered_on"], situation.today)
    return due.statutory_day.isoformat()


_COMMANDS: dict[str, Callable[[Situation, Statute], Any]] = {
    "amendment.enter": _amend,
    "amendment.confirm": _confirm,
    "delegation.end": _end_delegation,
    "delegation.record": _delegate,
    "designation.end": _end_designation,
    "designation.record": _designate,
    "determination.end": _end_determination,
    "determination.make": _determine,
    "determination.review": _review,
    "duty.enter-notice": _enter_notice,
    "participant.record-standing": _stand,
    "reading.adopt": _adopt,
}
