"""Every service is restarted, replica by replica, while players play; then one replica is lost for good.

Real processes, two of each service, and the bot's own clients in front of them. A player never sees an error, and what
a lost process has left open is finished by the other one.
"""

import asyncio
import itertools
import os
import time
import warnings
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import pytest

from chassis.postgres import admin_connection
from chassis.rpc.status import refusal_of
from chassis.settings import SERVICES
from console import content, invariants
from console.calls import Calls
from console.certs import certificates_for
from geminya.common.v1 import money_pb2
from geminya.common.v1.op_pb2 import Op
from geminya.common.v1.operator_pb2 import Operator
from geminya.economy.v1.gacha_pb2 import ListBannersRequest, SummonRequest
from geminya.economy.v1.shop_pb2 import BuyRequest, ListItemsRequest
from geminya.expeditions.v1.atlas_pb2 import GetRotationRequest
from geminya.expeditions.v1.expedition_pb2 import ListExpeditionsRequest, StartExpeditionRequest
from geminya.users.v1.account_pb2 import ClaimDailyRequest
from geminya.users.v1.wallet_pb2 import Adjustment, AdminAdjustRequest
from tests.support.calls import until
from tests.support.pg import Clone
from tests.support.replicas import Replica, Replicas, two_of_each

with warnings.catch_warnings():
    # discord.py imports audioop for voice, which the bot does not have.
    warnings.simplefilter("ignore", DeprecationWarning)
    from gateway_bot.clients import Clients

PLAYERS, PAUSE_S, ROUNDS, IN_TURN = {
    "small": (3, 0.6, 1, False),
    "standard": (8, 0.05, 2, True),
    "nightly": (16, 0.05, 10, True),
}[os.environ.get("SIZE", "small")]
"""How many play, how soon they go on, how often all is restarted, and whether services wait for each other."""
FINAL_S = 30.0
"""An operation that a killed process left is final by then."""
PURSE = {money_pb2.CURRENCY_SAKURA_CRYSTALS: 20_000, money_pb2.CURRENCY_QUARTZS: 2_000}

pytestmark = pytest.mark.timeout(300 if PLAYERS <= 3 else 1800)


@pytest.fixture
async def replicas(clone: Clone, tmp_path: Path) -> AsyncIterator[Replicas]:
    async with two_of_each(clone, tmp_path, drain_s="0.3", max_changes_per_10_s="1000") as replicas:
        report = await content.import_files(replicas.settings, content.STARTER)
        assert report.is_written, report.problems
        await until(lambda: is_known_everywhere(replicas), limit_s=20)
        yield replicas


async def is_known_everywhere(replicas: Replicas) -> bool:
    """Whether every replica has seen the import; each looks again and again."""
    for replica in replicas.all():
        async with Calls(replica.asked) as calls:
            if replica.service == "economy":
                banners = await calls.gacha.ListBanners(ListBannersRequest())
                items = await calls.shop.ListItems(ListItemsRequest())
                if not banners.banners or not items.items:
                    return False
            if replica.service == "expeditions":
                rotation = await calls.atlas.GetRotation(GetRotationRequest())
                if not rotation.templates:
                    return False
    return True


@dataclass
class Crowd:
    """Players who never stop, until they are told to."""

    clients: Clients
    is_over: bool = False
    answers: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    """What a player would have read as "something went wrong"."""
    slowest_s: float = 0.0
    _numbers: Any = field(default_factory=lambda: itertools.count(10**17))

    async def play(self, discord_id: int) -> None:
        """One player's evening: everything that moves money, and a look in between."""
        clients, someone = self.clients, SimpleNamespace(id=discord_id)
        rotation = await clients.atlas.GetRotation(GetRotationRequest())
        listed = await clients.shop.ListItems(ListItemsRequest(page_size=100))
        item = min(
            (one.item for one in listed.items if one.item.price.currency == money_pb2.CURRENCY_QUARTZS),
            key=lambda item: item.price.amount,
        )  # fmt: skip
        player = await clients.players.of(self._interaction(someone))
        home: list[int] = []
        while not self.is_over:
            summon = await self.wishes(
                someone, clients.gacha.Summon, SummonRequest(banner_id="standard", count=10)
            )
            home += [pull.waifu_id for pull in summon.pulls] if summon else []
            buy = BuyRequest(item_code=item.item_code, quantity=1, collector_rank=99)
            await self.wishes(someone, clients.shop.Buy, buy)
            await self.wishes(someone, clients.account.ClaimDaily, ClaimDailyRequest())
            for place, waifu in zip(rotation.templates, home[:1], strict=False):
                start = StartExpeditionRequest(template_id=place.template_id, waifu_ids=[waifu])
                await self.wishes(someone, clients.expeditions.StartExpedition, start)
            await self.looks(
                clients.expeditions.ListExpeditions, ListExpeditionsRequest(user_id=player.user_id)
            )
            await asyncio.sleep(PAUSE_S)

    async def wishes(self, someone: Any, change: Any, request: Any) -> Any:
        """A change as a command makes it."""
        return await self._counted(
            request, self.clients.act(self._interaction(someone), change, request)
        )

    async def looks(self, read: Any, request: Any) -> Any:
        """A look as a command takes it."""
        return await self._counted(request, read(request))

    async def _counted(self, request: Any, answer: Any) -> Any:
        kind, began = request.DESCRIPTOR.name, time.monotonic()
        try:
            found = await answer
        except grpc.aio.AioRpcError as error:
            refused = refusal_of(error)
            if refused is None:
                self.errors.append(f"{kind}: {error.code().name} {error.details()}")
            else:
                self.refusals[f"{kind} {refused.reason}"] += 1
            return None
        except Exception as error:
            self.errors.append(f"{kind}: {error!r}")
            return None
        finally:
            self.slowest_s = max(self.slowest_s, time.monotonic() - began)
        self.answers[kind] += 1
        return found

    def _interaction(self, someone: Any) -> Any:
        return SimpleNamespace(id=next(self._numbers), user=someone, extras={})


async def test_players_notice_nothing_while_every_replica_is_restarted_and_one_is_lost(
    replicas: Replicas, clone: Clone
) -> None:
    clients = Clients.dial(replicas.settings, certificates_for(replicas.settings, "bot"))
    crowd = Crowd(clients)
    ids = [10**16 + number for number in range(PLAYERS)]
    await give_purses(replicas, clients, ids)
    playing = asyncio.gather(*(crowd.play(discord_id) for discord_id in ids))

    lost = await kill_with_something_open(replicas.of["economy"][0], crowd, clone)
    is_final = asyncio.create_task(all_final(clone, lost))
    for _ in range(ROUNDS):
        await restart_all(replicas, but="economy")
    took_s = await is_final
    await replicas.of["economy"][0].start()
    for _ in range(ROUNDS):
        await restart_all(replicas, only="economy")

    crowd.is_over = True
    await playing
    await clients.close()
    tell(
        f"answers {dict(crowd.answers)}, refusals {dict(crowd.refusals)}, "
        f"slowest {crowd.slowest_s:.1f} s; {len(lost)} operations were left by the killed process "
        f"and final after {took_s:.1f} s"
    )
    assert crowd.errors == []
    assert took_s < FINAL_S
    assert crowd.answers["SummonRequest"] > PLAYERS
    assert crowd.answers["StartExpeditionRequest"] >= PLAYERS
    await until(lambda: nothing_is_open(clone), limit_s=FINAL_S)
    broken = [finding for finding in await invariants.check(clone.owner) if finding.violations]
    assert not broken, broken


def tell(words: str) -> None:
    """For whoever reads the output of a longer run."""
    print(words)  # noqa: T201


async def give_purses(replicas: Replicas, clients: Clients, ids: list[int]) -> None:
    """By an operator's act: enough for an evening of any length."""
    async with Calls(replicas.settings) as calls:
        for number, discord_id in enumerate(ids):
            player = await clients.players.glance(discord_id)
            op_id = f"00000000-0000-4000-8000-{number:012}"
            await calls.wallet.AdminAdjust(
                AdminAdjustRequest(
                    op=Op(op_id=op_id, user_id=player.user_id, epoch=player.epoch),
                    operator=Operator(name="mina", reason="a test"),
                    adjustments=[Adjustment(currency=c, amount=a) for c, a in PURSE.items()],  # type: ignore[arg-type]
                )
            )


async def restart_all(replicas: Replicas, *, but: str = "", only: str = "") -> None:
    """Each replica in turn: the other one of its service always serves."""

    async def one_service(name: str) -> None:
        for replica in replicas.of[name]:
            await replica.restart()

    names = [name for name in SERVICES if name != but and only in ("", name)]
    if IN_TURN:
        for name in names:
            await one_service(name)
    else:
        await asyncio.gather(*map(one_service, names))


async def kill_with_something_open(replica: Replica, crowd: Crowd, clone: Clone) -> list[Any]:
    """Kills the process at a moment at which it drives something; what it left."""
    async with admin_connection(clone.owners[replica.service]) as owner:

        async def drives() -> list[dict[str, Any]]:
            return await owner.all_rows(
                f"SELECT user_id, op_id FROM {replica.service}.operation "
                "WHERE state < 10 AND lease_until > now() AND driver LIKE '%:' || $1",
                str(replica.port),
            )

        while True:
            await until(drives, limit_s=30)
            await replica.kill()
            if left := await drives():
                return [row["op_id"] for row in left]
            await replica.start()


async def all_final(clone: Clone, lost: list[Any]) -> float:
    """How long it took until what was left was finished."""
    began = time.monotonic()
    async with admin_connection(clone.owners["economy"]) as owner:

        async def are_final() -> bool:
            return not await owner.value(
                "SELECT count(*) FROM economy.operation WHERE op_id = ANY($1) AND state < 10", lost
            )

        await until(are_final, limit_s=2 * FINAL_S)
    return time.monotonic() - began


async def nothing_is_open(clone: Clone) -> bool:
    """Whether every operation of every service is final."""
    async with admin_connection(clone.owner) as owner:
        counts = [
            await owner.value(f"SELECT count(*) FROM {name}.operation WHERE state < 10")
            for name in SERVICES
        ]
    return not any(counts)
