"""The HTML door of execution: the review with its charts, plans with their months, shares."""

from litestar import Router

from pipir.features.execution.pages import months, plans, review, shares

__all__ = ["routes"]


def routes() -> Router:
    """Every page of execution."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[*review.HANDLERS, *plans.HANDLERS, *months.HANDLERS, *shares.HANDLERS],
    )
