"""Worlds of any shape: places, parties and modifiers, as hypothesis makes them."""

from fractions import Fraction

from hypothesis import strategies as st

from chassis.dice import Dice, Seed
from services.expeditions.atlas.rules.types import (
    STATS,
    Affinity,
    Condition,
    Encounter,
    EncounterType,
    Modifier,
)
from services.expeditions.expedition.rules import (
    HANDLERS,
    Member,
    Party,
    Plan,
    planned,
)
from services.expeditions.expedition.rules.numbers import CHECKED_STATS
from tests.unit.expeditions.parties import (
    a_template,
)

AMOUNTS = {
    "stat_check_bonus": st.integers(1, 500),
    "stat_check_penalty": st.integers(-500, 500),
    "final_stat_check_bonus": st.integers(1, 50),
    "difficulty_increase_absolute": st.integers(1, 500),
    "loot_pool_penalty": st.integers(1, 5),
    "encounter_count_add": st.integers(1, 5),
    "encounter_count_subtract": st.integers(1, 5),
}
words = st.sampled_from(["common", "forest", "desert", "water", "magic"])
word_sets = st.lists(words, min_size=1, max_size=3, unique=True).map(tuple)
elements = st.sampled_from(["fire", "water", "light"])
archetypes = st.sampled_from(["Knight", "Sage"])
genres = st.sampled_from(["Comedy", "Drama"])
some_stats = st.lists(st.sampled_from(CHECKED_STATS), min_size=1, max_size=7, unique=True).map(
    tuple
)
dice = st.builds(Seed, st.binary(min_size=32, max_size=32), st.just("word"), st.integers(0, 9)).map(
    Dice
)


@st.composite
def traits(draw: st.DrawFn) -> tuple[str, str]:
    category = draw(st.sampled_from(["elemental", "archetype", "genre", "series_id"]))
    values = {
        "elemental": elements,
        "archetype": archetypes,
        "genre": genres,
        "series_id": st.sampled_from(["1", "2"]),
    }
    return category, draw(values[category])


affinity_sets = st.lists(traits().map(lambda one: Affinity(*one)), max_size=6).map(tuple)


@st.composite
def modifiers(draw: st.DrawFn) -> Modifier:
    type = draw(st.sampled_from(sorted(HANDLERS)))
    category, name = draw(traits())
    return Modifier(
        type=type,
        stats=draw(some_stats),
        value=Fraction(
            draw(AMOUNTS.get(type, st.fractions(Fraction(1, 100), 2, max_denominator=100)))
        ),
        affinity=draw(st.sampled_from(["favored", "disfavored"])),
        category=category,
        name=draw(st.sampled_from([name, ""])),
        tags=draw(word_sets),
        kind=draw(st.sampled_from(["jackpot_chance", "catastrophe_chance", "mishap_chance"])),
        swap_from=draw(words),
        swap_to=draw(words),
    )


@st.composite
def encounters(draw: st.DrawFn) -> list[Encounter]:
    types = draw(st.lists(st.sampled_from([*EncounterType]), min_size=1, max_size=25))
    return [
        Encounter(
            encounter_id=f"encounter-{number}",
            name="",
            type=type,
            tags=draw(word_sets),
            text_success="",
            text_failure="",
            check_stat=draw(st.sampled_from(CHECKED_STATS)),
            difficulty=draw(st.integers(1, 3000)),
            common=draw(st.integers(0, 100)),
            great=draw(st.integers(0, 200)),
            condition=draw(st.builds(Condition, st.just("genre"), st.tuples(genres))),
            success_loot_value=draw(st.integers(0, 150)),
            modifier=draw(modifiers()),
        )
        for number, type in enumerate(types)
    ]


@st.composite
def members(draw: st.DrawFn, waifu_id: int) -> Member:
    return Member(
        waifu_id=waifu_id,
        stats={stat: draw(st.integers(1, 999)) for stat in STATS},
        stars=draw(st.integers(1, 6)),
        constellation=draw(st.integers(0, 6)),
        bond_level=draw(st.integers(1, 10)),
        is_awakened=draw(st.booleans()),
        elements=draw(st.lists(elements, min_size=1, max_size=3, unique=True).map(tuple)),
        archetype=draw(archetypes),
        series_id=draw(st.integers(1, 2)),
        genres=draw(st.lists(genres, max_size=2, unique=True).map(tuple)),
    )


@st.composite
def parties(draw: st.DrawFn) -> Party:
    count = draw(st.integers(1, 3))
    return Party(tuple(draw(members(number)) for number in range(1, count + 1)))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    template = a_template(
        duration_hours=draw(st.integers(1, 48)),
        difficulty=draw(st.integers(1, 3000)),
        favored=draw(affinity_sets),
        favored_count=draw(st.integers(0, 4)),
        disfavored=draw(affinity_sets),
        disfavored_count=draw(st.integers(0, 4)),
        dominant_stats=draw(some_stats),
        tags=draw(word_sets),
    )
    known, pieces = draw(encounters()), draw(st.lists(modifiers(), max_size=6))
    return planned(template, known, pieces, draw(dice))
