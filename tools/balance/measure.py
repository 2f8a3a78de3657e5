"""Sends parties on many expeditions and takes the mean."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from chassis.dice import Dice, Seed
from services.expeditions.atlas.rules.types import Template
from services.expeditions.expedition.rules import Party, Plan, Report, planned, resolve
from tools.balance.parties import choose
from tools.balance.sources import Files, World, read
from tools.balance.target import BINS, Cell


@dataclass(frozen=True, slots=True)
class Order:
    """One cell to be measured."""

    files: Files
    is_full: bool
    party: str
    bin: int
    runs: int


def measure(order: Order) -> Cell | None:
    """The cell; none where no place is of this difficulty."""
    world = loaded(order.files, order.is_full)
    low, high = BINS[order.bin]
    templates = [one for one in world.templates if low <= one.difficulty <= high]
    if not templates:
        return None
    return mean([run(world, templates, order, number) for number in range(order.runs)])


@lru_cache(maxsize=1)
def loaded(files: Files, is_full: bool) -> World:
    """The world, read once in each process."""
    return read(files, is_full=is_full)


def run(world: World, templates: Sequence[Template], order: Order, number: int) -> Report:
    """One expedition. Its seed is its name, so it comes out the same for ever."""
    dice = Dice(Seed(b"the balance of expeditions", f"{order.party} {order.bin}", number))
    template = templates[dice.below(len(templates))]
    plan = planned(template, world.encounters, (), dice)
    return resolve(plan, sent(order.party, plan, world, dice), dice)


BEST_OF_ALL: dict[tuple[object, ...], Party] = {}


def sent(kind: str, plan: Plan, world: World, dice: Dice) -> Party:
    """The party; the best of all is the same each time and is looked for once."""
    if kind != "X":
        return choose(kind, plan, world.waifus, dice)
    key = (plan.template.template_id, plan.favored, plan.disfavored)
    if key not in BEST_OF_ALL:
        BEST_OF_ALL[key] = choose(kind, plan, world.waifus, dice)
    return BEST_OF_ALL[key]


def mean(reports: Sequence[Report]) -> Cell:
    """What an expedition is like on average."""
    count = len(reports)
    met = sum(len(one.events) for one in reports)

    def percent(counts: Iterable[int]) -> float:
        return 100 * sum(counts) / met

    return Cell(
        greats=percent(one.tally.greats for one in reports),
        successes=percent(one.tally.successes for one in reports),
        failures=percent(one.tally.failures for one in reports),
        mishaps=percent(one.tally.mishaps for one in reports),
        encounters=met / count,
        crystals=sum(one.rewards.crystals for one in reports) / count,
        quartzs=sum(one.rewards.quartzs for one in reports) / count,
        items=sum(len(one.rewards.items) for one in reports) / count,
    )
