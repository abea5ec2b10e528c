"""Days that the execution review finds: funds that expire, resolutions that run out, funds that are used up early."""

from datetime import date
from typing import Final

from pipir.features.execution import rules
from pipir.features.execution.queries import money
from pipir.features.execution.queries.money import NONE
from pipir.features.execution.queries.review import documents, resolutions, unused_orders, year_end
from pipir.features.notices.rules import Entry
from pipir.kernel.dated import Dated
from pipir.kernel.marking import Reader
from pipir.kernel.money import dollars
from pipir.statute.load import the_statute
from pipir.statute.lookup import number
from pipir.store.doors import ReadSession

DATED_KIND: Final = "Execution review"


async def entries(session: ReadSession, reader: Reader) -> tuple[Entry, ...]:
    """The last day of funds that have authority left, of resolutions, and the day on which funds run out too early."""
    on, law = session.today, the_statute()
    found = [each for each in await documents(session, reader, on) if each.state == "available"]
    if not found:
        return ()
    by_id = {each.id: each for each in found}
    rows: list[Entry] = []

    def tell(what: str, document_id: int, title: str, due_on: date, citation: str) -> None:
        document = by_id[document_id]
        rows.append(
            Entry(
                Dated(
                    kind=DATED_KIND,
                    slug=f"{what}-{document_id}",
                    title=title,
                    due_on=due_on,
                    office_id=None,
                    person_id=None,
                    href=f"/ledger/execution?funding={document_id}",
                    citation=citation,
                    marking=document.marking,
                    exercise=document.exercise,
                )
            )
        )

    for end in year_end(found, on):
        if end.unobligated.amount > 0:
            title = f"{end.number} expires with {dollars(end.unobligated)} not obligated"
            tell("funds-expire", end.funding_document_id, title, end.last_on, law.citation("account-life"))
    for under in resolutions(found, on):
        title = f"The continuing resolution of {under.number} runs out with {dollars(under.pace.left)} left"
        citation = law.citation("continuing-resolution")
        tell("resolution-ends", under.funding_document_id, title, under.pace.through_on, citation)
    for order in await unused_orders(session, reader, found, on):
        if order.last_on >= on:
            title = f"Order {order.document} holds {dollars(order.left)}; what is not obligated comes back"
            what = "order-ends" if order.entry_id is None else f"order-ends-{order.entry_id}"
            tell(what, order.funding_document_id, title, order.last_on, law.citation("economy-act-deobligation"))
    days = number(law, rules.REVIEW, "burn-days")
    recent = await money.recent(session, reader, on, days)
    for each in found:
        used = recent.get(each.id, NONE).obligated
        burnt = rules.burn(each.unobligated, used, days, on, idle=rules.NO_OBLIGATION)
        if burnt.on is not None and each.last is not None and burnt.on < each.last:
            title = f"{each.number} is used up before it expires, at the mean of {days} days"
            tell("funds-used-up", each.id, title, burnt.on, law.citation(rules.REVIEW))
    return tuple(rows)
