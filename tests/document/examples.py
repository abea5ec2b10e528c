"""Documents for the tests: one with every kind of block and a long annex, one whose every field is hostile."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from pipir.document import charts
from pipir.document.model import (
    Block,
    Bullets,
    Callout,
    Cite,
    Column,
    Cover,
    Definition,
    DefinitionList,
    Document,
    Fact,
    FactRef,
    Figure,
    Heading,
    KeyFigure,
    KeyFigures,
    Link,
    Marker,
    PageBreak,
    PageRef,
    Paragraph,
    Ref,
    Row,
    Source,
    SourceList,
    Strong,
    Table,
    Text,
    facts_table,
    source_line,
)

FROZEN = datetime(2027, 1, 15, 14, 30, tzinfo=UTC)
HOSTILE = (
    '#let x = 1 #panic() <script>alert(1)</script> =cmd|"/c calc"!A1 {{ 7*7 }} \\u0000 \x00 a\x07b '
    "\u202eright to left\u202c ]]> &amp; <!-- ${x} $x^2$ *b* _i_ @ref // /* \U0001f600 \u6f22 \U00012000 "
)
_PLACES = ("Northland", "Eastmark", "Southisle", "Westhaven", "Midland", "Farshore")
_WORKS = (
    "rocket motor case second source",
    "nickel superalloy castings",
    "ammonium perchlorate line",
    "ship repair dock certification",
    "substrate supply study",
    "propellant ageing laboratory",
    "landing-gear overhaul cell",
    "engine module depot",
)
_STATES = (
    ("On track", "good"),
    ("Slipping", "watch"),
    ("Blocked", "bad"),
    ("Not started", "none"),
    ("Not public", "missing"),
)


def _facts() -> tuple[Fact, ...]:
    entries = (
        ("obligated.fy", "$238.6 million", "238600000.00", "USD", "Obligations of the reporting fiscal year", 412),
        ("obligated.all", "$768.9 million", "768900000.00", "USD", "Obligations of five fiscal years", 1630),
        ("partners.fy", "$131.2 million", "131200000.00", "USD", "Partner contributions of the fiscal year", 96),
        ("growth.fy", "32 percent", "32", "percent", "Change of obligations from the year before", 812),
        ("projects.all", "60", "60", "projects", "Projects in the register", 60),
        ("countries.all", "6", "6", "countries", "Countries with a project", 6),
        ("milestones.late", "5", "5", "milestones", "Open milestones forecast more than 90 days late", 5),
        ("risk.high", "2", "2", "projects", "Projects rated high risk", 2),
    )
    return tuple(
        Fact(
            id=name,
            text=text,
            value=value,
            unit=unit,
            question=question,
            provision="sec. 1253(f)(1)(B)(ii)",
            sources=("ledger",),
            rows=rows,
            rows_sha256=f"{place:02x}" * 32,
        )
        for place, (name, text, value, unit, question, rows) in enumerate(entries, 1)
    )


def _bars() -> tuple[charts.Chart, str]:
    pairs = (("95.1", "52.2"), ("127.8", "70.3"), ("127.2", "70.0"), ("180.2", "99.2"), ("238.6", "131.2"))
    return charts.drawn(
        charts.period_bars,
        "fig-years",
        "Obligations and partner contributions",
        ("U.S. obligations", "Partner contributions"),
        [
            charts.Period(f"FY {2022 + place}", (Decimal(ours), Decimal(theirs)))
            for place, (ours, theirs) in enumerate(pairs)
        ],
        unit="Millions of dollars",
    )


def _lanes() -> tuple[charts.Chart, str]:
    lanes = []
    for place in range(10):
        start = date(2024, 2, 1) + timedelta(days=61 * place)
        marks = [
            charts.Mark(
                start + timedelta(days=130 * step),
                "done"
                if start + timedelta(days=130 * step) < date(2026, 9, 30)
                else ("late" if (step + place) % 3 == 0 else "on-plan"),
            )
            for step in range(4 + place % 4)
        ]
        lanes.append(charts.Lane(f"X-{place + 1:04d} {_PLACES[place % 6]} {_WORKS[place % 8]}", tuple(marks)))
    title = "Milestones of the ten largest projects"
    return charts.drawn(charts.milestone_lanes, "fig-lanes", title, lanes, as_of=date(2026, 9, 30))


def _annex() -> tuple[Row, ...]:
    return tuple(
        Row(
            f"X-{place:04d}",
            (
                f"X-{place:04d}",
                f"{_PLACES[place % 6]} {_WORKS[place % 8]}",
                _PLACES[place % 6],
                Marker(*_STATES[place % 5]),  # type: ignore[arg-type]
                f"{(date(2026, 10, 1) + timedelta(days=11 * place)):%b %-d, %Y}",
                f"{place * 137 % 900 / 10:.1f}",
            ),
        )
        for place in range(1, 61)
    )


def _elements() -> list[Block]:
    names = ("Projects and their standing", "Obligations and expenditures", "Milestones", "Risk and mitigation")
    blocks: list[Block] = []
    for place, name in enumerate(names, 1):
        blocks += [
            Heading(1, name, f"element-{place}"),
            Callout(
                "required-by",
                (Text("what this element must tell.", literal=True),),
                title=f"Required by section 1253(f)(1)(B)({'i' * place}):",
            ),
        ]
        if place == 1:
            blocks += [
                Paragraph(
                    (
                        Text("The register holds "),
                        FactRef("projects.all"),
                        Text(" projects; "),
                        Ref("annex"),
                        Text(" lists each."),
                    )
                ),
                KeyFigures(
                    (
                        KeyFigure("obligated.fy", "U.S. obligations, reporting fiscal year"),
                        KeyFigure("countries.all", "Partner countries"),
                        KeyFigure("projects.all", "Projects in the register"),
                    )
                ),
                Callout(
                    "missing",
                    (Text("No statement of the program office is on file for this element."),),
                    title="Missing.",
                ),
            ]
        if place == 2:
            chart, narrow = _bars()
            blocks += [
                Heading(2, "By fiscal year", "by-year"),
                Paragraph(
                    (
                        Text("Obligations were "),
                        FactRef("obligated.fy"),
                        Text(", a "),
                        FactRef("growth.fy"),
                        Text(" increase "),
                        Cite("ledger"),
                        Text(". "),
                        Ref("fig-years"),
                        Text(" and "),
                        Ref("tab-years"),
                        Text(" give every year."),
                    )
                ),
                Figure(
                    "fig-years",
                    "U.S. obligations and partner contributions, by fiscal year",
                    chart.svg,
                    chart.alt,
                    table="tab-years",
                    source=source_line("ledger", "partners", table="tab-years"),
                    narrow=narrow,
                ),
                Table(
                    "tab-years",
                    "Obligations and partner contributions, by fiscal year (millions of dollars)",
                    (
                        Column("year", "Fiscal year", "text", 2),
                        Column("obligated", "Obligated", "money"),
                        Column("partner", "Partner contributions", "money"),
                        Column("share", "Partner share (percent)", "percent"),
                    ),
                    (
                        *(Row(cells[0], (*cells[:3], "35.5")) for cells in chart.rows),
                        Row("total", ("Total", "768.9", "422.9", "35.5"), total=True),
                    ),
                    source=source_line("ledger", "partners"),
                ),
                Heading(2, "By country", "by-country"),
                Paragraph((Text("Every country is in "), Ref("annex"), Text("."))),
            ]
        if place == 3:
            chart, narrow = _lanes()
            blocks += [
                Figure(
                    "fig-lanes",
                    "Milestones of the ten largest projects",
                    chart.svg,
                    chart.alt,
                    source=source_line("register"),
                    narrow=narrow,
                ),
                Table(
                    "tab-late",
                    "Open milestones forecast more than 90 days late",
                    (
                        Column("project", "Project", "text", 1),
                        Column("milestone", "Milestone", "text", 2.6),
                        Column("planned", "Planned", "date", 1.4),
                        Column("forecast", "Forecast", "date", 1.4),
                        Column("days", "Days late", "number", 1),
                    ),
                    tuple(
                        Row(f"m{line}", (f"X-{line:04d}", "Full-rate output", "Aug 19, 2027", "Dec 17, 2027", "120"))
                        for line in range(1, 6)
                    ),
                    source=source_line("register"),
                ),
            ]
        if place == 4:
            blocks += [
                Paragraph((Text("Projects rated high risk: "), FactRef("risk.high"), Text("."))),
                DefinitionList(
                    (
                        Definition(
                            "High", (Text("The plan cannot be kept without a decision above the program office."),)
                        ),
                        Definition("Moderate", (Text("The plan can be kept with measures that are named."),)),
                    )
                ),
                Callout("note", (Text("The ratings are the program office's own."),)),
            ]
    return blocks


def whole() -> Document:
    """Every kind of block, four elements, an annex of sixty projects over several pages, a landscape table."""
    matrix = Table(
        "matrix",
        "Where each element required by law is answered",
        (
            Column("paragraph", "Paragraph", "text", 1.6),
            Column("requirement", "Requirement", "text", 3.2),
            Column("section", "Answered in", "text", 1),
            Column("page", "Page", "number", 0.6),
        ),
        tuple(
            Row(
                f"e{place}",
                (
                    f"section 1253(f)(1)(B)({'i' * place})",
                    f"What element {place} must tell",
                    Ref(f"element-{place}"),
                    PageRef(f"element-{place}"),
                ),
            )
            for place in range(1, 5)
        ),
    )
    return Document(
        title="Annual Report on the Partnership for Indo-Pacific Industrial Resilience, 2027",
        subtitle="Submitted under section 1253(f)(1) of the National Defense Authorization Act for Fiscal Year 2026",
        running_title="Report to Congress: Partnership for Indo-Pacific Industrial Resilience, 2027",
        author="Department of Defense",
        marking="CUI",
        designation=(
            ("Controlled by", "Office of the Under Secretary (sample)"),
            ("CUI category", "PROCURE"),
            ("Distribution", "FEDCON"),
            ("POC", "office@example.mil"),
        ),
        status="DRAFT",
        ribbons=("EXERCISE DATA",),
        cover=Cover(
            lines=("Prepared by the Department of Defense (sample)",),
            addressees=(
                "Committee on Armed Services of the Senate",
                "Committee on Appropriations of the Senate",
                "Committee on Foreign Relations of the Senate",
                "Committee on Armed Services of the House of Representatives",
            ),
            notice=(Strong("EXERCISE DATA. "), Text("Every project and amount in this document is invented.")),
            cost_statement=(
                Text(
                    "The estimated cost of this report for the Department of Defense is approximately "
                    "$41,000. RefID: 0-SAMPLE",
                    literal=True,
                ),
            ),
        ),
        snapshot_id="5934f3d54bc7a1" + "0" * 50,
        frozen_at=FROZEN,
        as_of=("Data as of September 30, 2026",),
        facts=_facts(),
        sources=(
            Source("ledger", "Program ledger", "Program office", dated="September 30, 2026"),
            Source("partners", "Partner statements", "Partner governments", "https://example.gov/statements", "2026"),
            Source("register", "Project register", "Program office"),
        ),
        blocks=(
            Heading(1, "Executive summary", "summary", numbered=False),
            Paragraph(
                (
                    Text("This report responds to section 1253(f)(1). ", literal=True),
                    Text("It covers "),
                    FactRef("projects.all"),
                    Text(" projects with "),
                    FactRef("countries.all"),
                    Text(" partner countries."),
                )
            ),
            KeyFigures(
                (
                    KeyFigure("obligated.fy", "U.S. obligations, reporting fiscal year"),
                    KeyFigure("partners.fy", "Partner contributions, reporting fiscal year"),
                    KeyFigure("projects.all", "Projects in the register"),
                    KeyFigure("countries.all", "Partner countries"),
                    KeyFigure("milestones.late", "Open milestones forecast more than ninety days late"),
                )
            ),
            Bullets(
                (
                    (
                        Strong("Funds. "),
                        Text("The Department obligated "),
                        FactRef("obligated.fy"),
                        Text(", and "),
                        FactRef("obligated.all"),
                        Text(" over five fiscal years "),
                        Cite("ledger"),
                        Text(" ("),
                        Ref("tab-years"),
                        Text(")."),
                    ),
                    (
                        Strong("Partner share. "),
                        Text("Partners contributed "),
                        FactRef("partners.fy"),
                        Text(" "),
                        Cite("partners"),
                        Text("."),
                    ),
                    (
                        Strong("Schedule. "),
                        Text("Milestones late: "),
                        FactRef("milestones.late"),
                        Text(" ("),
                        Ref("tab-late"),
                        Text(")."),
                    ),
                )
            ),
            Callout(
                "basis",
                (
                    Text("All figures come from one snapshot. Their computation is listed in "),
                    Ref("app-facts"),
                    Text("."),
                ),
                title="Basis of this report.",
            ),
            Heading(1, "Where each statutory element is answered", "matrix-heading", numbered=False),
            matrix,
            *_elements(),
            PageBreak(),
            Heading(1, "Projects", "app-projects", appendix=True),
            Callout("exercise", (Text("Invented for an exercise."),), title="Exercise data."),
            Table(
                "annex",
                "Every project of the register",
                (
                    Column("id", "Project", "text", 1),
                    Column("name", "Name", "text", 3.6),
                    Column("country", "Country", "text", 1.3),
                    Column("state", "State", "marker", 1.4),
                    Column("next", "Next milestone", "date", 1.5),
                    Column("obligated", "Obligated", "money", 1),
                ),
                _annex(),
                source=source_line("register"),
            ),
            Heading(1, "Every figure quoted", "app-facts", appendix=True),
            facts_table(_facts()),
            Heading(1, "Wide table", "app-wide", appendix=True),
            Table(
                "wide",
                "A table that needs the long side of the page",
                tuple(
                    Column(f"c{place}", f"Fiscal year {2022 + place}", "money" if place else "text")
                    for place in range(11)
                ),
                tuple(
                    Row(f"r{line}", tuple(f"{line * place * 7919 % 99999:,}.00" for place in range(11)))
                    for line in range(1, 25)
                ),
                orientation="landscape",
                source=source_line("ledger"),
            ),
            Heading(1, "Sources", "app-sources", appendix=True),
            Paragraph((Text("More is at "), Link("https://example.gov/program", "the program's page"), Text("."))),
            SourceList(),
        ),
    )


def small() -> Document:
    """Three pages: headings, a figure, a table, links; for tests that change the finished file."""
    document = whole()
    kept = {"element-2", "by-year", "fig-years", "tab-years"}
    return replace(
        document,
        facts=document.facts[:1],
        blocks=(
            *(block for block in document.blocks if block.id in kept),
            Paragraph((FactRef("obligated.fy"), Text(" "), Cite("ledger"))),
            SourceList(),
        ),
    )


def hostile(longest: int = 200) -> Document:
    """Every text of the document is hostile and holds a word of `longest` letters; ids and addresses are sound."""
    bad = HOSTILE + "w" * longest
    return Document(
        title=bad,
        subtitle=bad,
        running_title=bad,
        author=bad,
        marking=bad[:200],
        designation=((bad[:80], bad),),
        ribbons=(bad[:150],),
        cover=Cover(
            eyebrow=bad[:150], lines=(bad,), addressees=(bad,), notice=(Text(bad),), cost_statement=(Text(bad),)
        ),
        snapshot_id=bad[:200],
        frozen_at=FROZEN,
        as_of=(bad[:200],),
        facts=(Fact("f", bad, bad, bad, bad, bad, ("s",), 1, bad),),
        sources=(Source("s", bad, bad, "https://example.gov/", bad, bad),),
        blocks=(
            Heading(1, bad, "h"),
            Paragraph((Text(bad), Strong(bad), FactRef("f"), Ref("h"), Cite("s"), Link("https://example.gov/", bad))),
            Bullets(((Text(bad),),)),
            Callout("required-by", (Text(bad),), title=bad),
            KeyFigures((KeyFigure("f", bad),)),
            Table(
                "t",
                bad,
                (Column("a", bad), Column("b", bad, "money", 0.2)),
                (
                    Row("1", (bad, bad)),
                    Row("2", (Marker(bad, "bad"), FactRef("f"))),
                    Row(bad, (Text(bad), Strong(bad)), total=True),
                ),
                source=(Text(bad),),
            ),
            Figure("g", bad, charts.sparkline("spark", bad, [1, 2]).svg, bad, source=(Text(bad),)),
            DefinitionList((Definition(bad, (Text(bad),)),)),
            SourceList(),
        ),
    )
