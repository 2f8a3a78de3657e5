"""What boons, hazards and equipment do: every type, by what the next encounters are like."""

from fractions import Fraction
from typing import Any

import pytest

from services.expeditions.atlas.rules.modifiers import SHAPES
from services.expeditions.atlas.rules.types import STATS, Affinity, Encounter, Modifier
from services.expeditions.expedition.rules import HANDLERS, Effects, Outcome, Party, Trial, carried
from services.expeditions.expedition.rules import trial as rules_trial
from services.expeditions.expedition.rules.chances import SURELY_GREAT, Shares
from services.expeditions.expedition.rules.course import pool
from services.expeditions.expedition.rules.journey import Journey
from services.expeditions.expedition.rules.modifiers import apply
from services.expeditions.expedition.rules.numbers import CHECKED_STATS
from tests.unit.expeditions.parties import (
    HIGH,
    LOW,
    Fixed,
    a_boon,
    a_check,
    a_gate,
    a_hazard,
    a_member,
    a_modifier,
    a_party,
    a_plan,
    effects_of,
    liking,
)

PARTY = a_party(a_member(stat=400))  # counts 380
WALL = a_check(difficulty=380)
EVEN = Shares(500, 6000, 3000, 500)


def after(*modifiers: Modifier, **effects: Any) -> Effects:
    found = effects_of(**effects)
    for one in modifiers:
        found = apply(found, one)
    return found


def a_trial(
    *modifiers: Modifier, party: Party = PARTY, check: Encounter = WALL, **plan: Any
) -> Trial:
    return rules_trial(a_plan(check, **plan), party, check, after(*modifiers), check.check_stat)


def a_journey(*met: Encounter, dice: Fixed = LOW, party: Party = PARTY, **plan: Any) -> Journey:
    """A party that has met these, in this order, whatever the dice say."""
    journey = Journey(a_plan(*met, **plan), party, dice)
    for one in met:
        journey.events.append(journey.meet(one))
    return journey


def test_every_type_that_can_be_imported_has_an_effect() -> None:
    """And one that only equipment has."""
    assert set(HANDLERS) == {*SHAPES, "final_stat_check_bonus"}


# The score.


def test_without_anything_the_score_is_the_stat() -> None:
    assert a_trial() == Trial("atk", 380, 0, 0, Fraction(380), 380, EVEN)


def test_a_bonus_counts_before_and_a_final_bonus_after_everything_multiplies() -> None:
    bonus = a_modifier("stat_check_bonus", 20, stats=("atk", "vit"))
    final = a_modifier("final_stat_check_bonus", 12, stats=("atk",))
    found = a_trial(bonus, final, favored=liking("fire"), favored_count=1)

    assert found.total == 400
    assert found.score == 400 * Fraction(6, 5) + 12


@pytest.mark.parametrize("value", [-50, 50])
def test_a_penalty_lowers_however_it_is_written(value: int) -> None:
    assert a_trial(a_modifier("stat_check_penalty", value, stats=("atk",))).total == 330


def test_a_penalty_on_another_stat_does_nothing_and_none_goes_below_zero() -> None:
    assert a_trial(a_modifier("stat_check_penalty", -50, stats=("mag",))).total == 380
    assert a_trial(a_modifier("stat_check_penalty", -1000, stats=("atk",))).score == 0


@pytest.mark.parametrize("stat", CHECKED_STATS)
def test_equipment_raises_every_stat_that_is_checked(stat: str) -> None:
    """In the first bot, bonuses to int were filed under another name and lost."""
    one = carried("stat_check_bonus", 7, None, None, stat)
    every = carried("final_stat_check_bonus", 5, None, None, "all")
    check = a_check(check_stat=stat)

    assert a_trial(one, every, check=check, dominant_stats=CHECKED_STATS).score == 380 + 7 + 5


def test_an_added_affinity_acts_and_one_without_a_value_does_not() -> None:
    favored = a_modifier("affinity_add", affinity="favored", category="elemental", name="fire")
    disliked = a_modifier("affinity_add", affinity="disfavored", category="genre", name="Comedy")
    nothing = a_modifier("affinity_add", affinity="favored", category="gourmet")

    assert a_trial(favored, nothing).score == 380 * Fraction(6, 5)
    assert a_trial(favored, disliked).score == 380 * Fraction(18, 25)


def test_a_reset_takes_what_the_way_added_and_leaves_place_and_piece_alone() -> None:
    """In the first bot it took the affinity of the equipment as well."""
    piece = carried("affinity_add", "Knight", "favored", "archetype", None)
    added = a_boon("affinity_add", affinity="favored", category="elemental", name="fire")
    journey = a_journey(
        added,
        a_hazard("affinity_multiplier_reset"),
        a_check(),
        equipment=(piece,),
        favored=liking("Comedy", category="genre"),
        favored_count=1,
    )

    check = journey.events[-1].check
    assert check is not None
    assert check.favored == 2
    assert journey.plan.favored == (Affinity("genre", "Comedy"), Affinity("archetype", "Knight"))


def test_the_affinity_factor_is_raised_before_it_is_held_and_halved_after() -> None:
    more = a_modifier("affinity_multiplier_add", "0.5")
    half = a_modifier("affinity_multiplier_halve")
    many = {"favored": liking(*["fire"] * 3), "favored_count": 3}
    threes = a_party(*(a_member(one, stat=400) for one in range(1, 4)))

    assert a_trial(more).score == 380 * Fraction(3, 2)
    assert a_trial(more, half).score == 380 * Fraction(5, 4)
    assert a_trial(more, half, half).score == 380 * Fraction(9, 8)
    assert a_trial(more, party=threes, **many).score == 3 * 380 * Fraction(18, 5)


def test_a_factor_multiplies_the_score_but_not_what_comes_last() -> None:
    better, worse = (a_modifier("skill_score_multiplier", value) for value in ("1.1", "0.8"))
    final = a_modifier("final_stat_check_bonus", 12, stats=("atk",))

    assert a_trial(better, worse, final).score == 380 * Fraction(88, 100) + 12


def test_the_next_check_asks_for_any_stat() -> None:
    journey = a_journey(a_hazard("randomize_check_stats"), a_gate("genre", "none"), dice=HIGH)
    checks = [journey.meet(a_check()).check for _ in range(2)]

    assert [one.stat for one in checks if one] == [CHECKED_STATS[-1], "atk"]


# The difficulty and the chances.


def test_difficulties_multiply_are_floored_and_then_added_to() -> None:
    """In the first bot a hazard of 50 made everything twice as hard."""
    harder = a_modifier("difficulty_increase_percent", "0.25")
    by_fifty = a_modifier("difficulty_increase_absolute", 50)

    assert a_trial(harder, check=a_check(difficulty=101)).difficulty == 126
    assert a_trial(harder, by_fifty, harder).difficulty == int(380 * Fraction(25, 16)) + 50


def test_a_better_chance_moves_the_band_everywhere_or_only_with_a_tag() -> None:
    everywhere = a_modifier("success_chance_increase", "0.25")
    here = a_modifier("success_chance_increase_tag", "0.5", tags=("forest",))
    there = a_modifier("success_chance_increase_tag", "0.5", tags=("desert",))

    assert a_trial(everywhere).shares == Shares(1000, 6700, 1900, 400)
    assert a_trial(here).shares == Shares(1500, 7200, 1100, 200)
    assert a_trial(here, here).shares == Shares(3500, 6500, 0, 0)
    assert a_trial(there).shares == EVEN


def test_fewer_mishaps_are_more_failures() -> None:
    half = a_modifier("mishap_chance_halve")
    none = a_modifier("prevent_all_mishaps")
    bonus = a_modifier("final_roll_bonus", "-0.02", kind="mishap_chance")

    assert a_trial(half).shares == Shares(500, 6000, 3250, 250)
    assert a_trial(half, half).shares == Shares(500, 6000, 3375, 125)
    assert a_trial(bonus).shares == Shares(500, 6000, 3200, 300)
    assert a_trial(bonus, bonus, bonus).shares == Shares(500, 6000, 3500, 0)
    assert a_trial(none).shares == Shares(500, 6000, 3500, 0)


def test_more_mishaps_are_taken_from_failures_and_then_from_the_rest() -> None:
    penalty = a_modifier("final_roll_penalty", "0.1", kind="mishap_chance")
    worse = a_modifier("final_roll_penalty", "0.4", kind="mishap_chance")

    assert a_trial(penalty).shares == Shares(500, 6000, 2000, 1500)
    assert a_trial(worse).shares == Shares(500, 5000, 0, 4500)
    assert a_trial(worse, worse, worse).shares == Shares(0, 0, 0, 10_000)


def test_a_guarantee_for_a_tag_lasts() -> None:
    sure = a_modifier("guaranteed_success_tag", tags=("forest",))

    assert a_trial(sure).shares == Shares(500, 9500, 0, 0)
    assert a_trial(sure, check=a_check(tags=("common",))).shares.failure > 0


@pytest.mark.parametrize(
    ("type", "outcome"),
    [
        ("guaranteed_success_next_encounter", Outcome.SUCCESS),
        ("guaranteed_great_success_next_encounter", Outcome.GREAT),
    ],
)
def test_a_guarantee_waits_for_the_next_check_and_is_used_up(type: str, outcome: Outcome) -> None:
    hard = a_check(difficulty=5000)
    journey = a_journey(a_boon(type), a_gate("genre", "none"), hard, hard, dice=HIGH)

    assert [event.outcome for event in journey.events][1:] == [
        Outcome.FAILURE, outcome, Outcome.MISHAP,
    ]  # fmt: skip


def test_a_great_guarantee_is_the_better_of_two() -> None:
    great = a_modifier("guaranteed_great_success_next_encounter")
    good = a_modifier("guaranteed_success_next_encounter")

    assert a_trial(great, good).shares == a_trial(good, great).shares == SURELY_GREAT


@pytest.mark.parametrize(
    ("modifier", "effects"),
    [
        (a_modifier("final_roll_bonus", "0.25", kind="jackpot_chance"), {"jackpot": "0.25"}),
        (a_modifier("final_roll_penalty", "0.25", kind="jackpot_chance"), {"jackpot": "-0.25"}),
        (a_modifier("final_roll_bonus", "0.1", kind="catastrophe_chance"), {"catastrophe": "-0.1"}),
        (
            a_modifier("final_roll_penalty", "0.1", kind="catastrophe_chance"),
            {"catastrophe": "0.1"},
        ),
    ],
)
def test_a_bonus_is_always_for_the_better(modifier: Modifier, effects: dict[str, str]) -> None:
    assert after(modifier) == effects_of(**{name: Fraction(by) for name, by in effects.items()})


def test_the_roll_at_the_end_is_shifted() -> None:
    jackpot = a_boon("final_roll_bonus", value="0.25", kind="jackpot_chance")
    worse = a_hazard("final_roll_penalty", value="0.1", kind="catastrophe_chance")

    assert a_journey(WALL, difficulty=2000).report().luck.shares == (500, 2000, 6500, 1000)
    assert a_journey(jackpot, difficulty=2000).report().luck.shares == (500, 2000, 4000, 3500)
    assert a_journey(worse, difficulty=2000).report().luck.shares == (1500, 2000, 5500, 1000)


# Mishaps and loot.

EASY = a_check("a-hill", difficulty=100, common=30, great=60)
DOOM = a_check("a-cliff", difficulty=5000)


def test_a_mishap_takes_a_find() -> None:
    journey = a_journey(EASY, dice=HIGH)
    lost = journey.loot[-1]

    assert journey.meet(DOOM).lost == (lost,)
    assert journey.meet(DOOM).lost == ()
    assert journey.loot == []


def test_one_mishap_is_blocked() -> None:
    journey = a_journey(a_boon("prevent_next_mishap"), EASY, DOOM, DOOM, dice=HIGH)

    assert [event.outcome for event in journey.events][2:] == [Outcome.FAILURE, Outcome.MISHAP]
    assert journey.loot == []


def test_each_boon_blocks_a_mishap_of_its_own() -> None:
    two = [a_boon("prevent_next_mishap")] * 2
    journey = a_journey(*two, DOOM, DOOM, DOOM, dice=HIGH)

    outcomes = [event.outcome for event in journey.events][2:]
    assert outcomes == [Outcome.FAILURE, Outcome.FAILURE, Outcome.MISHAP]


def test_loot_is_kept_but_the_mishap_counts() -> None:
    journey = a_journey(a_boon("prevent_mishap_loot_loss"), EASY, DOOM, dice=HIGH)

    assert len(journey.loot) == 1
    assert journey.report().tally.mishaps == 1


def test_a_penalty_takes_finds_at_once() -> None:
    journey = a_journey(EASY, EASY, EASY, dice=HIGH)
    event = journey.meet(a_hazard("loot_pool_penalty", value=2, kind="mishap"))

    assert len(event.lost) == 2
    assert len(journey.loot) == 1
    assert len(journey.meet(a_hazard("loot_pool_penalty", value=3)).lost) == 1
    assert journey.effects.loot_to_lose == 0


def test_loot_is_multiplied_for_the_rest_of_the_way() -> None:
    plain = a_journey(EASY, dice=HIGH).loot[0].value

    better = a_journey(a_boon("loot_pool_bonus", value=5), EASY, dice=HIGH)
    worse = a_journey(a_hazard("loot_quality_halved"), EASY, dice=HIGH)
    piece = a_journey(
        EASY, dice=HIGH, equipment=(carried("loot_pool_bonus", 20, None, None, None),)
    )
    assert better.loot[0].value == plain - 30 + 31
    assert worse.loot[0].value == plain - 30 + 15
    assert piece.loot[0].value == plain - 30 + 36


def test_what_makes_checks_harder_does_not_make_them_worth_more() -> None:
    plain = a_journey(EASY, dice=HIGH).loot[0].value
    harder = a_journey(a_hazard("difficulty_increase_absolute", value=5), EASY, dice=HIGH)

    assert harder.events[1].check is not None
    assert harder.events[1].check.difficulty == 105
    assert harder.loot[0].value == plain


# The way.


def test_the_next_encounter_is_skipped_without_any_effect() -> None:
    penalty = a_hazard("stat_check_penalty", value=300, stats=("atk",))
    journey = a_journey(a_hazard("skip_next_encounter"), penalty, WALL)

    assert journey.events[1].outcome is Outcome.SKIPPED
    assert journey.effects.stats == {}
    assert journey.events[2].outcome is not Outcome.SKIPPED
    assert journey.report().tally.skips == 1


@pytest.mark.parametrize(
    ("type", "value", "left"),
    [
        ("encounter_count_add", 3, 8),
        ("encounter_count_subtract", 2, 3),
        ("encounter_count_subtract", 9, 0),
        ("encounter_count_halve", None, 2),
    ],
)
def test_the_way_grows_and_shrinks(type: str, value: int | None, left: int) -> None:
    assert after(a_modifier(type, value), left=5).left == left


def test_a_piece_makes_the_way_longer() -> None:
    piece = carried("encounter_count_add", 3, None, None, None)

    assert a_journey(equipment=(piece,)).effects.left == a_journey().effects.left + 3


HILL = a_check("hill", tags=("forest", "hills"))
LAKE = a_check("lake", tags=("forest", "water"))
DUNE = a_check("dune", tags=("desert",))
RUIN = a_check("ruin", tags=("common",))


@pytest.mark.parametrize(
    ("modifier", "come"),
    [
        (None, ["hill", "lake", "ruin"]),
        (a_modifier("remove_encounter_tag", tags=("forest",)), ["ruin"]),
        (a_modifier("encounter_tag_ignore", tags=("water",)), ["hill", "ruin"]),
        (a_modifier("encounter_tag_add", tags=("desert",)), ["dune", "hill", "lake", "ruin"]),
        (a_modifier("encounter_tag_add", tags=("nowhere",)), ["hill", "lake", "ruin"]),
        (
            a_modifier("encounter_tag_swap", swap_from="forest", swap_to="desert"),
            ["dune", "ruin"],
        ),
        (
            a_modifier("encounter_tag_swap", swap_from="water", swap_to="desert"),
            ["hill", "lake", "ruin"],
        ),
        (
            a_modifier("remove_encounter_tag", tags=("forest", "common")),
            ["dune", "hill", "lake", "ruin"],
        ),
    ],
)
def test_tags_decide_what_still_comes(modifier: Modifier | None, come: list[str]) -> None:
    place = a_plan(RUIN, LAKE, HILL, DUNE)
    effects = after(*([modifier] if modifier else []))

    assert [one.encounter_id for one in pool(place, effects)] == come


def test_new_tags_act_on_the_way() -> None:
    """The change is made in the middle of a journey, so what was not there at first can come."""
    swap = a_boon("encounter_tag_swap", swap_from="forest", swap_to="desert")
    journey = Journey(a_plan(swap, DUNE, tags=("forest",), duration_hours=20), PARTY, LOW)
    journey.go()

    assert [event.encounter_id for event in journey.events] == ["a-spring", "dune"]


# Equipment, as it is stored.


def test_a_series_that_a_piece_favours_is_known_by_its_number() -> None:
    piece = carried("affinity_add", 7, "favored", "series_id", None)

    assert piece == a_modifier("affinity_add", affinity="favored", category="series_id", name="7")
    journey = a_journey(WALL, party=a_party(a_member(stat=400, series_id=7)), equipment=(piece,))
    check = journey.events[0].check
    assert check is not None
    assert check.favored == 1


def test_what_a_piece_makes_a_place_dislike_lasts_too() -> None:
    piece = carried("affinity_add", "Knight", "disfavored", "archetype", None)
    check = (
        a_journey(a_hazard("affinity_multiplier_reset"), WALL, equipment=(piece,)).events[1].check
    )

    assert check is not None
    assert check.disfavored == 1


def test_only_hp_is_never_raised() -> None:
    assert set(STATS) - set(carried("stat_check_bonus", 2, None, None, "all").stats) == {"hp"}
