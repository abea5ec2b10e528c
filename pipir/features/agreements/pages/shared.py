"""What the pages of agreements share: words, choices, and which acts stand open."""

from typing import Final

from pipir.features.agreements import queries, rules
from pipir.kernel.access import Caller
from pipir.statute.load import the_statute
from pipir.web.acts import LawLine, Options

CHANGES: Final = "agreements.change"
# A state as people read it: the kind of its pill.
PILLS: Final = {
    "in force": "ok",
    "amended": "ok",
    "signed": "done",
    "suspended": "watch",
    "ended": "neutral",
    "expired": "neutral",
    "certified": "waiting",
    "coordination": "waiting",
}
CLOCK_PILLS: Final = {
    "running": ("waiting", "Running"),
    "waiting for its start": ("draft", "Waits for its start"),
    "over": ("done", "Over"),
    "not applicable": ("neutral", "Not applicable"),
}


def authorities() -> Options:
    """The law that an agreement may rest on."""
    rows = rules.known_authorities(the_statute())
    return tuple((row.slug, f"{row.short_citation}: {row.title}") for row in rows)


def law_lines(view: queries.AgreementView) -> tuple[LawLine, ...]:
    """The one law or two that an agreement rests on; none: not public."""
    rows = [the_statute().provision(slug) for slug in (view.program_authority, view.also_authority) if slug is not None]
    return tuple((row.citation, row.standing_label, row.statement) for row in rows)


def notices_open(standing: queries.Standing) -> tuple[str, ...]:
    """The kinds of notices that may be sent now."""
    facts, found = standing.facts, []
    if facts.rests_on(rules.COOPERATIVE_PROJECT) and facts.state in ("text agreed", "coordination"):
        lacks = rules.missing_items(facts, the_statute())
        found += [] if lacks or not rules.untold("certification", facts, the_statute()) else ["certification"]
    applies = {each.slug for each in standing.clocks if each.state != "not applicable"}
    if "report" in applies and facts.state in ("text agreed", "coordination", "signed"):
        found += ["report"] if rules.untold("report", facts, the_statute()) else []
    if "transmittal" in applies and facts.signed_on is not None and facts.character == rules.INTERNATIONAL:
        found += ["transmittal"] if rules.untold("transmittal", facts, the_statute()) else []
    return tuple(found)


def steps_open(standing: queries.Standing) -> tuple[str, ...]:
    """The states that a step may record now; signature and amendment have forms of their own."""
    suspended = standing.facts.state == "suspended"
    own = ("signed",) if suspended else ("signed", "amended")
    return tuple(each for each in standing.following if each not in own)


def acts_open(view: queries.AgreementView, standing: queries.Standing, caller: Caller) -> tuple[str, ...]:
    """The acts on an agreement that its state lets stand open, for who may change it."""
    if not caller.may(CHANGES):
        return ()
    facts = standing.facts
    over, negotiated = facts.state in rules.OVER, facts.state in rules.UNSIGNED and facts.state not in rules.FIXED_TEXT
    is_open = {
        "step": bool(steps_open(standing)),
        "sign": "signed" in standing.following,
        "item": facts.rests_on(rules.COOPERATIVE_PROJECT)
        and facts.state in ("text agreed", "coordination")
        and not facts.told("certification"),
        "notice": bool(notices_open(standing)),
        "amendment": view.state in rules.EFFECTIVE,
        "party": negotiated or (facts.taken_over and not over),
        "character": not over,
        "paper": not over,
        "share": not over,
        "revise": True,
    }
    return tuple(name for name, each in is_open.items() if each)
