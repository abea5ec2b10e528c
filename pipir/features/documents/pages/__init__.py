"""The HTML door of documents and of replacements of spilled values."""

from litestar import Router

from pipir.features.documents.pages import documents, spillage

__all__ = ["routes"]


def routes() -> Router:
    """Every page of documents."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[*documents.HANDLERS, *spillage.HANDLERS],
    )
