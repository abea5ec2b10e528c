"""Accounts, funding documents and entries of the program, each month posted as one statement."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from pipir.exercise import words
from pipir.exercise.days import TODAY
from pipir.exercise.money import ACCOUNTS, PlannedDocument, Step
from pipir.exercise.program.course import Act, Program
from pipir.features.ledger import commands as ledger
from pipir.features.ledger.commands import Posting
from pipir.features.ledger.rules import COUNTERS, REPROGRAMMINGS, TRANSFERS, from_cents
from pipir.kernel.calendar import quarter_label
from pipir.store.doors import WriteSession

# At most so many entries in one statement: memory stays bounded at any size.
_CHUNK: Final = 25_000


def plan_documents(program: Program) -> None:
    for account in ACCOUNTS:
        program.at(date(2026, 1, 5), "comptroller", _open_account(program, account.symbol, account.title))
    for document in program.money.documents:
        program.at(document.received_on, "comptroller", _receive(program, document))


def _open_account(program: Program, symbol: str, title: str) -> Act:
    async def act(session: WriteSession) -> None:
        if symbol not in program.accounts:
            body = ledger.OpenAccount(symbol=symbol, title=title, source=words.SOURCE)
            program.accounts[symbol] = await ledger.open_account(session, body)

    return act


def _receive(program: Program, document: PlannedDocument) -> Act:
    amount = from_cents(document.amount)

    async def act(session: WriteSession) -> None:
        body = ledger.ReceiveFunding(
            number=document.number,
            account_id=program.accounts[document.account.symbol],
            title=document.title,
            level_of_control=document.level,
            source_of_authority=document.source,
            purpose=document.purpose,
            received_on=document.received_on,
            amount=amount,
            source_citation=document.citation,
            through_on=document.through_on,
            cr_amount=amount if document.through_on else None,
            order_law=document.order_law,
            order_accepted_on=document.received_on if document.order_law else None,
            order_method="reimbursable" if document.order_law else None,
        )
        program.documents[document.number] = await ledger.receive_funding(session, body)

    return act


def plan_entries(program: Program) -> None:
    """Each month is posted on the first Friday after its end; what went wrong is recorded one by one."""
    for week, steps in program.months.items():
        plain = [step for step in steps if step.flag is None]
        for first in range(0, len(plain), _CHUNK):
            # After every document of the week.
            program.at(TODAY, "comptroller", _post(program, plain[first : first + _CHUNK]), week=week)
        for step in steps[len(plain) :]:
            program.at(TODAY, "comptroller", _record_incurred(program, step), week=week)


def _post(program: Program, steps: Sequence[Step]) -> Act:
    async def act(session: WriteSession) -> None:
        places = {(step.chain, step.place): place for place, step in enumerate(steps)}
        numbers = await ledger.post_entries(session, [_posting(program, step, places) for step in steps])
        for step, number in zip(steps, numbers, strict=True):
            program.keep(step, number)

    return act


def _record_incurred(program: Program, step: Step) -> Act:
    async def act(session: WriteSession) -> None:
        posting = _posting(program, step, {})
        given = {name: getattr(posting, name) for name in ledger.RecordIncurred.__struct_fields__}
        program.keep(step, await ledger.record_incurred(session, ledger.RecordIncurred(**given)))

    return act


def _posting(program: Program, step: Step, places: dict[tuple[int, int], int]) -> Posting:
    chain = program.money.chains[step.chain]
    on = date.fromordinal(step.day)
    place = places.get((step.chain, step.names)) if step.names >= 0 else None
    number = program.entries[step.chain, step.names] if step.names >= 0 and place is None else None
    # The thread before it took out what this one brings in.
    counter = places.get((step.chain - 1, 0)) if step.kind in COUNTERS else None
    if step.kind == "reversal":
        return Posting(
            kind=step.kind, effective_on=on, reverses_place=place, reverses_entry_id=number, because=step.because
        )
    # What names another entry takes its document, project and authority from it.
    own = step.names < 0
    contract = step.kind == "obligation"
    return Posting(
        kind=step.kind,
        effective_on=on,
        amount=from_cents(step.cents),
        adjusts_place=place,
        adjusts_entry_id=number,
        funding_document_id=_document_number(program, chain.document) if own else None,
        project_id=program.project_ids[program.projects[chain.project].name] if own and chain.project >= 0 else None,
        participant_id=program.countries[chain.participant] if own and chain.participant else None,
        program_authority=chain.authority if own else None,
        other_authority=chain.other_authority if own else None,
        document_number=f"{_PAPERS.get(step.kind, 'EX-D')}-{step.chain:06d}"
        + (f"-{step.place}" if step.kind in ("expenditure", "refund") else ""),
        document_on=on if contract else None,
        counter_place=counter,
        counter_entry_id=program.entries[step.chain - 1, 0] if step.kind in COUNTERS and counter is None else None,
        transfer_law=step.rests_on if step.kind in TRANSFERS else None,
        approval=step.rests_on if step.kind in REPROGRAMMINGS else None,
        order_law=step.rests_on if contract else None,
        order_method="direct cite" if contract and step.rests_on else None,
        need=f"{chain.need}, {quarter_label(on)}." if contract else None,
        contribution_kind="in kind" if (step.because or "").startswith("In kind") else None,
        basis=step.basis,
        because=step.because,
        flag=step.flag,
        evidence=step.evidence,
    )


def _document_number(program: Program, place: int) -> int | None:
    return program.documents[program.money.documents[place].number] if place >= 0 else None


_PAPERS: Final = {
    "commitment": "EX-R",
    "decommitment": "EX-R",
    "obligation": "EX-C",
    "upward adjustment": "EX-M",
    "deobligation": "EX-M",
    "expenditure": "EX-V",
    "refund": "EX-V",
    "partner contribution": "EX-P",
}
