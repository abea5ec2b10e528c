"""What the law's files say of each paragraph is there: the rule, the page, the report's section, the question."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from litestar import Litestar

from pipir.features.report.compose import compose
from pipir.features.trace.queries import INSTRUMENTS, QUESTIONS
from pipir.kernel.access import ROLES
from pipir.statute.load import the_statute
from pipir.statute.model import Trace
from pipir.store.doors import Database
from tests.conftest import Doors, Service
from tests.features.home.situations import program
from tests.features.report.snapshots import STATUTE, exercise

KEPT = [row for row in the_statute().traces.values() if not row.structure_only]
by_paragraph = pytest.mark.parametrize("row", KEPT, ids=[row.provision for row in KEPT])


def _named(dotted: str) -> Callable[..., Any]:
    module, _, name = dotted.rpartition(".")
    return getattr(import_module(module), name)  # type: ignore[no-any-return]


@by_paragraph
def test_the_rule_of_a_paragraph_is_a_function(row: Trace) -> None:
    """No row points at code that does not exist."""
    assert callable(_named(row.rule))
    assert _named(row.rule).__doc__


@by_paragraph
def test_the_page_of_a_paragraph_is_a_route(row: Trace, shared_app: tuple[Doors, Litestar]) -> None:
    """No row points at a page that does not exist."""
    _, app = shared_app
    assert row.page in {route.path for route in app.routes if "GET" in getattr(route, "methods", ())}


def test_the_section_of_a_paragraph_stands_in_the_report() -> None:
    """No row points at a section that the report does not have."""
    ids = {block.id for block in compose(exercise(projects=8), STATUTE, 2028).blocks}
    assert {row.section for row in KEPT} <= ids


def test_every_question_is_asked_and_every_question_that_is_asked_exists() -> None:
    """An evidence query by name."""
    assert {name for row in KEPT for name in row.evidence} == set(QUESTIONS)


def test_every_traced_instrument_is_shown() -> None:
    """Section 1253, S. 2453 and the IPEF pattern."""
    law = the_statute()
    assert {law.instrument_of[slug] for slug in law.traces} == set(INSTRUMENTS)


@pytest.mark.parametrize("filled", [False, True], ids=["empty", "program"])
async def test_each_question_answers_for_each_of_its_paragraphs_and_for_every_role(
    service: Service, db: Database, filled: bool
) -> None:
    """Of what the reader may see."""
    if filled:
        await program(db)
    for role in ROLES:
        async with service.api(role) as client:
            rows = (await client.get("/api/v1/trace")).json()
        answered = {row["slug"]: tuple(each["question"] for each in row["evidence"]) for row in rows}
        assert {row.provision: row.evidence for row in KEPT}.items() <= answered.items()


def test_no_covered_act_is_without_its_paragraph() -> None:
    """Sec. 1253(g): each kind of act that the termination reaches rests on a paragraph that is traced."""
    law = the_statute()
    assert law.covered_acts
    assert {act.provision for act in law.covered_acts.values()} <= set(law.traces)
