"""The planner says what the rules do: draws, chances, parts, forecasts, and the best party of all."""

import os
from collections import Counter
from fractions import Fraction
from itertools import combinations
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.dice import Dice, Seed
from services.expeditions.atlas.rules.types import Affinity
from services.expeditions.expedition.rules import (
    Label,
    Member,
    Party,
    affinity,
    planned,
    resolve,
    strength_of,
)
from services.expeditions.expedition.rules.numbers import CHECKED_STATS, SERIES_FACTOR
from services.expeditions.planner import rules
from services.expeditions.planner.rules.draws import meets, sets_of, ways
from services.expeditions.planner.rules.forecast import loot_of, one_journey
from services.expeditions.planner.rules.outlook import mean_success
from services.expeditions.planner.rules.place import Side
from services.expeditions.planner.rules.search import contenders, runner
from tests.unit.expeditions import worlds
from tests.unit.expeditions.parties import (
    a_boon,
    a_check,
    a_gate,
    a_hazard,
    a_member,
    a_modifier,
    a_party,
    a_template,
    liking,
)
from tests.unit.expeditions.test_atlas_content import ENCOUNTERS, TEMPLATES

SIZE = os.environ.get("SIZE", "small")
REAL = {"small": 2_000, "standard": 10_000, "nightly": 50_000}[SIZE]
SEED = b"the plans of the tests"
OWNED = {"small": 14, "standard": 30, "nightly": 45}[SIZE]
"""Of whom each party is looked at, place by place; of the first place always thirty."""
WORST = 5
"""Standard deviations."""
CHECKS = tuple(
    a_check(f"check-{stat}-{difficulty}", check_stat=stat, difficulty=difficulty)
    for stat in ("atk", "mag")
    for difficulty in (150, 300, 450, 800)
)


def a_place(
    *encounters: object, equipment: tuple[object, ...] = (), **template: object
) -> rules.Place:
    return rules.Place.of(a_template(**template), encounters or CHECKS, equipment)  # type: ignore[arg-type]


def by_hand(place: rules.Place, members: list[Member]) -> tuple[Fraction, set[tuple[int, ...]]]:
    """The best chance of all parties, each looked at by the rules of a check, and who has it."""
    chances = {
        tuple(sorted(one.waifu_id for one in party)): mean_success(place, Party(party))
        for size in (1, 2, 3)
        for party in combinations(members, size)
    }
    best = max(chances.values())
    return best, {party for party, chance in chances.items() if chance == best}


def some_owned(count: int, first: int = 0) -> list[Member]:
    """Waifus of every kind, the same in every run."""
    dice = Dice(Seed(SEED, f"owned from {first}", 0))
    elements = ("fire", "water", "light", "void", "nature", "dark", "wind", "earth")
    archetypes = ("Sage", "Knight", "Ninja", "Illuminator", "Physical Attacker", "Bard")

    def one_of(words: tuple[str, ...]) -> str:
        return words[dice.below(len(words))]

    return [
        a_member(
            waifu_id,
            stats={stat: 40 + dice.below(120) for stat in ("hp", *CHECKED_STATS)},
            stars=1 + dice.below(6),
            constellation=dice.below(6),
            bond_level=1 + dice.below(10),
            is_awakened=dice.below(8) == 0,
            elements=(one_of(elements),),
            archetype=one_of(archetypes),
            series_id=1_000_001 + dice.below(13),
            genres=("Comedy",) if dice.below(2) else ("Drama", "Mystery"),
        )
        for waifu_id in range(1, count + 1)
    ]


# ---- draws


@given(
    members=st.lists(worlds.members(1), min_size=1, max_size=3),
    pool=worlds.affinity_sets,
    always=worlds.affinity_sets,
    count=st.integers(0, 7),
)
@settings(max_examples=150)
def test_the_sets_of_affinities_are_counted_exactly(
    members: list[Member], pool: tuple[Affinity, ...], always: tuple[Affinity, ...], count: int
) -> None:
    side = Side(pool, min(count, len(pool)), always)
    party = Party(
        tuple(
            a_member(
                n,
                elements=m.elements,
                archetype=m.archetype,
                genres=m.genres,
                series_id=m.series_id,
            )
            for n, m in enumerate(members, 1)
        )
    )
    seen = Counter(
        affinity.count(party, (*drawn, *always)) for drawn in combinations(pool, side.drawn)
    )

    assert dict(ways([meets(one, side) for one in party.members], side)) == seen
    assert sum(seen.values()) == sets_of(side)


# ---- chances


def test_the_mean_is_that_of_the_checks_one_by_one() -> None:
    """A sum of 128 goes 0.85, 0.43, 0.28 and 0.16 times into the difficulties, in either stat."""
    shares = rules.mean_shares(a_place(), a_party(a_member(stat=135)))

    assert shares == tuple(Fraction(share, 400) for share in (3, 72, 255, 70))


def test_the_strength_before_a_start_is_that_of_all_starts() -> None:
    liked = (Affinity("elemental", "fire"), Affinity("elemental", "void"))
    piece = a_modifier("final_stat_check_bonus", stats=("atk",), value=30)
    place = a_place(
        equipment=(piece,),
        favored=liked,
        favored_count=1,
        disfavored=(Affinity("archetype", "Sage"),),
        disfavored_count=1,
        dominant_stats=("atk", "mag"),
    )
    party = a_party(
        a_member(1, elements=("fire",), archetype="Sage"), a_member(2, is_awakened=True)
    )

    ahead = rules.strength_of(place, party)
    starts = [
        strength_of(
            planned(place.template, CHECKS, place.equipment, Dice(Seed(SEED, "s", n))), party
        )
        for n in range(30)
    ]

    assert {one.affinity for one in starts} == {ahead.least_affinity, ahead.most_affinity}
    assert ahead.affinity == (ahead.least_affinity + ahead.most_affinity) / 2
    assert ahead.least_affinity < ahead.most_affinity
    assert {(one.stats, one.series, one.awakened, one.reward) for one in starts} == {
        (ahead.stats, ahead.series, ahead.awakened, ahead.reward)
    }
    assert [(one.stat, one.final_bonus) for one in ahead.stats] == [("atk", 30), ("mag", 0)]


def test_without_a_check_there_is_no_chance() -> None:
    place = a_place(a_gate("genre", "Comedy"))

    assert rules.mean_shares(place, a_party()) == (0, 0, 0, 0)
    assert rules.parts(place, a_party())
    best = rules.best_party(place, [a_member(1), a_member(2)])
    assert best is not None
    assert (best.success, len(best.waifu_ids) > 0) == (0, True)


def test_the_mean_is_over_everything_that_may_be_drawn() -> None:
    """One of two is drawn: the mean of liking her and not liking her."""
    pool, fire = liking("fire", "water"), a_party(a_member(stat=250))
    drawn = a_place(favored=pool, favored_count=1)
    both = a_place(favored=pool, favored_count=2)
    neither = a_place(favored=pool, favored_count=0)

    half = (mean_success(both, fire) + mean_success(neither, fire)) / 2
    assert mean_success(drawn, fire) == half
    assert mean_success(both, fire) > half


# ---- parts


def test_each_part_is_what_would_be_missed() -> None:
    place = a_place(
        favored=liking("fire"), favored_count=1, disfavored=liking("Sage", category="archetype"),
        disfavored_count=1, equipment=(a_modifier("final_stat_check_bonus", 40, stats=("atk",)),),
    )  # fmt: skip
    party = a_party(
        a_member(1, stat=120, stars=4, constellation=5, bond_level=10, is_awakened=True),
        a_member(2, stat=110, elements=("void",), archetype="Sage"),
    )
    found = {(one.kind, one.name, one.waifu_id): one for one in rules.parts(place, party)}

    gains = {key[:2]: one.success for key, one in found.items()}
    assert gains["affinity", "elemental fire"] > 0
    assert gains["affinity", "archetype Sage"] < 0
    assert gains["stat", "atk"] > 0
    assert gains["stat", "mag"] > 0
    assert gains["star", ""] > 0
    assert gains["equipment", "final_stat_check_bonus atk"] > 0
    assert found["awakening", "", 0].success == 0
    assert found["awakening", "", 0].reward == Fraction(1, 5)
    assert found["member", "", 1].reward == Fraction(1, 5)
    assert found["member", "", 2].reward == 0
    whole, alone = mean_success(place, party), mean_success(place, a_party(party.members[0]))
    assert found["member", "", 2].success == whole - alone
    assert ("bond", "", 0) in found
    assert ("constellation", "", 0) in found


def test_what_nobody_has_is_no_part() -> None:
    parts = rules.parts(
        a_place(favored=liking("void"), favored_count=1), a_party(a_member(bond_level=0))
    )

    assert {one.kind for one in parts} == {"stat", "member"}
    assert [one.success for one in parts] == sorted((one.success for one in parts), reverse=True)


# ---- forecasts


WAY = (
    *(a_check(f"check-{number}", difficulty=150 + 40 * number) for number in range(8)),
    a_gate("genre", "Comedy"),
    a_boon("stat_check_bonus", value=20, stats=("atk",)),
    a_hazard("loot_pool_penalty", value=1),
)


def far(seen: float, expected: float, total: int, real: int) -> float:
    """How many deviations two counted shares are apart."""
    share = (seen * total + expected * real) / (total + real)
    spread = (share * (1 - share) * (1 / total + 1 / real)) ** 0.5
    return abs(seen - expected) / spread if spread else 0.0


def test_the_forecast_is_what_happens_to_thousands() -> None:
    """Real expeditions draw their affinities and go their way with seeds that no plan knows."""
    template = a_template(
        difficulty=300, favored=liking("fire", "void"), favored_count=1, dominant_stats=("atk",)
    )
    piece, party = (a_modifier("final_stat_check_bonus", 9, stats=("atk",)),), a_party(
        a_member(1, stat=110, stars=3), a_member(2, stat=130, is_awakened=True)
    )  # fmt: skip
    told = rules.forecast(rules.Place.of(template, WAY, piece), party, 1_000, SEED)

    labels: Counter[Label] = Counter()
    loot: list[dict[str, int]] = []
    for number in range(REAL):
        place, way = (Dice(Seed(b"a real seed", f"expedition {number}", use)) for use in (0, 1))
        report = resolve(planned(template, WAY, piece, place), party, way)
        labels[report.label] += 1
        loot.append(loot_of(report))

    for label in Label:
        assert far(told.labels[label] / 1_000, labels[label] / REAL, 1_000, REAL) < WORST, label
    for one in told.loot:
        real = [brought.get(one.thing, 0) for brought in loot]
        mean = sum(real) / REAL
        spread = (sum((amount - mean) ** 2 for amount in real) / REAL) ** 0.5
        error = spread * (1 / 1_000 + 1 / REAL) ** 0.5
        assert abs(one.mean_milli / 1_000 - mean) <= WORST * error + 0.001, one.thing
        below = sum(amount <= one.at(50) for amount in real) / REAL
        assert below > 0.5 - WORST * 0.017, one.thing


def test_the_same_question_gets_the_same_answer() -> None:
    place = a_place(*WAY)

    told = rules.forecast(place, a_party(), 50, SEED)

    assert told == rules.forecast(place, a_party(), 50, SEED)
    assert told != rules.forecast(place, a_party(), 50, b"another seed")
    assert sum(told.labels.values()) == 50
    assert told.encounter_count == sum(
        len(one_journey(place, a_party(), SEED, number).events) for number in range(50)
    )


# ---- the best party


@st.composite
def searches(draw: st.DrawFn) -> tuple[rules.Place, list[Member]]:
    plan = draw(worlds.plans())
    pieces = draw(st.lists(worlds.modifiers(), max_size=3).map(tuple))
    count = draw(st.integers(1, 8))
    members = [draw(worlds.members(waifu_id)) for waifu_id in range(1, count + 1)]
    return rules.Place.of(plan.template, plan.encounters, pieces), members


@given(searches())
@settings(max_examples={"small": 60, "standard": 300, "nightly": 2_000}[SIZE], deadline=None)
def test_no_party_is_better_than_the_best_one(search: tuple[rules.Place, list[Member]]) -> None:
    place, members = search
    best = rules.best_party(place, members)

    assert best is not None
    chance, parties = by_hand(place, members)
    assert best.success == chance
    assert best.waifu_ids in parties


@pytest.mark.parametrize(
    ("template_id", "count"),
    [
        ("lamplighters-round", 30),
        ("crater-contract", OWNED),
        ("volcano-wakes", OWNED),
        ("flooded-gala", OWNED),
    ],
)
def test_the_search_finds_what_looking_at_each_party_finds(template_id: str, count: int) -> None:
    place = rules.Place.of(TEMPLATES[template_id], tuple(ENCOUNTERS.values()))
    members = some_owned(count)
    best = rules.best_party(place, members)

    assert best is not None
    chance, parties = by_hand(place, members)
    assert (best.success, best.waifu_ids in parties) == (chance, True)
    assert best.party_count == sum(comb(count, size) for size in (1, 2, 3))
    assert best.computed_count < best.party_count / 2


def test_three_of_one_series_are_found_when_they_are_worth_it() -> None:
    place = a_place()
    strangers = [a_member(number, stat=100, series_id=number) for number in (1, 2, 3)]
    friends = [a_member(number, stat=90, series_id=9) for number in (4, 5, 6)]
    best = rules.best_party(place, [*strangers, *friends])

    assert SERIES_FACTOR * 90 > 100
    assert best is not None
    assert best.waifu_ids == (4, 5, 6)


def test_who_is_disliked_stays_at_home() -> None:
    place = a_place(disfavored=liking("Sage", category="archetype"), disfavored_count=1)
    alone = a_member(1, stat=300)
    others = [a_member(number, stat=20, archetype="Sage") for number in (2, 3, 4)]
    best = rules.best_party(place, [alone, *others])

    assert best is not None
    assert best.waifu_ids == (1,)


def test_nobody_is_no_party() -> None:
    assert rules.best_party(a_place(), []) is None


def test_whoever_is_outdone_by_three_stays_at_home() -> None:
    place = a_place()
    runners = [
        runner(place, place.stats, a_member(number, stat=100 + number)) for number in range(1, 8)
    ]

    assert [one.waifu_id for one in contenders(runners)] == [7, 6, 5]


def test_five_hundred_owned_cost_few_look_ups() -> None:
    """The time is measured by hand; here it is how many parties had to be computed."""
    members = some_owned(500)
    for template in TEMPLATES.values():
        best = rules.best_party(rules.Place.of(template, tuple(ENCOUNTERS.values())), members)
        assert best is not None
        assert best.party_count == 20_833_750
        assert best.computed_count < 5_000, template.template_id


# ---- loot odds


@pytest.mark.parametrize("worth", [1, 499, 500, 1_999, 2_000, 10_000])
def test_loot_odds_add_up(worth: int) -> None:
    odds = rules.loot_odds(worth)

    assert sum(odds.types.values()) == 1
    assert sum(odds.items.values()) == 1
    assert all(0 < least <= most for least, most in odds.amounts.values())


def test_loot_odds_are_those_of_the_rules() -> None:
    """Game rules: at 2 000, 5 % items, 15 % quartz, and the rest crystals."""
    odds = rules.loot_odds(2_000)

    assert {thing: float(share) for thing, share in odds.types.items()} == {
        "sakura_crystals": 0.8,
        "quartzs": 0.15,
        "item": 0.05,
    }
    assert odds.amounts["sakura_crystals"][0] < 103 < odds.amounts["sakura_crystals"][1]


# ---- who suits


def test_whom_a_place_likes_comes_first_then_who_is_worth_more_there() -> None:
    place = a_place(
        a_check(check_stat="atk"),
        favored=liking("fire", "water"),
        disfavored=liking("void"),
        favored_count=1,
        disfavored_count=1,
        dominant_stats=("atk",),
    )
    strong, weak, liked, twice, disliked = (
        a_member(1, 90, elements=()),
        a_member(2, 10, elements=()),
        a_member(3, 1, elements=("fire",)),
        a_member(4, 1, elements=("fire", "water")),
        a_member(5, 99, elements=("void",)),
    )

    found = rules.suited(place, [strong, weak, liked, twice, disliked])

    assert [one.member.waifu_id for one in found] == [4, 3, 1, 2, 5]
    assert [(one.favored, one.disfavored) for one in found] == [
        (2, 0), (1, 0), (0, 0), (0, 0), (0, 1),
    ]  # fmt: skip
