"""Element (ii): who takes part in which standing, agreements, workstreams, efforts by country, meetings, assistance."""

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from pipir.document import charts
from pipir.document.model import (
    Block,
    Column,
    FactRef,
    Figure,
    Heading,
    Marker,
    Paragraph,
    Ref,
    Row,
    Table,
    Text,
    source_line,
)
from pipir.features.report.compose.activity import assistance
from pipir.features.report.compose.facts import REGISTER
from pipir.features.report.compose.material import Material
from pipir.features.report.compose.prose import NOT_PUBLIC, days_of, listed, long_day, short_day, words
from pipir.features.report.compose.snapshot import Agreement, Group, Meeting, Participant, Project, Snapshot

# The process of (d) is for allies and partners: the United States stands outside of it.
_HOME = "USA"
_STATES: dict[str, Literal["good", "watch"]] = {"in force": "good", "amended": "good", "suspended": "watch"}


def efforts(m: Material) -> Iterator[Block]:
    """Efforts among participants: who takes part in which standing, workstreams, meetings, assistance for partners."""
    snapshot, statute = m.snapshot, m.statute
    yield Heading(2, "Participation", "participation")
    if snapshot.participants:
        yield Paragraph(
            (
                Text(
                    "Two standings are kept apart. One is a country's standing in the forum as "
                    "sources report it; the other is "
                ),
                Text("its step in the invitation process of "),
                words(statute.citation("1253.d")),
                Text(
                    ". Neither follows from the other, and a part in a project is neither. Countries "
                    "with a decision under "
                ),
                Text("the process on record: "),
                FactRef("participants.decided"),
                Text("."),
            )
        )
        yield from _tiles(snapshot)
        yield Table(
            "participants-table",
            f"Countries with both standings, as of {long_day(snapshot.status_as_of)}",
            (
                Column("country", "Country", "text", 1.5),
                Column("code", "Code", "text", 0.6),
                Column("forum", "In the forum, as reported", "text", 1.7),
                Column("forum-since", "Since", "date", 1.1),
                Column("standing", "Under Sec. 1253(d)", "text", 1.5),
                Column("since", "Since", "date", 1.1),
            ),
            tuple(
                Row(
                    each.code,
                    (
                        titled(each),
                        each.code,
                        _said(each.forum_standing),
                        short_day(each.forum_since, "") if each.forum_standing else "",
                        _said(each.standing) if each.code != _HOME else Marker("outside of the process", "none"),
                        short_day(each.standing_since, "") if each.standing else "",
                    ),
                )
                for each in snapshot.participants
            ),
            source=m.under(
                *(text for each in snapshot.participants for text in (each.forum_source, each.standing_source)),
                note="Named in statute means within the invitation process, not thereby a member.",
            ),
        )
    else:
        yield Paragraph((Text("No country is on record. That is no statement that none takes part."),))
    yield from _agreements(m)
    yield Heading(2, "Workstreams and groups", "groups")
    if snapshot.groups:
        yield Table(
            "groups-table",
            f"Workstreams and groups, with their projects and meetings, as of {long_day(snapshot.status_as_of)}",
            (
                Column("group", "Group", "text", 2.4),
                Column("kind", "Kind", "text", 1.2),
                Column("since", "Established", "date", 1.2),
                Column("projects", "Projects", "number", 0.9),
                Column("meetings", "Meetings", "number", 0.9),
            ),
            tuple(
                Row(
                    f"group.{each.id}",
                    (
                        titled(each),
                        each.kind,
                        short_day(each.established_on),
                        _number(sum(project.workstream == each.name for project in snapshot.projects)),
                        _number(sum(meeting.group == each.name for meeting in snapshot.meetings)),
                    ),
                )
                for each in snapshot.groups
            ),
            source=m.under(*(each.source for each in snapshot.groups)),
        )
    else:
        yield Paragraph((Text("No workstream or group is on record."),))
    yield from _efforts(m)
    yield Heading(2, "Meetings", "meetings")
    if snapshot.meetings:
        yield Paragraph(
            (
                Text("On record: "),
                *m.count("meetings"),
                Text(". Still open of what they asked for: "),
                *m.count("actions.open"),
                Text("."),
            )
        )
        yield Table(
            "meetings-table",
            f"Meetings up to {long_day(snapshot.status_as_of)}",
            (
                Column("name", "Meeting", "text", 2.0),
                Column("on", "Day", "text", 1.2),
                Column("place", "Place", "text", 1.0),
                Column("outcome", "Outcome", "text", 3.2),
            ),
            tuple(
                Row(
                    f"meeting.{each.id}",
                    (
                        _met(each),
                        days_of(each.starts_on, each.ends_on),
                        each.place,
                        each.outcome or "none recorded",
                    ),
                )
                for each in snapshot.meetings
            ),
            source=m.under(*(each.source for each in snapshot.meetings)),
        )
    else:
        yield Paragraph((Text("No meeting is on record. That is no statement that none was held."),))
    yield from assistance(m)


def _agreements(m: Material) -> Iterator[Block]:
    """Agreements with participating countries as they stand on the day of the data, drafts among them."""
    snapshot = m.snapshot
    found = snapshot.agreed
    if found is None:
        return
    yield Heading(2, "Agreements", "agreements")
    if not found:
        yield Paragraph(
            (Text("No agreement with a participating country is on record. That is no statement that there is none."),)
        )
        return
    yield Paragraph(
        (
            Text("On record: "),
            *m.count("agreements"),
            Text(", in force: "),
            FactRef("agreements.in-force"),
            Text(", signed in the time of the report: "),
            FactRef("agreements.signed"),
            Text(". "),
            Ref("agreements-table"),
            Text(" says how it stands" if len(found) == 1 else " says how each stands"),
            Text(" and on which law it rests; drafts stand among them."),
        )
    )
    yield Table(
        "agreements-table",
        f"Agreements as of {long_day(snapshot.status_as_of)}",
        (
            Column("name", "Agreement", "text", 2.4),
            Column("kind", "Kind", "text", 1.3),
            Column("parties", "Other parties", "text", 1.5),
            Column("state", "State", "marker", 1.2),
            Column("signed", "Signed", "date", 1.1),
            Column("until", "Until", "date", 1.1),
            Column("authority", "Rests on", "text", 1.5),
        ),
        tuple(
            Row(
                each.code,
                (
                    f"{each.code} {titled(each)}",
                    each.kind,
                    listed(each.parties) or "none on record",
                    Marker(each.state, _STATES.get(each.state, "none")),
                    short_day(each.signed_on, "not signed"),
                    short_day(each.expires_on, "no end stated"),
                    each.authority or NOT_PUBLIC,
                ),
            )
            for each in found
        ),
        source=m.under(*(each.source for each in found), note="The United States is a party to each."),
    )


def parts(snapshot: Snapshot) -> dict[tuple[str, str], list[Project]]:
    """The projects by workstream and country with a part, in the order of both."""
    found: dict[tuple[str, str], list[Project]] = {}
    for project in snapshot.projects:
        for name in dict.fromkeys(part.name for part in project.partners):
            found.setdefault((project.workstream or "In no workstream", name), []).append(project)
    return dict(sorted(found.items()))


def _efforts(m: Material) -> Iterator[Block]:
    """The efforts of participants by workstream and country: how many projects each has a part in."""
    snapshot = m.snapshot
    if snapshot.read is None:
        return
    found = parts(snapshot)
    yield Heading(2, "Efforts by workstream and country", "efforts")
    if not found:
        yield Paragraph((Text("No country has a part in a project on record."),))
        return
    yield Paragraph(
        (
            Text("On record: "),
            *m.count("countries.with-role"),
            Text(" with a part in a project. "),
            Ref("efforts-table"),
            Text(" counts the projects of each by workstream; one that several have a part in counts for each."),
        )
    )
    yield Table(
        "efforts-table",
        f"Projects by workstream and country with a part, as of {long_day(snapshot.status_as_of)}",
        (
            Column("workstream", "Workstream", "text", 2.4),
            Column("country", "Country", "text", 2.0),
            Column("count", "Projects", "number", 0.9),
        ),
        tuple(Row(f"{stream}: {name}", (stream, name, f"{len(some):,}")) for (stream, name), some in found.items()),
        source=(
            *source_line(
                REGISTER,
                note="A part is as reported by the source; it is neither standing nor membership. Which projects: ",
            ),
            Ref("efforts-projects"),
            Text("."),
        ),
    )


def which(snapshot: Snapshot) -> Iterator[Block]:
    """The annex's table of which projects the numbers by workstream and country count.

    A row holds the codes that are alike up to their last two digits, at most a hundred: no cell outgrows a page, and
    a new project changes the row of its own hundred alone.
    """
    found = parts(snapshot)
    if snapshot.read is None or not found:
        return
    rows: dict[tuple[str, str, str], list[str]] = {}
    for (stream, name), some in found.items():
        for each in some:
            rows.setdefault((stream, name, each.code[:-2]), []).append(each.code)
    yield Table(
        "efforts-projects",
        f"Which projects each country has a part in, by workstream, as of {long_day(snapshot.status_as_of)}",
        (
            Column("workstream", "Workstream", "text", 1.5),
            Column("country", "Country", "text", 1.2),
            Column("projects", "Projects", "text", 3.6),
        ),
        tuple(
            Row(f"{stream}: {name}: {hundred}", (stream, name, ", ".join(codes)))
            for (stream, name, hundred), codes in rows.items()
        ),
        source=source_line(REGISTER),
    )


def _tiles(snapshot: Snapshot) -> Iterator[Block]:
    roles = Counter(code for each in snapshot.projects for code in {part.code for part in each.partners})
    regions: dict[str, list[Participant]] = {}
    for each in snapshot.participants:
        regions.setdefault(each.region, []).append(each)
    chart, narrow = charts.drawn(
        charts.country_tiles,
        "countries",
        "Countries by region, with the number of projects in which a part is reported",
        [
            charts.Region(
                region,
                tuple(
                    charts.Tile(
                        each.code,
                        str(roles[each.code]) if roles[each.code] else "none",
                        depth=min(roles[each.code], 3),
                        outline=not roles[each.code],
                        name=each.name,
                    )
                    for each in members
                ),
            )
            for region, members in sorted(regions.items())
        ],
        measure="Projects with a part reported",
    )
    yield Figure(
        "fig-countries",
        "Countries on record by region, with the number of projects in which a part of theirs is reported",
        chart.svg,
        chart.alt,
        table="participants-table",
        source=source_line(REGISTER, table="participants-table", note="An outline: no part in a project is on record."),
        narrow=narrow,
    )


def titled(row: Participant | Group | Project | Agreement) -> str:
    """A row's name with the words that stand beside work under other authority, or recorded late."""
    return f"{row.name} ({row.label})" if row.label else row.name


def _said(standing: str | None) -> Marker:
    return Marker(standing, "none") if standing else Marker(NOT_PUBLIC, "missing")


def _number(count: int) -> str:
    return f"{count:,}" if count else "none on record"


def _met(meeting: Meeting) -> str:
    """A meeting's name, with its group where the name does not begin with it."""
    name, group = meeting.name, meeting.group
    return name if group is None or name.lower().startswith(group.lower()) else f"{name} ({group})"
