"""Dice: the same seed gives the same draws, and every side is as likely."""

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.dice import Dice, Seed

COUNTING = bytes(range(32))

# The first 8 bytes of each, by `printf 'moon:7:0' | openssl dgst -sha256 -mac HMAC -macopt hexkey:…`
KNOWN = [
    (COUNTING, "moon", 7, [0x30D9D24ECD2080FA, 0x6BE7CB386A27D5B8]),
    (b"\xff" * 32, "花", 12, [0x762F738559EE0122]),
]
seeds = st.builds(
    Seed,
    server=st.binary(min_size=32, max_size=32),
    client=st.text(max_size=64),
    nonce=st.integers(0),
)
sides = st.integers(1, 2**62)


class Scripted(Dice):
    """Dice that draw what they are told."""

    def __init__(self, *draws: int) -> None:
        super().__init__(Seed(b"", "", 0))
        self._script = list(draws)

    def _draw(self) -> int:
        return self._script.pop(0)


@pytest.mark.parametrize(("server", "client", "nonce", "draws"), KNOWN)
def test_draws_are_the_hmac_that_anybody_can_compute(
    server: bytes, client: str, nonce: int, draws: list[int]
) -> None:
    dice = Dice(Seed(server, client, nonce))

    assert [dice.below(2**32) for _ in draws] == [draw % 2**32 for draw in draws]


@given(seed=seeds, n=sides)
def test_a_draw_is_one_of_the_sides(seed: Seed, n: int) -> None:
    assert 0 <= Dice(seed).below(n) < n


@given(seed=seeds, numbers=st.lists(sides, max_size=20))
def test_the_same_seed_gives_the_same_draws(seed: Seed, numbers: list[int]) -> None:
    here, there = Dice(seed), Dice(seed)

    assert [here.below(n) for n in numbers] == [there.below(n) for n in numbers]


@pytest.mark.parametrize(
    "other", [Seed(b"x" * 32, "moon", 7), Seed(COUNTING, "sun", 7), Seed(COUNTING, "moon", 8)]
)
def test_another_seed_gives_other_draws(other: Seed) -> None:
    ours = Dice(Seed(COUNTING, "moon", 7))
    theirs = Dice(other)

    assert [ours.below(2**32) for _ in range(8)] != [theirs.below(2**32) for _ in range(8)]


@pytest.mark.parametrize("n", [0, -1, 2**62 + 1])
def test_there_is_no_die_without_sides(n: int) -> None:
    with pytest.raises(ValueError, match="sides"):
        Dice(Seed(COUNTING, "moon", 7)).below(n)


def test_a_draw_over_the_last_full_multiple_is_drawn_again() -> None:
    # 2^64 leaves 6 when divided by 10: the last 6 draws would favour the small numbers.
    assert Scripted(2**64 - 1, 2**64 - 6, 2**64 - 7).below(10) == (2**64 - 7) % 10


@pytest.mark.parametrize("n", [2, 3, 6, 7, 10, 1000])
def test_no_side_is_favoured(n: int) -> None:
    throws = 20_000
    dice = Dice(Seed(COUNTING, "fair", n))

    counts = Counter(dice.below(n) for _ in range(throws))

    assert chi_square([counts[side] for side in range(n)], [throws / n] * n) < tolerated(n - 1)


def test_a_pick_goes_by_the_weights() -> None:
    weighted = [("three", 50_000), ("two", 200_000), ("one", 750_000)]
    dice = Dice(Seed(COUNTING, "weights", 0))
    throws = 20_000

    counts = Counter(dice.pick(weighted) for _ in range(throws))

    expected = [weight / 1_000_000 * throws for _, weight in weighted]
    assert chi_square([counts[thing] for thing, _ in weighted], expected) < tolerated(2)


@pytest.mark.parametrize(("point", "thing"), [(0, "a"), (1, "a"), (2, "c"), (4, "c"), (5, "d")])
def test_a_pick_finds_the_thing_at_its_point(point: int, thing: str) -> None:
    assert Scripted(point).pick([("a", 2), ("b", 0), ("c", 3), ("d", 1)]) == thing


def test_nothing_can_be_picked_from_nothing() -> None:
    with pytest.raises(ValueError, match="sides"):
        Dice(Seed(COUNTING, "moon", 7)).pick([])


def chi_square(seen: list[int], expected: list[float]) -> float:
    return sum((s - e) ** 2 / e for s, e in zip(seen, expected, strict=True))


def tolerated(freedom: int) -> float:
    """What fair dice stay below all but once in a million times (Wilson and Hilferty)."""
    spread = 2 / (9 * freedom)
    return freedom * (1 - spread + 4.75 * math.sqrt(spread)) ** 3
