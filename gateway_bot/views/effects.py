"""What equipment does, in words."""

from gateway_bot.text import knows, say, table
from gateway_bot.views.words import number
from geminya.collection.v1.equipment_pb2 import Effect, Equipment

AFFINITY = "affinity_add"
ENCOUNTERS = "encounter_count_add"
ALL_STATS = "all"


def effect_words(effect: Effect) -> str:
    """What an effect does, as plain words without markdown."""
    if effect.type == AFFINITY:
        return _favours(effect)
    key = f"effect.{effect.type}"
    if effect.type == ENCOUNTERS and effect.amount == 1:
        key = "effect.encounter_count_add_one"
    if not knows(key):
        return say("effect.other")
    return say(key, amount=number(effect.amount), stat=_stat(effect.stat))


def effect_brief(effect: Effect) -> str:
    """What an effect does where a sign beside it tells the kind."""
    return effect.value_name or effect.value or effect_words(effect)


def piece_name(piece: Equipment) -> str:
    """A piece by its place and what it does mainly, as plain words without markdown."""
    return say("equipment.name", slot=piece.slot_no, effect=effect_words(piece.main_effect))


def piece_label(piece: Equipment) -> str:
    """A piece with what else is to be known of it."""
    return piece_name(piece) + piece_marks(piece)


def piece_marks(piece: Equipment) -> str:
    """How many slots are open, whether it has a heart, whether it is away."""
    return "".join(
        [
            _slots(len(piece.sub_slots)),
            say("equipment.favorite") if piece.is_favorite else "",
            say("equipment.away") if piece.is_away else "",
        ]
    )


def _favours(effect: Effect) -> str:
    key = f"effect.{effect.category}"
    value = effect.value_name or effect.value
    return say(key, value=value) if knows(key) else say("effect.other")


def _stat(stat: str) -> str:
    return say("effect.all") if stat == ALL_STATS else table("stat").get(stat, stat)


def _slots(count: int) -> str:
    if not count:
        return ""
    return say("equipment.slots_one") if count == 1 else say("equipment.slots", count=count)
