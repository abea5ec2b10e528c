"""The HTML door of projects: list, detail with its plan drawn as lines, forms, and related efforts."""

from litestar import Router

from pipir.features.projects.pages import (
    articles,
    detail,
    listing,
    milestones,
    partners,
    plan,
    projects,
    related,
    results,
    risks,
)

__all__ = ["routes"]


def routes() -> Router:
    """Every page of projects."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[
            *articles.HANDLERS,
            *detail.HANDLERS,
            *listing.HANDLERS,
            *milestones.HANDLERS,
            *partners.HANDLERS,
            *plan.HANDLERS,
            *projects.HANDLERS,
            *related.HANDLERS,
            *results.HANDLERS,
            *risks.HANDLERS,
        ],
    )
