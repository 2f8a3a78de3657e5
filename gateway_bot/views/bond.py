"""What is said, given and felt between a player and a waifu."""

from collections.abc import Sequence
from dataclasses import dataclass

import discord

from gateway_bot.buttons import offer_button, offer_select, option
from gateway_bot.offers import Desk
from gateway_bot.text import say
from gateway_bot.views import words
from gateway_bot.views.parts import Piece, View, colour, line, picture, sheet
from gateway_bot.views.parts import words as text
from gateway_bot.views.waifu import GIFT, MEMORIES, TALK, bond_line, nickname, profile_button
from gateway_bot.views.words import number, plain, signed, title
from geminya.collection.v1.bond_pb2 import BondStanding, Gift, GiveGiftResponse, TalkResponse
from geminya.collection.v1.catalog_pb2 import Waifu
from geminya.collection.v1.roster_pb2 import OwnedWaifu

SAID = "talksaid"
GIVE = "giftgive"
NAMED = "nicksaid"
MESSAGE_LETTERS = 1000
REPLY_LETTERS = 1500


@dataclass(frozen=True, slots=True)
class Her:
    """The waifu a message is about, as the catalogue and the player know her."""

    waifu: Waifu
    owned: OwnedWaifu

    @property
    def name(self) -> str:
        """What the player calls her, ready to be shown."""
        return nickname(self.owned, self.waifu)

    @property
    def short_name(self) -> str:
        """The nickname or the name, without markdown."""
        return self.owned.custom_nickname or self.waifu.name


# Talks.


def talk_view(
    her: Her, message: str, talk: TalkResponse, desk: Desk, *, sheet_file: discord.File | None
) -> View:
    """What was said, what she answers, and what it did to the two."""
    return sheet(
        [
            text(say("talk.title", name=her.name), letters=300),
            picture(sheet_file.filename, sheet_file.description or "") if sheet_file else None,
            text(say("talk.said", message=plain(message)), letters=MESSAGE_LETTERS),
            text(say("talk.reply", reply=spoken(talk.reply)), letters=REPLY_LETTERS),
            line(),
            text(*standing_lines(talk.standing, talk.mood_change), _talks_left(talk)),
        ],
        buttons=[
            _about(TALK, her, say("talk.more"), desk, discord.ButtonStyle.primary),
            _about(GIFT, her, say("waifu.give"), desk),
            profile_button(her.waifu.waifu_id, desk),
        ],
        accent=colour(her.waifu.rarity),
    )


def talk_alt(her: Her, standing: BondStanding) -> str:
    """The picture of a talk for those who cannot see it."""
    mood = standing.current_mood or "neutral"
    return say("talk.alt", name=her.short_name, mood=mood, level=standing.bond_level)


def spoken(reply: str) -> str:
    """What she says, as it is written, in one paragraph."""
    return plain(" ".join(reply.split()))


def _talks_left(talk: TalkResponse) -> str:
    if talk.talks_left <= 0 or talk.all_talks_left <= 0:
        return say("talk.left_none")
    return say("talk.left", talks=number(talk.talks_left), all_talks=number(talk.all_talks_left))


def standing_lines(standing: BondStanding, mood_change: int) -> list[str | None]:
    """How the two stand, and how much of that is new."""
    gained = standing.bond_points_gained
    mood = title(standing.current_mood or "neutral")
    bond = bond_line(standing.bond_level, standing.bond_points, standing.next_bond_points)
    return [
        say("bond.risen", level=standing.risen_bond_level) if standing.risen_bond_level else None,
        bond + (say("bond.gained", points=number(gained)) if gained else ""),
        say("bond.mood", mood=mood, change=signed(mood_change))
        if mood_change
        else say("bond.mood_kept", mood=mood),
    ]


# Gifts.


def gifts_view(her: Her, gifts: Sequence[Gift], desk: Desk) -> View:
    """What can be given; picking it gives it."""
    head = text(say("gift.title", name=her.name), letters=300)
    if not gifts:
        return sheet(
            [head, text(say("gift.none"))], buttons=[profile_button(her.waifu.waifu_id, desk)]
        )
    custom_id = desk.sign(GIVE, str(her.waifu.waifu_id))
    options = [option(_gift_label(gift), gift.gift_id, gift.description) for gift in gifts]
    return sheet(
        [
            head,
            text(say("gift.pick"), say("gift.pick_more")),
            offer_select(custom_id, say("gift.placeholder"), options),
        ],
        buttons=[profile_button(her.waifu.waifu_id, desk)],
        accent=colour(her.waifu.rarity),
    )


def _gift_label(gift: Gift) -> str:
    places = {"name": gift.name, "price": words.short_money(gift.price)}
    if gift.is_favorite:
        return say("gift.option_favorite", **places)
    return say("gift.option", **places)


def given_view(
    her: Her, given: GiveGiftResponse, desk: Desk, *, sheet_file: discord.File | None
) -> View:
    """What was given, what she says, and what it did to the two."""
    left = say("gift.left", gifts=number(given.gifts_left))
    return sheet(
        [
            text(
                say("gift.title", name=her.name),
                say("gift.given", gift=plain(given.gift_name), price=words.money(given.price)),
                say("gift.favorite") if given.is_favorite else None,
                say("gift.birthday") if given.is_birthday else None,
                letters=700,
            ),
            picture(sheet_file.filename, sheet_file.description or "") if sheet_file else None,
            text(say("gift.reply", reply=spoken(given.reply)), letters=REPLY_LETTERS)
            if given.reply
            else None,
            line(),
            text(
                *standing_lines(given.standing, given.mood_change),
                left if given.gifts_left > 0 else say("gift.left_none"),
                say("gift.purse", balances=words.many(given.balances)),
            ),
        ],
        buttons=[
            _about(GIFT, her, say("gift.another"), desk),
            _about(TALK, her, say("waifu.talk"), desk),
            profile_button(her.waifu.waifu_id, desk),
        ],
        accent=colour(her.waifu.rarity),
    )


# Nicknames.


def nickname_view(waifu: Waifu, given: str, desk: Desk) -> View:
    """What she is called from now on."""
    name = plain(waifu.name)
    told = (
        say("nickname.set", name=name, nickname=plain(given))
        if given
        else say("nickname.unset", name=name)
    )
    return sheet(
        [text(say("nickname.title"), told, letters=1000)],
        buttons=[profile_button(waifu.waifu_id, desk)],
        accent=colour(waifu.rarity),
    )


def _about(
    action: str,
    her: Her,
    label: str,
    desk: Desk,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
) -> Piece:
    return offer_button(desk.sign(action, str(her.waifu.waifu_id)), label, style=style)


def memories_button(her: Her, label: str, desk: Desk) -> Piece:
    """The way to what the two have lived through."""
    return _about(MEMORIES, her, label, desk)
