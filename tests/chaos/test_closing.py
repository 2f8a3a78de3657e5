"""A life ends whole (suite T16, flow F12): whenever a process dies, and whatever of the old life comes late."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import grpc
import pytest

from geminya.collection.v1 import bond_pb2, roster_pb2
from geminya.common.v1 import life_pb2
from geminya.common.v1.life_pb2_grpc import ClosingServiceStub
from geminya.common.v1.operator_pb2 import Operator
from geminya.expeditions.v1.atlas_pb2 import GetRotationRequest
from geminya.expeditions.v1.expedition_pb2 import NoticeWish, StartExpeditionRequest
from geminya.users.v1 import account_pb2 as pb
from tests.support.calls import an_op, insist, refused
from tests.support.faults import Fault, every_moment
from tests.support.game import Game, a_summon
from tests.support.players import a_daily, a_rename, an_adjust, an_apply
from tests.support.traces import traces_of

PURSE = 1000
PRICE = 100
START = 2000
GIFT = "rice_crackers"
CLOSE = "ClosingService/CloseUser"
SUMMON_MOMENTS = 12
"""As many as a summon can have; one with less is done when the erase comes."""
ENDS = ("erase", "admin_erase", "reset")
OPERATOR = Operator(name="keeper", reason="asked for by letter")


class Person:
    """Somebody with a Discord id and words of their own."""

    def __init__(self, game: Game, player: int) -> None:
        self.game = game
        self.player = player
        self.discord_id = 900_000_000_000_000_000 + player * 7_919
        self.name = f"Hall of Whispers {player}"
        self.nickname = f"Sunbeam {player}"
        self.secret = f"My tulips bloom, number {player}."
        self.channel_id = 800_000_000_000_000_000 + player * 6_007
        self.summoned = a_summon(player)

    async def arrives(self) -> None:
        """Comes with a purse, before the first command."""
        await self.game.has(self.player, crystals=PURSE)
        await self.game.house.run(
            "UPDATE users.users SET discord_id = $2 WHERE id = $1", self.player, self.discord_id
        )

    async def plays(self) -> None:
        """Leaves something in every service, words too."""
        await self.arrives()
        await self.game.users.account.Rename(a_rename(self.name, self.player))
        await self.game.users.account.ClaimDaily(a_daily(self.player))
        await self.game.summon(self.summoned)
        await self.speaks()
        await self.sends_a_party()
        await self.game.house.quiet()

    async def speaks(self) -> None:
        """Talks to somebody and gives her a name."""
        talk = await self.talk()
        await self.game.bond.Talk(talk)
        named = bond_pb2.SetNicknameRequest(nickname=self.nickname, waifu_id=talk.waifu_id)
        named.op.CopyFrom(an_op(self.player))
        await self.game.bond.SetNickname(named)

    async def sends_a_party(self) -> None:
        """Somebody goes away, and the channel is to hear of her return."""
        rotation = await self.game.atlas.GetRotation(GetRotationRequest())
        start = StartExpeditionRequest(
            op=an_op(self.player),
            template_id=rotation.templates[0].template_id,
            waifu_ids=[max(await self.game.owned(self.player))],
            notice=NoticeWish(channel_id=self.channel_id),
        )
        await self.game.expeditions.StartExpedition(start)

    async def somebody(self) -> int:
        return min(await self.game.owned(self.player))

    async def talk(self) -> bond_pb2.TalkRequest:
        op = an_op(self.player)
        return bond_pb2.TalkRequest(op=op, waifu_id=await self.somebody(), message=self.secret)

    async def gift(self) -> bond_pb2.GiveGiftRequest:
        op = an_op(self.player)
        return bond_pb2.GiveGiftRequest(op=op, waifu_id=await self.somebody(), gift_id=GIFT)

    async def awakening(self) -> roster_pb2.AwakenRequest:
        await self.game.users.wallet.AdminAdjust(an_adjust(self.player, daphine=1))
        return roster_pb2.AwakenRequest(op=an_op(self.player), waifu_id=await self.somebody())

    def wish(self, end: str, epoch: int = 1) -> Callable[[], Awaitable[Any]]:
        """The wish for an end; the same each time it is called."""
        op = an_op(self.player, epoch=epoch)
        account = self.game.users.account
        if end == "erase":
            return lambda: account.EraseAccount(pb.EraseAccountRequest(op=op), timeout=10)
        if end == "admin_erase":
            request = pb.AdminEraseAccountRequest(op=op, operator=OPERATOR)
            return lambda: account.AdminEraseAccount(request, timeout=10)
        return lambda: account.ResetAccount(pb.ResetAccountRequest(op=op), timeout=10)

    async def traces(self) -> list[str]:
        return await traces_of(
            self.game.house,
            self.discord_id,
            *(self.name, self.nickname, self.secret, str(self.channel_id)),
        )

    async def enters(self) -> pb.EnterResponse:
        return await self.game.users.account.Enter(pb.EnterRequest(discord_id=self.discord_id))

    async def has_ended(self, end: str) -> None:
        """Everything that was earned is gone; after an erase nothing names the person."""
        assert await self.game.owned(self.player) == {}
        assert await self.game.summons(self.player) == []
        balances = await self.game.users.balances(self.player)
        if end == "reset":
            assert balances == {"sakura_crystals": START, "quartzs": 0, "daphine": 0}
        else:
            assert await self.traces() == []
            assert set(balances.values()) == {0}
        assert await self.acts() == (["erase"] if end == "admin_erase" else [])

    async def acts(self) -> list[str]:
        """What operators did to this player."""
        rows = await self.game.house.rows(
            "SELECT action FROM users.audit WHERE user_id = $1 AND action <> 'adjust'", self.player
        )
        return [row["action"] for row in rows]

    async def lives_again(self) -> None:
        """Comes back, with the next epoch and the first crystals, and can play everywhere."""
        entered = await insist(self.enters)
        assert (entered.user_id, entered.epoch) == (self.player, 2)
        with refused("ALREADY_CLAIMED"):
            await self.game.users.account.ClaimDaily(a_daily(self.player, epoch=2))
        await self.summons_again()
        assert (await self.game.users.balances(self.player))["sakura_crystals"] == START - PRICE

    async def summons_again(self) -> None:
        request = a_summon(self.player)
        request.op.epoch = 2
        answer = await insist(lambda: self.game.summon(request))
        owned = await self.game.owned(self.player)
        assert {pull.waifu_id for pull in answer.pulls} == set(owned)


async def picture(game: Game, player: int) -> dict[str, Any]:
    """What a player has, everywhere."""
    return {
        "owned": await game.owned(player),
        "summons": await game.summons(player),
        "ledger": await game.users.ledger(player),
        "user": await game.house.rows("SELECT * FROM users.users WHERE id = $1", player),
    }


@asynccontextmanager
async def untouched(game: Game, player: int) -> AsyncIterator[None]:
    """Whatever happens inside, this player has the same afterwards."""
    before = await picture(game, player)
    yield
    assert await picture(game, player) == before


async def ignoring_its_end(call: Callable[[], Awaitable[Any]]) -> None:
    """The call may be refused, or die with the process."""
    try:
        await call()
    except grpc.aio.AioRpcError:
        return


async def test_an_erase_has_the_moments_of_flow_f12(game: Game) -> None:
    person = Person(game, 1)
    await person.plays()

    names = await game.house.moments_of(person.wish("erase"))

    told = [name.replace("/geminya.", "").replace(".v1.", " ") for name in names]
    steps = [name for name in told if not name.split()[-1].startswith(("close_gate", "end_"))]
    assert steps == [
        "commit users begin_closing",
        *("send common ClosingService/CloseUser", "reply common ClosingService/CloseUser") * 3,
        "commit users transaction",
    ]
    gates = [name for name in told if name.endswith("close_gate")]
    assert gates == [f"commit {s} close_gate" for s in ("collection", "expeditions", "economy")]
    assert "commit economy end_summons" in told


@pytest.mark.timeout(300)
@pytest.mark.parametrize("end", ENDS)
async def test_a_life_ends_whole_whenever_a_process_dies(game: Game, end: str) -> None:
    first, other = Person(game, 1), Person(game, 2)
    await first.plays()
    await other.plays()
    count = len(await game.house.moments_of(first.wish(end)))
    assert count > 12

    async with untouched(game, 2):
        for moment in every_moment(count):
            person = Person(game, 100 + moment)
            await person.plays()
            wish = person.wish(end)
            async with game.house.dies_at(moment):
                await wish()
            assert game.house.has_died, moment
            await game.house.wakes_up()

            answer = await insist(wish)
            assert await wish() == answer
            await person.has_ended(end)
            await game.invariants_hold()
            await person.lives_again()
            assert await wish() == answer
    traces = await other.traces()
    assert len(traces) >= 4
    assert any(trace.startswith('expeditions."notices"') for trace in traces)
    await game.invariants_hold()


@pytest.mark.timeout(180)
@pytest.mark.parametrize("end", ENDS)
async def test_a_life_ends_whole_after_a_second_crash_in_its_repair(game: Game, end: str) -> None:
    for player, (first, second) in enumerate([(1, 2), (2, 5), (5, 9), (9, 3), (12, 1)], 100):
        person = Person(game, player)
        await person.plays()
        wish = person.wish(end)
        async with game.house.dies_at(first):
            await wish()
        await game.house.start()
        async with game.house.dies_at(second):
            await game.house.settles()
        await game.house.wakes_up()

        await insist(wish)
        await person.has_ended(end)
        await person.lives_again()
    await game.invariants_hold()


@pytest.mark.timeout(300)
async def test_an_erase_ends_a_summon_in_each_of_its_states(game: Game) -> None:
    """The summon is left by a dead process; the erase comes before its repair."""
    for moment in every_moment(SUMMON_MOMENTS):
        person = Person(game, 100 + moment)
        await person.plays()
        summon = a_summon(person.player)
        async with game.house.dies_at(moment):
            await game.summon(summon)
        if game.house.has_died:
            await game.house.start()

        await insist(person.wish("erase"))
        await game.house.wakes_up()

        await person.has_ended("erase")
        with refused("USER_GONE"):
            await insist(lambda summon=summon: game.summon(summon))
        await game.invariants_hold()
        await person.lives_again()
        async with untouched(game, person.player):
            with refused("USER_GONE"):
                await game.summon(summon)
    await game.invariants_hold()


@pytest.mark.timeout(300)
async def test_an_erase_dies_with_a_summon_under_way(game: Game) -> None:
    """Both are left open by the same crash, and repaired side by side."""
    for moment in (3, 6, 9, 12, 15, 18, 21, 24):
        person = Person(game, 100 + moment)
        await person.plays()
        wish, summon = person.wish("erase"), a_summon(person.player)
        async with game.house.dies_at(moment):
            await asyncio.gather(
                *(ignoring_its_end(call) for call in (wish, lambda s=summon: game.summon(s)))
            )
        await game.house.wakes_up()

        await insist(wish)
        await game.house.settles()
        await person.has_ended("erase")
        await game.invariants_hold()
        await person.lives_again()
    await game.invariants_hold()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["Awaken", "Talk", "GiveGift"])
async def test_an_erase_ends_what_collection_leads_in_each_of_its_states(
    game: Game, kind: str
) -> None:
    """The other shape of a flow: its coordinator is the first service that is closed. A talk has words in it."""
    service = game.roster if kind == "Awaken" else game.bond
    make = {"Awaken": Person.awakening, "Talk": Person.talk, "GiveGift": Person.gift}[kind]
    for moment in range(1, 8):
        person = Person(game, 100 + moment)
        await person.plays()
        request = await make(person)
        call = partial(getattr(service, kind), request, timeout=8)
        async with game.house.dies_at(moment):
            await call()
        if game.house.has_died:
            await game.house.start()

        await insist(person.wish("erase"))
        await game.house.wakes_up()

        await person.has_ended("erase")
        with refused("USER_GONE"):
            await insist(call)
        assert await person.traces() == []
        await person.lives_again()
    await game.invariants_hold()


async def test_a_reset_waits_for_a_summon_under_way(game: Game) -> None:
    person = Person(game, 7)
    await person.plays()
    async with game.house.dies_at(5):
        await game.summon(a_summon(7))
    await game.house.start()

    with refused("OPERATIONS_OPEN", count="1"):
        await person.wish("reset")()
    await game.house.wakes_up()
    await insist(person.wish("reset"))

    await person.has_ended("reset")
    await game.invariants_hold()


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("fault", Fault)
async def test_a_life_ends_whole_over_a_broken_call(
    game: Game, fault: Fault, nth: int, end: str
) -> None:
    person = Person(game, 7)
    await person.plays()
    wish = person.wish(end)

    game.house.faults.break_call(CLOSE, fault, nth)
    await insist(wish)
    await game.house.settles()
    await person.has_ended(end)
    await person.lives_again()
    async with untouched(game, 7):
        await game.house.faults.deliver_late()
    await game.invariants_hold()


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("method", ["WalletService/Apply", "RosterService/Grant"])
async def test_a_late_step_of_the_old_life_finds_it_closed(
    game: Game, method: str, end: str
) -> None:
    person = Person(game, 7)
    await person.arrives()
    await game.users.account.Rename(a_rename(person.name, 7))
    await game.users.account.ClaimDaily(a_daily(7))
    game.house.faults.break_call(method, Fault.LATE_COPY)
    await game.summon(a_summon(7))
    await person.speaks()
    await game.house.quiet()
    [late] = game.house.faults.late

    await insist(person.wish(end))
    with refused("USER_GONE"):
        await late()
    await person.has_ended(end)
    await person.lives_again()
    async with untouched(game, 7):
        with refused("USER_GONE"):
            await late()
    await game.invariants_hold()


async def test_whatever_the_old_life_sends_late_names_nobody_and_changes_nothing(
    game: Game,
) -> None:
    """The player's own messages, to every service, after the erase and again after the return."""
    person = Person(game, 7)
    await person.plays()
    await insist(person.wish("erase"))

    async def sends_late() -> None:
        for call in (
            lambda: game.users.account.Rename(a_rename(person.name, 7)),
            lambda: game.users.account.ClaimDaily(a_daily(7)),
            lambda: game.users.wallet.Apply(an_apply(7, crystals=50)),
            lambda: game.summon(a_summon(7)),
            lambda: game.summon(person.summoned),
            person.wish("erase"),
            person.wish("reset"),
        ):
            with refused("USER_GONE"):
                await call()
        for service in ("collection", "expeditions", "economy"):
            stub = game.house.stub(ClosingServiceStub, service, "users")
            await stub.CloseUser(life_pb2.CloseUserRequest(op=an_op(7, step=1)))

    await sends_late()
    assert await person.traces() == []
    await game.invariants_hold()

    await person.lives_again()
    async with untouched(game, 7):
        await sends_late()
    await game.invariants_hold()


async def test_daily_reset_and_return_cannot_be_farmed(game: Game) -> None:
    person = Person(game, 7)
    await person.plays()
    for epoch, end in enumerate(("reset", "erase", "reset", "erase"), 1):
        await insist(person.wish(end, epoch))
        with refused("USER_GONE"):
            await person.wish(end, epoch)()
        assert (await person.enters()).epoch == epoch + 1
        with refused("ALREADY_CLAIMED"):
            await game.users.account.ClaimDaily(a_daily(7, epoch=epoch + 1))
        assert (await game.users.balances(7))["sakura_crystals"] == START
    await game.invariants_hold()
