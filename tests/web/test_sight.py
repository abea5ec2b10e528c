"""Nothing of a hidden record is in any answer, not even its absence."""

import pytest

from pipir.store.embedded import EmbeddedServer
from tests.web.sight import program


@pytest.mark.asyncio(loop_scope="session")
async def test_no_answer_tells_of_what_is_hidden(server: EmbeddedServer) -> None:
    """Each marking against a partner reader, over what that reader can ask; the proof asks for every reader."""
    async with program(server) as planted:
        for reader in ("Japan",):
            await planted.look(reader, numbers=2, pages=60)
    seen = planted.seen
    assert not seen.wrong, "\n".join(seen.wrong[:20])
    assert seen.answers > 300
    assert seen.hidden > 20
    assert seen.found > 20
