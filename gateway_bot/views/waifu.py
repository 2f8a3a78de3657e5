"""One waifu from close up: every field that is filled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import discord

from gateway_bot.buttons import offer_button
from gateway_bot.offers import Desk
from gateway_bot.text import say, table
from gateway_bot.views import words
from gateway_bot.views.parts import Piece, View, colour, line, picture, sheet
from gateway_bot.views.parts import words as text
from gateway_bot.views.words import ago, number, on, plain, signed, title
from geminya.collection.v1.catalog_pb2 import Stats, Waifu
from geminya.collection.v1.roster_pb2 import OwnedWaifu
from geminya.common.v1.money_pb2 import Money

PROFILE = "waifu"
TALK = "talk"
GIFT = "gift"
MEMORIES = "memories"
ROOM = "room"
HEART = "heart"
AWAKEN = "awaken"
NICKNAME = "nick"
ON, OFF = "1", "0"

ABOUT_LETTERS = 900
DIALOGUE_LETTERS = 160
DIALOGUE_LINES = 6
STATS_IN_A_LINE = 4


@dataclass(frozen=True, slots=True)
class Kept:
    """The names of what a player keeps of her; the roster knows only their ids."""

    memory: str = ""
    decorations: Sequence[str] = ()


def profile_view(
    waifu: Waifu,
    owned: OwnedWaifu | None,
    desk: Desk,
    *,
    sheet_file: discord.File | None,
    kept: Kept | None = None,
    expedition: Stats | None = None,
    awakening_price: Money | None = None,
    note: str | None = None,
) -> View:
    """The picture, who she is, what she can do, and what she is to the player."""
    return sheet(
        [
            text(*_head(waifu, owned), note, letters=400),
            picture(sheet_file.filename, sheet_file.description or "") if sheet_file else None,
            text(plain(waifu.about), letters=ABOUT_LETTERS) if waifu.about else None,
            text(*_nature(waifu), letters=700),
            text(say("waifu.stats"), _stats(waifu.stats)) if waifu.HasField("stats") else None,
            _dialogue(waifu),
            line(),
            text(*(_owned(owned, kept) if owned else [say("waifu.not_owned")]), letters=800),
            text(say("waifu.expedition"), _stats(expedition)) if expedition else None,
            text(say("waifu.number", waifu_id=waifu.waifu_id)),
        ],
        buttons=_buttons(owned, awakening_price, desk) if owned else (),
        accent=colour(waifu.rarity),
    )


def profile_button(waifu_id: int, desk: Desk) -> Piece:
    """The way to her profile."""
    return offer_button(desk.sign(PROFILE, str(waifu_id)), say("waifu.profile"))


def read_heart(data: str) -> tuple[bool, int]:
    """Whether she gets a heart, and who."""
    return data[0] == ON, int(data[1:])


def _buttons(owned: OwnedWaifu, price: Money | None, desk: Desk) -> list[Piece]:
    """What can be done with her, the daily things first."""
    key = str(owned.waifu_id)
    hearts = (OFF, "waifu.heart_off") if owned.is_favorite else (ON, "waifu.heart_on")
    primary = discord.ButtonStyle.primary
    buttons: list[Piece] = [
        offer_button(desk.sign(TALK, key), say("waifu.talk"), style=primary),
        offer_button(desk.sign(GIFT, key), say("waifu.give")),
        offer_button(desk.sign(MEMORIES, key), say("waifu.memories")),
        offer_button(desk.sign(ROOM, key), say("waifu.furnish")),
        offer_button(desk.sign(HEART, hearts[0] + key), say(hearts[1])),
        offer_button(desk.sign(NICKNAME, key), say("waifu.name_her")),
    ]
    if price is not None:
        label = say("waifu.awaken", price=words.short_money(price))
        buttons.append(offer_button(desk.sign(AWAKEN, key), label))
    return buttons


def stats_of(stats: Stats) -> Mapping[str, int]:
    """The eight stats by name, in the contract's order."""
    return {field.name: getattr(stats, field.name) for field in Stats.DESCRIPTOR.fields}


def alt_text(waifu: Waifu) -> str:
    """The picture for those who cannot see it."""
    return say("waifu.alt", name=waifu.name, series=waifu.series, rarity=waifu.rarity)


def nickname(owned: OwnedWaifu, waifu: Waifu) -> str:
    """What the player calls her, beside her name."""
    if not owned.custom_nickname:
        return plain(waifu.name)
    nick = plain(owned.custom_nickname)
    return say("collection.nickname", nickname=nick, name=plain(waifu.name))


def shards(owned: OwnedWaifu) -> str:
    """How far the next star is."""
    if not owned.next_star_cost:
        return say("collection.shards_full")
    return say(
        "collection.shards",
        shards=number(owned.character_shards),
        cost=number(owned.next_star_cost),
    )


def _head(waifu: Waifu, owned: OwnedWaifu | None) -> list[str | None]:
    has_nickname = owned is not None and bool(owned.custom_nickname)
    return [
        say("waifu.title", name=plain(waifu.name)),
        say("waifu.nickname", nickname=plain(owned.custom_nickname))
        if owned and has_nickname
        else None,
        say(
            "waifu.facts",
            stars=words.rarity(waifu.rarity),
            series=plain(waifu.series),
            genre=plain(waifu.genre),
        ),
    ]


def _nature(waifu: Waifu) -> list[str | None]:
    by_feeling: dict[str, list[str]] = {}
    for element, feeling in sorted(waifu.elemental_resistances.items()):
        by_feeling.setdefault(feeling, []).append(title(element))
    potency = [f"{plain(role)} **{plain(grade)}**" for role, grade in sorted(waifu.potency.items())]
    return [
        _listed("waifu.elements", "elements", map(title, waifu.elemental_type)),
        say("waifu.archetype", archetype=plain(waifu.archetype)) if waifu.archetype else None,
        say("waifu.birthday", birthday=_birthday(waifu.birthday)) if waifu.birthday else None,
        _listed("waifu.potency", "potency", potency),
        _listed("waifu.weak", "elements", by_feeling.get("weak", [])),
        _listed("waifu.resist", "elements", by_feeling.get("resist", [])),
        _listed("waifu.neutral", "elements", by_feeling.get("neutral", [])),
        _listed("waifu.gifts", "gifts", map(title, waifu.favorite_gifts)),
    ]


def _listed(key: str, place: str, parts: object) -> str | None:
    told = ", ".join(parts)  # type: ignore[arg-type]
    return say(key, **{place: told}) if told else None


def _birthday(iso: str) -> str:
    """Day and month; the year means nothing."""
    try:
        day = date.fromisoformat(iso)
    except ValueError:
        return plain(iso)
    return f"{day.day} {day:%B}"


def _stats(stats: Stats) -> str:
    names, values = table("stat"), stats_of(stats)
    width = max(3, *(len(str(value)) for value in values.values()))
    cells = [f"{names[name]:<3} {value:>{width}}" for name, value in values.items()]
    rows = [cells[i : i + STATS_IN_A_LINE] for i in range(0, len(cells), STATS_IN_A_LINE)]
    return "```\n" + "\n".join("   ".join(row) for row in rows) + "\n```"


def _dialogue(waifu: Waifu) -> discord.ui.TextDisplay[discord.ui.LayoutView] | None:
    if not waifu.special_dialogue:
        return None
    lines = [
        say(
            "waifu.dialogue_line",
            occasion=title(occasion),
            line=plain(words.cut(said, DIALOGUE_LETTERS)),
        )
        for occasion, said in sorted(waifu.special_dialogue.items())[:DIALOGUE_LINES]
    ]
    return text(say("waifu.dialogue"), *lines, letters=1000)


def bond_line(level: int, points: int, next_points: int) -> str:
    """Hearts, and how far the next one is."""
    progress = (
        say(
            "bond.progress",
            bar=words.bar(points, next_points),
            points=number(points),
            next=number(next_points),
        )
        if next_points
        else say("bond.complete")
    )
    return say("waifu.bond", level=level, hearts=words.hearts(level), progress=progress)


def _owned(owned: OwnedWaifu, kept: Kept | None) -> list[str | None]:
    marks = [
        say("waifu.power", power=number(owned.power)),
        say("waifu.constellation", level=owned.constellation_level),
        say("waifu.awakened") if owned.is_awakened else None,
        say("waifu.favorite") if owned.is_favorite else None,
    ]
    memory = (kept and kept.memory) or owned.favorite_memory.replace("_", " ")
    furniture = (kept and kept.decorations) or [
        thing.replace("_", " ").capitalize() for thing in owned.room_decorations
    ]
    decorations = ", ".join(map(plain, furniture))
    stars = words.stars(owned.current_star_level)
    return [
        say("waifu.owned"),
        say("waifu.stars", stars=stars, shards=shards(owned)),
        " · ".join(mark for mark in marks if mark),
        bond_line(owned.bond_level, owned.bond_points, owned.next_bond_points),
        _mood(owned),
        _talks(owned),
        say("waifu.memory", memory=plain(memory)) if memory else None,
        say("waifu.room", decorations=decorations) if decorations else None,
        say("waifu.invested", shards=number(owned.star_shards)) if owned.star_shards else None,
        say("waifu.owned_since", time=on(owned.obtain_time))
        if owned.HasField("obtain_time")
        else None,
    ]


def _mood(owned: OwnedWaifu) -> str:
    mood = title(owned.current_mood or "neutral")
    if not owned.mood:
        return say("waifu.mood_even", mood=mood)
    return say("waifu.mood", mood=mood, value=signed(owned.mood))


def _talks(owned: OwnedWaifu) -> str:
    if not owned.total_conversations:
        return say("waifu.talks_never")
    if owned.total_conversations == 1:
        return say("waifu.talks_one", time=ago(owned.last_interaction_time))
    return say(
        "waifu.talks",
        count=number(owned.total_conversations),
        time=ago(owned.last_interaction_time),
    )
