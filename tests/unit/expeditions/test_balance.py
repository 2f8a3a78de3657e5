"""The measurement of the balance: it chooses the best party, and says what strays."""

import os
from dataclasses import replace
from itertools import combinations

import pytest

from services.expeditions.atlas.rules.types import STATS
from services.expeditions.expedition.rules import Member, Plan
from services.expeditions.expedition.rules.numbers import CHECKED_STATS
from tests.unit.expeditions.parties import a_check, a_member, a_plan, dice_of, liking
from tools.balance.__main__ import CONTENT, RUNS, row
from tools.balance.measure import Order, measure
from tools.balance.parties import best, candidate, frequencies, score, some
from tools.balance.sources import Files
from tools.balance.target import BINS, FIRST_BOT, HAZARD_FLOOR, PARTIES, strays

FILES = Files(*(CONTENT / name for name in ("expeditions.json", "encounters.json")),
              *(CONTENT / name for name in ("series.csv", "waifus.csv")))  # fmt: skip

GAME = CONTENT.parent / "docs" / "game.md"
FEW = [("R", 0), ("R", 2), ("X", 0)]
"""Those that are measured in a second."""
ALL = [(party, number) for party in PARTIES for number in range(len(BINS))]
TOLD = FEW if os.environ.get("SIZE", "small") == "small" else ALL


def some_members(seed: int, count: int) -> list[Member]:
    die = dice_of(seed)
    return [
        a_member(
            number,
            stats={stat: 40 + die.below(120) for stat in STATS},
            elements=(("fire", "water", "light")[die.below(3)],),
            archetype=("Knight", "Sage")[die.below(2)],
            series_id=die.below(4),
            genres=("Comedy",) if die.below(2) else (),
        )
        for number in range(1, count + 1)
    ]


def a_place() -> Plan:
    checks = [
        a_check(f"check-{stat}", check_stat=stat, difficulty=350 + 40 * place)
        for place, stat in enumerate(CHECKED_STATS)
    ]
    return a_plan(
        *checks,
        favored=(*liking("fire", "water"), *liking("Comedy", category="genre")),
        favored_count=3,
        disfavored=liking("Sage", category="archetype"),
        disfavored_count=1,
    )


@pytest.mark.parametrize("seed", range(10))
def test_the_best_party_is_the_best_of_all_parties(seed: int) -> None:
    members, plan = some_members(seed, 14), a_place()
    shares = frequencies(plan)
    known = [candidate(plan, one, shares) for one in members]

    chosen = [candidate(plan, one, shares) for one in best(plan, members).members]
    assert score(chosen) == max(score(trio) for trio in combinations(known, 3))


def test_some_are_no_two_alike() -> None:
    assert sorted(some(range(5), 5, dice_of(1))) == [0, 1, 2, 3, 4]


def test_a_cell_like_the_first_bots_without_hazards_strays_nowhere() -> None:
    for cells in FIRST_BOT.values():
        for first in cells:
            ours = replace(first, failures=max(0.0, first.failures - HAZARD_FLOOR))
            assert strays(ours, first) == []
            assert strays(replace(ours, encounters=first.encounters * 1.16), first) == [
                "encounters"
            ]
            assert strays(replace(ours, failures=ours.failures + 10.1), first) == ["failures"]
            assert strays(replace(ours, mishaps=first.mishaps + 10.1), first) == ["mishaps"]


def test_a_cell_comes_out_the_same_each_time() -> None:
    order = Order(FILES, is_full=True, party="B3", bin=0, runs=5)

    cell = measure(order)
    assert cell is not None
    assert cell == measure(order)
    assert cell.greats + cell.successes + cell.failures + cell.mishaps == pytest.approx(100)


@pytest.mark.parametrize(("party", "number"), TOLD)
def test_the_table_of_the_document_is_what_is_measured(party: str, number: int) -> None:
    """After a change of rules or content, `make balance ARGS=--full` prints the new one."""
    order = Order(FILES, is_full=True, party=party, bin=number, runs=RUNS)

    assert " | ".join(row(order, measure(order))) in GAME.read_text()
