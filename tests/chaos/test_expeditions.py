"""Expeditions survive everything (suites T2 and T3): nobody lost, nothing paid twice, whenever a process dies."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from chassis.clock import StoppedClock
from geminya.expeditions.v1 import expedition_pb2 as pb
from geminya.expeditions.v1.atlas_pb2 import GetRotationRequest
from tests.support.calls import an_op, insist, op_id_of, refused
from tests.support.faults import Fault, every_moment
from tests.support.game import Game, loads_dice

SEEDS = range({"small": 5, "standard": 5, "nightly": 25}[os.environ.get("SIZE", "small")])
START = ("RosterService/LockParty",)
COMPLETE = ("RosterService/Settle", "WalletService/Apply", "ShopService/Settle")
CANCEL = ("RosterService/Settle",)
STRONG = 5
"""Six stars."""
DAY = timedelta(hours=24)


class Guild:
    """A game whose players send parties."""

    def __init__(self, game: Game, places: list[str], waifus: list[int]) -> None:
        self.game = game
        self.rpc: Any = game.expeditions
        self.places = places
        self.waifus = waifus

    async def has(self, player: int, seed: int = 0) -> None:
        """A player with three waifus, others for other seeds."""
        await self.game.users.has(player, crystals=1)
        for waifu_id in self.party(seed):
            await self.game.house.run(
                "INSERT INTO collection.user_waifus (user_id, waifu_id, current_star_level) "
                "VALUES ($1, $2, $3)",
                *(player, waifu_id, 1 + seed % 6),
            )
        await self.game.house.run(
            """
            INSERT INTO collection.roster (user_id, owned_count, power)
            SELECT $1, count(*), sum(CASE current_star_level WHEN 1 THEN 100 WHEN 2 THEN 250
                WHEN 3 THEN 500 WHEN 4 THEN 1000 WHEN 5 THEN 2000 ELSE 4000 END)
            FROM collection.user_waifus WHERE user_id = $1
            """,
            player,
        )

    def party(self, seed: int = 0) -> list[int]:
        """Who goes."""
        return self.waifus[3 * seed : 3 * seed + 3]

    def a_start(self, player: int, seed: int = 0) -> pb.StartExpeditionRequest:
        """A wish to go to some place."""
        place = self.places[seed % len(self.places)]
        return pb.StartExpeditionRequest(
            op=an_op(player),
            template_id=place,
            waifu_ids=self.party(seed),
            notice=pb.NoticeWish(channel_id=9),
        )

    async def are_away(self, *players: int, seed: int = 0) -> dict[int, str]:
        """Players with a party each whose time is over: player to expedition."""
        away: dict[int, str] = {}
        for player in players:
            await self.has(player, seed)
            request = self.a_start(player, seed)
            request.op.op_id = op_id_of("start", player, seed)
            started = await self.rpc.StartExpedition(request)
            away[player] = started.expedition.expedition_id
            await loads_dice(self.game.house, away[player])
        # The last mark of a start comes after its answer, and is no moment of what follows.
        await self.game.house.quiet()
        clock = self.game.house.clock
        assert isinstance(clock, StoppedClock)
        clock.move(DAY)
        return away

    async def is_away(self, player: int) -> str:
        """The same with one player, whose party is strong and finds money."""
        return (await self.are_away(player, seed=STRONG))[player]

    async def status(self, player: int) -> list[str]:
        """What there is of the player's."""
        rows = await self.game.house.rows(
            "SELECT status FROM expeditions.user_expeditions WHERE user_id = $1", player
        )
        return [row["status"] for row in rows]

    async def locked(self, player: int) -> list[int]:
        """Who cannot go."""
        rows = await self.game.house.rows(
            "SELECT thing FROM collection.party_locks WHERE user_id = $1 AND kind = 'waifu'", player
        )
        return sorted(int(row["thing"]) for row in rows)

    async def notices(self, player: int) -> list[str]:
        """What the player is to hear of."""
        rows = await self.game.house.rows(
            "SELECT state FROM expeditions.notices WHERE user_id = $1", player
        )
        return [row["state"] for row in rows]

    async def bag(self, player: int) -> dict[str, int]:
        """The player's items."""
        rows = await self.game.house.rows(
            "SELECT item_code, quantity FROM economy.user_inventory WHERE user_id = $1", player
        )
        return {row["item_code"]: row["quantity"] for row in rows}

    async def pieces(self, player: int) -> list[str]:
        """The player's equipment."""
        rows = await self.game.house.rows(
            "SELECT id FROM collection.equipment WHERE user_id = $1", player
        )
        return [str(row["id"]) for row in rows]

    # What must be true behind each wish, whatever happened.

    async def started_once(self, request: pb.StartExpeditionRequest) -> None:
        """One expedition with this party; a repeat shows it."""
        player = request.op.user_id
        answer = await insist(lambda: self.rpc.StartExpedition(request))
        assert wire(await self.rpc.StartExpedition(request)) == wire(answer)
        assert await self.status(player) == ["in_progress"]
        assert await self.notices(player) == ["waiting"]
        assert await self.locked(player) == sorted(request.waifu_ids)
        assert [one.waifu_id for one in answer.expedition.travellers] == list(request.waifu_ids)

    async def completed_once(self, request: pb.CompleteExpeditionRequest) -> None:
        """Paid, handed over and freed once, and exactly what the report says."""
        player = request.op.user_id
        answer = await insist(lambda: self.rpc.CompleteExpedition(request))
        assert wire(await self.rpc.CompleteExpedition(request)) == wire(answer)
        assert await self.status(player) == ["completed"]
        assert await self.notices(player) == []
        assert await self.locked(player) == []
        rewards = answer.report.rewards
        assert await self.game.users.balances(player) == {
            "sakura_crystals": 1 + rewards.crystals,
            "quartzs": rewards.quartzs,
            "daphine": rewards.daphine,
        }
        assert await self.bag(player) == dict(rewards.items)
        assert await self.pieces(player) == [answer.settlement.awarded.equipment_id]
        asked = pb.AdminReplayExpeditionRequest(expedition_id=request.expedition_id)
        replay = await insist(lambda: self.rpc.AdminReplayExpedition(asked))
        assert replay.is_equal

    async def cancelled_once(self, request: pb.CancelExpeditionRequest) -> None:
        """Freed, and nothing was brought home."""
        player = request.op.user_id
        answer = await insist(lambda: self.rpc.CancelExpedition(request))
        assert wire(await self.rpc.CancelExpedition(request)) == wire(answer)
        assert await self.status(player) == ["cancelled"]
        assert await self.notices(player) == []
        assert await self.locked(player) == []
        assert (await self.game.users.balances(player))["sakura_crystals"] == 1
        assert await self.pieces(player) == []


def wire(message: Any) -> bytes:
    return message.SerializeToString(deterministic=True)


def short(names: list[str]) -> list[str]:
    return [name.replace("/geminya.", "").replace(".v1.", " ") for name in names]


def a_completion(player: int, expedition_id: str) -> pb.CompleteExpeditionRequest:
    return pb.CompleteExpeditionRequest(op=an_op(player), expedition_id=expedition_id)


def a_cancellation(player: int, expedition_id: str) -> pb.CancelExpeditionRequest:
    return pb.CancelExpeditionRequest(op=an_op(player), expedition_id=expedition_id)


@pytest.fixture
async def guild(game: Game) -> Guild:
    """The project's own content, and who can be sent where this week."""
    rotation = await game.atlas.GetRotation(GetRotationRequest())
    rows = await game.house.rows("SELECT waifu_id FROM collection.waifus ORDER BY waifu_id")
    places = [one.template_id for one in rotation.templates]
    return Guild(game, places, [row["waifu_id"] for row in rows])


async def learn(guild: Guild, wish: Callable[[], Awaitable[Any]]) -> int:
    """How many moments such a wish has."""
    return len(await guild.game.house.moments_of(wish))


# Starting


async def test_a_start_has_the_moments_of_flow_f6(guild: Guild) -> None:
    await guild.has(1)

    names = await guild.game.house.moments_of(lambda: guild.rpc.StartExpedition(guild.a_start(1)))

    assert short(names) == [
        "commit expeditions open_expedition",
        "send collection RosterService/LockParty",
        "commit collection lock_party",
        "reply collection RosterService/LockParty",
        "commit expeditions depart",
        "commit expeditions finish_operation",
    ]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", SEEDS)
async def test_a_start_survives_a_crash_at_every_moment(guild: Guild, seed: int) -> None:
    await guild.has(1, seed)
    count = await learn(guild, lambda: guild.rpc.StartExpedition(guild.a_start(1, seed)))

    for moment in every_moment(count):
        player = 100 + moment
        await guild.has(player, seed)
        request = guild.a_start(player, seed)
        async with guild.game.house.dies_at(moment):
            await guild.rpc.StartExpedition(request)
        assert guild.game.house.has_died, moment
        await guild.game.house.wakes_up()

        await guild.started_once(request)
    await guild.game.invariants_hold()


@pytest.mark.timeout(180)
async def test_a_refused_start_leaves_no_trace_whenever_a_process_dies(guild: Guild) -> None:
    """Somebody of the party is not the player's, which only the collection knows."""
    await guild.has(1)

    def a_vain_start(player: int) -> pb.StartExpeditionRequest:
        request = guild.a_start(player)
        request.waifu_ids[2] = guild.waifus[9]
        return request

    async def in_vain() -> None:
        with refused("WAIFU_NOT_OWNED"):
            await guild.rpc.StartExpedition(a_vain_start(1))

    count = await learn(guild, in_vain)
    for moment in every_moment(count):
        player = 100 + moment
        await guild.has(player)
        request = a_vain_start(player)
        async with guild.game.house.dies_at(moment):
            await guild.rpc.StartExpedition(request)
        await guild.game.house.wakes_up()

        with refused("WAIFU_NOT_OWNED", waifu_id=str(guild.waifus[9])):
            await insist(lambda request=request: guild.rpc.StartExpedition(request))
        assert await guild.status(player) == []
        assert await guild.notices(player) == []
        assert await guild.locked(player) == []
        # The place and the party are free.
        await guild.rpc.StartExpedition(guild.a_start(player))
    await guild.game.invariants_hold()


@pytest.mark.parametrize("method", START)
@pytest.mark.parametrize("fault", Fault)
async def test_a_start_survives_a_broken_call(guild: Guild, method: str, fault: Fault) -> None:
    await guild.has(7)
    request = guild.a_start(7)

    guild.game.house.faults.break_call(method, fault)
    await insist(lambda: guild.rpc.StartExpedition(request))
    await guild.game.house.settles()
    await guild.game.house.faults.deliver_late()

    await guild.started_once(request)
    await guild.game.invariants_hold()


# Completing


async def test_a_completion_has_the_moments_of_flow_f7(guild: Guild) -> None:
    request = a_completion(1, await guild.is_away(1))

    names = await guild.game.house.moments_of(lambda: guild.rpc.CompleteExpedition(request))

    assert short(names) == [
        "commit expeditions find_expedition",
        "commit expeditions resolve_expedition",
        "send collection RosterService/Settle",
        "commit collection settle_party",
        "reply collection RosterService/Settle",
        "send users WalletService/Apply",
        "commit users apply",
        "reply users WalletService/Apply",
        "send economy ShopService/Settle",
        "commit economy settle_expedition",
        "reply economy ShopService/Settle",
        "commit expeditions close_expedition",
        "commit expeditions finish_operation",
    ]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("seed", SEEDS)
async def test_a_completion_survives_a_crash_at_every_moment(guild: Guild, seed: int) -> None:
    # Who found no money at all has no payment, so the moments are those of the longest way.
    moments = range(1, 14)
    away = await guild.are_away(*(100 + moment for moment in moments), seed=seed)

    for moment, (player, expedition_id) in zip(moments, away.items(), strict=True):
        request = a_completion(player, expedition_id)
        async with guild.game.house.dies_at(moment):
            await guild.rpc.CompleteExpedition(request)
        await guild.game.house.wakes_up()

        await guild.completed_once(request)
    await guild.game.invariants_hold()


@pytest.mark.timeout(180)
async def test_a_completion_survives_a_second_crash_in_its_repair(guild: Guild) -> None:
    crashes = [(2, 1), (3, 3), (4, 2), (7, 4), (10, 1), (11, 2), (12, 1)]
    away = await guild.are_away(*range(100, 100 + len(crashes)), seed=STRONG)

    for (player, expedition_id), (first, second) in zip(away.items(), crashes, strict=True):
        request = a_completion(player, expedition_id)
        async with guild.game.house.dies_at(first):
            await guild.rpc.CompleteExpedition(request)
        assert guild.game.house.has_died, first
        await guild.game.house.start()
        async with guild.game.house.dies_at(second):
            await guild.game.house.settles()
        await guild.game.house.wakes_up()

        await guild.completed_once(request)
    await guild.game.invariants_hold()


@pytest.mark.parametrize("method", COMPLETE)
@pytest.mark.parametrize("fault", Fault)
async def test_a_completion_survives_a_broken_call(guild: Guild, method: str, fault: Fault) -> None:
    request = a_completion(7, await guild.is_away(7))

    guild.game.house.faults.break_call(method, fault)
    await insist(lambda: guild.rpc.CompleteExpedition(request))
    await guild.game.house.settles()
    await guild.game.house.faults.deliver_late()

    await guild.completed_once(request)
    await guild.game.invariants_hold()


@pytest.mark.timeout(180)
async def test_those_who_follow_another_wish_get_its_answer_whenever_a_process_dies(
    guild: Guild,
) -> None:
    """Two wishes complete one expedition; the second one waits for the first, and both die."""
    away = await guild.are_away(*range(101, 114))

    for moment, (player, expedition_id) in enumerate(away.items(), 1):
        wishes = [a_completion(player, expedition_id) for _ in range(3)]
        async with guild.game.house.dies_at(moment):
            await asyncio.gather(*(guild.rpc.CompleteExpedition(wish) for wish in wishes))
        await guild.game.house.wakes_up()

        answers = [
            await insist(lambda wish=wish: guild.rpc.CompleteExpedition(wish)) for wish in wishes
        ]
        assert len({wire(answer) for answer in answers}) == 1
        await guild.completed_once(wishes[0])
    await guild.game.invariants_hold()


# Calling back


async def test_a_calling_back_has_the_moments_of_flow_f8(guild: Guild) -> None:
    request = a_cancellation(1, await guild.is_away(1))

    names = await guild.game.house.moments_of(lambda: guild.rpc.CancelExpedition(request))

    assert short(names) == [
        "commit expeditions find_expedition",
        "commit expeditions call_back",
        "send collection RosterService/Settle",
        "commit collection settle_party",
        "reply collection RosterService/Settle",
        "commit expeditions break_off",
        "commit expeditions finish_operation",
    ]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", SEEDS)
async def test_a_calling_back_survives_a_crash_at_every_moment(guild: Guild, seed: int) -> None:
    away = await guild.are_away(*range(101, 108), seed=seed)

    for moment, (player, expedition_id) in enumerate(away.items(), 1):
        request = a_cancellation(player, expedition_id)
        async with guild.game.house.dies_at(moment):
            await guild.rpc.CancelExpedition(request)
        assert guild.game.house.has_died, moment
        await guild.game.house.wakes_up()

        await guild.cancelled_once(request)
    await guild.game.invariants_hold()


@pytest.mark.parametrize("method", CANCEL)
@pytest.mark.parametrize("fault", Fault)
async def test_a_calling_back_survives_a_broken_call(
    guild: Guild, method: str, fault: Fault
) -> None:
    request = a_cancellation(7, await guild.is_away(7))

    guild.game.house.faults.break_call(method, fault)
    await insist(lambda: guild.rpc.CancelExpedition(request))
    await guild.game.house.settles()
    await guild.game.house.faults.deliver_late()

    await guild.cancelled_once(request)
    await guild.game.invariants_hold()
