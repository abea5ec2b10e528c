"""The HTML door of the workspace: sections with drafts and comments, and this year's report against last year's."""

from litestar import Router

from pipir.features.workspace.pages import compare, sections


def routes() -> Router:
    """Every page of the workspace."""
    return Router(path="/", include_in_schema=False, route_handlers=[*sections.HANDLERS, *compare.HANDLERS])
