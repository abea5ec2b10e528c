"""What is allowed in the coordination room: the states of a request, what an answer does, what blocks an act; pure.

A request asks offices about one value of one act. Each round asks about one value; its answers count while the round is
in force. A changed value begins a new round, and so does a reopening, so that no answer counts for what was not asked.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final, Literal, get_args

import msgspec

from pipir.kernel.calendar import show_day
from pipir.kernel.errors import Invalid, Mistake, Refused
from pipir.statute.model import Provision, Role, Statute

State = Literal["open", "sent back", "agreed", "refused", "withdrawn"]
AnswerKind = Literal["concur", "concur with comment", "concur with conditions", "non-concur", "acknowledged"]
DecisionKind = Literal["proceed", "do not proceed", "change"]
RoundBegan = Literal["asked", "revised", "reopened"]
RoundEnded = Literal["revised", "reopened", "undone", "withdrawn"]
ConditionState = Literal["open", "met", "waived"]
Value = Mapping[str, str]

STATES: Final[tuple[State, ...]] = get_args(State)
ANSWERS: Final[tuple[AnswerKind, ...]] = get_args(AnswerKind)
DECISIONS: Final[tuple[DecisionKind, ...]] = get_args(DecisionKind)
ROLES: Final[tuple[Role, ...]] = get_args(Role)
# What a role asks for, the least first: nobody is asked for less than law or policy gives them.
STRENGTH: Final[Mapping[Role, int]] = {"be-notified": 0, "consult": 1, "coordinate": 2, "concur": 3}
CONDITION_STATES: Final[tuple[ConditionState, ...]] = get_args(ConditionState)
SETTLED: Final[tuple[State, ...]] = ("agreed", "refused")
# Which state may follow which. A settled request is opened again only by a reopening, and settled again by its undoing.
STEPS: Final[Mapping[State, tuple[State, ...]]] = {
    "open": ("sent back", "agreed", "refused", "withdrawn"),
    "sent back": ("open", "withdrawn"),
    "agreed": ("open",),
    "refused": ("open",),
    "withdrawn": (),
}
REMOVED: Final = "A part of the proposal was removed under a spillage; no answer counts until it is revised."
OFFICE_POLICY: Final = "office policy"
OWN_OFFICE: Final = "Practice of the program office (convention)"
FIELDS_AT_MOST: Final = 40
_LONGEST: Final = 500
# The page of one record, as an act's form hangs under it.
RECORD_PAGE: Final = re.compile(r"/[a-z-]+(/[a-z-]+)?/[0-9]+")


class ActKind(msgspec.Struct, frozen=True):
    """An act that may be put to offices; `kind` is the kind of record that it is done to, blank for any.

    `form` is the last part of the address of the form that does it, on the record's page; `new` is the whole address
    where the record is made by the act. `permission` is what its command asks. Blank where no form here does it.
    """

    slug: str
    title: str
    kind: str
    form: str = ""
    new: str = ""
    permission: str = ""


class SendBackReason(msgspec.Struct, frozen=True):
    """A reason to send a request back."""

    slug: str
    title: str


class _Official(msgspec.Struct, frozen=True):
    name: str
    department: str


class _Lists(msgspec.Struct, frozen=True):
    act: tuple[ActKind, ...]
    reason: tuple[SendBackReason, ...]
    official: tuple[_Official, ...]


_LISTS: Final = msgspec.convert(tomllib.loads((Path(__file__).parent / "lists.toml").read_text()), _Lists)
ACTS: Final[Mapping[str, ActKind]] = {each.slug: each for each in _LISTS.act}
REASONS: Final[Mapping[str, SendBackReason]] = {each.slug: each for each in _LISTS.reason}
DEPARTMENTS: Final[Mapping[str, str]] = {each.name: each.department for each in _LISTS.official}


class Basis(msgspec.Struct, frozen=True):
    """What gives an office its role: the citation, and whether it is statute, regulation or office policy."""

    citation: str
    kind: str


class Asked(msgspec.Struct, frozen=True):
    """One office as asked in a round, with the answer in force and the decision on it, where there are any."""

    office: str
    role: Role
    answer: AnswerKind | None = None
    decision: DecisionKind | None = None

    @property
    def refuses(self) -> bool:
        """Whether the office withholds a concurrence that the act needs."""
        return self.role == "concur" and self.answer == "non-concur"

    @property
    def escalated(self) -> bool:
        """Whether the non-concurrence of an office that coordinates waits, or waited, for the decision maker."""
        return self.answer is not None and escalates(self.role, self.answer)

    @property
    def stands_against(self) -> bool:
        """Whether the office did not concur, and no decision maker lets the act go on."""
        return self.refuses or (self.escalated and self.decision != "proceed")


class Outcome(msgspec.Struct, frozen=True):
    """How a round stands: whether the act may be done, the sentence that says so, and the offices that hold it up."""

    allowed: bool
    says: str
    missing: tuple[str, ...] = ()


# ---- values


def flat(value: Value) -> dict[str, str]:
    """A value in the one form that is hashed and stored: names and texts on one line each, blanks left out."""
    found = {" ".join(name.split()): " ".join(text.split()) for name, text in value.items()}
    return {name: found[name] for name in sorted(found) if name and found[name]}


def hash_of(value: Value) -> str:
    """The sha256 of a value's canonical JSON: sorted names, no blanks between, UTF-8."""
    content = json.dumps(flat(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def is_as_asked(after: Value, value_hash: str) -> bool:
    """Whether a value is still the one that was asked about: one of which a spillage removed a part is not."""
    return hash_of(after) == value_hash


def differing(before: Value, after: Value) -> tuple[str, ...]:
    """The names of the fields in which two values differ."""
    old, new = flat(before), flat(after)
    return tuple(sorted(name for name in {*old, *new} if old.get(name) != new.get(name)))


def typed_of(body: msgspec.Struct) -> dict[str, str]:
    """What a form holds for a body, by field: a list has one entry a line; what is left blank is left out."""
    found: dict[str, str] = {}
    for name in body.__struct_fields__:
        said = getattr(body, name)
        if said is None or said is False or said == "":
            continue
        if isinstance(said, (list, tuple)):
            found[name] = "\n".join(str(each) for each in said)
        elif isinstance(said, date):
            found[name] = said.isoformat()
        else:
            found[name] = "true" if said is True else str(said)
    return found


def same_text(first: str, second: str) -> bool:
    """Whether two texts are one as fields of a value."""
    return " ".join(short(first).split()) == " ".join(short(second).split())


def address_of_act(act: str, subject_id: int | None, subject_href: str, request_id: int) -> str:
    """The address of the form that does the act, filled as a request has it agreed; blank where there is none."""
    known = ACTS.get(act)
    if known is None or not known.form:
        return ""
    if subject_id is None:
        return f"{known.new}?coordination={request_id}" if known.new else ""
    if not RECORD_PAGE.fullmatch(subject_href):
        return ""
    return f"{subject_href}/{known.form}?coordination={request_id}"


def short(text: str) -> str:
    """A text as a field of a value can hold it; a long one by its beginning and its sha256."""
    bare = "".join(c if c.isprintable() else " " for c in text)
    if len(bare) <= _LONGEST:
        return bare
    return f"{bare[:300]}... (sha256 {hashlib.sha256(text.encode()).hexdigest()})"


def check_value(value: Value, where: str) -> dict[str, str]:
    """The value in its one form, or Invalid with every mistake at `where`."""
    mistakes = [
        Mistake(where, f"Expected a name and a text of at most {_LONGEST} characters for each field.", name[:60])
        for name, text in value.items()
        if not name.strip() or ":" in name or len(name) > 100 or len(text) > _LONGEST
    ]
    mistakes += [
        Mistake(where, "Expected text without control characters.", "".join(c for c in name if c.isprintable())[:60])
        for name, text in value.items()
        if any(ord(c) < 32 or ord(c) == 127 or 0xD800 <= ord(c) <= 0xDFFF for c in name + text if c not in "\n\t")
    ]
    if len(value) > FIELDS_AT_MOST:
        mistakes.append(Mistake(where, f"Expected at most {FIELDS_AT_MOST} fields.", str(len(value))))
    if mistakes:
        raise Invalid("The value cannot stand as written.", mistakes=tuple(mistakes))
    return flat(value)


def read_lines(text: str, where: str) -> dict[str, str]:
    """A value written as one "field: text" a line, or Invalid with every line that is none."""
    found: dict[str, str] = {}
    mistakes = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        name, colon, said = line.partition(":")
        if not colon or not name.strip():
            mistakes.append(Mistake(where, f'Line {number}: expected "field: text".', line[:60]))
        elif name.strip() in found:
            mistakes.append(Mistake(where, f"Line {number}: expected each field once.", name[:60]))
        found[name.strip()] = said.strip()
    if mistakes:
        raise Invalid("The value cannot be read.", mistakes=tuple(mistakes))
    return found


def lines_of(value: Value) -> str:
    """A value as `read_lines` reads it."""
    return "\n".join(f"{name}: {text}" for name, text in flat(value).items())


# ---- asking


def check_subject(act: str, kind: str, href: str) -> None:
    """A request names an act of the list, the kind of record that the act is done to, and a page of this service."""
    mistakes = []
    known = ACTS.get(act)
    if known is None:
        mistakes.append(Mistake("act", "Expected one of: " + ", ".join(ACTS) + ".", act[:60]))
    elif known.kind and known.kind != kind:
        mistakes.append(Mistake("subject_kind", f"Expected {known.kind}, to which this act is done.", kind[:60]))
    if not href.startswith("/") or href.startswith("//") or "\\" in href:
        mistakes.append(
            Mistake("subject_href", "Expected the address of a page here, such as /participants/3.", href[:60])
        )
    if mistakes:
        raise Invalid("The subject needs correcting.", mistakes=tuple(mistakes))


def check_due(due_on: date, today: date) -> None:
    """An answer is asked for by today or a later day."""
    if due_on < today:
        raise Invalid(
            "The due day has passed already.",
            mistakes=(Mistake("due_on", f"Expected a day on or after {show_day(today)}.", due_on.isoformat()),),
        )


def check_asked(asked: Mapping[Role, Sequence[int]]) -> None:
    """At least one office is asked, and each in one role."""
    every = [office for offices in asked.values() for office in offices]
    twice = {office for office in every if every.count(office) > 1}
    mistakes = [
        Mistake(field_of(role), "Each office is asked in one role.", str(office))
        for role, offices in asked.items()
        for office in sorted(set(offices) & twice)
    ]
    if not every:
        mistakes.append(Mistake("coordinate", "Name at least one office to ask, in one of the four roles."))
    if mistakes:
        raise Invalid("The offices to ask need correcting.", mistakes=tuple(mistakes))


def field_of(role: Role) -> str:
    """The name under which a form asks for the offices of a role."""
    return "notify" if role == "be-notified" else role


def role_by_law(provision: Provision | None, department: str) -> Role | None:
    """The role that a provision gives a department's offices, or None where it names none of its officials."""
    for each in provision.office if provision is not None else ():
        if DEPARTMENTS.get(each.office) == department:
            return each.role
    return None


def basis_of(
    office: str, department: str, role: Role, *, provision: Provision | None, policy: Basis | None, stated: str | None
) -> Basis:
    """What gives an office its role: the named law, else an office policy; Invalid where nothing does.

    Nobody is asked for less than the law gives them; asking for more than the law does is the office's own policy.
    """
    by_law = role_by_law(provision, department)
    if provision is not None and by_law == role:
        return Basis(provision.citation, provision.standing_label.partition(",")[0].partition(";")[0])
    if provision is not None and by_law is not None and STRENGTH[role] < STRENGTH[by_law]:
        raise Invalid(
            f"{provision.citation} gives {office} the role “{by_law}”; it is asked for no less.",
            citation=provision.citation,
            mistakes=(Mistake(field_of(role), f"Expected {office} under “{by_law}”.", office),),
        )
    if policy is not None:
        return policy
    if stated is None:
        raise Invalid(
            f"Nothing named here gives {office} the role “{role}”.",
            mistakes=(
                Mistake(
                    "policy_citation",
                    f"Name the office policy that asks {office} to {role.replace('-', ' ')}, or the law that does.",
                ),
            ),
        )
    return Basis(stated, OFFICE_POLICY)


def law_with_roles(statute: Statute) -> tuple[Provision, ...]:
    """The provisions of law in which an official has a part, so that a request can rest on them."""
    return tuple(
        row for slug, row in statute.provisions.items() if row.office and statute.instrument(slug).status == "law"
    )


def check_audience(audience: int, subject: int) -> None:
    """A request is seen by nobody who may not see its subject."""
    if audience & ~subject:
        raise Invalid(
            "Under this marking more people would read the request than may read its subject.",
            mistakes=(Mistake("marking", "Expected the marking of the subject, or a narrower one."),),
        )


# ---- answering


def may_step(state: State, after: State, *, title: str) -> None:
    """Refuse a state that cannot follow."""
    if after not in STEPS[state]:
        raise Refused(
            f"The request “{title}” is {state}; it cannot become {after}.",
            way_out="What may follow: " + (", ".join(STEPS[state]) or "nothing; ask anew") + ".",
        )


def may_answer(
    role: Role,
    answer: AnswerKind,
    comment: str | None,
    conditions: int,
    *,
    state: State,
    in_force: bool,
    own: bool,
    asker: bool,
    office: str,
) -> None:
    """An asked office answers the value in force, in the ways that its role has, by another person than the asker."""
    if not in_force:
        raise Refused(
            f"What {office} was asked has changed since; an answer to the former value does not count.",
            way_out="Read the request again, and answer what is asked once it is revised.",
        )
    # Who is notified only may say so after the others have settled it.
    if state != "open" and not (role == "be-notified" and state in SETTLED):
        raise Refused(f"The request is {state}; it takes no answer.", way_out="Where it has to be, it is reopened.")
    if asker:
        raise Refused(
            "Who asks does not answer for an office.", citation=OWN_OFFICE, way_out="Let another person answer."
        )
    if not own:
        raise Refused(
            f"A person of {office}, or who stands in there, answers for it.",
            citation=OWN_OFFICE,
            way_out="Ask a person of that office to answer.",
        )
    mistakes = []
    if (role == "be-notified") != (answer == "acknowledged"):
        expected = "acknowledged, since the office is notified only" if role == "be-notified" else "an answer"
        mistakes.append(Mistake("answer", f"Expected {expected}.", answer))
    if answer in ("concur with comment", "non-concur") and comment is None:
        mistakes.append(Mistake("comment", "Say what the office has to say."))
    if (answer == "concur with conditions") != (conditions > 0):
        expected = (
            "Name at least one condition." if conditions == 0 else "Only a concurrence with conditions names any."
        )
        mistakes.append(Mistake("conditions", expected))
    if mistakes:
        raise Invalid("The answer needs correcting.", mistakes=tuple(mistakes))


def escalates(role: Role, answer: AnswerKind) -> bool:
    """A non-concurrence of an office that coordinates is no veto: it goes to a decision maker."""
    return role == "coordinate" and answer == "non-concur"


def may_name_decider(*, decides: bool, is_asker: bool, is_answerer: bool, decided: bool) -> None:
    """The decision maker holds the power to decide, and is neither who asks nor who did not concur."""
    if decided:
        raise Refused("This non-concurrence is decided already.", way_out="Reopen the request with a reason.")
    wrong = (
        "Expected a person who may decide."
        if not decides
        else "Expected another person than the one who asks."
        if is_asker
        else "Expected another person than the one who did not concur."
        if is_answerer
        else ""
    )
    if wrong:
        raise Invalid("This person cannot be the decision maker.", mistakes=(Mistake("decider_id", wrong),))


def may_decide(*, named: bool, decided: bool, in_force: bool, state: State) -> None:
    """The named decision maker decides once, while the value is still the one that was not concurred with."""
    if not in_force or state != "open":
        raise Refused("The request has moved on since; there is nothing to decide.", way_out="Read the request again.")
    if decided:
        raise Refused("This non-concurrence is decided already.", way_out="Reopen the request with a reason.")
    if not named:
        raise Refused(
            "Only the decision maker who is named on the request decides.",
            citation=OWN_OFFICE,
            way_out="The asking office names another one where it has to be.",
        )


def outcome(asked: Sequence[Asked], *, due_on: date, today: date) -> Outcome:
    """Whether the act may be done as asked. The day of no answer is never consent, and only some of them hold it up.

    A missing concurrence blocks where the role is concur. A coordinating office has until the due day to be heard;
    after it, no answer is no answer and holds nothing up. Its non-concurrence waits for the decision maker.
    Who is consulted or notified holds nothing up.
    """
    refused = [each.office for each in asked if each.refuses]
    overruled = [each.office for each in asked if each.escalated and each.decision not in (None, "proceed")]
    escalated = [each.office for each in asked if each.escalated and each.decision is None]
    without = [each.office for each in asked if each.role == "concur" and each.answer is None]
    awaited = [each.office for each in asked if each.role == "coordinate" and each.answer is None and today <= due_on]
    parts = (
        (refused, "{} did not concur, and the act needs the concurrence."),
        (overruled, "The decision maker decided against the act after {} did not concur."),
        (without, "The concurrence of {} is missing; no answer is no consent."),
        (escalated, "{} did not concur; the act waits for the decision maker."),
        (awaited, "{} has until " + due_on.isoformat() + " to answer."),
    )
    blocking = [(names, sentence) for names, sentence in parts if names]
    if blocking:
        says = " ".join(sentence.format(_listed(names)) for names, sentence in blocking)
        return Outcome(False, says, tuple(name for names, _ in blocking for name in names))
    silent = [each.office for each in asked if each.answer is None and each.role != "be-notified"]
    if silent:
        return Outcome(True, f"Nothing holds the act up. No answer from {_listed(silent)}, which is no consent.")
    return Outcome(True, "Every answer that the act needs is there.")


def settles(asked: Sequence[Asked], *, due_on: date, today: date) -> State | None:
    """The state in which an answer or a decision settles a request by itself: once nobody is left to be heard."""
    unheard = any(each.answer is None and each.role != "be-notified" for each in asked)
    if unheard or any(each.escalated and each.decision is None for each in asked):
        return None
    return "agreed" if outcome(asked, due_on=due_on, today=today).allowed else "refused"


def may_settle(asked: Sequence[Asked], *, due_on: date, today: date) -> State:
    """How the asking office settles a request: agreed where nothing holds it up, refused where an answer refuses it."""
    found = outcome(asked, due_on=due_on, today=today)
    if found.allowed:
        return "agreed"
    if any(each.refuses or (each.escalated and each.decision not in (None, "proceed")) for each in asked):
        return "refused"
    raise Refused(found.says, citation=OWN_OFFICE, way_out="Wait for it, change the proposal, or withdraw the request.")


def covers(asked: Sequence[Asked], needed: Sequence[Asked]) -> tuple[str, ...]:
    """The offices that a policy names and a request did not ask, or asked for less."""
    roles = {each.office: STRENGTH[each.role] for each in asked}
    return tuple(each.office for each in needed if roles.get(each.office, -1) < STRENGTH[each.role])


def to_ask(needed: Sequence[Asked]) -> str:
    """The offices that are asked, each with its role, in words."""
    return _listed([f"{each.office} ({each.role.replace('-', ' ')})" for each in needed])


def check_send_back(fields: Sequence[str], reasons: Sequence[str], after: Value) -> None:
    """A request is sent back for fields that it has and reasons of the list."""
    mistakes = [
        Mistake("fields", "Expected fields of the proposal: " + ", ".join(after) + ".", name[:60])
        for name in fields
        if name not in after
    ]
    mistakes += [
        Mistake("reasons", "Expected reasons of the list: " + ", ".join(REASONS) + ".", slug[:60])
        for slug in reasons
        if slug not in REASONS
    ]
    if not fields:
        mistakes.append(Mistake("fields", "Name at least one field of the proposal."))
    if not reasons:
        mistakes.append(Mistake("reasons", "Name at least one reason."))
    if mistakes:
        raise Invalid("What was sent back needs correcting.", mistakes=tuple(mistakes))


def may_revise(state: State, *, same: bool) -> None:
    """A proposal is revised while it is open or sent back, and only by a value that differs."""
    if state not in ("open", "sent back"):
        raise Refused(f"The request is {state}.", way_out="Reopen it with a reason, then revise it.")
    if same:
        raise Invalid(
            "The value is the one that was asked already.",
            mistakes=(Mistake("after", "Expected a value that differs from what was asked."),),
        )


def may_reopen(state: State, *, used: bool) -> None:
    """A settled request is reopened while no act has used its agreement up."""
    if state not in SETTLED:
        raise Refused(f"The request is {state}; only a settled one is reopened.")
    if used:
        raise Refused(
            "The act was done under this request, which is used up by it.",
            citation=OWN_OFFICE,
            way_out="Ask anew, for what is to be done next.",
        )


def may_undo(state: State, *, reopened: bool, touched: bool) -> None:
    """A reopening is undone while nobody has acted on it."""
    if state != "open" or not reopened:
        raise Refused("The request was not reopened last; there is no reopening to undo.")
    if touched:
        raise Refused(
            "Somebody has answered since the reopening; the former answers stay void.",
            way_out="Let the offices answer again.",
        )


def of_asking_office(*, own: bool, office: str) -> None:
    """What the asker may do, every person of the asking office may."""
    if not own:
        raise Refused(
            f"The request is {office}'s; a person of that office changes it.",
            citation=OWN_OFFICE,
            way_out="Ask a person of that office.",
        )


def may_close_condition(state: ConditionState, *, allowed: bool, who: str) -> None:
    """An open condition is met by its owner, and waived by the office that set it."""
    if state != "open":
        raise Refused(f"The condition is {state} already.")
    if not allowed:
        raise Refused(f"Only {who} does this.", citation=OWN_OFFICE, way_out=f"Ask {who}.")


def check_condition_owner(person_id: int | None, office_id: int | None, where: str) -> None:
    """A condition is owned by one office or one person."""
    if (person_id is None) == (office_id is None):
        raise Invalid(
            "A condition has one owner.",
            mistakes=(Mistake(where, "Expected an office or a person as owner; one of the two."),),
        )


# ---- policies


def needs_approval(before: Value, after: Value, low_risk: Sequence[str]) -> tuple[str, ...]:
    """The fields of a change that a policy does not leave free as low-risk."""
    return tuple(name for name in differing(before, after) if name not in set(low_risk))


def check_policy(act: str, since: date, until: date | None) -> None:
    """A policy is of a known act, and ends on or after the day it began."""
    mistakes = []
    if act not in ACTS:
        mistakes.append(Mistake("act", "Expected one of: " + ", ".join(ACTS) + ".", act[:60]))
    if until is not None and until < since:
        mistakes.append(Mistake("until", f"Expected a day on or after {show_day(since)}.", until.isoformat()))
    if mistakes:
        raise Invalid("The policy needs correcting.", mistakes=tuple(mistakes))


def may_end_policy(since: date, until: date | None, day: date) -> None:
    """A policy ends once, on or after the day it began."""
    if until is not None and until <= day:
        raise Refused(f"The policy ends on {show_day(until)} already.")
    if day < since:
        raise Invalid(
            "The end lies before the beginning.",
            mistakes=(Mistake("until", f"Expected a day on or after {show_day(since)}.", day.isoformat()),),
        )


def median(numbers: Sequence[int]) -> int | None:
    """The middle one; of two in the middle the lower."""
    return sorted(numbers)[(len(numbers) - 1) // 2] if numbers else None


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)
