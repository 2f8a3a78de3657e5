"""Many players do everything at once while services die: lives end, begin again, and nothing is lost or doubled.

Each wish is sent as a restless player sends it, several times at once; at the end every wish that was ever sent
comes once more, late, and finds nothing left to do.
"""

import asyncio
import json
import os
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import grpc
import pytest

from chassis.rpc.status import refusal_of
from geminya.collection.v1 import bond_pb2, equipment_pb2, roster_pb2
from geminya.common.v1.op_pb2 import Op
from geminya.common.v1.operator_pb2 import Operator
from geminya.economy.v1 import gacha_pb2, mission_pb2
from geminya.users.v1 import account_pb2, wallet_pb2
from tests.support.calls import AGAIN, insist
from tests.support.game import STANDARD, Game
from tests.support.traces import traces_of

PLAYERS, WISHES, KILLS, SEEDS = {
    "small": (6, 12, 4, 1),
    "standard": (12, 40, 25, 3),
    "nightly": (20, 100, 100, 10),
}[os.environ.get("SIZE", "small")]
GIVER = Operator(name="mira", reason="a storm")
TABLES = (
    "users.users", "users.ledger", "users.erased", "collection.user_waifus", "collection.roster",
    "collection.equipment", "collection.equipment_sub_slots", "collection.conversations",
    "collection.gifts_given", "economy.summons",
    "economy.user_mission_progress",
)  # fmt: skip


def is_refused(error: BaseException, *reasons: str) -> bool:
    """Whether a service said no, for one of these reasons if there are any."""
    refusal = refusal_of(error) if isinstance(error, grpc.aio.AioRpcError) else None
    return refusal is not None and (not reasons or refusal.reason in reasons)


def is_cut_off(error: BaseException) -> bool:
    """Whether nobody knows what became of it, because a service died."""
    return isinstance(error, grpc.aio.AioRpcError) and error.code() in AGAIN


@dataclass
class Restless:
    """A player who wants everything, and sends it more than once."""

    game: Game
    discord_id: int
    dice: random.Random
    name: str
    looking: asyncio.Lock
    """The owner looks into the database through one connection."""
    user_id: int = 0
    epoch: int = 0
    sent: list[Callable[[], Any]] = field(default_factory=list)
    """Every wish that was ever sent, to be sent again."""

    async def enters(self) -> None:
        """Comes, or comes back, once the gates are open."""
        for _ in range(400):
            request = account_pb2.EnterRequest(discord_id=self.discord_id)
            enter: Callable[[], Any] = partial(self.game.users.account.Enter, request)
            [entered] = await asyncio.gather(insist(enter), return_exceptions=True)
            if not isinstance(entered, BaseException):
                self.user_id, self.epoch = entered.user_id, entered.epoch
                return
            assert is_refused(entered, "ACCOUNT_CLOSING"), entered
            async with self.looking:
                await self.game.house.leases_end()
            for running in list(self.game.house.running.values()):
                await running.sweeper.sweep()
        raise AssertionError("an academy stays closing")

    async def plays(self, wishes: int) -> None:
        """One wish after the other."""
        await self.enters()
        for _ in range(wishes):
            await self.wishes(await self.wish())

    async def wishes(self, send: Callable[[], Any]) -> None:
        """Sends it one to three times at once; a refusal is an answer, and only a closed life begins anew."""
        self.sent.append(send)
        copies = self.dice.randint(1, 3)
        found = await asyncio.gather(*(insist(send) for _ in range(copies)), return_exceptions=True)
        for error in found:
            if isinstance(error, BaseException):
                assert is_refused(error) or is_cut_off(error), error
                if is_refused(error, "USER_GONE", "ACCOUNT_CLOSING"):
                    self.epoch = 0
        if not self.epoch:
            await self.enters()

    async def wish(self) -> Callable[[], Any]:
        """Something at random that this life could want."""
        op = Op(op_id=str(uuid.uuid4()), user_id=self.user_id, epoch=self.epoch)
        game, dice = self.game, self.dice
        async with self.looking:
            owned = sorted(await game.owned(self.user_id)) or [1_000_001]
            pieces = await game.house.rows(
                "SELECT id FROM collection.equipment WHERE user_id = $1 ORDER BY slot_no",
                self.user_id,
            )
        some = [str(one["id"]) for one in pieces] or [str(uuid.UUID(int=1))]
        her, piece = dice.choice(owned), dice.choice(some)
        gift = dice.choice(["honey_jar", "rice_crackers"])
        options: list[tuple[Any, Any]] = [
            (game.gacha.Summon, gacha_pb2.SummonRequest(op=op, banner_id=STANDARD, count=10)),
            (game.bond.Talk, bond_pb2.TalkRequest(op=op, waifu_id=her, message=f"{self.name} says hello")),
            (game.bond.GiveGift, bond_pb2.GiveGiftRequest(op=op, waifu_id=her, gift_id=gift)),
            (game.bond.SetNickname, bond_pb2.SetNicknameRequest(op=op, waifu_id=her, nickname=self.name)),
            (game.roster.Awaken, roster_pb2.AwakenRequest(op=op, waifu_id=her)),
            (
                game.roster.AdminGiveWaifu,
                roster_pb2.AdminGiveWaifuRequest(op=op, operator=GIVER, waifu_id=her, copies=dice.randint(1, 20)),
            ),
            (
                game.users.wallet.AdminAdjust,
                wallet_pb2.AdminAdjustRequest(
                    op=op, operator=GIVER,
                    adjustments=[wallet_pb2.Adjustment(currency=number, amount=5) for number in (2, 3)],  # type: ignore[arg-type]
                ),
            ),
            (game.equipment.AdminGiveEquipment, equipment_pb2.AdminGiveEquipmentRequest(op=op, operator=GIVER)),
            (
                game.equipment.UnlockSubSlot,
                equipment_pb2.UnlockSubSlotRequest(
                    op=op, equipment_id=piece, consumed_equipment_id=dice.choice(some)
                ),
            ),
            (game.equipment.DiscardEquipment, equipment_pb2.DiscardEquipmentRequest(op=op, equipment_id=piece)),
            (game.users.account.ClaimDaily, account_pb2.ClaimDailyRequest(op=op)),
            (game.missions.ClaimAllMissions, mission_pb2.ClaimAllMissionsRequest(op=op)),
            (game.users.account.Rename, account_pb2.RenameRequest(op=op, academy_name=self.name)),
            (game.users.account.ResetAccount, account_pb2.ResetAccountRequest(op=op)),
            (game.users.account.EraseAccount, account_pb2.EraseAccountRequest(op=op)),
        ]  # fmt: skip
        weights = [5, 3, 3, 1, 2, 2, 3, 4, 2, 1, 2, 2, 1, 2, 2]
        [(method, request)] = dice.choices(options, weights)
        return lambda: method(request, timeout=8)


async def kill_now_and_then(game: Game, dice: random.Random, work: asyncio.Future[Any]) -> int:
    """Ends a service as `kill -9` does and starts it again, until the work is done."""
    kills = 0
    while not work.done() and kills < KILLS:
        await asyncio.wait([work], timeout=dice.uniform(0.05, 0.4))
        name = dice.choice(["users", "collection", "economy"])
        await game.house.kill_one(name)
        await asyncio.sleep(dice.uniform(0, 0.05))
        await game.house.start_one(name)
        kills += 1
    return kills


async def everything(game: Game) -> str:
    """What players have, in every service."""
    held = {
        table: await game.house.rows(
            f"SELECT (to_jsonb(t) - 'updated_at')::text AS row FROM {table} AS t ORDER BY 1"
        )
        for table in TABLES
    }
    return json.dumps(held, indent=1)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(SEEDS))
async def test_lives_end_and_begin_in_a_storm(game: Game, seed: int) -> None:
    dice = random.Random(int(os.environ.get("STORM_SEED", "0")) + seed)
    looking = asyncio.Lock()
    players = [
        Restless(
            game,
            discord_id=700_000_000_000_000_000 + number * 104_729,
            dice=random.Random(dice.random()),
            name=f"Gale {number} Hall",
            looking=looking,
        )
        for number in range(1, PLAYERS + 1)
    ]
    work = asyncio.gather(*(player.plays(WISHES) for player in players))
    kills = await kill_now_and_then(game, dice, work)
    await work
    assert kills
    await game.house.settles()
    await game.invariants_hold()

    for player in players:
        if dice.random() < 0.5:
            # The last wish may have ended the life that the player knows of.
            await player.enters()
            op = Op(op_id=str(uuid.uuid4()), user_id=player.user_id, epoch=player.epoch)
            erase = account_pb2.EraseAccountRequest(op=op)
            player.sent.append(
                lambda erase=erase: game.users.account.EraseAccount(erase, timeout=8)
            )
            await insist(player.sent[-1])
            player.epoch = 0
    await game.house.settles()
    before = await everything(game)

    late = [send for player in players for send in player.sent]
    dice.shuffle(late)
    for send in late:
        [said] = await asyncio.gather(insist(send), return_exceptions=True)
        assert not isinstance(said, BaseException) or is_refused(said), said
    await game.house.settles()

    assert await everything(game) == before
    await game.invariants_hold()
    for player in players:
        if not player.epoch:
            assert await traces_of(game.house, player.discord_id, player.name) == []
