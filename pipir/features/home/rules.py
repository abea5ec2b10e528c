"""Which desk a person sees on the first page."""

from pipir.kernel.access import ROLE_TITLES, Role
from pipir.kernel.errors import Invalid, Mistake


def desk_role(roles: tuple[Role, ...], asked: str | None) -> Role:
    """The role whose desk is shown: the one that is asked for, among the person's own, or the first of these."""
    found = next((role for role in roles if role == asked), None)
    if found is None and asked:
        own = ", ".join(roles)
        raise Invalid(
            "The first page shows the desk of a role that is your own.",
            mistakes=(Mistake("as", f"Expected one of: {own}.", asked[:60]),),
            way_out=f"You are here as: {', '.join(ROLE_TITLES[role] for role in roles)}.",
        )
    return found or roles[0]
