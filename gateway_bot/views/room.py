"""Her room, and everything it can be furnished with."""

from collections.abc import Sequence

from gateway_bot.buttons import MENU_OPTIONS, offer_button, offer_select, option
from gateway_bot.offers import Desk
from gateway_bot.text import say
from gateway_bot.views.bond import Her
from gateway_bot.views.parts import Piece, View, colour, line, sheet, turner
from gateway_bot.views.parts import words as text
from gateway_bot.views.waifu import profile_button
from gateway_bot.views.words import clip
from geminya.collection.v1.bond_pb2 import Decoration, GetRoomResponse

TURN = "roomturn"
SET = "roomset"
BARE = "roombare"
TO_EARN_LINES = 8
NAME_LETTERS, TEXT_LETTERS = 40, 90


def room_view(
    her: Her, room: GetRoomResponse, desk: Desk, *, page: int = 0, note: str | None = None
) -> View:
    """What stands in it, what was earned, and how the rest is."""
    to_earn = [thing for thing in room.decorations if not thing.is_owned]
    shown = to_earn[page * TO_EARN_LINES :][:TO_EARN_LINES]
    menu, menu_has_more = _menu(her, room, page, desk)
    has_more = menu_has_more or len(to_earn) > (page + 1) * TO_EARN_LINES
    waifu_id = str(her.waifu.waifu_id)
    bare = offer_button(desk.sign(BARE, waifu_id), say("room.empty"))
    pages = turner(
        desk,
        TURN,
        page=page,
        has_more=has_more,
        back=say("room.previous"),
        on=say("room.next"),
        filters=waifu_id,
    )
    return sheet(
        [
            text(say("room.title", name=her.name), note, letters=300),
            text(*_standing(room.room), say("room.fits", limit=room.limit), letters=1400),
            menu,
            line(),
            text(*_to_earn(shown, is_all=not to_earn), letters=2200),
            text(f"-# {say('room.page', page=page + 1)}") if pages else None,
        ],
        buttons=[
            *pages,
            *([bare] if room.room else []),
            profile_button(her.waifu.waifu_id, desk),
        ],
        accent=colour(her.waifu.rarity),
    )


def _standing(things: Sequence[Decoration]) -> list[str]:
    if not things:
        return [say("room.bare")]
    return [
        say(
            "room.stands",
            name=clip(thing.name, NAME_LETTERS),
            description=clip(thing.description, TEXT_LETTERS),
        )
        for thing in things
    ]


def _to_earn(things: Sequence[Decoration], *, is_all: bool) -> list[str]:
    if is_all:
        return [say("room.all_earned")]
    told = [
        say(
            "room.to_earn",
            name=clip(thing.name, NAME_LETTERS),
            how=clip(thing.earned_by, TEXT_LETTERS),
        )
        for thing in things
    ]
    return [say("room.earned"), *told]


def _menu(her: Her, room: GetRoomResponse, page: int, desk: Desk) -> tuple[Piece | None, bool]:
    """What was earned; what stands in the room is on every page, or picking would carry it out."""
    standing = [thing.decoration_id for thing in room.room]
    owned = [thing for thing in room.decorations if thing.is_owned]
    others = [thing for thing in owned if thing.decoration_id not in standing]
    size = MENU_OPTIONS - len(standing)
    listed = [*room.room, *others[page * size :][:size]]
    if not listed:
        return None, False
    options = [
        option(
            thing.name,
            thing.decoration_id,
            thing.description,
            is_default=thing.decoration_id in standing,
        )
        for thing in listed
    ]
    custom_id = desk.sign(SET, str(her.waifu.waifu_id))
    menu = offer_select(custom_id, say("room.placeholder"), options, most=room.limit)
    return menu, len(others) > (page + 1) * size
