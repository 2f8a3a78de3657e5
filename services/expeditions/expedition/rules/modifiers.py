"""What boons, hazards and equipment change: for the rest of the way, or once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from services.expeditions.atlas.rules.types import Affinity, Modifier
from services.expeditions.expedition.rules.chances import Mishaps


@dataclass(frozen=True, slots=True)
class Effects:
    """Everything that has changed so far."""

    left: int
    """Encounters still to come."""
    tags: frozenset[str]
    """Of the place, as they are now."""
    ignored: frozenset[str] = frozenset()
    """Whatever has one of these comes no more."""
    favored: tuple[Affinity, ...] = ()
    disfavored: tuple[Affinity, ...] = ()
    stats: Mapping[str, int] = field(default_factory=dict[str, int])
    """Added to the sum of the members, before anything multiplies it."""
    final_stats: Mapping[str, int] = field(default_factory=dict[str, int])
    """Added to the score, after everything has multiplied it."""
    affinity_more: Fraction = Fraction(0)
    affinity_halvings: int = 0
    score_factor: Fraction = Fraction(1)
    ease: Fraction = Fraction(0)
    """Added to the quotient of score and difficulty."""
    ease_by_tag: Mapping[str, Fraction] = field(default_factory=dict[str, Fraction])
    difficulty_factor: Fraction = Fraction(1)
    difficulty_more: int = 0
    loot_factor: Fraction = Fraction(1)
    loot_to_lose: int = 0
    """Finds that are lost at once."""
    keeps_loot: bool = False
    """A mishap takes nothing."""
    mishaps: Mishaps = field(default_factory=Mishaps)
    mishaps_blocked: int = 0
    catastrophe: Fraction = Fraction(0)
    jackpot: Fraction = Fraction(0)
    passed_tags: frozenset[str] = frozenset()
    """Checks with one of these at least succeed."""
    passes_next: bool = False
    excels_next: bool = False
    skips_next: bool = False
    any_stat_next: bool = False


Handler = Callable[[Effects, Modifier], Effects]


def apply(effects: Effects, modifier: Modifier) -> Effects:
    """The effects with one more."""
    return HANDLERS[modifier.type](effects, modifier)


def amount(modifier: Modifier) -> Fraction:
    """How much; the types that ask for it always have it."""
    if modifier.value is None:
        raise ValueError(f"{modifier.type} has no value")
    return modifier.value


def whole(modifier: Modifier) -> int:
    """How much, where only whole amounts have a meaning."""
    return int(amount(modifier))


def added(sums: Mapping[str, int], modifier: Modifier, sign: int = 1) -> dict[str, int]:
    """The sums with the amount added to each stat it is about."""
    return {**sums, **{stat: sums.get(stat, 0) + sign * whole(modifier) for stat in modifier.stats}}


def stat_check_bonus(effects: Effects, modifier: Modifier) -> Effects:
    """Raises stats of the whole party."""
    return replace(effects, stats=added(effects.stats, modifier))


def stat_check_penalty(effects: Effects, modifier: Modifier) -> Effects:
    """Lowers stats of the whole party; files write the amount with or without a minus."""
    lost = replace(modifier, value=abs(amount(modifier)))
    return replace(effects, stats=added(effects.stats, lost, -1))


def final_stat_check_bonus(effects: Effects, modifier: Modifier) -> Effects:
    """Raises the score itself; only equipment can."""
    return replace(effects, final_stats=added(effects.final_stats, modifier))


def affinity_add(effects: Effects, modifier: Modifier) -> Effects:
    """One more thing that the place likes or dislikes. Without a value there is no such thing."""
    if not modifier.name:
        return effects
    affinity = Affinity(modifier.category, modifier.name)
    if modifier.affinity == "favored":
        return replace(effects, favored=(*effects.favored, affinity))
    return replace(effects, disfavored=(*effects.disfavored, affinity))


def final_roll(sign: int) -> Handler:
    """Shifts a chance: a bonus always for the better, a penalty always for the worse."""

    def shift(effects: Effects, modifier: Modifier) -> Effects:
        by = sign * abs(amount(modifier))
        match modifier.kind:
            case "jackpot_chance":
                return replace(effects, jackpot=effects.jackpot + by)
            case "catastrophe_chance":
                return replace(effects, catastrophe=effects.catastrophe - by)
            case "mishap_chance":
                shifted = replace(effects.mishaps, shift=effects.mishaps.shift - by)
                return replace(effects, mishaps=shifted)
            case _:
                raise ValueError(f"no such chance: {modifier.kind}")

    return shift


def success_chance_increase_tag(effects: Effects, modifier: Modifier) -> Effects:
    """Makes checks with one of the tags easier."""
    known = effects.ease_by_tag
    more = {tag: known.get(tag, Fraction(0)) + amount(modifier) for tag in modifier.tags}
    return replace(effects, ease_by_tag={**known, **more})


def encounter_tag_swap(effects: Effects, modifier: Modifier) -> Effects:
    """Makes another place of it, if it was one of that kind."""
    if modifier.swap_from not in effects.tags:
        return effects
    return replace(effects, tags=effects.tags - {modifier.swap_from} | {modifier.swap_to})


def mishap_chance_halve(effects: Effects, _: Modifier) -> Effects:
    """Half as many mishaps."""
    halved = replace(effects.mishaps, halvings=effects.mishaps.halvings + 1)
    return replace(effects, mishaps=halved)


HANDLERS: Mapping[str, Handler] = {
    "stat_check_bonus": stat_check_bonus,
    "stat_check_penalty": stat_check_penalty,
    "final_stat_check_bonus": final_stat_check_bonus,
    "affinity_add": affinity_add,
    "affinity_multiplier_add": lambda e, m: replace(e, affinity_more=e.affinity_more + amount(m)),
    "affinity_multiplier_halve": lambda e, _: replace(e, affinity_halvings=e.affinity_halvings + 1),
    "affinity_multiplier_reset": lambda e, _: replace(e, favored=(), disfavored=()),
    "final_roll_bonus": final_roll(1),
    "final_roll_penalty": final_roll(-1),
    "success_chance_increase": lambda e, m: replace(e, ease=e.ease + amount(m)),
    "success_chance_increase_tag": success_chance_increase_tag,
    "skill_score_multiplier": lambda e, m: replace(e, score_factor=e.score_factor * amount(m)),
    "randomize_check_stats": lambda e, _: replace(e, any_stat_next=True),
    "difficulty_increase_percent": lambda e, m: replace(
        e, difficulty_factor=e.difficulty_factor * (1 + amount(m))
    ),
    "difficulty_increase_absolute": lambda e, m: replace(
        e, difficulty_more=e.difficulty_more + whole(m)
    ),
    "loot_pool_bonus": lambda e, m: replace(e, loot_factor=e.loot_factor * (1 + amount(m) / 100)),
    "loot_pool_penalty": lambda e, m: replace(e, loot_to_lose=e.loot_to_lose + whole(m)),
    "loot_quality_halved": lambda e, _: replace(e, loot_factor=e.loot_factor / 2),
    "mishap_chance_halve": mishap_chance_halve,
    "prevent_next_mishap": lambda e, _: replace(e, mishaps_blocked=e.mishaps_blocked + 1),
    "prevent_mishap_loot_loss": lambda e, _: replace(e, keeps_loot=True),
    "prevent_all_mishaps": lambda e, _: replace(e, mishaps=replace(e.mishaps, prevented=True)),
    "guaranteed_success_next_encounter": lambda e, _: replace(e, passes_next=True),
    "guaranteed_great_success_next_encounter": lambda e, _: replace(e, excels_next=True),
    "guaranteed_success_tag": lambda e, m: replace(e, passed_tags=e.passed_tags | {*m.tags}),
    "skip_next_encounter": lambda e, _: replace(e, skips_next=True),
    "encounter_count_add": lambda e, m: replace(e, left=e.left + whole(m)),
    "encounter_count_subtract": lambda e, m: replace(e, left=max(0, e.left - whole(m))),
    "encounter_count_halve": lambda e, _: replace(e, left=e.left // 2),
    "remove_encounter_tag": lambda e, m: replace(e, tags=e.tags - {*m.tags}),
    "encounter_tag_ignore": lambda e, m: replace(e, ignored=e.ignored | {*m.tags}),
    "encounter_tag_add": lambda e, m: replace(e, tags=e.tags | {*m.tags}),
    "encounter_tag_swap": encounter_tag_swap,
}
