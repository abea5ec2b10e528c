"""What the ledger's commands store and refuse."""

from datetime import date

import pytest

from pipir.kernel.errors import Refused
from pipir.store.doors import Database
from tests.features.ledger.makers import obligation, post, receive

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_obligation_stays_within_its_funding_document(db: Database):
    """31 U.S.C. 1517(a)(2)"""
    document = await receive(db)
    await post(db, obligation(document, "900.00"))
    with pytest.raises(Refused) as refused:
        await post(db, obligation(document, "100.01", effective_on=date(2026, 1, 5)))
    assert "$1,000.01" in refused.value.detail
    assert "5 Jan 2026" in refused.value.detail
    assert refused.value.citation == "31 U.S.C. 1514, 1517(a)(2)"
    assert "Up to $100.00 would pass." in refused.value.way_out
    await post(db, obligation(document, "100.00", effective_on=date(2026, 1, 5)))
