"""The record that tasks are done in, served to a browser, and the desks of those who do them."""

import os
import secrets
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pipir.store.doors import Database
from pipir.store.embedded import EmbeddedServer
from tests.browser.tasks import Desks, desks
from tests.browser.walk import served
from tests.conftest import Template
from tests.web import gallery


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def office(server: EmbeddedServer, superuser: AsyncConnection, template: Template) -> AsyncIterator[Desks]:
    """One served record for all the tasks."""
    if not gallery.CHROMIUM and not os.environ.get("PIPIR_REQUIRE_BROWSER"):
        pytest.skip("There is no Chromium here: the browser tests are skipped.")
    name = f"t_{secrets.token_hex(6)}"
    await superuser.execute(
        text(f"create database {name} template {template.name} strategy file_copy owner pipir_owner")
    )
    db = Database(server.url("pipir_app", name), size=6)
    async with async_playwright() as playwright, served(db) as address:
        browser = await playwright.chromium.launch(executable_path=gallery.CHROMIUM, args=gallery.CHROMIUM_FLAGS)
        async with desks(db, browser, address, name) as found:
            yield found
        await browser.close()
    await db.close()
    await superuser.execute(text(f"drop database {name} with (force)"))


@pytest_asyncio.fixture(loop_scope="session")
async def at(office: Desks, request: pytest.FixtureRequest) -> AsyncIterator[Desks]:
    """The desks at the beginning of a task; its presses are told at the end."""
    await office.begin()
    yield office
    request.node.user_properties += [("presses", office.presses), ("typed", office.typed)]
    print(f"{request.node.name}: {office.presses} presses, {office.typed} characters typed")
