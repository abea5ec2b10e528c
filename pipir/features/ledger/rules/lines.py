"""The finest that a report tells of money."""

import msgspec

from pipir.kernel.money import Dollars


class Line(msgspec.Struct, frozen=True):
    """Money of one project, country, account and authority in one fiscal quarter; a snapshot holds it so."""

    fiscal_year: int
    quarter: int
    project_id: int | None
    project_code: str | None
    project_name: str | None
    country: str | None
    country_name: str | None
    symbol: str | None
    account_title: str | None
    kind_of_appropriation: str | None
    program_authority: str | None
    authority_citation: str | None
    under_1253: bool
    continues: bool
    authority: Dollars
    committed: Dollars
    obligated: Dollars
    expended: Dollars
    contributed: Dollars
    exercise: bool
