"""What a week did to money: sources, sinks and stocks, read from the ledger and told as Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.support.house import House

CURRENCIES = {"sakura_crystals": "crystals", "quartzs": "quartz", "daphine": "daphine"}
FLOWS = """
    SELECT currency, reason, sum(amount)::bigint AS amount, count(*) AS lines
    FROM users.ledger GROUP BY currency, reason
"""
STOCKS = """
    SELECT currency, sum(amount)::bigint AS total,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY amount) AS median,
        percentile_disc(0.9) WITHIN GROUP (ORDER BY amount) AS ninth
    FROM users.users CROSS JOIN LATERAL (VALUES ('sakura_crystals', sakura_crystals),
        ('quartzs', quartzs), ('daphine', daphine)) AS line (currency, amount)
    GROUP BY currency
"""
COLLECTIONS = """
    SELECT count(*) AS players, avg(owned_count)::float AS owned, avg(power)::float AS power,
        avg((SELECT count(*) FROM collection.user_waifus AS w JOIN collection.waifus USING (waifu_id)
            WHERE w.user_id = roster.user_id AND rarity = 3))::float AS tops,
        avg((SELECT avg(current_star_level) FROM collection.user_waifus AS w
            WHERE w.user_id = roster.user_id))::float AS stars,
        avg((SELECT collector_rank FROM users.users WHERE id = roster.user_id))::float AS rank
    FROM collection.roster
"""
Flow = tuple[str, str]
"""Currency and reason."""


@dataclass(frozen=True, slots=True)
class Day:
    """How money stood when a day was over."""

    flows: Mapping[Flow, int]
    """Since the beginning."""
    stocks: Mapping[str, Mapping[str, int]]


@dataclass(slots=True)
class Report:
    """What was seen, day by day."""

    players: int
    days: list[Day] = field(default_factory=list)
    collections: Mapping[str, float] = field(default_factory=dict)

    async def read(self, house: House) -> None:
        """The end of a day."""
        flows = await house.rows(FLOWS)
        stocks = await house.rows(STOCKS)
        self.days.append(
            Day(
                {(row["currency"], row["reason"]): row["amount"] for row in flows},
                {row["currency"]: row for row in stocks},
            )
        )

    async def end(self, house: House) -> None:
        """What came of the collections."""
        [self.collections] = await house.rows(COLLECTIONS)

    def of_day(self, day: int) -> dict[Flow, int]:
        """What one day moved."""
        before: Mapping[Flow, int] = self.days[day - 1].flows if day else {}
        return {flow: now - before.get(flow, 0) for flow, now in self.days[day].flows.items()}

    def lines(self) -> list[str]:
        """Everything, as Markdown."""
        return [
            *self._flows(),
            "",
            *self._balance(),
            "",
            *self._stocks(),
            "",
            *self._collections(),
        ]

    def _flows(self) -> Iterable[str]:
        last = self.days[-1].flows
        count = self.players * len(self.days)
        rows = [
            [CURRENCIES[currency], reason, number(amount), f"{amount / count:.1f}"]
            for (currency, reason), amount in sorted(
                last.items(), key=lambda one: ([*CURRENCIES].index(one[0][0]), -one[1])
            )
        ]
        return table(["currency", "reason", "in all", "a player and day"], rows)

    def _balance(self) -> Iterable[str]:
        rows = []
        for day in range(len(self.days)):
            row = [str(day + 1)]
            for currency in CURRENCIES:
                moved = [
                    amount for (which, _), amount in self.of_day(day).items() if which == currency
                ]
                came = sum(amount for amount in moved if amount > 0) / self.players
                went = -sum(amount for amount in moved if amount < 0) / self.players
                row += [f"{came:.1f}", f"{went:.1f}"]
            rows.append(row)
        heads = [f"{name} {way}" for name in CURRENCIES.values() for way in ("in", "out")]
        return table(["day", *heads], rows)

    def _stocks(self) -> Iterable[str]:
        rows = []
        for number_, day in enumerate(self.days, 1):
            row = [str(number_)]
            for currency in CURRENCIES:
                stock = day.stocks[currency]
                row += [
                    f"{stock['total'] / self.players:.0f}",
                    str(stock["median"]),
                    str(stock["ninth"]),
                ]
            rows.append(row)
        heads = [
            f"{name} {what}"
            for name in CURRENCIES.values()
            for what in ("mean", "median", "9 in 10")
        ]
        return table(["after day", *heads], rows)

    def _collections(self) -> Iterable[str]:
        facts: Mapping[str, Any] = self.collections
        return table(
            ["waifus of a player", "of three stars", "stars of one", "power", "rank"],
            [
                [
                    f"{facts['owned']:.1f}",
                    f"{facts['tops']:.1f}",
                    f"{facts['stars']:.2f}",
                    f"{facts['power']:.0f}",
                    f"{facts['rank']:.2f}",
                ]
            ],
        )


def number(value: int) -> str:
    """With thin gaps."""
    return f"{value:,}".replace(",", " ")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table."""
    return [
        f"| {' | '.join(heads)} |",
        f"| {' | '.join(['---'] * len(heads))} |",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
