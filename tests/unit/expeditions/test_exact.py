"""The two curves: near the true ones, and the same for ever."""

import _pydecimal
import math
from fractions import Fraction
from statistics import NormalDist

from hypothesis import given
from hypothesis import strategies as st

from services.expeditions.expedition.rules import loot, numbers
from services.expeditions.expedition.rules.exact import (
    BELL_SIDES,
    DECAY_ONE,
    THOUSAND,
    decay,
    deviation,
)


@given(exponent=st.fractions(0, 40, max_denominator=10_000))
def test_the_exponential_is_exact_to_its_last_part(exponent: Fraction) -> None:
    found = decay(exponent.numerator, exponent.denominator)

    assert abs(found - math.exp(-exponent) * DECAY_ONE) <= 1.01


def test_the_exponential_is_the_same_for_ever() -> None:
    assert [decay(n, 7) for n in (0, 1, 7, 70, 700, 10**9)] == [
        1_000_000_000_000,
        866_877_899_750,
        367_879_441_171,
        45_399_929,
        0,
        0,
    ]


def test_the_exponential_does_not_depend_on_the_library() -> None:
    """Python brings a second decimal arithmetic, written in Python; the standard fixes every digit."""
    other = _pydecimal.Context(prec=30, rounding=_pydecimal.ROUND_HALF_EVEN, traps=[])

    for squared in (1, 123, 5_000, 39_999, 160_000, 500_000):
        exponent = other.divide(_pydecimal.Decimal(-squared), _pydecimal.Decimal(20_000))
        found = other.multiply(other.exp(exponent), _pydecimal.Decimal(DECAY_ONE))
        assert decay(squared, 20_000) == int(found)


def test_the_bell_curve_is_that_of_the_tables() -> None:
    curve = NormalDist()

    for point in range(BELL_SIDES):
        middle = (point + 0.5) / BELL_SIDES
        assert abs(deviation(point) - THOUSAND * curve.inv_cdf(middle)) <= 0.51


def test_the_bell_curve_has_no_lean_and_nearly_its_whole_width() -> None:
    points = [deviation(point) for point in range(BELL_SIDES)]

    assert sum(points) == 0
    assert points == sorted(points)
    variance = Fraction(sum(point**2 for point in points), BELL_SIDES * THOUSAND**2)
    assert Fraction(99, 100) < variance <= 1


def test_amounts_of_money_lie_around_their_base() -> None:
    for amounts, value, base, spread in (
        (numbers.CRYSTAL_AMOUNTS, 2000, 103, 20.6),
        (numbers.QUARTZ_AMOUNTS, 2000, 27, 8.1),
        (numbers.QUARTZ_AMOUNTS, 1000, 11, 3.3),
    ):
        found = [loot.amount(amounts, value, point) for point in range(BELL_SIDES)]
        mean = sum(found) / BELL_SIDES
        deviation = math.sqrt(sum((one - mean) ** 2 for one in found) / BELL_SIDES)
        # Floored to whole units, so half a unit is missing on average.
        assert abs(mean - (base - 0.5)) < 0.1
        assert abs(deviation / spread - 1) < 0.02


@given(value=st.integers(0, 10_000), point=st.integers(0, BELL_SIDES - 1))
def test_a_find_of_money_is_never_nothing(value: int, point: int) -> None:
    for amounts in loot.AMOUNTS.values():
        assert loot.amount(amounts, value, point) >= 1


@given(value=st.integers(1, 10_000))
def test_items_fade_as_the_design_says(value: int) -> None:
    weights = dict(loot.item_weights(value))

    assert min(weights.values()) >= DECAY_ONE // 1_000_000
    for (code, count), weight in weights.items():
        target = dict(numbers.ITEMS[code])[count]
        rate = 0.0050673 if target > value else 0.0030701
        true = max(1e-6, math.exp(-rate * abs(target - value)))
        assert abs(weight / DECAY_ONE - true) < 1e-9
