"""The records that documents are attached to, as far as the reader may see them."""

from sqlalchemy import text

from pipir.features.people.tables import SERVICE
from pipir.kernel.marking import audience_of, parse_marking
from pipir.store.doors import Database
from tests.conftest import Service
from tests.features.home.situations import program


async def test_a_milestone_is_as_hidden_as_its_project(service: Service, db: Database) -> None:
    """What has no marking of its own has that of the record that it hangs on."""
    await program(db)
    async with db.write(actor=SERVICE, command="test.milestone") as session:
        milestone, project = (
            await session.execute(text("select id, project_id from milestone order by id limit 1"))
        ).one()
        await session.execute(
            text("update person set reader_kind = 'contractor', version = version + 1 where id = :id"),
            {"id": service.people["auditor"]},
        )
    auditor = await service.browser("auditor")
    assert (await auditor.get(f"/documents/of/milestone/{milestone}")).status_code == 200
    hidden = parse_marking("CUI//FED ONLY")
    async with db.write(actor=SERVICE, command="test.hide") as session:
        await session.execute(
            text("update project set marking = :marking, audience = :mask, version = version + 1 where id = :id"),
            {"marking": hidden.banner, "mask": audience_of(hidden), "id": project},
        )
    page = await auditor.get(f"/documents/of/milestone/{milestone}")
    assert page.status_code == 404


async def test_an_entry_of_the_ledger_has_documents_and_is_as_hidden_as_what_it_names(
    service: Service, db: Database
) -> None:
    """An entry has a mask and no marking of its own; it follows its project's marking as that stands now."""
    await program(db)
    async with db.write(actor=SERVICE, command="test.narrow") as session:
        entry, project = (
            await session.execute(
                text("select id, project_id from ledger_entry where project_id is not null order by id limit 1")
            )
        ).one()
        await session.execute(
            text("update person set reader_kind = 'contractor', version = version + 1 where id = :id"),
            {"id": service.people["auditor"]},
        )
    auditor = await service.browser("auditor")
    assert (await auditor.get(f"/documents/of/ledger_entry/{entry}")).status_code == 200
    hidden = parse_marking("CUI//FED ONLY")
    async with db.write(actor=SERVICE, command="test.hide") as session:
        await session.execute(
            text("update project set marking = :marking, audience = :mask, version = version + 1 where id = :id"),
            {"marking": hidden.banner, "mask": audience_of(hidden), "id": project},
        )
    assert (await auditor.get(f"/documents/of/ledger_entry/{entry}")).status_code == 404
