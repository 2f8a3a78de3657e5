"""What a player and a waifu have lived through, and what they said to each other."""

from collections.abc import Sequence

from gateway_bot.buttons import MENU_OPTIONS, offer_button, offer_select, option
from gateway_bot.offers import Desk
from gateway_bot.text import say
from gateway_bot.views.bond import Her, memories_button, spoken
from gateway_bot.views.parts import Piece, View, colour, line, sheet, turner
from gateway_bot.views.parts import words as text
from gateway_bot.views.waifu import TALK, profile_button
from gateway_bot.views.words import clip, cut, on, signed
from geminya.collection.v1.bond_pb2 import Conversation, ListMemoriesResponse, Memory

DEAREST = "memdear"
TALKS = "talks"
NONE = "-"
ENTRIES = 5
"""Talks on one page."""
NAME_LETTERS, TEXT_LETTERS = 50, 110
SAID_LETTERS = 300
REPLY_LETTERS = 400


def memories_view(
    her: Her, memories: ListMemoriesResponse, desk: Desk, *, note: str | None = None
) -> View:
    """What was lived through, the dearest of it, and what may still come."""
    lived = [memory for memory in memories.memories if memory.is_lived]
    coming = [memory for memory in memories.memories if not memory.is_lived]
    dearest = memories.favorite_memory_id
    waifu_id = str(her.waifu.waifu_id)
    return sheet(
        [
            text(say("memories.title", name=her.name), note, letters=300),
            text(*(_lived(memory, dearest) for memory in lived), letters=2200)
            if lived
            else text(say("memories.none")),
            _menu(waifu_id, lived, dearest, desk) if lived else None,
            text(say("memories.more_kept")) if len(lived) > MENU_OPTIONS - 1 else None,
            line() if coming else None,
            text(say("memories.to_come"), *map(_coming, coming), letters=1300) if coming else None,
        ],
        buttons=[
            offer_button(desk.sign(TALKS, f"0~{waifu_id}"), say("memories.talks")),
            profile_button(her.waifu.waifu_id, desk),
        ],
        accent=colour(her.waifu.rarity),
    )


def _lived(memory: Memory, dearest: str) -> str:
    is_dearest = memory.memory_id == dearest
    places = _places(memory)
    if not memory.HasField("time"):
        key = "memories.dearest_once" if is_dearest else "memories.lived_once"
        return say(key, **places)
    key = "memories.dearest" if is_dearest else "memories.lived"
    return say(key, time=on(memory.time), **places)


def _coming(memory: Memory) -> str:
    places = _places(memory)
    return say("memories.coming", **places)


def _places(memory: Memory) -> dict[str, str]:
    return {
        "name": clip(memory.name, NAME_LETTERS),
        "description": clip(memory.description, TEXT_LETTERS),
    }


def _menu(waifu_id: str, lived: Sequence[Memory], dearest: str, desk: Desk) -> Piece:
    none = option(say("memories.no_dearest"), NONE, say("memories.no_dearest_why"))
    newest = sorted(lived, key=lambda memory: -memory.time.seconds)[: MENU_OPTIONS - 1]
    options = [
        option(
            memory.name,
            memory.memory_id,
            memory.description,
            is_default=memory.memory_id == dearest,
        )
        for memory in newest
    ]
    custom_id = desk.sign(DEAREST, waifu_id)
    return offer_select(custom_id, say("memories.placeholder"), [none, *options])


def talks_view(
    her: Her, talks: Sequence[Conversation], *, page: int, has_more: bool, desk: Desk
) -> View:
    """One page of what was said, the newest first."""
    waifu_id = str(her.waifu.waifu_id)
    pages = turner(
        desk,
        TALKS,
        page=page,
        has_more=has_more,
        back=say("talks.newer"),
        on=say("talks.older"),
        filters=waifu_id,
    )
    told = [text(_talk(talk), letters=740) for talk in talks] or [text(say("talks.none"))]
    return sheet(
        [
            text(say("talks.title", name=her.name), letters=250),
            *told,
            text(say("talks.page", page=page + 1)) if pages else None,
        ],
        buttons=[
            *pages,
            offer_button(desk.sign(TALK, waifu_id), say("waifu.talk")),
            memories_button(her, say("memories.back"), desk),
        ],
        accent=colour(her.waifu.rarity),
    )


def _talk(talk: Conversation) -> str:
    said = clip(talk.user_message, SAID_LETTERS)
    reply = spoken(cut(talk.waifu_response, REPLY_LETTERS))
    return "\n".join(
        [
            say("talks.said", message=said),
            say("talks.reply", reply=reply),
            say("talks.time", time=on(talk.time), change=signed(talk.mood_change)),
        ]
    )
