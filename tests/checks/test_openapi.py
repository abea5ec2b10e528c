"""The JSON door's contract: a golden copy, so that no change of it goes unseen."""

import json

import pytest

from pipir.app import Setup, create_app
from pipir.store.doors import Database
from pipir.store.migrate import ROOT

GOLDEN = ROOT / "docs" / "openapi.json"


async def test_the_openapi_document_equals_its_golden_copy(db: Database, request: pytest.FixtureRequest) -> None:
    """Written anew with: scripts/test tests/checks/test_openapi.py --write-golden."""
    app = create_app(Setup(db=db, kind="exercise"))
    document = json.dumps(app.openapi_schema.to_schema(), indent=1, sort_keys=True) + "\n"
    if request.config.getoption("--write-golden"):
        GOLDEN.write_text(document)
    assert document == GOLDEN.read_text(), (
        "The contract has changed; look at the difference, then write the golden copy."
    )


async def test_every_route_of_the_api_says_its_permission(db: Database) -> None:
    """Default deny: each route is public, for everybody signed in, or names a permission."""
    app = create_app(Setup(db=db, kind="exercise"))
    public = set()
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if handler.opt.get("public"):
                public.add(route.path)
                continue
            if handler.fn.__module__.startswith("pipir."):
                assert handler.opt.get("signed_in") or handler.opt.get("permission"), f"{route.path}: {handler}"
    assert len(public) <= 10, public
