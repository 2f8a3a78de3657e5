"""An expedition that is over, as its picture wants it."""

from collections.abc import Mapping, Sequence

from gateway_bot.render.card import CardFace
from gateway_bot.render.journey import Gain, HomeFace, JourneyFace, StopFace
from gateway_bot.text import say, table
from gateway_bot.views import words
from gateway_bot.views.effects import effect_brief
from gateway_bot.views.faces import NO_ELEMENT, known
from gateway_bot.views.words import number
from geminya.collection.v1.catalog_pb2 import Waifu
from geminya.expeditions.v1.expedition_pb2 import (
    CheckResult,
    CompleteExpeditionResponse,
    Event,
    Homecomer,
    Loot,
    Report,
    Settlement,
    Tally,
    Traveller,
)

COINS: Mapping[str, str] = {
    "sakura_crystals": "crystals",
    "quartzs": "quartzs",
    "daphine": "daphine",
}
ANY_RARITY = 1


def journey_face(done: CompleteExpeditionResponse, waifus: Mapping[int, Waifu]) -> JourneyFace:
    """All of it; nobody but the catalogue knows how the members look."""
    expedition, report = done.expedition, done.report
    tired = {one.waifu_id: one for one in report.members}
    members = [
        _member(one, tired[one.waifu_id], known(waifus.get(one.waifu_id), one.waifu_id, ANY_RARITY))
        for one in expedition.travellers
        if one.waifu_id in tired
    ]
    return JourneyFace(
        name=expedition.name,
        tier=expedition.tier,
        outcome=report.outcome,
        outcome_label=word("outcome", report.outcome),
        tally=tally_words(report.tally),
        members=tuple(members),
        stops=tuple(_stop(event) for event in report.events),
        rewards=(*_rewards(report), *_piece(done.settlement)),
        fortune=say(f"luck.{report.luck.fortune or 'standard'}"),
        luck_shares=tuple(report.luck.shares),
        luck_roll=report.luck.roll,
    )


def tally_words(tally: Tally) -> str:
    """How many encounters ended in which way."""
    counts = {
        "greats": tally.greats,
        "successes": tally.successes,
        "failures": tally.failures,
        "mishaps": tally.mishaps,
        "skips": tally.skips,
    }
    told = [say(f"tally.{key}", count=count) for key, count in counts.items() if count]
    return " · ".join(told) or say("journey.quiet")


def word(section: str, key: str) -> str:
    """A word of the services as a player reads it."""
    return table(section).get(key) or words.title(key)


def _member(one: Traveller, home: Homecomer, waifu: Waifu) -> HomeFace:
    elements = tuple(waifu.elemental_type) or (NO_ELEMENT,)
    card = CardFace(
        waifu_id=waifu.waifu_id,
        name=one.name,
        series=waifu.series,
        rarity=waifu.rarity,
        element=elements[0],
        elements=elements,
        archetype=waifu.archetype,
        stars=one.star_level_used,
        image_url=waifu.image_url,
        is_awakened=one.is_awakened,
        constellation=one.constellation_level,
    )
    return HomeFace(card, home.final_hp, home.final_mp)


def _stop(event: Event) -> StopFace:
    is_checked = event.HasField("check")
    return StopFace(
        number=event.number,
        kind=event.type,
        name=event.name,
        outcome=event.outcome,
        outcome_label=word("outcome", event.outcome),
        check=_check(event.check) if is_checked else "",
        shares=tuple(event.check.shares) if is_checked else (),
        roll=event.check.roll,
        gains=_gains(event.loot),
        losses=_gains(event.lost),
        change=word("modifier", event.modifier) if event.modifier else "",
    )


def _check(check: CheckResult) -> str:
    return say(
        "journey.check_short",
        stat=word("stat", check.stat),
        score=number(check.score),
        difficulty=number(check.difficulty),
    )


def _gains(loot: Sequence[Loot]) -> tuple[Gain, ...]:
    """Each thing once, however often it was found."""
    sums: dict[str, int] = {}
    for one in loot:
        sums[one.thing] = sums.get(one.thing, 0) + one.amount
    return tuple(_gain(thing, amount) for thing, amount in sums.items())


def _gain(thing: str, amount: int) -> Gain:
    if thing in COINS:
        return Gain(number(amount), COINS[thing])
    return Gain(say("journey.items", count=number(amount), item=word("item", thing)))


def _rewards(report: Report) -> list[Gain]:
    rewards = report.rewards
    coins = {
        "sakura_crystals": rewards.crystals,
        "quartzs": rewards.quartzs,
        "daphine": rewards.daphine,
    }
    paid = [_gain(thing, amount) for thing, amount in coins.items() if amount]
    return [*paid, *(_gain(item, count) for item, count in sorted(rewards.items.items()))]


def _piece(settlement: Settlement) -> list[Gain]:
    if settlement.HasField("awarded"):
        return [
            Gain(say("journey.piece_short", piece=effect_brief(settlement.awarded.main_effect)))
        ]
    if settlement.is_full:
        return [Gain(f"+{number(settlement.overflow_quartzs)}", COINS["quartzs"])]
    return []
