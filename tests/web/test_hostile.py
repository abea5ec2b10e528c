"""Hostile text in the fields of every form; every text in every field stands in `scripts/prove hostile`."""

from pipir.store.embedded import EmbeddedServer
from tests.web.hostile import walk


async def test_no_form_field_takes_hostile_text_for_anything_but_text(server: EmbeddedServer) -> None:
    """Refused with what was typed given back, or stored and shown as text; and no form is left out."""
    async with walk(server) as walking:
        await walking.find(each=2)
        assert walking.routes - walking.met == set(), "no link leads to a form of these addresses"
        await walking.try_some()
    told = walking.told
    print(told.line())
    assert told.wrong == []
    assert told.forms >= 95
    assert told.fields >= 600
    # Most of it must have been stored, so that the pages were looked at with it.
    assert told.stored >= 100
    assert told.shown >= 80
    assert len(told.takes_text) >= 30
