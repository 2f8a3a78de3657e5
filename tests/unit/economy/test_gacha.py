"""What a summon gives: pity, guarantee, pools and shares (docs/game.md)."""

import json
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.dice import Dice, Seed
from services.economy.errors import BannerClosed
from services.economy.gacha import odds, rules
from services.economy.gacha.rules import (
    MILLION,
    BrokenBanner,
    Candidate,
    Item,
    Pull,
    Table,
    table_in,
    table_out,
)
from tests.unit.economy.banners import (
    CRYSTALS,
    QUARTZS,
    SOMEBODY,
    Unlucky,
    a_banner,
    a_table,
    counts,
    our_banners,
    our_catalogue,
    pities,
    seeds,
    tables,
)

MAY, NEW_YEAR = datetime(2026, 5, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def rarities(roll: rules.Roll) -> list[int]:
    return [pull.rarity for pull in roll.pulls]


def ids(table: Table, rarity: int) -> set[int]:
    return {waifu_id for waifu_id, _ in table.pool[rarity]}


def shares(table: Table, rarity: int) -> dict[int, Fraction]:
    return dict(next(o.members for o in odds.odds_of(table).rarities if o.rarity == rarity))


# Pity: the vectors of Appendix A.


def test_the_fiftieth_crystal_pull_is_three_stars_and_pity_begins_again() -> None:
    roll = rules.roll(a_table(), 49, 1, Unlucky())

    assert rarities(roll) == [3]
    assert roll.pulls[0].is_pity
    assert roll.pity == 0


def test_the_forty_ninth_crystal_pull_is_left_to_chance_and_the_next_is_certain() -> None:
    unlucky = rules.roll(a_table(), 48, 1, Unlucky())

    assert rarities(unlucky) == [1]
    assert unlucky.pity == 49
    assert rarities(rules.roll(a_table(), unlucky.pity, 1, Unlucky())) == [3]


def test_a_quartz_pull_neither_uses_nor_moves_pity() -> None:
    roll = rules.roll(a_table(price=QUARTZS), 49, 1, Unlucky())

    assert rarities(roll) == [1]
    assert roll.pity == 49


def test_a_ten_at_45_without_luck_has_its_fifth_forced_and_leaves_5() -> None:
    roll = rules.roll(a_table(), 45, 10, Unlucky())

    assert rarities(roll) == [1, 1, 1, 1, 3, 1, 1, 1, 1, 1]
    assert [pull.is_pity for pull in roll.pulls].index(True) == 4
    assert roll.pity == 5


@given(seed=seeds, pity=pities, count=counts, table=tables)
def test_pity_counts_crystal_pulls_since_the_last_three_stars(
    seed: Seed, pity: int, count: int, table: Table
) -> None:
    roll = rules.roll(table, pity, count, Dice(seed))

    expected = pity
    for pull in roll.pulls:
        assert pull.is_pity == (table.has_pity and expected == 49)
        expected = 0 if pull.rarity == 3 else expected + 1
    assert roll.pity == (expected if table.has_pity else pity)
    assert 0 <= roll.pity <= 49


@given(seed=seeds)
def test_nobody_waits_longer_than_fifty_crystal_pulls(seed: Seed) -> None:
    pity, waited = 0, 0
    for nonce in range(12):
        roll = rules.roll(a_table(), pity, 10, Dice(Seed(seed.server, seed.client, nonce)))
        pity = roll.pity
        for rarity in rarities(roll):
            waited = 0 if rarity == 3 else waited + 1
            assert waited < 50


# The guarantee of ten.


@given(seed=seeds, pity=pities, table=tables)
def test_a_ten_summon_brings_at_least_one_of_two_stars(seed: Seed, pity: int, table: Table) -> None:
    assert max(rarities(rules.roll(table, pity, 10, Dice(seed)))) >= 2


@given(seed=seeds, pity=pities, table=tables)
def test_the_guarantee_lifts_one_pull_and_only_where_all_ten_were_of_one_star(
    seed: Seed, pity: int, table: Table
) -> None:
    roll = rules.roll(table, pity, 10, Dice(seed))

    lifted = [pull for pull in roll.pulls if pull.is_guarantee]
    others = [pull.rarity for pull in roll.pulls if not pull.is_guarantee]
    assert len(lifted) == (max(others) < 2)
    assert all(p.rarity == 2 and p.waifu_id in table.guarantee for p in lifted)


@given(seed=seeds, pity=pities, table=tables)
def test_a_single_pull_is_never_lifted(seed: Seed, pity: int, table: Table) -> None:
    assert not rules.roll(table, pity, 1, Dice(seed)).pulls[0].is_guarantee


def test_pity_does_not_notice_the_guarantee() -> None:
    roll = rules.roll(a_table(), 3, 10, Unlucky())

    assert rarities(roll) == [2, *[1] * 9]
    assert roll.pity == 13


def test_the_guarantee_gives_the_banners_own_two_star_waifus() -> None:
    assert a_table("rate-up").guarantee == (24, 25)
    assert a_table("limited").guarantee == (24, 25)


def test_the_guarantee_gives_anybody_where_the_banner_has_no_two_star_waifu() -> None:
    assert a_table().guarantee == (21, 22, 23, 24, 25)
    assert a_table("rate-up", Item(31)).guarantee == (21, 22, 23, 24, 25)


# Whom a pull gives.


@given(seed=seeds, pity=pities, count=counts, table=tables)
def test_every_pull_is_in_the_pool_of_its_rarity(
    seed: Seed, pity: int, count: int, table: Table
) -> None:
    roll = rules.roll(table, pity, count, Dice(seed))

    assert len(roll.pulls) == count
    for pull in roll.pulls:
        allowed = set(table.guarantee) if pull.is_guarantee else ids(table, pull.rarity)
        assert pull.waifu_id in allowed


@given(seed=seeds, count=counts)
def test_daphine_is_found_only_where_the_price_is_not_in_crystals(seed: Seed, count: int) -> None:
    assert rules.roll(a_table(), 0, count, Dice(seed)).daphine == 0
    assert 0 <= rules.roll(a_table(price=QUARTZS), 0, count, Dice(seed)).daphine <= count


def test_every_pull_on_a_quartz_banner_may_bring_a_daphine() -> None:
    assert rules.roll(a_table(price=QUARTZS), 0, 10, Unlucky()).daphine == 10


weights = st.lists(st.integers(1, 10**6), min_size=1, max_size=20)


@given(seed=seeds, weighted=weights)
def test_a_wheel_gives_what_the_dice_pick(seed: Seed, weighted: list[int]) -> None:
    pool = tuple(enumerate(weighted))

    assert rules.Wheel(pool).spin(Dice(seed)) == Dice(seed).pick(pool)


# Pools.


def test_a_standard_banner_draws_from_the_whole_catalogue() -> None:
    table = a_table()

    assert ids(table, 1) | ids(table, 2) | ids(table, 3) == {c.waifu_id for c in SOMEBODY}
    assert table.odds == ((1, 750_000), (2, 200_000), (3, 50_000))
    assert table.featured == ()
    assert len({weight for pool in table.pool.values() for _, weight in pool}) == 1


def test_a_rate_up_banner_draws_from_the_whole_catalogue_and_features_its_own() -> None:
    table = a_table("rate-up")

    assert ids(table, 3) == {31, 32, 33, 34}
    assert table.odds == ((1, 750_000), (2, 200_000), (3, 50_000))
    assert table.featured == (15, 16, 24, 25, 33, 34)


def test_a_limited_banner_draws_its_own_and_every_one_star_waifu() -> None:
    table = a_table("limited")

    assert ids(table, 1) == {11, 12, 13, 14, 15, 16}
    assert ids(table, 2) == {24, 25}
    assert ids(table, 3) == {33, 34}
    assert table.odds == ((1, 750_000), (2, 200_000), (3, 50_000))
    assert table.featured == (24, 25, 33, 34)


def test_a_premium_banner_draws_only_its_own_of_two_stars_and_more() -> None:
    table = a_table("premium")

    assert set(table.pool) == {2, 3}
    assert ids(table, 2) == {24, 25}
    assert ids(table, 3) == {33, 34}
    assert table.odds == ((2, 950_000), (3, 50_000))


def test_a_pool_is_the_named_waifus_and_those_of_the_series() -> None:
    table = a_table("limited", Item(31), series_ids=(2,))

    assert ids(table, 3) == {31, 33, 34}


@pytest.mark.parametrize("kind", ["standard", "rate-up", "limited", "premium"])
@pytest.mark.parametrize(("price", "has_pity"), [(CRYSTALS, True), (QUARTZS, False)])
def test_pity_counts_where_the_price_is_in_crystals(
    kind: str, price: object, has_pity: bool
) -> None:
    assert a_table(kind, price=price).has_pity == has_pity


def test_a_banner_that_could_roll_nobody_is_broken() -> None:
    nobody_of_three = [c for c in SOMEBODY if c.rarity < 3]

    with pytest.raises(BrokenBanner, match="nobody of 3 stars"):
        a_table(catalogue=nobody_of_three)
    with pytest.raises(BrokenBanner, match="nobody of 2 stars"):
        a_table("limited", Item(31))
    with pytest.raises(BrokenBanner, match="nobody of 2 stars"):
        a_table("premium", Item(31))
    with pytest.raises(BrokenBanner, match="nobody of 1 stars"):
        a_table(catalogue=())


def test_a_premium_banner_needs_nobody_of_one_star() -> None:
    assert a_table("premium", catalogue=[c for c in SOMEBODY if c.rarity > 1]).pool.keys() == {2, 3}


# Shares.


@given(featured=st.integers(1, 40), others=st.integers(1, 400))
def test_featured_waifus_share_exactly_a_quarter_whatever_their_number(
    featured: int, others: int
) -> None:
    catalogue = [
        *(Candidate(waifu_id, 1, rarity) for rarity in (1, 2) for waifu_id in (rarity,)),
        *(Candidate(1000 + n, 1, 3) for n in range(others)),
        *(Candidate(2000 + n, 2, 3) for n in range(featured)),
    ]
    found = shares(a_table("rate-up", catalogue=catalogue), 3)

    assert sum(share for waifu_id, share in found.items() if waifu_id >= 2000) == Fraction(1, 4)
    assert {found[2000 + n] for n in range(featured)} == {Fraction(1, 4 * featured)}
    assert {found[1000 + n] for n in range(others)} == {Fraction(3, 4 * others)}


def test_a_rarity_without_featured_waifus_or_without_others_is_uniform() -> None:
    table = a_table("rate-up", Item(31), Item(32), Item(33), Item(34))

    assert set(shares(table, 3).values()) == {Fraction(1, 4)}
    assert set(shares(table, 2).values()) == {Fraction(1, 5)}


@given(own=st.integers(1, MILLION - 1))
def test_a_drop_rate_is_her_exact_share_and_the_others_have_the_rest(own: int) -> None:
    found = shares(a_table("limited", Item(31, drop_rate=own), series_ids=(2,)), 3)

    assert found[31] == Fraction(own, MILLION)
    assert found[33] == found[34] == (1 - Fraction(own, MILLION)) / 2


@given(own=st.integers(1, MILLION - 1))
def test_beside_a_drop_rate_the_rate_up_rule_goes_on_for_the_rest(own: int) -> None:
    found = shares(a_table("rate-up", Item(33, drop_rate=own), series_ids=(2,)), 3)

    left = 1 - Fraction(own, MILLION)
    assert found[33] == Fraction(own, MILLION)
    assert found[34] == left / 4
    assert found[31] == found[32] == left * 3 / 8


@given(st.lists(st.integers(1, MILLION // 4), min_size=1, max_size=3))
def test_several_drop_rates_are_all_exact(rates: list[int]) -> None:
    named = (31, 32, 33)[: len(rates)]
    items = [Item(waifu_id, drop_rate=rate) for waifu_id, rate in zip(named, rates, strict=True)]

    found = shares(a_table("standard", *items), 3)

    assert [found[w] for w in named] == [Fraction(rate, MILLION) for rate in rates]
    assert sum(found.values()) == 1


def test_shares_over_a_million_are_broken() -> None:
    """A negative rest once made negative weights, when a waifu had changed her rarity."""
    with pytest.raises(BrokenBanner, match="add up to 1200000, over a million"):
        a_table("standard", Item(31, drop_rate=600_000), Item(32, drop_rate=600_000))


def test_shares_that_leave_something_to_nobody_are_broken() -> None:
    with pytest.raises(BrokenBanner, match="add up to 700000, and nobody has the rest"):
        a_table("premium", Item(31, drop_rate=700_000), Item(21))


def test_who_is_left_with_nothing_is_not_featured() -> None:
    table = a_table("rate-up", Item(33, drop_rate=MILLION), Item(34), Item(24))

    assert table.pool[3] == ((33, table.pool[3][0][1]),)
    assert table.featured == (24, 33)


# Tables as they are kept.


def every_table() -> list[Table]:
    ours = [rules.compose(banner, our_catalogue()) for banner in our_banners()]
    return [*ours, a_table("limited", Item(31, drop_rate=123_456), series_ids=(2,))]


@pytest.mark.parametrize("table", every_table())
def test_a_table_comes_back_from_json_as_it_was(table: Table) -> None:
    assert table_in(json.loads(json.dumps(table_out(table)))) == table


@given(st.permutations(SOMEBODY))
def test_a_table_does_not_depend_on_the_order_of_the_catalogue(
    shuffled: list[Candidate],
) -> None:
    for kind in ("standard", "rate-up", "limited", "premium"):
        assert a_table(kind, catalogue=shuffled) == a_table(kind)


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"odds": ((1, 750_000), (2, 200_000))}, "add up to a million"),
        ({"pool": {1: ((11, 1),), 2: ((21, 1),), 3: ()}}, "nobody in it"),
        ({"pool": {1: ((11, 1),), 2: ((21, 1),), 3: ((31, 2), (32, -1))}}, "over zero"),
    ],
)
def test_a_table_that_cannot_be_rolled_cannot_be_made(
    changed: dict[str, object], word: str
) -> None:
    whole = {
        "odds": ((1, 750_000), (2, 200_000), (3, 50_000)),
        "pool": {1: ((11, 1),), 2: ((21, 1),), 3: ((31, 1),)},
        "guarantee": (21,),
        "has_pity": True,
    }
    Table(**whole)

    with pytest.raises(ValueError, match=word):
        Table(**whole | changed)


# Rolls for ever.


def test_a_roll_of_a_known_seed_never_changes() -> None:
    """Every recorded summon is proven by this: who changes the order of the draws breaks the past."""
    seed = Seed(bytes(range(32)), "sakura", 9)

    crystal = rules.roll(a_table("rate-up"), 44, 10, Dice(seed))
    quartz = rules.roll(a_table("limited", price=QUARTZS), 44, 10, Dice(seed))

    assert [pull.waifu_id for pull in crystal.pulls] == [13, 11, 11, 11, 13, 34, 15, 21, 13, 15]
    assert [pull.is_pity for pull in crystal.pulls].index(True) == 5
    assert (crystal.pity, crystal.daphine) == (4, 0)
    assert [pull.waifu_id for pull in quartz.pulls] == [25, 13, 11, 13, 15, 14, 11, 14, 14, 11]
    assert [pull.is_guarantee for pull in quartz.pulls].index(True) == 0
    assert (quartz.pity, quartz.daphine) == (44, 1)


def test_the_same_seed_gives_the_same_roll_and_another_nonce_another_one() -> None:
    def rolled(nonce: int) -> tuple[Pull, ...]:
        return rules.roll(a_table(), 0, 10, Dice(Seed(b"s" * 32, "me", nonce))).pulls

    assert rolled(0) == rolled(0)
    assert rolled(0) != rolled(1)


# Opening hours and the bonus.


@pytest.mark.parametrize(
    ("now", "is_active", "is_open"),
    [
        (MAY, True, True),
        (MAY, False, False),
        (datetime(2026, 1, 1, tzinfo=UTC), True, True),
        (datetime(2026, 1, 1, tzinfo=UTC) - timedelta(microseconds=1), True, False),
        (NEW_YEAR - timedelta(microseconds=1), True, True),
        (NEW_YEAR, True, False),
    ],
)
def test_a_banner_is_open_from_its_start_until_before_its_end(
    now: datetime, is_active: bool, is_open: bool
) -> None:
    banner = a_banner(is_active=is_active)

    assert banner.is_open(now) == is_open
    if is_open:
        rules.admit(banner, now)
    else:
        with pytest.raises(BannerClosed) as refused:
            rules.admit(banner, now)
        assert refused.value.metadata == {"banner_id": "spring", "name": "Spring"}


@pytest.mark.parametrize("count", [1, 10])
def test_every_summon_brings_as_many_quartz_as_pulls(count: int) -> None:
    assert rules.summon_bonus(count).amount == count
    assert rules.summon_bonus(count).currency is QUARTZS.currency
