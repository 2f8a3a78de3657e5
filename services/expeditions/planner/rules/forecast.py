"""What journeys there bring: so many are resolved, each with dice of its own, and counted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.dice import Dice, Seed
from chassis.money import Currency
from services.expeditions.expedition.rules import Label, Party, Report, planned, resolve
from services.expeditions.planner.rules.place import Place

EQUIPMENT = "equipment"
"""Every journey that ends brings one piece."""
PLACE, WAY = 0, 1
"""As at a start: what acts there is drawn apart from what happens."""
LOW, MIDDLE, HIGH = 10, 50, 90


@dataclass(frozen=True, slots=True)
class Expected:
    """How much of a thing came home."""

    thing: str
    amounts: tuple[int, ...]
    """Of each journey, the least first."""

    @property
    def mean_milli(self) -> int:
        """On the average, in thousandths."""
        return 1000 * sum(self.amounts) // len(self.amounts)

    @property
    def any_count(self) -> int:
        """In how many journeys there was any."""
        return sum(amount > 0 for amount in self.amounts)

    def at(self, percent: int) -> int:
        """The amount that so many of a hundred journeys do not exceed."""
        return self.amounts[(len(self.amounts) - 1) * percent // 100]


@dataclass(frozen=True, slots=True)
class Forecast:
    """What was counted."""

    journeys: int
    labels: Mapping[Label, int]
    loot: tuple[Expected, ...]
    encounter_count: int
    """Of all journeys together."""


def forecast(place: Place, party: Party, journeys: int, seed: bytes) -> Forecast:
    """Resolves so many journeys. The same question gets the same answer."""
    labels: Counter[Label] = Counter()
    brought: list[dict[str, int]] = []
    encounter_count = 0
    for number in range(journeys):
        report = one_journey(place, party, seed, number)
        labels[report.label] += 1
        encounter_count += len(report.events)
        brought.append(loot_of(report))
    return Forecast(
        journeys, {one: labels[one] for one in Label}, counted(brought), encounter_count
    )


def one_journey(place: Place, party: Party, seed: bytes, number: int) -> Report:
    """One of them, from the draw of what acts there to the way home."""
    draw, way = (Dice(Seed(seed, f"journey {number}", use)) for use in (PLACE, WAY))
    plan = planned(place.template, place.encounters, place.equipment, draw)
    return resolve(plan, party, way)


def loot_of(report: Report) -> dict[str, int]:
    """All that one journey brings."""
    rewards = report.rewards
    return {
        Currency.SAKURA_CRYSTALS.value: rewards.crystals,
        Currency.QUARTZS.value: rewards.quartzs,
        Currency.DAPHINE.value: rewards.daphine,
        EQUIPMENT: 1,
        **rewards.items,
    }


def counted(brought: Sequence[Mapping[str, int]]) -> tuple[Expected, ...]:
    """Thing by thing: currencies, equipment, then items by name."""
    first = [one.value for one in Currency] + [EQUIPMENT]
    items = sorted({thing for one in brought for thing in one}.difference(first))
    return tuple(
        Expected(thing, tuple(sorted(one.get(thing, 0) for one in brought)))
        for thing in (*first, *items)
    )
