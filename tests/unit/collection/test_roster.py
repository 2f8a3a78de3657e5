"""What copies of a waifu are worth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.collection.roster import rules
from services.collection.roster.rules import Owned

RARITIES = st.integers(1, 3)
COPIES = st.integers(1, 100)


@st.composite
def owned_waifus(draw: st.DrawFn) -> Owned:
    stars = draw(st.integers(1, rules.MAX_STARS))
    top = rules.next_star_cost(stars) - 1 if stars < rules.MAX_STARS else 0
    return Owned(
        stars=stars,
        character_shards=draw(st.integers(0, top)),
        star_shards=draw(st.integers(0, 900)),
        constellation=draw(st.integers(0, 6)),
    )


# The vectors of the game's rules.


@pytest.mark.parametrize(
    ("power", "owned", "rank"),
    [(1_999, 50, 1), (2_000, 4, 1), (2_000, 5, 2), (512_000, 20, 5)],
)
def test_a_rank_needs_power_and_size(power: int, owned: int, rank: int) -> None:
    assert rules.rank(power, owned) == rank


def test_a_new_three_star_and_three_duplicates() -> None:
    seen = []
    owned = rules.merge(None, 3, 1).after
    for _ in range(3):
        owned = rules.merge(owned, 3, 1).after
        seen.append((owned.stars, owned.character_shards))

    assert seen == [(3, 50), (3, 100), (4, 0)]


def test_the_last_star_turns_what_is_left_into_quartz() -> None:
    merged = rules.merge(Owned(stars=5, character_shards=340), 3, 1)

    assert (merged.after.stars, merged.after.character_shards) == (6, 0)
    assert merged.surplus_quartzs == 40


def test_one_star_with_45_shards_and_a_duplicate() -> None:
    merged = rules.merge(Owned(stars=1, character_shards=45), 1, 1)

    assert (merged.after.stars, merged.after.character_shards) == (2, 0)


def test_ten_duplicates_at_once_rise_as_often_as_they_can() -> None:
    merged = rules.merge(Owned(stars=3, character_shards=145), 3, 10)

    assert (merged.after.stars, merged.after.character_shards) == (5, 245)
    assert merged.shards_gained == 500


# What must hold for all inputs.


@pytest.mark.parametrize(("rarity", "worth"), [(1, 5), (2, 20), (3, 50)])
def test_a_duplicate_of_a_full_waifu_is_quartz(rarity: int, worth: int) -> None:
    merged = rules.merge(Owned(stars=6, star_shards=900), rarity, 1)

    assert merged.surplus_quartzs == worth
    assert merged.after == Owned(stars=6, star_shards=900, constellation=1)


@pytest.mark.parametrize(("rarity", "duplicates"), [(1, 180), (2, 43), (3, 15)])
def test_so_many_duplicates_lead_to_the_last_star(rarity: int, duplicates: int) -> None:
    assert rules.merge(None, rarity, 1 + duplicates).after.stars == 6
    assert rules.merge(None, rarity, duplicates).after.stars == 5


@given(rarity=RARITIES, copies=COPIES)
def test_the_first_copy_brings_the_stars_of_her_rarity(rarity: int, copies: int) -> None:
    merged = rules.merge(None, rarity, copies)

    assert merged.is_new
    assert merged.shards_gained == (copies - 1) * rules.SHARDS[rarity - 1]
    assert merged.after.stars >= rarity


@given(before=st.none() | owned_waifus(), rarity=RARITIES, copies=COPIES)
def test_no_shard_is_lost(before: Owned | None, rarity: int, copies: int) -> None:
    merged = rules.merge(before, rarity, copies)
    start = before or Owned(stars=rarity)

    held = merged.after.character_shards - start.character_shards
    used = merged.after.star_shards - start.star_shards
    assert merged.shards_gained == held + used + merged.surplus_quartzs


@given(before=st.none() | owned_waifus(), rarity=RARITIES, copies=COPIES)
def test_nothing_ever_goes_down(before: Owned | None, rarity: int, copies: int) -> None:
    after = rules.merge(before, rarity, copies).after

    assert 1 <= after.stars <= 6
    assert 0 <= after.constellation <= 6
    assert 0 <= after.character_shards < max(1, rules.next_star_cost(after.stars))
    if before:
        assert after.stars >= before.stars
        assert after.constellation >= before.constellation


@given(before=st.none() | owned_waifus(), rarity=RARITIES, copies=COPIES)
def test_copies_at_once_are_copies_one_by_one(
    before: Owned | None, rarity: int, copies: int
) -> None:
    at_once = rules.merge(before, rarity, copies)

    owned, quartzs = before, 0
    for _ in range(copies):
        merged = rules.merge(owned, rarity, 1)
        owned, quartzs = merged.after, quartzs + merged.surplus_quartzs

    assert (owned, quartzs) == (at_once.after, at_once.surplus_quartzs)


@given(st.lists(st.integers(1, 20), max_size=30))
def test_folding_counts_each_copy_once(waifu_ids: list[int]) -> None:
    folded = rules.fold(waifu_ids)

    assert list(folded) == sorted(set(waifu_ids))
    assert sum(folded.values()) == len(waifu_ids)


def test_power_doubles_beyond_the_fifth_star() -> None:
    assert [rules.power(stars) for stars in range(1, 7)] == [100, 250, 500, 1000, 2000, 4000]


@given(power=st.integers(0, 10**9), owned=st.integers(0, 3000))
def test_a_rank_is_the_highest_whose_needs_are_met(power: int, owned: int) -> None:
    reached = rules.rank(power, owned)

    def is_met(rank: int) -> bool:
        return rank == 1 or (power >= 1000 * 2 ** (rank - 1) and owned >= 5 * (rank - 1))

    assert is_met(reached)
    assert not is_met(reached + 1)


@given(power=st.integers(0, 10**9), owned=st.integers(0, 3000))
def test_the_next_rank_is_reached_when_both_of_its_needs_are(power: int, owned: int) -> None:
    target = rules.next_rank(power, owned)

    assert target.rank == rules.rank(power, owned) + 1
    assert rules.rank(max(power, target.power), max(owned, target.owned_count)) >= target.rank
    assert power < target.power or owned < target.owned_count


def test_a_rank_is_told_only_when_it_rose() -> None:
    assert rules.risen_rank((1_900, 5), (2_000, 6)) == 2
    assert rules.risen_rank((2_000, 6), (2_100, 7)) == 0


@pytest.mark.parametrize(
    ("stars", "expected"), [(1, 95), (2, 104), (3, 114), (4, 123), (5, 133), (6, 142)]
)
def test_a_star_adds_a_tenth_to_a_stat(stars: int, expected: int) -> None:
    assert rules.expedition_stat(100, stars, 0, 1) == expected


@pytest.mark.parametrize(
    ("constellation", "bond_level", "expected"),
    [(0, 4, 142), (1, 4, 145), (6, 4, 159), (0, 5, 143), (0, 9, 143), (0, 10, 145), (6, 10, 162)],
)
def test_percentages_of_constellation_and_bond_add_up_before_one_floor(
    constellation: int, bond_level: int, expected: int
) -> None:
    """100 × 0.95 × 1.5 = 142.5; with 14 percent on top 162.45."""
    assert rules.expedition_stat(100, 6, constellation, bond_level) == expected
