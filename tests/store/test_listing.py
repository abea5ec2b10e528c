"""Every row of a list, page after page."""

from pipir.kernel.paging import Page
from pipir.store.listing import every_row


async def test_a_file_reads_on_to_the_last_page() -> None:
    """Never fewer rows than the list has."""
    pages = {None: Page((1, 2), "a"), "a": Page((3,), "b"), "b": Page((4,))}

    async def ask(cursor: str | None) -> Page[int]:
        return pages[cursor]

    assert await every_row(ask) == (1, 2, 3, 4)
