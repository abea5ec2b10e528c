"""What changes in people, against PostgreSQL."""

import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text, update

from pipir.features.people import commands, queries
from pipir.features.people.tables import SERVICE, ApiToken, Person, SignIn
from pipir.kernel.access import Credentials
from pipir.kernel.errors import Invalid, NotFound, Refused, Stale, Unavailable
from pipir.kernel.ids import OfficeId, PersonId, TokenId
from pipir.store.doors import Database
from tests.conftest import Template

DAY = date(2026, 1, 1)


async def _id(db: Database, role: str) -> PersonId:
    async with db.read() as session:
        return PersonId((await queries.list_people(session, role=role)).items[0].id)


async def _sign_in(db: Database, person: PersonId) -> str:
    async with db.write(actor=person, command="people.sign-in") as session:
        return await commands.sign_in(session, person, consent_sha256="x")


async def _caller(db: Database, cookie: str) -> object:
    return await queries.identify(db, Credentials(cookie=cookie, token=None))


def _revised(person: queries.PersonView, **changed: object) -> commands.RevisePerson:
    fields = {name: getattr(person, name) for name in commands.RevisePerson.__struct_fields__}
    return commands.RevisePerson(**{**fields, **changed})  # type: ignore[arg-type]


async def test_a_sign_in_is_found_by_its_cookie_and_ends_with_sign_out(db: Database) -> None:
    """Own session rows."""
    person = await _id(db, "auditor")
    cookie = await _sign_in(db, person)
    found = await _caller(db, cookie)
    assert found is not None
    async with db.read() as session:
        number = await session.scalar(select(SignIn.id))
    assert number is not None
    async with db.write(actor=person, command="people.sign-out") as session:
        await commands.sign_out(session, number)
    assert await _caller(db, cookie) is None


@pytest.mark.parametrize(
    ("role", "rested", "alive"),
    [
        ("auditor", timedelta(minutes=14, seconds=50), True),
        ("auditor", timedelta(minutes=15, seconds=1), False),
        ("administrator", timedelta(minutes=9, seconds=50), True),
        ("administrator", timedelta(minutes=10, seconds=1), False),
    ],
)
async def test_a_sign_in_that_rests_too_long_is_over(db: Database, role: str, rested: timedelta, alive: bool) -> None:
    """Idle 15 minutes, administrators 10; a use keeps it awake."""
    person = await _id(db, role)
    cookie = await _sign_in(db, person)
    async with db.write(actor=person, command="test") as session:
        await session.execute(update(SignIn).values(last_seen_at=func.clock_timestamp() - rested))
    assert (await _caller(db, cookie) is not None) is alive
    async with db.read() as session:
        resting = await session.scalar(select(func.clock_timestamp() - SignIn.last_seen_at))
    assert resting is not None
    assert (resting < timedelta(seconds=30)) is alive


async def test_a_sign_in_is_over_after_twelve_hours(db: Database) -> None:
    """Absolute 12 h."""
    person = await _id(db, "auditor")
    cookie = await _sign_in(db, person)
    async with db.write(actor=person, command="test") as session:
        made, ends = (await session.execute(select(SignIn.made_at, SignIn.ends_at))).one()
        assert ends - made == timedelta(hours=12)
        await session.execute(update(SignIn).values(ends_at=func.clock_timestamp()))
    assert await _caller(db, cookie) is None


async def test_other_roles_end_the_open_sign_ins(db: Database) -> None:
    """A permission that was taken away is gone at once."""
    person = await _id(db, "auditor")
    cookie = await _sign_in(db, person)
    async with db.write(actor=SERVICE, command="test") as session:
        view = await queries.person(session, person)
        await commands.revise_person(session, person, _revised(view, title="Other title"), version=view.version)
    assert await _caller(db, cookie) is not None
    async with db.write(actor=SERVICE, command="test") as session:
        view = await queries.person(session, person)
        await commands.revise_person(session, person, _revised(view, roles=["comptroller"]), version=view.version)
    assert await _caller(db, cookie) is None


async def test_a_person_who_left_comes_in_no_more(db: Database, template: Template) -> None:
    """Sign-ins and tokens end with the last day."""
    person = await _id(db, "auditor")
    cookie = await _sign_in(db, person)
    token = template.tokens["auditor"]
    async with db.write(actor=SERVICE, command="test") as session:
        view = await queries.person(session, person)
        await commands.end_person(
            session, person, commands.EndPerson(until=session.today - timedelta(days=1)), version=view.version
        )
    assert await _caller(db, cookie) is None
    assert await queries.identify(db, Credentials(cookie=None, token=token)) is None
    with pytest.raises(NotFound):
        await _sign_in(db, person)
    async with db.read() as session:
        assert person not in {each.id for each in (await queries.list_people(session)).items}
        assert person in {each.id for each in (await queries.list_people(session, ended=True)).items}


async def test_the_last_administrator_neither_leaves_nor_lays_the_role_down(db: Database) -> None:
    """The installation would be locked."""
    person = await _id(db, "administrator")
    async with db.read() as session:
        view = await queries.person(session, person)
    with pytest.raises(Refused):
        async with db.write(actor=SERVICE, command="test") as session:
            await commands.revise_person(session, person, _revised(view, roles=[]), version=view.version)
    with pytest.raises(Refused):
        async with db.write(actor=SERVICE, command="test") as session:
            await commands.end_person(
                session, person, commands.EndPerson(until=date(2026, 12, 1)), version=view.version
            )


async def test_two_administrators_cannot_both_lay_the_role_down(db: Database) -> None:
    """At the same time: one of them is the last."""
    first = await _id(db, "administrator")
    async with db.write(actor=SERVICE, command="test") as session:
        second = await commands.add_person(
            session, commands.AddPerson(name="Second", title="T", office_id=2, since=DAY, roles=["administrator"])
        )

    async def lay_down(person: PersonId) -> bool:
        try:
            async with db.write(actor=SERVICE, command="test") as session:
                view = await queries.person(session, person)
                await commands.revise_person(session, person, _revised(view, roles=[]), version=view.version)
        except (Refused, Unavailable):
            return False
        return True

    done = await asyncio.gather(lay_down(first), lay_down(second))
    async with db.read() as session:
        left = (await queries.list_people(session, role="administrator")).total
    assert sorted(done) == [False, True]
    assert left == 1


async def test_a_token_is_stored_as_its_hash_and_can_be_ended(db: Database, template: Template) -> None:
    """Shown once."""
    person = template.people["comptroller"]
    async with db.write(actor=SERVICE, command="test") as session:
        secret = await commands.issue_token(session, PersonId(person), commands.IssueToken(name="second", days=1))
    async with db.read() as session:
        stored = await session.scalar(
            text("select string_agg(encode(token_hash, 'escape') || name, ' ') from api_token")
        )
        number = await session.scalar(select(ApiToken.id).where(ApiToken.name == "second"))
        trail = await session.scalar(text("select string_agg(after::text, ' ') from trail"))
    assert secret not in str(stored)
    assert "token_hash" not in str(trail)
    assert await queries.identify(db, Credentials(cookie=None, token=secret)) is not None
    assert number is not None
    for _ in range(2):
        async with db.write(actor=SERVICE, command="test") as session:
            await commands.revoke_token(session, TokenId(number), commands.RevokeToken())
    assert await queries.identify(db, Credentials(cookie=None, token=secret)) is None


async def test_a_token_ends_on_its_day(db: Database, template: Template) -> None:
    """Real time, not the program's."""
    async with db.write(actor=SERVICE, command="test") as session:
        await session.execute(update(ApiToken).values(ends_at=func.clock_timestamp()))
    assert await queries.identify(db, Credentials(cookie=None, token=template.tokens["auditor"])) is None


async def test_what_is_not_there_is_not_found(db: Database) -> None:
    """A clear no for each target."""
    nobody, nowhere = PersonId(999_999), OfficeId(999_999)
    body = commands.AddPerson(name="N", title="T", office_id=999_999, since=DAY)
    with pytest.raises(NotFound, match="office"):
        async with db.write(actor=SERVICE, command="test") as session:
            await commands.add_person(session, body)
    for act in (
        lambda s: commands.end_person(s, nobody, commands.EndPerson(until=DAY), version=1),
        lambda s: commands.issue_token(s, nobody, commands.IssueToken(name="x")),
        lambda s: commands.revoke_token(s, TokenId(999_999), commands.RevokeToken()),
        lambda s: commands.end_office(s, nowhere, commands.EndOffice(until=DAY), version=1),
        lambda s: commands.sign_in(s, PersonId(SERVICE), consent_sha256="x"),
    ):
        with pytest.raises(NotFound):
            async with db.write(actor=SERVICE, command="test") as session:
                await act(session)


async def test_a_stale_change_says_what_stands_now(db: Database) -> None:
    """Optimistic concurrency."""
    person = await _id(db, "auditor")
    async with db.read() as session:
        view = await queries.person(session, person)
    with pytest.raises(Stale, match=f"now at version {view.version}"):
        async with db.write(actor=SERVICE, command="test") as session:
            await commands.revise_person(session, person, _revised(view), version=view.version + 1)


async def test_an_office_ends_after_it_began(db: Database) -> None:
    """Records end, they are not deleted."""
    async with db.write(actor=SERVICE, command="test") as session:
        opening = commands.OpenOffice(symbol="Z", name="Z", department="Other", since=date(2026, 6, 1))
        office = await commands.open_office(session, opening)
    with pytest.raises(Invalid):
        async with db.write(actor=SERVICE, command="test") as session:
            await commands.end_office(session, office, commands.EndOffice(until=date(2026, 5, 31)), version=1)
    async with db.write(actor=SERVICE, command="test") as session:
        await commands.end_office(session, office, commands.EndOffice(until=date(2026, 6, 1)), version=1)
    async with db.read() as session:
        assert office not in {each.id for each in (await queries.list_offices(session)).items}
        assert (await queries.office(session, office)).until == date(2026, 6, 1)


async def test_lists_page_forward_and_back_without_a_gap(db: Database) -> None:
    """Keyset paging, both ways and both directions of an order."""
    async with db.write(actor=SERVICE, command="test") as session:
        for number in range(23):
            opening = commands.OpenOffice(symbol=f"S{number:02}", name=f"N{number % 5}", department="Other", since=DAY)
            await commands.open_office(session, opening)
    for sort in ("name", "-name", "symbol"):
        async with db.read() as session:
            whole = [each.id for each in (await queries.list_offices(session, sort=sort, limit=200)).items]
            seen, cursor, pages = [], None, []
            while True:
                page = await queries.list_offices(session, sort=sort, cursor=cursor, limit=5)
                pages.append([each.id for each in page.items])
                seen += pages[-1]
                assert page.total == len(whole)
                if page.next_cursor is None:
                    break
                cursor = page.next_cursor
            back = page.previous_cursor
            walked = [pages[-1]]
            while back is not None:
                page = await queries.list_offices(session, sort=sort, cursor=back, limit=5)
                walked.insert(0, [each.id for each in page.items])
                back = page.previous_cursor
        assert seen == whole
        assert walked == pages


async def test_a_person_is_never_deleted_by_the_service(db: Database) -> None:
    """The trail names them."""
    with pytest.raises(Exception, match="permission denied"):
        async with db.write(actor=SERVICE, command="test") as session:
            await session.execute(text("delete from person"))
    async with db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Person)) == 8
