"""Who may change a wallet, for what, and by how much."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.money import Currency
from services.users.errors import ChangeNotAllowed
from services.users.wallet import rules
from services.users.wallet.rules import CEILING, REASONS, Change

CRYSTALS, QUARTZS = Currency.SAKURA_CRYSTALS, Currency.QUARTZS
ALL_REASONS = sorted(
    {reason for reasons in REASONS.values() for reason in reasons}
    | {"mint.start", "mint.daily", "mint.admin", "sink.admin", "sink.erase", "mint.", "", "gift"}
)
callers = st.sampled_from(["economy", "expeditions", "collection", "users", "bot", "admin", ""])


def a_change(reason: str, currency: Currency = CRYSTALS) -> Change:
    return Change(currency, 1 if reason.startswith("mint.") else -1, reason)


@given(caller=callers, reason=st.sampled_from(ALL_REASONS))
def test_a_reason_belongs_to_its_callers(caller: str, reason: str) -> None:
    is_own = reason in REASONS.get(caller, ())

    assert is_admitted(caller, a_change(reason)) is is_own


@pytest.mark.parametrize(
    ("caller", "reason"),
    [
        ("economy", "mint.loot"),
        ("expeditions", "sink.gacha"),
        ("collection", "mint.code"),
        ("bot", "mint.refund"),
        ("economy", "mint.start"),
        ("economy", "mint.daily"),
    ],
)
def test_nobody_mints_in_the_name_of_another(caller: str, reason: str) -> None:
    assert not is_admitted(caller, a_change(reason))


@given(amount=st.integers(1, CEILING[CRYSTALS]))
def test_a_mint_adds_and_a_sink_takes(amount: int) -> None:
    assert is_admitted("economy", Change(CRYSTALS, amount, "mint.code"))
    assert is_admitted("economy", Change(CRYSTALS, -amount, "sink.gacha"))
    assert not is_admitted("economy", Change(CRYSTALS, -amount, "mint.code"))
    assert not is_admitted("economy", Change(CRYSTALS, amount, "sink.gacha"))


@pytest.mark.parametrize("currency", Currency)
def test_a_call_has_a_ceiling(currency: Currency) -> None:
    most = CEILING[currency]

    assert is_admitted("economy", Change(currency, most, "mint.code"))
    assert not is_admitted("economy", Change(currency, most + 1, "mint.code"))
    assert not is_admitted("economy", Change(currency, -most - 1, "sink.shop"))


def test_a_currency_changes_once_in_a_call() -> None:
    both = Change(CRYSTALS, -1, "sink.gacha"), Change(QUARTZS, 1, "mint.summon")
    twice = Change(CRYSTALS, -1, "sink.gacha"), Change(CRYSTALS, -1, "sink.gacha")

    assert is_admitted("economy", *both)
    assert not is_admitted("economy", *twice)


def is_admitted(caller: str, *changes: Change) -> bool:
    try:
        rules.admit(caller, changes)
    except ChangeNotAllowed:
        return False
    return True
