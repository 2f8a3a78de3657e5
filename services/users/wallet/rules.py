"""Who may change a wallet, for what, and by how much at most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.money import Currency
from services.users.errors import ChangeNotAllowed

REASONS: Mapping[str, frozenset[str]] = {
    "economy": frozenset(
        {
            "sink.gacha",
            "sink.shop",
            "mint.summon",
            "mint.overflow",
            "mint.mission",
            "mint.code",
            "mint.boost",
            "mint.refund",
        }
    ),
    "expeditions": frozenset({"mint.loot", "mint.overflow", "mint.refund"}),
    "collection": frozenset({"sink.awaken", "sink.gift", "mint.overflow", "mint.refund"}),
}
"""Caller to the reasons that are its own: a broken economy cannot pay loot."""

CEILING: Mapping[Currency, int] = {
    Currency.SAKURA_CRYSTALS: 10_000_000,
    Currency.QUARTZS: 1_000_000,
    Currency.DAPHINE: 10_000,
}
"""The most one call may pay out or take."""

ALONE: Mapping[Currency, int] = {
    Currency.SAKURA_CRYSTALS: 20_000,
    Currency.QUARTZS: 2_000,
    Currency.DAPHINE: 20,
}
"""The most one operator gives or takes alone by one act; more needs a second person."""

BY_HAND: Mapping[str, frozenset[str]] = {"admin": frozenset({"mint.admin", "sink.admin"})}
"""What an operator may do, with an audit row."""


@dataclass(frozen=True, slots=True)
class Change:
    """A signed change of one currency and what it is for."""

    currency: Currency
    amount: int
    reason: str
    subject: str = ""
    """What exactly it is for: a kind and an id."""


def by_hand(currency: Currency, amount: int) -> Change:
    """A change that an operator makes."""
    return Change(currency, amount, "mint.admin" if amount > 0 else "sink.admin")


def passed_limit(changes: Sequence[Change]) -> dict[str, str]:
    """The first limit of one person that is passed, as `SecondNeeded` tells it; empty for none."""
    for change in changes:
        limit = ALONE[change.currency]
        if abs(change.amount) > limit:
            return {"currency": change.currency.value, "limit": str(limit)}
    return {}


def admit(
    caller: str,
    changes: Sequence[Change],
    reasons: Mapping[str, frozenset[str]] = REASONS,
) -> None:
    """Lets changes in that are the caller's own, one per currency; else `ChangeNotAllowed`."""
    seen: set[Currency] = set()
    for change in changes:
        is_own = change.reason in reasons.get(caller, frozenset())
        has_right_sign = change.reason.startswith("mint.") == (change.amount > 0)
        is_too_much = abs(change.amount) > CEILING[change.currency]
        if not is_own or not has_right_sign or is_too_much or change.currency in seen:
            raise ChangeNotAllowed(change=f"{change.reason} {change.amount}")
        seen.add(change.currency)
