"""One waifu from close up: every field that is filled."""

from collections.abc import Mapping
from datetime import date

import discord

from gateway_bot.text import say, table
from gateway_bot.views import words
from gateway_bot.views.parts import View, colour, line, picture, sheet
from gateway_bot.views.parts import words as text
from gateway_bot.views.words import ago, number, on, plain, title
from geminya.collection.v1.catalog_pb2 import Stats, Waifu
from geminya.collection.v1.roster_pb2 import OwnedWaifu

PROFILE = "waifu"
ABOUT_LETTERS = 900
DIALOGUE_LETTERS = 160
DIALOGUE_LINES = 6
STATS_IN_A_LINE = 4


def profile_view(
    waifu: Waifu, owned: OwnedWaifu | None, *, sheet_file: discord.File | None
) -> View:
    """The picture, who she is, what she can do, and what she is to the player."""
    return sheet(
        [
            text(*_head(waifu, owned), letters=300),
            picture(sheet_file.filename, sheet_file.description or "") if sheet_file else None,
            text(plain(waifu.about), letters=ABOUT_LETTERS) if waifu.about else None,
            text(*_nature(waifu), letters=700),
            text(say("waifu.stats"), _stats(waifu.stats)) if waifu.HasField("stats") else None,
            _dialogue(waifu),
            line(),
            text(*(_owned(owned) if owned else [say("waifu.not_owned")]), letters=800),
            text(say("waifu.number", waifu_id=waifu.waifu_id)),
        ],
        accent=colour(waifu.rarity),
    )


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
    names = table("stat")
    cells = [f"{names[name]:<3} {value:>3}" for name, value in stats_of(stats).items()]
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


def _owned(owned: OwnedWaifu) -> list[str | None]:
    marks = [
        say("waifu.power", power=number(owned.power)),
        say("waifu.constellation", level=owned.constellation_level),
        say("waifu.awakened") if owned.is_awakened else None,
        say("waifu.favorite") if owned.is_favorite else None,
    ]
    decorations = ", ".join(map(title, owned.room_decorations))
    stars = words.stars(owned.current_star_level)
    return [
        say("waifu.owned"),
        say("waifu.stars", stars=stars, shards=shards(owned)),
        " · ".join(mark for mark in marks if mark),
        say("waifu.bond", level=owned.bond_level, mood=title(owned.current_mood or "neutral")),
        _talks(owned),
        say("waifu.memory", memory=plain(owned.favorite_memory)) if owned.favorite_memory else None,
        say("waifu.room", decorations=decorations) if decorations else None,
        say("waifu.invested", shards=number(owned.star_shards)) if owned.star_shards else None,
        say("waifu.owned_since", time=on(owned.obtain_time))
        if owned.HasField("obtain_time")
        else None,
    ]


def _talks(owned: OwnedWaifu) -> str:
    if not owned.total_conversations:
        return say("waifu.talks_never")
    return say(
        "waifu.talks",
        count=number(owned.total_conversations),
        time=ago(owned.last_interaction_time),
    )
