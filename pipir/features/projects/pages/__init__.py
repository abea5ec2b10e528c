"""The HTML door of projects: list, detail with its plan drawn as lines, forms, and related efforts."""

from litestar import Router

from pipir.features.projects.pages import detail, listing, milestones, partners, projects, related

__all__ = ["routes"]


def routes() -> Router:
    """Every page of projects."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[
            *detail.HANDLERS,
            *listing.HANDLERS,
            *milestones.HANDLERS,
            *partners.HANDLERS,
            *projects.HANDLERS,
            *related.HANDLERS,
        ],
    )
