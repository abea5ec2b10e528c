"""The form of a change, and the choices that forms and lists of projects offer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

import msgspec
from litestar import Response

from pipir.features.concurrence.queries import agreed
from pipir.features.concurrence.rules import same_text, typed_of
from pipir.features.law.queries import Papers, papers_for
from pipir.features.projects import queries, rules
from pipir.features.projects.tables import KINDS
from pipir.kernel.access import Caller
from pipir.kernel.ids import ProjectId
from pipir.store.doors import Database
from pipir.web.forms import Form, filled
from pipir.web.pages import Frame

# A rating as people read it: the kind of its pill, and its words.
RATINGS: Final = {"green": ("ok", "On track"), "amber": ("watch", "Watch"), "red": ("risk", "At risk")}
NOT_RATED: Final = ("neutral", "Not rated")
S = TypeVar("S", bound=msgspec.Struct)
Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Field:
    """A field of a form by the macro that draws it."""

    kind: Literal["text", "area", "date", "money", "select", "checks", "check"]
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
    papers: Papers | None
    asides: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class FormWords:
    """What a form page says around its fields."""

    title: str
    lead: str
    action: str
    back: str
    submit: str = "Save"


def form_page(
    frame: Frame,
    form: Form[Any],
    words: FormWords,
    fields: tuple[Field, ...],
    *,
    view: queries.ProjectView | None = None,
    version: int | None = None,
    papers: Papers | None = None,
    asides: tuple[tuple[str, str], ...] = (),
) -> Response[bytes]:
    above = ((view.name, f"/projects/{view.id}"),) if view else ()
    page = _FormPage(
        form=form,
        title=words.title,
        lead=words.lead,
        crumbs=(("Dashboard", "/"), ("Projects", "/projects"), *above, (words.title, "")),
        action=words.action,
        cancel_href=words.back,
        submit=words.submit,
        fields=fields,
        version=version,
        papers=papers,
        asides=asides,
    )
    marking = view.marking if view else "CUI"
    return frame.show("projects/form.html", page, status=form.status, marking=marking)


async def read_project(db: Database, caller: Caller, project_id: int) -> queries.ProjectView:
    async with db.read() as session:
        return await queries.project(session, caller.reader, ProjectId(project_id))


async def papers_of(db: Database, caller: Caller, view: queries.ProjectView | None) -> Papers:
    """The determinations for acts of a project, or of one that is still to be entered."""
    async with db.read() as session:
        if view is None:
            return await papers_for(session, caller, "project")
        return await papers_for(session, caller, "project", subject_id=view.id, title=view.name)


async def project_to_change(db: Database, caller: Caller, project_id: int) -> queries.ProjectView:
    """A project whose form is opened, or Refused: nobody fills a form that its project never lets pass."""
    view = await read_project(db, caller, project_id)
    rules.may_change(view.code, view.until)
    return view


async def filled_as_agreed(
    db: Database, caller: Caller, kind: type[S], request_id: int, act: str, view: queries.ProjectView | None
) -> Form[S]:
    """The form of an act as offices agreed to it: what was typed, else what stands, and over it the value."""
    async with db.read() as session:
        asked = await agreed(session, caller.reader, request_id, act, "project", view.id if view else None)
    value = asked.value_after
    said = {field: value.get(name, "") for name, field in rules.AGREED_FIELDS.items()}
    said["objectives"] = value.get("objectives", "").replace(", ", "\n")
    said["in_classified_annex"] = "true" if value.get("classified annex") == "yes" else ""
    # A value has its texts on one line, a long one by its hash: the text itself is the one that comes to the same.
    standing = (asked.typed.get("description", ""), view.description if view else "")
    said["description"] = next((each for each in standing if same_text(each, said["description"])), said["description"])
    return filled(kind, asked.typed or (typed_of(view) if view else {}), said)


def choices_of_kind() -> Choices:
    return tuple((name, name[0].upper() + name[1:]) for name in KINDS)


def authorities() -> Choices:
    return tuple((line.slug, _short(line)) for line in queries.authorities())


def _short(line: queries.ProjectLaw) -> str:
    """A provision in a list of choices: the citation without its public law, and the title."""
    return f"{line.citation.partition(', ')[0]}: {line.title}"
