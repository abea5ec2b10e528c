"""The form of a change, and the choices that forms and filters of the ledger offer."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from litestar import Request, Response

from pipir.features.law.queries import Papers
from pipir.features.ledger import queries
from pipir.kernel.access import Caller
from pipir.kernel.errors import Mistake
from pipir.store.doors import ReadSession
from pipir.web.forms import Form
from pipir.web.pages import Frame

QUARTERS_SHOWN: Final = 12
Choices = tuple[tuple[str, str], ...]
STATES: Final = {"available": "ok", "expired": "watch", "closed": "done", "not yet available": "waiting"}


@dataclass(frozen=True)
class Field:
    """A field of a form by the macro that draws it."""

    kind: Literal["text", "area", "date", "money", "select", "check"]
    name: str
    label: str
    hint: str = ""
    required: bool = False
    options: Choices = ()


@dataclass(frozen=True)
class _FormPage:
    form: Form[Any]
    title: str
    lead: str
    crumbs: tuple[tuple[str, str], ...]
    action: str
    cancel_href: str
    submit: str
    fields: tuple[Field, ...]
    version: int | None
    certifies: str
    papers: Papers | None


async def entry_choices(session: ReadSession, caller: Caller) -> dict[str, Choices]:
    countries = await queries.country_choices(session, caller.reader)
    return {
        "funding": pairs(await queries.funding_choices(session, caller.reader)),
        "account": pairs(await queries.account_choices(session)),
        "closed": pairs(await queries.closed_choices(session)),
        "project": pairs(await queries.project_choices(session, caller.reader)),
        "country": tuple((code, name) for _, code, name in countries),
        "participant": tuple((str(number), f"{code} {name}") for number, code, name in countries),
        "authority": pairs(queries.authority_choices()),
    }


def form_page(
    frame: Frame,
    form: Form[Any],
    title: str,
    lead: str,
    action: str,
    back: str,
    submit: str,
    fields: tuple[Field, ...],
    *,
    version: int | None = None,
    papers: Papers | None = None,
) -> Response[bytes]:
    page = _FormPage(
        form=form,
        title=title,
        lead=lead,
        crumbs=(("Dashboard", "/"), ("Ledger", "/ledger"), (title, "")),
        action=action,
        cancel_href=back,
        submit=submit,
        fields=fields,
        version=version,
        certifies=queries.CERTIFIES,
        papers=papers,
    )
    return frame.show("ledger/form.html", page, status=form.status)


def number_of(request: Request[Any, Any, Any], name: str, mistakes: list[Mistake]) -> int | None:
    typed = str(request.query_params.get(name, "")).strip()
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) <= _DIGITS):
        mistakes.append(Mistake(name, "Expected a whole number.", typed[:60]))
        return None
    return int(typed)


_DIGITS: Final = 18


def pairs(choices: tuple[queries.Choice, ...]) -> Choices:
    return tuple((each.value, each.label) for each in choices)
