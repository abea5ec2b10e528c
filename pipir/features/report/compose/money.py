"""Element (vi) and its money tables: obligations by themselves, everything else in tables of its own (1501(b))."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from pipir.document import charts
from pipir.document.model import (
    Block,
    Callout,
    Column,
    FactRef,
    Figure,
    Heading,
    Marker,
    Paragraph,
    Row,
    Table,
    Text,
    source_line,
)
from pipir.features.report.compose.activity import engagement
from pipir.features.report.compose.cuts import KEYS, cut
from pipir.features.report.compose.duties import duties
from pipir.features.report.compose.facts import ASSISTANCE, LEDGER
from pipir.features.report.compose.material import Material
from pipir.features.report.compose.points import continuing
from pipir.features.report.compose.prose import long_day, money_in_table, short_day, words
from pipir.features.report.compose.quality import coverage, promises, quality
from pipir.features.report.compose.snapshot import Snapshot, Sums
from pipir.statute.model import Statute

_MILLION = 1_000_000


def money(m: Material) -> Iterator[Block]:
    """Money, the duties of the section, engagement with stakeholders, efforts beside the Partnership."""
    snapshot, statute = m.snapshot, m.statute
    yield Heading(2, "Money", "money")
    yield Callout(
        "basis",
        (
            words(f"{statute.provision('statement-of-obligations').statement} "),
            Text(
                "A table of obligations below holds nothing else; commitments and partner "
                "contributions stand in tables of "
            ),
            Text(
                "their own, and plans under the priorities. The ledger is the program's record: it "
                "certifies no funds and "
            ),
            Text("replaces no accounting system."),
        ),
        title=f"{statute.citation('obligation-evidence')}, {statute.citation('statement-of-obligations')}.",
    )
    if snapshot.ledger.lines:
        yield from _obligations(snapshot, statute)
        yield from _after(snapshot)
        yield from _apart(m)
        yield from _exceptions(snapshot)
    else:
        yield Callout(
            "missing",
            (
                Text("The ledger holds nothing up to "),
                words(long_day(snapshot.ledger.as_of)),
                Text(". Obligations, expenditures and costs are not public; this is no statement that there are none."),
            ),
            title="Not public.",
        )
    yield from coverage(m)
    yield from quality(m)
    yield from promises(m)
    yield from continuing(m)
    yield from duties(snapshot, statute)
    yield from engagement(m)
    yield from _related(m)


def _obligations(snapshot: Snapshot, statute: Statute) -> Iterator[Block]:
    ledger = snapshot.ledger
    yield Paragraph(
        (
            Text("Obligated in the reporting fiscal year under the section itself: "),
            FactRef("money.obligated.fy.section"),
            Text("; under other authority: "),
            FactRef("money.obligated.fy.other"),
            Text(". In all fiscal years under the section itself: "),
            FactRef("money.obligated.section"),
            Text(", expended of it: "),
            FactRef("money.expended.section"),
            Text("; under other authority: "),
            FactRef("money.obligated.other"),
            Text(", expended of it: "),
            FactRef("money.expended.other"),
            Text(". "),
            words(f"Reconciliation with official accounting: {ledger.reconciled or 'not recorded'}."),
        )
    )
    # The time axis begins with the first quarter that has money, and leaves none out.
    begin = next((place for place, each in enumerate(ledger.by_quarter) if each.obligated or each.expended), 0)
    quarters = ledger.by_quarter[begin:]
    if quarters:
        chart, narrow = charts.drawn(
            charts.period_bars,
            "quarters",
            "Obligations by fiscal quarter",
            ("Under section 1253", "Under other authority"),
            [
                charts.Period(
                    each.label.rpartition(" ")[2],
                    (each.obligated_1253.amount / _MILLION, each.obligated_other.amount / _MILLION),
                    each.label.rpartition(" ")[0],
                )
                for each in quarters
            ],
            unit="Millions of dollars",
        )
        yield Figure(
            "fig-quarters",
            "U.S. obligations by fiscal quarter",
            chart.svg,
            chart.alt,
            table="money-quarters",
            source=source_line(LEDGER, table="money-quarters"),
            narrow=narrow,
        )
        first, last = quarters[0].label, quarters[-1].label
        yield spent(
            "money-quarters",
            f"Obligations and expenditures by fiscal quarter, {first} to {last}",
            "Fiscal quarter",
            quarters,
            on=ledger.as_of,
            every=True,
        )
    yield spent(
        "money-years",
        "Obligations and expenditures by fiscal year",
        "Fiscal year",
        ledger.by_year,
        on=ledger.as_of,
    )
    yield Heading(2, "Obligations by country, account and authority", "money-cuts")
    yield spent(
        "money-countries",
        "Obligations and expenditures by country",
        "Country",
        ledger.by_country,
        on=ledger.as_of,
        note="An obligation for several countries stands under the label that its entry carries.",
    )
    yield spent(
        "money-accounts",
        "Obligations and expenditures by Treasury account",
        "Account",
        ledger.by_account,
        on=ledger.as_of,
    )
    yield spent(
        "money-authorities",
        "Obligations and expenditures by program authority",
        "Authority of the act",
        ledger.by_authority,
        on=ledger.as_of,
    )
    if snapshot.told is not None and snapshot.told.obligated:
        yield spent(
            "money-assistance",
            f"Obligations and expenditures for assistance under {statute.short_citation(ASSISTANCE)} by country",
            "Country",
            snapshot.told.obligated,
            on=ledger.as_of,
        )


def _after(snapshot: Snapshot) -> Iterator[Block]:
    """What the last report covers after the day of the money: by itself, and in no total above."""
    read = snapshot.read
    if read is None or snapshot.covers_to <= snapshot.ledger.as_of:
        return
    days = f"{long_day(date.fromordinal(snapshot.ledger.as_of.toordinal() + 1))} to {long_day(snapshot.covers_to)}"
    yield Heading(2, "From the day of the money to the end of the authority", "money-after")
    if not read.later:
        yield Paragraph((words(f"The ledger holds nothing from {days}."),))
        return
    yield Paragraph((words(f"Obligated from {days}: "), FactRef("money.obligated.after"), Text(".")))
    yield spent(
        "money-later",
        f"Obligations and expenditures by program authority, {days}",
        "Authority of the act",
        cut(read.later, KEYS["by_authority"]),
        note="In no other table of this report.",
    )


def _apart(m: Material) -> Iterator[Block]:
    """What is no obligation, each kind in a table of its own."""
    ledger, statute = m.snapshot.ledger, m.statute
    yield Heading(2, "What is no obligation", "money-apart")
    yield Paragraph(
        (
            Text("Commitments are administrative reservations: "),
            FactRef("money.committed"),
            Text(". Partner contributions are no appropriation of the United States: "),
            FactRef("money.partner"),
            Text(". Neither enters a table of obligations ("),
            words(statute.citation("statement-of-obligations")),
            Text(")."),
        )
    )
    for name, field, caption, beside in (
        ("money-committed", "committed", "Commitments by fiscal year", "no obligations"),
        ("money-partner", "partner", "Partner contributions by fiscal year", "no appropriation"),
    ):
        lines = [each for each in ledger.by_year if getattr(each, field)]
        if lines:
            yield _single(name, caption, "Fiscal year", field, lines, on=ledger.as_of, beside=beside)
    partners = [each for each in ledger.by_country if each.partner]
    if partners:
        yield _single(
            "money-partner-countries",
            "Partner contributions by country",
            "Country",
            "partner",
            partners,
            on=ledger.as_of,
            beside="no appropriation",
        )
    received = [each for each in ledger.by_account if each.authority]
    if received:
        yield _single(
            "money-authority",
            "Authority received by Treasury account",
            "Account",
            "authority",
            received,
            on=ledger.as_of,
            beside="no obligations",
        )


def _exceptions(snapshot: Snapshot) -> Iterator[Block]:
    ledger = snapshot.ledger
    yield Heading(2, "Exceptions of the ledger", "money-exceptions")
    yield Paragraph(
        (Text("Exceptions on record, each of which stands in the totals above: "), FactRef("exceptions"), Text("."))
    )
    if ledger.exceptions:
        yield Table(
            "exceptions-table",
            f"Exceptions up to {long_day(ledger.as_of)} (dollars)",
            (
                Column("entry", "Entry", "text", 1.0),
                Column("what", "What is out of order", "text", 3.0),
                Column("on", "Day", "date", 1.1),
                Column("citation", "Provision", "text", 1.5),
                Column("amount", "Amount", "money", 1.4),
            ),
            tuple(
                Row(
                    f"exception.{each.id}",
                    (
                        each.entry,
                        Marker(each.what, "bad"),
                        short_day(each.on),
                        each.citation,
                        money_in_table(each.amount),
                    ),
                )
                for each in ledger.exceptions
            ),
            source=source_line(LEDGER),
        )


def _related(m: Material) -> Iterator[Block]:
    snapshot = m.snapshot
    if not snapshot.related:
        return
    yield Heading(2, "Efforts beside the Partnership", "related")
    yield Table(
        "related-table",
        f"Efforts beside the Partnership, as of {long_day(snapshot.status_as_of)}",
        (
            Column("name", "Effort", "text", 1.6),
            Column("relation", "How it relates", "text", 1.9),
            Column("on", "Since", "text", 0.9),
            Column("description", "What it is", "text", 2.6),
        ),
        tuple(
            Row(
                f"related.{each.id}",
                (
                    each.name,
                    each.relation,
                    short_day(each.on_day) if each.precision == "day" else _month(short_day(each.on_day)),
                    each.description,
                ),
            )
            for each in snapshot.related
        ),
        source=m.under(
            *(each.source for each in snapshot.related),
            note="These are no projects of the Partnership and stand in none of its counts.",
        ),
    )


def _month(day: str) -> str:
    """A day known to its month only: May 2024."""
    month, _, rest = day.partition(" ")
    return f"{month} {rest.rpartition(' ')[2]}"


_SPENT = (
    ("obligated_1253", "Obligated, section 1253"),
    ("obligated_other", "Obligated, other authority"),
    ("expended_1253", "Expended, section 1253"),
    ("expended_other", "Expended, other authority"),
)


# After the termination only: in columns of their own, and in no total of the Initiative.
_CONTINUING = (
    ("obligated_continuing", "Obligated, continues under other authority"),
    ("expended_continuing", "Expended, continues under other authority"),
)


def spent(
    name: str,
    caption: str,
    first: str,
    lines: Sequence[Sums],
    *,
    on: date | None = None,
    note: str = "",
    every: bool = False,
) -> Table:
    """Obligations with what was expended of them, section 1253 and other authority in columns of their own.

    Nothing that is no obligation stands in it (31 U.S.C. 1501(b)); a line without one only where it has `every` line.
    """
    if not every:
        lines = [each for each in lines if each.obligated or each.expended or each.obligated_1253 or each.expended_1253]
    continues = any(each.obligated_continuing or each.expended_continuing for each in lines)
    spent_of = (*_SPENT, *_CONTINUING) if continues else _SPENT
    totals = [sum((getattr(each, field).amount for each in lines), Decimal(0)) for field, _ in spent_of]
    return Table(
        name,
        f"{caption} (dollars, as effective on {long_day(on)})" if on else f"{caption} (dollars)",
        (
            Column("key", first, "text", 1.9),
            *(Column(field.replace("_", "-"), head, "money", 1.2) for field, head in spent_of),
        ),
        (
            *(
                Row(each.key or "none", (each.label, *(money_in_table(getattr(each, field)) for field, _ in spent_of)))
                for each in lines
            ),
            Row("total", ("Total", *(f"{total:,.2f}" for total in totals)), total=True),
        ),
        source=source_line(LEDGER, note=note),
    )


def _single(name: str, caption: str, first: str, field: str, lines: Sequence[Sums], *, on: date, beside: str) -> Table:
    amounts = [getattr(each, field) for each in lines]
    total = sum((amount.amount for amount in amounts), Decimal(0))
    return Table(
        name,
        f"{caption} (dollars, as effective on {long_day(on)}; {beside})",
        (Column("key", first, "text", 3.0), Column("amount", "Amount", "money", 1.5)),
        (
            *(
                Row(each.key or "none", (each.label, money_in_table(amount)))
                for each, amount in zip(lines, amounts, strict=True)
            ),
            Row("total", ("Total", f"{total:,.2f}"), total=True),
        ),
        source=source_line(LEDGER),
    )
