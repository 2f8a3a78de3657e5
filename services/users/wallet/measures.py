"""Where money comes from and where it goes, counted when its line of the ledger is written.

What ends with a life (`sink.erase`) is not in it: it leaves no hole in anybody's economy.
"""

from collections.abc import Iterable

from chassis.metrics import Meter
from chassis.money import Currency
from services.users.wallet.rules import BY_HAND, REASONS, Change

OWN = ("mint.start", "mint.daily")
"""What the service pays itself."""


class MoneyMeasures:
    """Money by currency and reason; the reason begins with `mint.` or `sink.`."""

    def __init__(self, meter: Meter) -> None:
        self._moved = meter.counter("geminya_currency", "currency", "reason")
        # From the beginning at zero, so that the first of a kind is seen.
        for reason in sorted(frozenset(OWN).union(*REASONS.values(), *BY_HAND.values())):
            for currency in Currency:
                self._moved.labels(currency.value, reason)

    def moved(self, changes: Iterable[Change]) -> None:
        """Money was made or taken out, for good."""
        for change in changes:
            self._moved.labels(change.currency.value, change.reason).inc(abs(change.amount))
