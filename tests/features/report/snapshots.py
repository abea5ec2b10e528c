"""Snapshots for tests: the public record, an exercise of any size, one that is hostile in every text."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from pipir.features.ledger.rules import Line
from pipir.features.report.compose.cuts import ledger_of
from pipir.features.report.compose.snapshot import (
    Activity,
    Agreement,
    Assistance,
    CostStatement,
    DutyState,
    EarlierPriorities,
    Engagement,
    Group,
    Ledger,
    LedgerException,
    Meeting,
    Milestone,
    Participant,
    Partner,
    Project,
    Promise,
    Reading,
    RelatedEffort,
    Section,
    Signature,
    Snapshot,
    Sums,
    Vulnerability,
)
from pipir.kernel.money import Dollars
from pipir.statute import lookup
from pipir.statute.load import load_statute
from tests.document.examples import HOSTILE

STATUTE = load_statute()
FROZEN = datetime(2027, 1, 15, 14, 30, tzinfo=UTC)
ELEMENTS = tuple(each.slug for each in lookup.report_elements(STATUTE))
_LAW = "Pub. L. 119-60 sec. 1253(d)"
_PLENARY = "Inaugural plenary, Honolulu, 7-8 October 2024 (USINDOPACOM release)"
_JUNE = "Korea JoongAng Daily, 31 May 2025"
_MARCH = "Reuters, March 2026"
_JOINED = "Reuters on the joint statement of 20 March 2026: Thailand and the United Kingdom join, 16 members"
_NAMED = (
    ("AUS", "Australia"),
    ("JPN", "Japan"),
    ("KOR", "Republic of Korea"),
    ("IND", "India"),
    ("PHL", "Philippines"),
    ("NZL", "New Zealand"),
)
ENACTED = date(2025, 12, 18)


def empty(year: int = 2027) -> Snapshot:
    """A record that holds nothing at all."""
    period = lookup.report_period(STATUTE, year)
    return Snapshot(
        year=year,
        version_no=1,
        stage="draft",
        installation="exercise",
        reader="the United States government",
        marking="UNCLASSIFIED",
        audience=-1,
        frozen_at=FROZEN.replace(year=year),
        covers_from=period.covers_from,
        covers_to=period.covers_to,
        status_as_of=date(year, 1, 15),
        upcoming_fiscal_year=period.upcoming_fiscal_year,
        statute_digest=STATUTE.digest,
        ledger=Ledger(period.money_as_of),
        activity=Activity(),
        agreements=(),
        reading=Reading(),
    )


def public(year: int = 2027) -> Snapshot:
    """The public record alone."""
    participants = (
        Participant(
            1,
            "USA",
            "United States",
            "Western Hemisphere",
            None,
            None,
            None,
            "convening country",
            date(2024, 10, 8),
            "Forum since the plenary of October 2024 (USINDOPACOM release); in law since 2025-12-18",
        ),
        *(
            Participant(place, code, name, "Indo-Pacific", "named in statute", ENACTED, _LAW, None, None, None)
            for place, (code, name) in enumerate(_NAMED, 2)
        ),
        Participant(
            8,
            "THA",
            "Thailand",
            "Indo-Pacific",
            None,
            None,
            None,
            "joined the forum (press)",
            date(2026, 3, 18),
            _JOINED,
        ),
        Participant(
            9,
            "GBR",
            "United Kingdom",
            "Euro-Atlantic",
            None,
            None,
            None,
            "joined the forum (press)",
            date(2026, 3, 18),
            _JOINED,
        ),
    )
    streams = ("Sustainment", "Production", "Supply Chain Resilience", "Policy and Optimization")
    names = {"USA": "United States", **dict(_NAMED)}

    def part(code: str, role: str, source: str) -> Partner:
        return Partner(code, names[code], role, "lead" in role, reported=True, source=source)

    def project(
        number: int,
        name: str,
        kind: str,
        stream: str,
        on: date,
        status: str,
        text: str,
        serves: tuple[str, ...],
        source: str,
        *partners: Partner,
    ) -> Project:
        return Project(
            number,
            f"P-{number:04d}",
            name,
            kind,
            stream,
            on,
            status,
            None,
            None,
            None,
            text,
            serves,
            None,
            "service (kind and objectives)",
            source,
            None,
            False,
            None,
            partners,
        )

    return replace(
        empty(year),
        participants=participants,
        groups=tuple(
            Group(place, name, "workstream", date(2024, 10, 8), _PLENARY) for place, name in enumerate(streams, 1)
        ),
        meetings=(
            Meeting(
                1,
                None,
                "Shangri-La Dialogue",
                "Singapore",
                date(2024, 5, 31),
                date(2024, 6, 1),
                "Statement of Principles for Indo-Pacific Defense Industrial Base Collaboration endorsed",
                0,
                0,
                "USINDOPACOM release, June and October 2024",
            ),
            Meeting(
                2,
                None,
                "Inaugural plenary",
                "Honolulu",
                date(2024, 10, 7),
                date(2024, 10, 8),
                "Core Vision Statement adopted; four workstreams created",
                0,
                0,
                "USINDOPACOM release, October 2024",
            ),
            Meeting(
                3,
                None,
                "Shangri-La Dialogue",
                "Singapore",
                date(2025, 5, 31),
                date(2025, 5, 31),
                "First projects announced; forum of 14 allies and partners",
                0,
                0,
                _JUNE,
            ),
            Meeting(
                4,
                None,
                "Virtual meeting",
                "virtual",
                date(2026, 3, 18),
                date(2026, 3, 18),
                "Thailand and the United Kingdom join (16 members); new projects",
                0,
                0,
                _MARCH,
            ),
        ),
        projects=(
            project(
                1,
                "P-8 radar repair",
                "co-sustainment",
                "Sustainment",
                date(2025, 5, 31),
                "announced",
                "Repair capability and capacity for P-8 radar systems in Australia; serves operators "
                "in New Zealand and the "
                "Republic of Korea; one repair source in the continental United States before",
                ("1253.b.2", "1253.b.5"),
                _JUNE,
                part("AUS", "host of the repair capability", _JUNE),
                part("NZL", "operator served", _JUNE),
                part("KOR", "operator served", _JUNE),
            ),
            project(
                2,
                "Small unmanned aircraft: common standards and components",
                "standardization",
                "Supply Chain Resilience",
                date(2025, 5, 31),
                "announced",
                "Common standards for small unmanned aircraft across the region; secure sources of critical components",
                ("1253.b.2", "1253.b.5", "1253.b.6"),
                f"{_JUNE}; {_MARCH}",
            ),
            project(
                3,
                "Solid rocket motors",
                "co-production",
                "Production",
                date(2026, 3, 18),
                "announced",
                "New production program led by Japan",
                ("1253.b.1", "1253.b.5"),
                _MARCH,
                part("JPN", "lead", _MARCH),
            ),
            project(
                4,
                "30 mm ammunition",
                "co-production",
                "Production",
                date(2026, 3, 18),
                "exploratory",
                "Members look into a load-assemble-pack facility in the Philippines",
                ("1253.b.1", "1253.b.2"),
                _MARCH,
                part("PHL", "site under study", _MARCH),
            ),
        ),
        related=(
            RelatedEffort(
                1,
                "CH-47 T55 engine maintenance pilot",
                "Regional Sustainment Framework; bilateral",
                date(2025, 7, 22),
                "day",
                "Pilot decided at the 57th ROK-US Logistics Cooperation Committee in Seoul",
                "Asia Business Daily, 22 July 2025",
            ),
            RelatedEffort(
                2,
                "Regional Sustainment Framework",
                "separate DoD initiative",
                date(2024, 5, 1),
                "month",
                "Five pilot countries: Republic of Korea, Japan, Australia, Philippines, Singapore",
                "Aviation Week, 2024-2025",
            ),
        ),
    )


_KINDS = (
    "joint R&D",
    "co-development",
    "co-production",
    "co-sustainment",
    "standardization",
    "supply chain",
    "workforce",
)
_STATES = ("active", "active", "planned", "completed", "suspended", "announced", "exploratory", "cancelled")
_RATED = ("green", "green", "amber", "red", None)
_WORKS = (
    "second source for rocket motor cases",
    "castings line",
    "ship repair certification",
    "battery standard",
    "depot for engine modules",
    "apprentice exchange",
    "substrate study",
)


def weakness(number: int = 1, year: int = 2028) -> Vulnerability:
    """A vulnerability of the exercise; the even ones are high or critical, the first is open."""
    return Vulnerability(
        number,
        f"V-{number:04d}",
        f"One maker of part {number}",
        "single source",
        ("AUS", "JPN"),
        ("low", "high", "moderate", "critical")[(number - 1) % 4],
        "No other maker is qualified.",
        "probable",
        "Exercise program",
        "A second maker is being qualified." if number % 3 else "",
        "open" if number == 1 else "being mitigated",
        "Work began.",
        date(year, 3, 1) + timedelta(days=number),
        projects=("P-0001",) if number % 2 else (),
        exercise=True,
    )


def met(number: int = 1, year: int = 2028) -> Engagement:
    """An engagement of the exercise: the odd ones serve two objectives, and each has a promise of its own state."""
    on = date(year - 1, 4, 1) + timedelta(days=number)
    outcome = ("open", "kept", "withdrawn", "late")[(number - 1) % 4]
    return Engagement(
        number,
        f"E-{number:04d}",
        f"Meeting number {number}",
        "meeting",
        on,
        on,
        ("1253.b.1", "1253.b.2") if number % 2 else ("1253.b.2",),
        "Exercise program",
        ("industry", "industry", "academia")[: 1 + number % 3],
        (Promise(on, outcome, None if outcome == "open" else on + timedelta(days=9)),),
        True,
    )


def helped(number: int = 1, year: int = 2028) -> Assistance:
    """Assistance of the exercise; the odd ones have begun, every third has no planned cost."""
    on = date(year - 1, 5, 1) + timedelta(days=number)
    return Assistance(
        number,
        f"T-{number:04d}",
        f"Course number {number}",
        "Philippines",
        "10 U.S.C. 333" if number % 2 else "10 U.S.C. 332",
        on,
        on + timedelta(days=300),
        on if number % 2 else None,
        "begun" if number % 2 else "planned",
        Dollars(number * 250_000) if number % 3 else None,
        "Exercise program",
        exercise=True,
    )


def agreed(number: int = 1, year: int = 2028) -> Agreement:
    """An agreement of the exercise: every third is drafted still, one is suspended, the odd ones name no law."""
    signed = None if number % 3 == 0 else date(year - 1, 2, 1) + timedelta(days=number)
    return Agreement(
        number,
        f"A-{number:04d}",
        f"Agreement number {number}",
        "project agreement" if number % 2 else "memorandum of understanding",
        "negotiating" if signed is None else "suspended" if number == 4 else "in force",
        ("Australia", "Japan")[: 1 + number % 2],
        signed,
        signed,
        date(year + 4, 1, 1) if number % 2 else None,
        None if number % 2 else "10 U.S.C. 2350a",
        "Exercise program",
        exercise=True,
    )


def exercise(projects: int = 60, year: int = 2028) -> Snapshot:
    """An exercise of any size with money, milestones, exceptions and texts; every row carries the mark."""
    base = public(year)
    people = tuple(replace(each, exercise=True) for each in base.participants)
    streams = tuple(replace(each, exercise=True) for each in base.groups)
    made = []
    for number in range(1, projects + 1):
        first = date(2026, 2, 1) + timedelta(days=11 * (number % 40))
        steps = tuple(
            Milestone(
                number * 10 + step,
                ("Agreement on scope", "First article", "Qualification", "Full-rate output")[step],
                first + timedelta(days=210 * step),
                None if (number + step) % 3 else first + timedelta(days=210 * step + 30 * (number % 5)),
                first + timedelta(days=210 * step + number % 9)
                if first + timedelta(days=210 * step + 9) < date(year - 1, 11, 1) and (number + step) % 7
                else None,
                "Tooling came late." if number % 4 == 0 else None,
            )
            for step in range(4)
        )
        who = people[1 + number % 8]
        made.append(
            Project(
                number,
                f"P-{number:04d}",
                f"{who.name} {_WORKS[number % 7]}",
                _KINDS[number % 7],
                streams[number % 4].name,
                first,
                _STATES[number % 8],
                None,
                _RATED[number % 5],
                "Judged by the lead office." if _RATED[number % 5] else None,
                f"Exercise project number {number}.",
                ("1253.b.1", f"1253.b.{2 + number % 5}"),
                "Sec. 1253(e)(1), Pub. L. 119-60",
                "exercise program",
                "Exercise program",
                "IBP",
                number % 29 == 0,
                None if number % 3 == 0 or number % 29 == 0 else Dollars(number * 1_234_567),
                (Partner(who.code, who.name, "co-producer", True, False, None),),
                () if number % 29 == 0 else steps,
                True,
            )
        )

    def sums(key: str, label: str, weight: int) -> Sums:
        return Sums(
            key,
            label,
            Dollars(Decimal(weight) * Decimal("1234567.89")),
            Dollars(Decimal(weight) * Decimal("700123.45")),
            Dollars(Decimal(weight) * Decimal("1000000.01")),
            Dollars(Decimal(weight) * Decimal("500000.02")),
            Dollars(weight * 2_000_000),
            Dollars(weight * 3_000_000),
            Dollars(weight * 555_000),
            weight * 7,
            f"{weight % 256:02x}" * 32,
        )

    ledger = Ledger(
        as_of=base.ledger.as_of,
        lines=5_000,
        lines_sha256="ab" * 32,
        total=sums("total", "Total", 60),
        by_year=(sums("2026", "FY 2026", 25), sums("2027", "FY 2027", 35)),
        by_quarter=tuple(sums(f"2027.{q}", f"FY 2027 Q{q}", 4 + 3 * q) for q in range(1, 5)),
        by_country=tuple(sums(each.code, each.name, 3 + place) for place, each in enumerate(people[1:])),
        by_account=(
            sums("097-2027/2028-0400-000", "097-2027/2028-0400-000", 40),
            sums("097-X-0360-000", "097-X-0360-000", 20),
        ),
        by_project=tuple(sums(str(each.id), each.code, 1) for each in made),
        by_authority=(
            sums("1253.e.1", "Sec. 1253(e)(1), Pub. L. 119-60", 35),
            sums("10-usc-2350a", "10 U.S.C. 2350a", 25),
        ),
        exceptions=(
            LedgerException(
                1,
                "E-000412",
                "disbursed above its obligation",
                Dollars("1200.50"),
                date(2027, 5, 2),
                "31 U.S.C. 1341",
                True,
            ),
        ),
        exercise=True,
    )
    texts = (
        Section(
            ELEMENTS[0],
            "The participants share three weak points.\n\n- Energetics\n- Castings\n\nSee {projects} projects.",
            False,
            None,
            True,
        ),
        Section(ELEMENTS[4], "", True, "No change is recommended this year.", True),
        Section(ELEMENTS[5], "Obligations came to {money.obligated.fy}.", False, None, True),
    )
    return replace(
        base,
        participants=people,
        groups=streams,
        meetings=tuple(replace(each, exercise=True, actions=3, open_actions=1) for each in base.meetings),
        projects=tuple(made),
        ledger=ledger,
        sections=texts,
        earlier=EarlierPriorities(2027, "Priorities:\n\n- Second sources for {projects} projects\n- Repair"),
        duties=(
            DutyState(
                "briefing-2026", "extension pending", extension_asked_by="OASD", extension_asked_on=date(2026, 11, 20)
            ),
            DutyState("designation", "done", date(2026, 6, 10), "Memorandum (exercise)", exercise=True),
            DutyState(
                "notice-2026-06-10",
                "in work",
                event="Designation (exercise)",
                triggered_on=date(2026, 6, 10),
                exercise=True,
            ),
        ),
        cost=CostStatement(Dollars("38000.00"), Dollars("3000.00"), date(2027, 1, 10), "0-EXERCISE"),
        vulnerabilities=tuple(weakness(number, year) for number in range(1, min(projects, 9))),
        agreements=tuple(agreed(number, year) for number in range(1, 6)),
        activity=Activity(
            tuple(met(number, year) for number in range(1, min(projects, 9))),
            tuple(helped(number, year) for number in range(1, min(projects, 9))),
            (sums("PHL", "Philippines", 2), sums("THA", "Thailand", 1)),
        ),
    )


def hostile() -> Snapshot:
    """The exercise with a hostile text wherever a person may have typed one."""
    bad = HOSTILE.replace("w" * 10_000, "w" * 300)
    snapshot = exercise(projects=3)
    return replace(
        snapshot,
        supersedes=bad,
        version_no=2,
        reader=bad,
        participants=tuple(
            replace(each, name=bad, forum_source=bad, standing_source=bad) for each in snapshot.participants
        ),
        groups=tuple(replace(each, name=f"{bad} {each.id}", source=bad) for each in snapshot.groups),
        meetings=tuple(
            replace(each, name=bad, place=bad, outcome=bad, source=bad, group=bad) for each in snapshot.meetings
        ),
        projects=tuple(
            replace(
                each,
                name=bad,
                workstream=f"{bad} {each.id}",
                status_reason=bad,
                rating_rationale=bad,
                description=bad,
                classified_by=bad,
                source=bad,
                lead_office=bad,
                program_authority=bad,
                partners=tuple(replace(one, role=bad, name=bad, source=bad) for one in each.partners),
                milestones=tuple(replace(one, name=bad, reason=bad) for one in each.milestones),
            )
            for each in snapshot.projects
        ),
        related=tuple(replace(each, name=bad, relation=bad, description=bad, source=bad) for each in snapshot.related),
        vulnerabilities=tuple(
            replace(each, title=bad, source=bad, mitigation=bad, severity_rationale=bad)
            for each in snapshot.vulnerabilities
        ),
        agreements=(
            replace(agreed(), name=bad, kind=bad, state=bad, parties=(bad, bad), authority=bad, source=bad, label=bad),
        ),
        activity=Activity(
            (replace(met(), code=bad, name=bad, source=bad, organizations=(bad,)),),
            (replace(helped(), name=bad, partner=bad, uses=bad, source=bad, label=bad),),
        ),
        sections=tuple(
            Section(
                slug,
                f"{bad}\n\n- {bad}\n- {{projects}}" if place % 2 else "",
                not place % 2,
                None if place % 2 else bad,
            )
            for place, slug in enumerate(ELEMENTS)
        ),
        duties=(
            DutyState(
                "briefing-2026", "extension pending", extension_asked_by=bad, extension_asked_on=date(2026, 11, 20)
            ),
            DutyState("designation", "done", date(2026, 6, 20), bad, bad),
            DutyState(
                "notice-x",
                "late",
                None,
                None,
                bad,
                3,
                bad,
                date(2026, 8, 1),
                bad,
                event=bad,
                triggered_on=date(2026, 6, 20),
            ),
        ),
        cost=CostStatement(Dollars("1.00"), Dollars("2.00"), date(2027, 1, 1), bad),
        signature=Signature("official with a recorded delegation", bad, date(2027, 1, 16), bad),
    )


def line(**values: object) -> Line:
    """A line of the ledger under the section: ten dollars of each kind of money."""
    given: dict[str, object] = {
        **dict.fromkeys(Line.__struct_fields__),
        **{"fiscal_year": 2026, "quarter": 2, "under_1253": True, "continues": False, "exercise": False},
        **dict.fromkeys(("authority", "committed", "obligated", "expended", "contributed"), Dollars("10.00")),
    }
    return Line(**(given | values))  # type: ignore[arg-type]


def with_lines(year: int = 2027) -> Snapshot:
    """The public record with three lines of the ledger, cut as a freeze cuts them."""
    base = public(year)
    on = {"fiscal_year": year - 1, "program_authority": "1253.e.1", "authority_citation": "Sec. 1253(e)(1)"}
    lines = (
        line(**on, country="AUS", country_name="Australia", symbol="097-X-0360-000", project_code="P-0001"),
        line(**on, country="AUS", country_name="Australia", symbol="097-X-0360-000", quarter=3),
        line(**on),
    )
    ledger = ledger_of(lines, as_of=base.ledger.as_of, system="a test's ledger")
    return replace(base, ledger=ledger, reading=Reading(lines))
