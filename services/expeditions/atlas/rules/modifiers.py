"""What a boon or a hazard can do, and how it is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from services.expeditions.atlas.rules import values
from services.expeditions.atlas.rules.fields import Fields
from services.expeditions.atlas.rules.types import STATS, Modifier

CHECKED_STATS = tuple(stat for stat in STATS if stat != "hp")
"""What an encounter can ask for."""
ALL_STATS = "all"
CATEGORIES = ("elemental", "archetype", "series_id", "genre")
SIDES = ("favored", "disfavored")
CHANCES = ("jackpot_chance", "mishap_chance", "catastrophe_chance")
LOSSES = ("mishap",)
MOST_STATS = len(CHECKED_STATS)
MOST_TAGS = 20
FIELDS = (
    "stat",
    "value",
    "affinity",
    "category",
    "tag",
    "bonus_type",
    "penalty_type",
    "from",
    "to",
)


@dataclass(frozen=True, slots=True)
class Range:
    """Which amounts a modifier may have."""

    low: Fraction
    high: Fraction
    is_whole: bool = False


def parts(low: str, high: str) -> Range:
    """Amounts with a point."""
    return Range(Fraction(low), Fraction(high))


def whole(low: int, high: int) -> Range:
    """Whole amounts."""
    return Range(Fraction(low), Fraction(high), is_whole=True)


@dataclass(frozen=True, slots=True)
class Shape:
    """Which fields a type of modifier has beside its type."""

    amount: Range | None = None
    needs: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    may: tuple[str, ...] = ()


PLAIN = Shape()
TAGGED = Shape(needs=("tag",))
ENCOUNTERS = Shape(whole(1, 20))
CHANCE = parts("-1", "1")
SHAPES: Mapping[str, Shape] = {
    "stat_check_bonus": Shape(whole(1, 10_000), needs=("stat",)),
    "stat_check_penalty": Shape(whole(-10_000, 10_000), needs=("stat",)),
    "affinity_add": Shape(needs=("affinity", "category"), may=("value",)),
    "final_roll_bonus": Shape(CHANCE, needs=("bonus_type",), kinds=CHANCES),
    "final_roll_penalty": Shape(CHANCE, needs=("penalty_type",), kinds=CHANCES),
    "success_chance_increase": Shape(parts("0", "10")),
    "success_chance_increase_tag": Shape(parts("0", "10"), needs=("tag",)),
    "skill_score_multiplier": Shape(parts("0", "10")),
    "affinity_multiplier_add": Shape(parts("0", "10")),
    "affinity_multiplier_halve": PLAIN,
    "affinity_multiplier_reset": PLAIN,
    "randomize_check_stats": PLAIN,
    "difficulty_increase_percent": Shape(parts("0", "10")),
    "difficulty_increase_absolute": Shape(whole(1, 10_000)),
    "loot_pool_bonus": Shape(parts("0", "1000")),
    "loot_pool_penalty": Shape(whole(1, 100), kinds=LOSSES, may=("penalty_type",)),
    "loot_quality_halved": PLAIN,
    "mishap_chance_halve": PLAIN,
    "prevent_next_mishap": PLAIN,
    "prevent_mishap_loot_loss": PLAIN,
    "prevent_all_mishaps": PLAIN,
    "guaranteed_success_next_encounter": PLAIN,
    "guaranteed_great_success_next_encounter": PLAIN,
    "guaranteed_success_tag": TAGGED,
    "skip_next_encounter": PLAIN,
    "encounter_count_add": ENCOUNTERS,
    "encounter_count_subtract": ENCOUNTERS,
    "encounter_count_halve": PLAIN,
    "remove_encounter_tag": TAGGED,
    "encounter_tag_ignore": TAGGED,
    "encounter_tag_add": TAGGED,
    "encounter_tag_swap": Shape(needs=("from", "to")),
}


def read_modifier(fields: Fields) -> Modifier:
    """The modifier of an entry; worth something only when nothing was refused."""
    kind = fields.must("type", values.one_of(SHAPES), "")
    if not kind:
        return Modifier("")
    shape = SHAPES[kind]
    modifier = read_affinity(fields) if kind == "affinity_add" else read_effect(fields, kind, shape)
    ignore_the_rest(fields, kind)
    fields.close()
    return modifier


def read_effect(fields: Fields, kind: str, shape: Shape) -> Modifier:
    """A modifier of every type but the one that adds an affinity."""
    needs = shape.needs
    tags = values.one_or_more(values.a_tag, MOST_TAGS)
    swap = [fields.must(end, values.a_tag, "") for end in ("from", "to") if end in needs]
    return Modifier(
        type=kind,
        stats=fields.must("stat", stats, ()) if "stat" in needs else (),
        value=fields.must("value", amount(shape.amount), None) if shape.amount else None,
        tags=fields.must("tag", tags, ()) if "tag" in needs else (),
        kind=read_kind(fields, shape),
        swap_from=swap[0] if swap else "",
        swap_to=swap[1] if swap else "",
    )


def read_kind(fields: Fields, shape: Shape) -> str:
    """Which chance is meant, or how the loot is lost."""
    for name in ("bonus_type", "penalty_type"):
        if name in shape.needs:
            return fields.must(name, values.one_of(shape.kinds), "")
        if name in shape.may:
            return fields.may(name, values.one_of(shape.kinds), shape.kinds[0])
    return ""


def read_affinity(fields: Fields) -> Modifier:
    """An affinity to add. Without a value it does nothing, and then any word may be its category."""
    has_value = "value" in fields.given
    side = fields.must("affinity", values.one_of(SIDES), "")
    category = fields.must("category", values.one_of(CATEGORIES) if has_value else values.word, "")
    if not has_value:
        fields.notes.warn(f"{fields.path}value", "is missing, so the modifier does nothing")
    read = values.series_id if category == "series_id" else values.word
    return Modifier(
        "affinity_add", affinity=side, category=category, name=fields.may("value", read, "")
    )


def ignore_the_rest(fields: Fields, kind: str) -> None:
    """Warns of fields that other types have; what no type has is refused."""
    for name in FIELDS:
        if name in fields.given and name not in fields.asked:
            fields.asked.add(name)
            fields.notes.warn(f"{fields.path}{name}", f"is not used by {kind}")


def stats(value: object) -> tuple[str, ...]:
    """One stat, several, or all of them."""
    if value == ALL_STATS:
        return CHECKED_STATS
    return values.one_or_more(values.one_of(CHECKED_STATS), MOST_STATS)(value)


def amount(allowed: Range) -> Callable[[object], Fraction | None]:
    """Reads an amount of this range."""
    low, high = allowed.low, allowed.high
    read = values.amount(low, high)

    def read_amount(value: object) -> Fraction | None:
        if allowed.is_whole:
            values.whole(int(low), int(high))(value)
        return read(value)

    return read_amount
