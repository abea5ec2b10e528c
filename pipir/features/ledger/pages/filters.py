"""The filters of entries and totals in an address: read from it, said by it, and offered by its page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request

from pipir.features.groups.queries import workstreams
from pipir.features.ledger import queries, rules
from pipir.features.ledger.pages.forms import Choices, entry_choices, number_of
from pipir.features.ledger.queries import Chosen
from pipir.kernel.access import Caller
from pipir.kernel.calendar import end_of_day, show_day
from pipir.kernel.errors import Invalid, Mistake
from pipir.statute.load import the_statute
from pipir.statute.lookup import objective_names
from pipir.store.doors import ReadSession
from pipir.web.acts import words

STAGES: Final[Choices] = (
    ("authority", "Authority received"),
    ("ordered", "Customers' orders and partners' advances"),
    ("committed", "Committed"),
    ("obligated", "Obligated"),
    ("obligated_1253", "Obligated under section 1253"),
    ("obligated_other", "Obligated under another authority"),
    ("obligated_continuing", "Continues under other authority"),
    ("expended", "Expended"),
    ("unliquidated", "Unliquidated"),
    ("contributed", "Contributed by partners"),
)
GROUPS: Final[Choices] = (
    ("fiscal_year", "Fiscal year"),
    ("quarter", "Fiscal quarter"),
    ("month", "Month"),
    ("account", "Treasury account"),
    ("kind_of_appropriation", "Kind of appropriation"),
    ("funding_document", "Funding document"),
    ("country", "Country"),
    ("project", "Project"),
    ("workstream", "Workstream"),
    ("objective", "Objective"),
    ("authority", "Program authority"),
)
_NONE: Final[Mapping[str, str]] = {
    "account": "No account",
    "funding_document": "No funding document",
    "country": "No country named",
    "project": "No project named",
    "workstream": "No workstream named",
    "objective": "No objective",
    "authority": "No program authority named",
}
# What an address calls a filter, and the filter.
_NAMES: Final[Mapping[str, str]] = {
    "fiscal_year": "fiscal_year",
    "quarter": "quarter",
    "month": "month",
    "kind": "kind",
    "stage": "stage",
    "project": "project_id",
    "workstream": "workstream_id",
    "objective": "objective",
    "country": "country",
    "account": "account_id",
    "appropriation": "appropriation",
    "funding": "funding_document_id",
    "authority": "authority",
    "without": "without",
    "document": "document",
    "exceptions": "exceptions",
    "effective_on": "effective_on",
    "known_on": "known_at",
}
_NUMBERS: Final = ("fiscal_year", "quarter", "project", "workstream", "account", "funding")
_DAYS: Final = ("effective_on", "known_on")


@dataclass(frozen=True)
class FilterChoices:
    """What the filters offer."""

    year: Choices
    kind: Choices
    stage: Choices
    project: Choices
    workstream: Choices
    objective: Choices
    country: Choices
    account: Choices
    funding: Choices
    authority: Choices


def read_chosen(request: Request[Any, Any, Any]) -> Chosen:
    """The filters as a form sends them: a blank one is none; a day of what was known is the end of it in Washington."""
    mistakes: list[Mistake] = []
    typed = {name: str(request.query_params.get(name, "")).strip() for name in _NAMES}
    given: dict[str, Any] = {_NAMES[name]: text for name, text in typed.items() if text}
    given |= {_NAMES[name]: number_of(request, name, mistakes) for name in _NUMBERS if typed[name]}
    given |= {_NAMES[name]: _day(name, typed[name], mistakes) for name in _DAYS if typed[name]}
    if mistakes:
        raise Invalid("Some of the filters need correcting.", mistakes=tuple(mistakes))
    known_on = given.pop("known_at", None)
    return queries.chosen(
        **given | {"exceptions": bool(typed["exceptions"])}, known_at=known_until(known_on) if known_on else None
    )


def day_of(request: Request[Any, Any, Any], name: str) -> date | None:
    """The day that a filter holds; a blank one is none."""
    typed = str(request.query_params.get(name, "")).strip()
    mistakes: list[Mistake] = []
    day = _day(name, typed, mistakes) if typed else None
    if mistakes:
        raise Invalid("One of the filters needs correcting.", mistakes=tuple(mistakes))
    return day


def _day(name: str, typed: str, mistakes: list[Mistake]) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        mistakes.append(Mistake(name, "Expected a day such as 2027-02-01.", typed[:60]))
        return None


def known_until(day: date) -> datetime:
    """The last instant of a day in Washington."""
    return end_of_day(day) - timedelta(microseconds=1)


def in_address(request: Request[Any, Any, Any], chosen: Chosen) -> dict[str, Any]:
    """The filters in force by what an address calls them."""
    found = {name: getattr(chosen, field) for name, field in _NAMES.items()}
    found["month"] = f"{chosen.month:%Y-%m}" if chosen.month else None
    found["effective_on"] = chosen.effective_on.isoformat() if chosen.effective_on else None
    found["known_on"] = str(request.query_params.get("known_on", "")).strip() if chosen.known_at else None
    return found


def row_of(by: str, key: str) -> dict[str, str]:
    """The filters that a row of the totals stands for, by what an address calls them."""
    if key == "" or (by == "kind_of_appropriation" and key not in rules.APPROPRIATIONS):
        return {"without": "account" if by == "kind_of_appropriation" else by}
    if by == "quarter":
        return {"fiscal_year": key[:4], "quarter": key[-1]}
    return {{"funding_document": "funding", "kind_of_appropriation": "appropriation"}.get(by, by): key}


def address(path: str, *layers: Mapping[str, Any]) -> str:
    """A path with the filters, the later over the earlier."""
    found: dict[str, str] = {}
    for layer in layers:
        found |= {name: "true" if value is True else str(value) for name, value in layer.items() if value}
    return f"{path}?{urlencode(found)}" if found else path


async def filter_choices(session: ReadSession, caller: Caller) -> FilterChoices:
    choices = await entry_choices(session, caller)
    years = tuple((str(year), f"FY{year}") for year in await queries.fiscal_years(session, caller.reader))
    streams = await workstreams(session, reader=caller.reader)
    return FilterChoices(
        year=years,
        kind=words(rules.ALL_KINDS),
        stage=STAGES,
        project=choices["project"],
        workstream=tuple((str(each.id), each.name) for each in streams),
        objective=objective_names(the_statute()),
        country=choices["country"],
        account=choices["account"],
        funding=choices["funding"],
        authority=(("1253", "Section 1253, any paragraph"), *choices["authority"]),
    )


def labels_of(choices: FilterChoices, current: Mapping[str, Any]) -> dict[str, str]:
    """What a chip calls each filter in force."""
    named: dict[str, Choices] = {
        "fiscal_year": choices.year,
        "kind": choices.kind,
        "stage": choices.stage,
        "project": choices.project,
        "workstream": choices.workstream,
        "objective": choices.objective,
        "country": choices.country,
        "account": choices.account,
        "funding": choices.funding,
        "authority": choices.authority,
        "quarter": tuple((str(each), f"Fiscal quarter {each}") for each in range(1, 5)),
        "without": tuple(_NONE.items()),
        "exceptions": (("True", "Exceptions only"), ("true", "Exceptions only")),
        "by": tuple((value, f"By {label[0].lower()}{label[1:]}") for value, label in GROUPS),
    }
    found = {f"{name}={value}": label for name, options in named.items() for value, label in options}
    for name, says in (("effective_on", "As effective on"), ("known_on", "As known on")):
        if current.get(name):
            found[f"{name}={current[name]}"] = f"{says} {show_day(date.fromisoformat(current[name]))}"
    if current.get("document"):
        found[f"document={current['document']}"] = f"Document {current['document']}"
    return found
