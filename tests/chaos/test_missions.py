"""Claims and facts survive everything: paid once, counted once, whenever a process dies (F4 and F13, T2, T3)."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from chassis.money import HIGHEST
from chassis.operations.store import FACT
from geminya.economy.v1 import mission_pb2 as pb
from geminya.users.v1 import account_pb2
from tests.chaos.test_bond import WAIFU
from tests.chaos.test_bond import has as has_waifu
from tests.integration.collection.armory import clear, give, unlock
from tests.integration.collection.bonds import a_gift, a_talk
from tests.support.calls import DYING_S, an_op, insist, op_id_of, refused, until
from tests.support.faults import Fault, every_moment
from tests.support.game import Game
from tests.support.house import Houses
from tests.support.players import a_daily
from tests.support.races import ROUNDS, race

RECORD = "MissionService/RecordActivity"


async def done(game: Game, player: int, crystals: int = 1) -> None:
    """A player who has a mission to claim."""
    await game.users.has(player, crystals=crystals)
    await game.house.run(
        """
        INSERT INTO economy.user_mission_progress (user_id, mission_id, date, target_count, current_progress)
        VALUES ($1, 'day-summon', '2026-07-01', 5, 5)
        """,
        player,
    )


def a_claim(player: int) -> pb.ClaimMissionRequest:
    return pb.ClaimMissionRequest(op=an_op(player), mission_id="day-summon")


async def claim(game: Game, wish: pb.ClaimMissionRequest) -> pb.ClaimMissionResponse:
    return await game.missions.ClaimMission(wish, timeout=8)


async def crystals(game: Game, player: int) -> int:
    return (await game.users.balances(player))["sakura_crystals"]


def labels(names: list[str]) -> list[str]:
    return [name.split()[-1].rpartition(".")[2] for name in names if "commit" in name]


# Claims.


@pytest.mark.timeout(180)
async def test_a_claim_survives_a_crash_at_every_moment(game: Game) -> None:
    await done(game, 1)
    names = await game.house.moments_of(lambda: claim(game, a_claim(1)))
    assert labels(names) == ["open_claim", "apply", "finish_operation"]

    for moment in every_moment(len(names)):
        player = 100 + moment
        await done(game, player)
        wish = a_claim(player)
        async with game.house.dies_at(moment):
            await claim(game, wish)
        assert game.house.has_died, moment
        # Also while it is half done nothing is missing.
        await game.invariants_hold()
        await game.house.wakes_up()

        answer = await insist(lambda wish=wish: claim(game, wish))
        assert await claim(game, wish) == answer
        assert await crystals(game, player) == 1 + 50
    await game.invariants_hold()


@pytest.mark.timeout(180)
async def test_a_claim_of_everything_survives_a_crash_at_every_moment(game: Game) -> None:
    def claim_all(wish: pb.ClaimAllMissionsRequest) -> Awaitable[pb.ClaimAllMissionsResponse]:
        return game.missions.ClaimAllMissions(wish, timeout=8)

    await done(game, 1)
    names = await game.house.moments_of(lambda: claim_all(pb.ClaimAllMissionsRequest(op=an_op(1))))
    assert labels(names) == ["open_claim", "apply", "finish_operation"]
    worth = await crystals(game, 1)
    assert worth > 1

    for moment in every_moment(len(names)):
        player = 100 + moment
        await done(game, player)
        wish = pb.ClaimAllMissionsRequest(op=an_op(player))
        async with game.house.dies_at(moment):
            await claim_all(wish)
        assert game.house.has_died, moment
        await game.invariants_hold()
        await game.house.wakes_up()

        answer = await insist(lambda wish=wish: claim_all(wish))
        assert await claim_all(wish) == answer
        assert await crystals(game, player) == worth
        with refused("NOTHING_TO_CLAIM"):
            await claim_all(pb.ClaimAllMissionsRequest(op=an_op(player)))
    await game.invariants_hold()


@pytest.mark.timeout(180)
async def test_a_claim_into_a_full_purse_leaves_nothing_whenever_a_process_dies(game: Game) -> None:
    await done(game, 1, HIGHEST)

    async def in_vain() -> None:
        with refused("WALLET_FULL"):
            await claim(game, a_claim(1))

    count = len(await game.house.moments_of(in_vain))
    for moment in every_moment(count):
        player = 100 + moment
        await done(game, player, HIGHEST)
        wish = a_claim(player)
        async with game.house.dies_at(moment):
            await claim(game, wish)
        await game.house.wakes_up()

        with refused("WALLET_FULL"):
            await insist(lambda wish=wish: claim(game, wish))
        assert not await game.house.value(
            "SELECT claimed FROM economy.user_mission_progress WHERE user_id = $1", player
        )
    await game.invariants_hold()


@pytest.mark.parametrize("fault", Fault)
async def test_a_claim_survives_a_broken_payment(game: Game, fault: Fault) -> None:
    await done(game, 7)
    wish = a_claim(7)

    game.house.faults.break_call("WalletService/Apply", fault)
    await insist(lambda: claim(game, wish))
    await game.house.settles()
    await game.house.faults.deliver_late()

    assert await crystals(game, 7) == 1 + 50
    await game.invariants_hold()


# Facts.


@dataclass(frozen=True)
class Deed:
    """What a player does, and the mission that counts it."""

    mission_id: str
    prepare: Callable[[Game, int], Awaitable[Any]]
    do: Callable[[Game, Any], Awaitable[Any]]


async def _may_claim(game: Game, player: int) -> Any:
    await game.users.has(player, crystals=1)
    return a_daily(player)


async def _may_talk(game: Game, player: int) -> Any:
    await has_waifu(game, player, 0)
    return a_talk("Thanks!", WAIFU, player)


async def _may_give(game: Game, player: int) -> Any:
    await has_waifu(game, player, 100)
    return a_gift("honey_jar", WAIFU, player)


async def _may_unlock(game: Game, player: int) -> Any:
    await game.users.has(player, crystals=1)
    gifts = [give(player=player) for _ in range(2)]
    # A house that has just begun anew is waited for.
    pieces = [
        await insist(lambda gift=gift: game.equipment.AdminGiveEquipment(gift)) for gift in gifts
    ]
    first, second = (one.equipment.equipment_id for one in pieces)
    return unlock(first, second, player=player)


async def _may_clear(game: Game, player: int) -> Any:
    wish = await _may_unlock(game, player)
    await insist(lambda: game.equipment.UnlockSubSlot(wish))
    await game.house.settles()
    await game.house.run("DELETE FROM economy.user_mission_progress WHERE user_id = $1", player)
    return clear(wish.equipment_id, player=player)


DEEDS = {
    "daily": Deed("week-daily", _may_claim, lambda game, wish: game.users.account.ClaimDaily(wish)),
    "talk": Deed("day-talk", _may_talk, lambda game, wish: game.bond.Talk(wish, timeout=8)),
    "gift": Deed("day-gift", _may_give, lambda game, wish: game.bond.GiveGift(wish, timeout=8)),
    "unlock": Deed(
        "day-equipment", _may_unlock, lambda game, wish: game.equipment.UnlockSubSlot(wish)
    ),
    "clear": Deed(
        "day-equipment", _may_clear, lambda game, wish: game.equipment.ClearSubSlots(wish)
    ),
}


async def counted(game: Game, player: int, mission_id: str) -> int:
    return await game.house.value(
        "SELECT COALESCE(sum(current_progress), 0)::int FROM economy.user_mission_progress "
        "WHERE user_id = $1 AND mission_id = $2",
        *(player, mission_id),
    )


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", DEEDS)
async def test_a_fact_counts_once_whenever_a_process_dies(game: Game, name: str) -> None:
    deed = DEEDS[name]

    async def all_of_it(wish: Any) -> None:
        await insist(lambda: deed.do(game, wish))
        await game.house.quiet()
        # Who has died behind the answer sweeps no more.
        if teller := game.house.running.get("users" if name == "daily" else "collection"):
            await teller.sweeper.sweep()

    first = await deed.prepare(game, 1)
    names = await game.house.moments_of(lambda: all_of_it(first))
    told = [label for label in labels(names) if not label.startswith("list_")]
    assert told[-3:] == ["claim_operation", "record_activity", "finish_operation"]

    for moment in every_moment(len(names)):
        player = 100 + moment
        wish = await deed.prepare(game, player)
        async with game.house.dies_at(moment):
            await all_of_it(wish)
        await game.house.wakes_up()

        await insist(lambda wish=wish: deed.do(game, wish))
        await game.house.settles()
        assert await counted(game, player, deed.mission_id) == 1, (moment, names[moment - 1])
    await game.invariants_hold()


@pytest.mark.timeout(120)
async def test_of_64_dailies_at_once_one_pays_and_one_counts(game: Game) -> None:
    for player in range(7, 7 + ROUNDS):
        await game.users.has(player, crystals=1)
        wishes = [a_daily(player) for _ in range(32)] * 2

        def wish(request: Any) -> Callable[[], Awaitable[Any]]:
            return lambda: game.users.account.ClaimDaily(request)

        calls = [wish(request) for request in wishes]
        answers, reasons = await race(game.house, "users", calls, player)
        await game.house.settles()

        # One wish and its copy.
        assert (len(answers), set(reasons)) == (2, {"ALREADY_CLAIMED"})
        assert answers[0] == answers[1]
        assert await counted(game, player, "week-daily") == 1
        facts = "SELECT count(*) FROM users.operation WHERE kind = 'record' AND user_id = $1"
        assert await game.house.value(facts, player) == 1
        paid = "SELECT count(*) FROM users.ledger WHERE reason = 'mint.daily' AND user_id = $1"
        assert await game.house.value(f"{paid} AND currency = 'sakura_crystals'", player) == 1
    await game.invariants_hold()


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("name", DEEDS)
async def test_a_fact_counts_once_through_a_broken_call(
    game: Game, name: str, fault: Fault
) -> None:
    deed = DEEDS[name]
    wish = await deed.prepare(game, 7)
    nth = game.house.faults.calls.count(RECORD) + 1

    game.house.faults.break_call(RECORD, fault, nth)
    await deed.do(game, wish)
    await game.house.settles()
    await game.house.faults.deliver_late()

    assert await counted(game, 7, deed.mission_id) == 1
    await game.invariants_hold()


@pytest.mark.timeout(120)
async def test_economy_may_be_away_while_fifty_talks_are_held(game: Game) -> None:
    await has_waifu(game, 7, 0)
    await game.house.kill_one("economy")

    for number in range(50):
        # The limits of a day are not what this is about.
        await game.house.run("UPDATE collection.user_waifus SET talks_today = 0")
        await game.house.run("UPDATE collection.roster SET talks_today = 0")
        await game.bond.Talk(a_talk(f"Hello, {number}", WAIFU, 7), timeout=8)
    await game.house.quiet()
    facts = await game.house.value(
        f"SELECT count(*) FROM collection.operation WHERE state = {FACT}"
    )
    await game.house.start_one("economy")
    await game.house.settles()

    assert facts == 50
    assert await counted(game, 7, "day-talk") == 3
    assert await counted(game, 7, "week-talk") == 15
    steps = "SELECT count(*) FROM economy.applied_step WHERE user_id = 7 AND outcome = 'DONE'"
    assert await game.house.value(steps) == 50
    await game.invariants_hold()


async def test_facts_are_no_wishes_in_the_way_of_a_wish_or_a_reset(houses: Houses) -> None:
    game = Game(await houses(max_open_operations=1))
    await game.stock()
    await has_waifu(game, 7, 0)
    for number in range(3):
        await game.bond.Talk(a_talk(f"Hello, {number}", WAIFU, 7), timeout=8)
        await game.house.quiet()

    await game.users.account.ResetAccount(account_pb2.ResetAccountRequest(op=an_op(7)), timeout=8)
    await game.house.settles()

    states = await game.house.rows("SELECT state FROM collection.operation WHERE kind = 'record'")
    assert [row["state"] for row in states] == [12] * 3
    assert await counted(game, 7, "day-talk") == 0
    await game.invariants_hold()


async def test_a_fact_is_told_at_once_and_not_with_the_next_round(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.operations.sweeper.PERIOD_S", 3600.0)
    game = Game(await houses(background=True))
    await game.stock()
    await game.users.has(7, crystals=1)

    await game.users.account.ClaimDaily(a_daily(7))

    async def is_counted() -> bool:
        return await counted(game, 7, "week-daily") == 1

    await until(is_counted)


async def test_a_fact_of_yesterday_counts_for_yesterday(game: Game) -> None:
    await has_waifu(game, 7, 0)
    await game.bond.Talk(a_talk("Good night", WAIFU, 7), timeout=8)
    game.house.clock.move(timedelta(days=1))  # type: ignore[attr-defined]

    await game.house.settles()

    rows = await game.house.rows(
        "SELECT date::text FROM economy.user_mission_progress WHERE mission_id = 'day-talk'"
    )
    assert [row["date"] for row in rows] == ["2026-07-01"]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", range(5))
async def test_claims_and_facts_survive_crashes_in_crashes(game: Game, seed: int) -> None:
    chance = random.Random(seed)
    await done(game, 7)
    await has_waifu(game, 8, 100)
    wish = pb.ClaimMissionRequest(
        op=an_op(7, op_id=op_id_of("claim", seed)), mission_id="day-summon"
    )
    gift = a_gift("honey_jar", WAIFU, 8)

    for _ in range(3):
        async with game.house.dies_at(chance.randint(1, 12)):
            await insist(lambda: claim(game, wish), DYING_S)
            await insist(lambda: game.bond.GiveGift(gift, timeout=8), DYING_S)
            await game.house.settles()
        if game.house.has_died:
            await game.house.start()
    await game.house.wakes_up()
    await insist(lambda: claim(game, wish))
    await insist(lambda: game.bond.GiveGift(gift, timeout=8))
    await game.house.settles()

    assert await crystals(game, 7) == 1 + 50
    assert await counted(game, 8, "day-gift") == 1
    await game.invariants_hold()
