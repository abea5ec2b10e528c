"""What is stored of participants."""

from datetime import date

from sqlalchemy.orm import Mapped

from pipir.features.law.tables import Governed, late_whole
from pipir.features.participants.rules import FORUM_STANDINGS, REGIONS, STANDINGS
from pipir.store.base import Marked, Record, check, one_of, unique


class Participant(Record, Marked, Governed):
    """A country; what no source states of its two standings is NULL and shown as not public."""

    name: Mapped[str]
    code: Mapped[str]
    region: Mapped[str]
    standing: Mapped[str | None]
    standing_since: Mapped[date | None]
    standing_source: Mapped[str | None]
    # What the latest invitation rests on where that is not section 1253(d).
    program_authority: Mapped[str | None]
    forum_standing: Mapped[str | None]
    forum_since: Mapped[date | None]
    forum_source: Mapped[str | None]
    until: Mapped[date | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        unique("name", name="uq_participant_name", sentence="A country of this name is entered already."),
        unique("code", name="uq_participant_code", sentence="A country with this code is entered already."),
        check(
            "code ~ '^[A-Z]{3}$'",
            name="ck_participant_code",
            sentence="A country's code is three capital letters, such as AUS.",
        ),
        one_of("region", REGIONS, name="ck_participant_region"),
        one_of("standing", STANDINGS, name="ck_participant_standing"),
        one_of("forum_standing", FORUM_STANDINGS, name="ck_participant_forum_standing"),
        check(
            "num_nulls(standing, standing_since, standing_source) in (0, 3)",
            name="ck_participant_standing_source",
            sentence="A standing is recorded with its day and its source.",
        ),
        check(
            "num_nulls(forum_standing, forum_since, forum_source) in (0, 3)",
            name="ck_participant_forum_source",
            sentence="A standing in the forum is recorded with its day and its source.",
        ),
        check(
            "num_nulls(until, ended_because) in (0, 2)",
            name="ck_participant_end",
            sentence="An entry ends on a day and for a reason.",
        ),
        check(
            "until >= greatest(standing_since, forum_since)",
            name="ck_participant_days",
            sentence="An entry ends on or after the day of each of its standings.",
        ),
        late_whole("participant"),
    )
