"""Waifus as the pictures and the lines beside them want them."""

from dataclasses import replace

from gateway_bot.render.card import CardFace
from gateway_bot.render.equipment import PieceFace
from gateway_bot.text import say
from gateway_bot.views import words
from gateway_bot.views.effects import effect_brief, effect_words
from gateway_bot.views.words import plain
from geminya.collection.v1.catalog_pb2 import Waifu
from geminya.collection.v1.equipment_pb2 import Equipment
from geminya.collection.v1.roster_pb2 import Granted, OwnedWaifu
from geminya.economy.v1.gacha_pb2 import Pull

NO_ELEMENT = "neutral"


def known(waifu: Waifu | None, waifu_id: int, rarity: int) -> Waifu:
    """The waifu, or somebody without a name where the catalogue cannot be asked."""
    if waifu is not None:
        return waifu
    name = say("summon.unknown_name", waifu_id=waifu_id)
    return Waifu(waifu_id=waifu_id, name=name, series=say("summon.unknown_series"), rarity=rarity)


def face_of_pull(pull: Pull, waifu: Waifu) -> CardFace:
    """A card of a summon."""
    return _face(
        waifu, stars=pull.stars_after or pull.rarity, is_new=pull.is_new, shards=pull.shards_gained
    )


def face_of_granted(granted: Granted, waifu: Waifu) -> CardFace:
    """The card of somebody who came without a summon."""
    return _face(
        waifu, stars=granted.stars_after, is_new=granted.is_new, shards=granted.shards_gained
    )


def face_of_waifu(waifu: Waifu, owned: OwnedWaifu | None) -> CardFace:
    """The picture of a profile."""
    if owned is None:
        return _face(waifu, stars=waifu.rarity)
    face = _face(
        waifu,
        stars=owned.current_star_level,
        shards=owned.character_shards,
        nickname=owned.custom_nickname,
    )
    return replace(
        face,
        shards_needed=owned.next_star_cost,
        is_awakened=owned.is_awakened,
        is_favorite=owned.is_favorite,
        constellation=owned.constellation_level,
    )


def small_face_of_piece(piece: Equipment) -> PieceFace:
    """A piece of equipment among others on the shelf."""
    return replace(face_of_piece(piece), label=effect_brief(piece.main_effect))


def face_of_piece(piece: Equipment) -> PieceFace:
    """A piece of equipment from close up."""
    main = piece.main_effect
    return PieceFace(
        slot_no=piece.slot_no,
        kind=main.type,
        label=effect_words(main),
        category=main.category,
        value=main.value,
        sub_labels=tuple(effect_words(slot.effect) for slot in piece.sub_slots),
        is_favorite=piece.is_favorite,
        is_away=piece.is_away,
    )


def _face(
    waifu: Waifu, *, stars: int, is_new: bool = False, shards: int = 0, nickname: str = ""
) -> CardFace:
    elements = tuple(waifu.elemental_type) or (NO_ELEMENT,)
    return CardFace(
        waifu_id=waifu.waifu_id,
        name=waifu.name,
        series=waifu.series,
        rarity=waifu.rarity,
        element=elements[0],
        elements=elements,
        archetype=waifu.archetype,
        stars=stars,
        is_new=is_new,
        shards=shards,
        image_url=waifu.image_url,
        nickname=nickname,
    )


def became(got: Pull | Granted, waifu: Waifu, rarity: int) -> str:
    """A line of what a copy of somebody came to: new, surplus, or shards."""
    places = {
        "stars": words.rarity(rarity),
        "name": plain(waifu.name),
        "series": plain(waifu.series),
    }
    if got.is_new:
        return say("summon.pull_new", **places)
    if got.surplus_quartzs:
        return say("summon.pull_full", quartz=words.number(got.surplus_quartzs), **places)
    gained, balance = got.shards_gained, got.character_shards
    return say("summon.pull_shards", shards=gained, balance=balance, **places)
