"""What a place likes and dislikes, and who has it."""

from collections.abc import Mapping, Sequence

from gateway_bot.text import say
from gateway_bot.views.words import clip, plain
from geminya.collection.v1.catalog_pb2 import Waifu
from geminya.expeditions.v1.atlas_pb2 import Affinity

SERIES = "series_id"
NAME_LETTERS = 80


def affinity_words(affinities: Sequence[Affinity], series: Mapping[str, str]) -> str:
    """Affinities in a line, as they show."""
    named = [affinity_name(one.category, one.value, series) for one in affinities]
    return ", ".join(dict.fromkeys(named))


def affinity_name(category: str, value: str, series: Mapping[str, str]) -> str:
    """One affinity, as it shows."""
    if category == SERIES:
        name = series.get(value)
        return clip(name, NAME_LETTERS) if name else say("places.series", series_id=plain(value))
    return clip(value, NAME_LETTERS)


def has(waifu: Waifu, affinity: Affinity) -> bool:
    """Whether it can be seen of her; genres are a matter of her story, and are not."""
    traits: Mapping[str, Sequence[str]] = {
        "elemental": waifu.elemental_type,
        "archetype": [waifu.archetype],
        SERIES: [str(waifu.series_id)],
    }
    wanted = affinity.value.casefold()
    return any(wanted == one.casefold() for one in traits.get(affinity.category, ()))
