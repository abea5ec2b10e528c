"""The HTML door of the law: what is in force, its registers, and the forms that change them."""

from litestar import Router

from pipir.features.law.pages import acts, amendments, delegations, designations, determinations, overview, readings

__all__ = ["routes"]


def routes() -> Router:
    """Every page of the law."""
    return Router(
        path="/",
        include_in_schema=False,
        route_handlers=[
            *acts.HANDLERS,
            *amendments.HANDLERS,
            *delegations.HANDLERS,
            *designations.HANDLERS,
            *determinations.HANDLERS,
            *overview.HANDLERS,
            *readings.HANDLERS,
        ],
    )
