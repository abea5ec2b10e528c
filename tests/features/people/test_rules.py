"""What is allowed in people."""

from datetime import date

import pytest

from pipir.features.people import rules
from pipir.kernel.access import PERMISSIONS, ROLES
from pipir.kernel.errors import Invalid, Refused


def test_an_administrators_sign_in_rests_for_less_long() -> None:
    """Idle 15 minutes, administrators 10."""
    assert rules.idle_limit(["auditor"]).total_seconds() == 15 * 60
    assert rules.idle_limit(["auditor", "administrator"]).total_seconds() == 10 * 60


def test_a_secret_holds_256_bits_and_is_never_the_same() -> None:
    """What stands in the cookie."""
    made = {rules.new_secret() for _ in range(100)}
    assert len(made) == 100
    assert {len(each) for each in made} == {43}


def test_unknown_and_doubled_roles_are_named() -> None:
    """All mistakes at once."""
    with pytest.raises(Invalid) as caught:
        rules.check_roles(["king", "auditor", "auditor"], ROLES)
    assert {each.where for each in caught.value.mistakes} == {"roles.0", "roles"}


def test_an_end_lies_on_or_after_the_beginning() -> None:
    """The same day is the shortest time."""
    rules.may_end(date(2026, 1, 1), date(2026, 1, 1))
    with pytest.raises(Invalid):
        rules.may_end(date(2026, 1, 2), date(2026, 1, 1))


def test_the_last_administrator_stays() -> None:
    """Nobody could let anyone in."""
    rules.may_lose_administrator(1)
    with pytest.raises(Refused, match="last administrator"):
        rules.may_lose_administrator(0)


def test_every_role_reads_and_only_its_own_offices_change() -> None:
    """The table of permissions: nobody but the administrator lets people in, nobody but the comptroller posts."""
    assert {role for role in ROLES if "people.administer" in PERMISSIONS[role]} == {"administrator"}
    assert {role for role in ROLES if "ledger.post" in PERMISSIONS[role]} == {"comptroller"}
    for role in ROLES:
        assert {"projects.read", "ledger.read", "reports.read", "home.read"} <= PERMISSIONS[role]
