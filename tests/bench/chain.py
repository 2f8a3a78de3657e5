"""The raw chain (G3): the hops, statements and dice of a ten-summon, with no ids, no log and no checks around them.

Three bare gRPC servers in processes of their own, with the library, loop, driver and transport of the real services.
What they do is not safe: a repeat pays twice. It is what the safety is measured against.
`python -m tests.bench.chain ROLE PORT URL CERTIFICATES`; for economy the addresses of users and collection follow.
"""

import asyncio
import re
import signal
import sys
from pathlib import Path
from typing import Any

import asyncpg
import grpc
import uvloop

from chassis.dice import Dice, Seed
from chassis.postgres import _prepare_connection
from chassis.rpc.certificates import host_of
from geminya.collection.v1 import roster_pb2
from geminya.economy.v1 import gacha_pb2
from geminya.users.v1 import wallet_pb2
from services.collection.roster import rules
from services.economy.gacha import rules as gacha
from services.economy.gacha.proofs import pulls_kept
from services.economy.gacha.seeds import Seals
from services.economy.mission.store import progressed

GRANT_SQL = Path(__file__).parents[2] / "services/collection/migrations/0108_grant.sql"
PRICE, QUARTZ = 100, 10

PAY = """
WITH changed AS (
    UPDATE users
    SET sakura_crystals = sakura_crystals + $2, quartzs = quartzs + $3, wallet_version = wallet_version + 1
    WHERE id = $1 AND sakura_crystals + $2 >= 0
    RETURNING *
), line AS (
    INSERT INTO ledger (user_id, version, currency, op_id, step, reason, amount, balance_after, subject)
    SELECT $1, wallet_version, currency, gen_random_uuid(), 1, reason, amount, balance, 'banner:standard'
    FROM changed, LATERAL (VALUES
        ('sakura_crystals', $2::bigint, sakura_crystals, 'sink.gacha'),
        ('quartzs', $3::bigint, quartzs, 'mint.summon')
    ) AS line (currency, amount, balance, reason)
)
SELECT sakura_crystals, quartzs, daphine FROM changed
"""
READ = """
WITH pity AS (
    INSERT INTO pity (user_id, counter) VALUES ($1, 0)
    ON CONFLICT (user_id) DO UPDATE SET counter = pity.counter RETURNING counter
), seed AS (
    INSERT INTO seeds (user_id, seed_no, sealed_seed, seed_hash, client_seed) VALUES ($1, 1, $2, $3, $4)
    ON CONFLICT (user_id, seed_no) DO UPDATE SET client_seed = seeds.client_seed
    RETURNING sealed_seed, client_seed, next_nonce
)
SELECT * FROM pity, seed
"""
ROLL = f"""
WITH holds AS (
    SELECT now() AS t, (now() AT TIME ZONE 'UTC' + interval '7 hours')::date AS day
), counted AS (
    UPDATE pity SET counter = $4 WHERE user_id = $1
), used AS (
    UPDATE seeds SET next_nonce = $2::bigint + 1 WHERE user_id = $1 AND seed_no = 1
), {progressed("summon", count="10", clock="holds")}
INSERT INTO summons (user_id, op_id, banner_version_id, count, price, currency_type, seed_no, nonce,
    pity_before, pity_after, pulls, at)
SELECT $1, gen_random_uuid(), $6, 10, {PRICE}, 'sakura_crystals', 1, $2::bigint, $3, $4, $5, t
FROM holds
"""
TABLE = """
SELECT id, body FROM banner_versions WHERE banner_id = 'standard' ORDER BY id DESC LIMIT 1
"""


def grant_statement() -> str:
    """The work of `grant_waifus` by itself: its own text, without gate and memory."""
    text = GRANT_SQL.read_text()
    body = text[text.index("WITH pulled AS") : text.index("INSERT INTO applied_step")]
    names = ("p_user", "p_waifus", "p_copies", "p_shards", "p_totals", "p_powers", "p_most")
    kinds = ("bigint", *["integer[]"] * 5, "integer")
    for place, (name, kind) in enumerate(zip(names, kinds, strict=True), start=1):
        body = re.sub(rf"\b{name}\b", f"(${place}::{kind})", body)
    return f"{body} SELECT body FROM answer"


class Raw:
    """What all three share."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        self.grant_sql = grant_statement()
        self.pay_at: Any = None
        self.grant_at: Any = None
        self.seals = Seals(b"a key of the raw chain alone")
        self.version_id = 0
        self.table: Any = None

    async def pay(self, request: Any, _: Any) -> Any:
        """Users."""
        user_id = request.op.user_id
        row = await self.pool.fetchrow(PAY, user_id, -PRICE, QUARTZ)
        answer = wallet_pb2.ApplyResponse()
        for amount in row.values():
            answer.balances.add(amount=amount)
        return answer

    async def grant(self, request: Any, _: Any) -> Any:
        """Collection."""
        pulled = rules.fold(request.waifu_ids)
        body = await self.pool.fetchval(
            *(self.grant_sql, request.op.user_id, list(pulled), list(pulled.values())),
            *(rules.SHARDS, rules.STAR_TOTALS, rules.POWERS, rules.MAX_CONSTELLATION),
        )
        return roster_pb2.GrantResponse(
            granted=[roster_pb2.Granted(**one) for one in body["granted"]]
        )

    async def summon(self, request: Any, _: Any) -> Any:
        """Economy."""
        op = request.op
        fresh = self.seals.fresh()
        chance = await self.pool.fetchrow(
            READ, op.user_id, fresh.sealed, fresh.digest, fresh.client
        )
        paid = await self.pay_at(wallet_pb2.ApplyRequest(op=op), timeout=8)
        nonce, pity = chance["next_nonce"], chance["counter"]
        seed = Seed(self.seals.open(chance["sealed_seed"]), chance["client_seed"], nonce)
        roll = gacha.roll(self.table, pity, 10, Dice(seed))
        await self.pool.execute(
            *(ROLL, op.user_id, nonce, pity, roll.pity, pulls_kept(roll), self.version_id)
        )
        waifus = [pull.waifu_id for pull in roll.pulls]
        granted = await self.grant_at(roster_pb2.GrantRequest(op=op, waifu_ids=waifus), timeout=8)
        return gacha_pb2.SummonResponse(
            pulls=[gacha_pb2.Pull(waifu_id=one) for one in waifus],
            balances=paid.balances,
            risen_rank=granted.risen_rank,
        )


METHODS = {
    "users": ("pay", wallet_pb2.ApplyRequest),
    "collection": ("grant", roster_pb2.GrantRequest),
    "economy": ("summon", gacha_pb2.SummonRequest),
}
ANSWERS = {
    "pay": wallet_pb2.ApplyResponse,
    "grant": roster_pb2.GrantResponse,
    "summon": gacha_pb2.SummonResponse,
}


ROLES = {name: role for role, (name, _) in METHODS.items()}


def papers(folder: Path) -> tuple[bytes, bytes, bytes]:
    """Authority, key and certificate, as the real services have them: the transport is the same."""
    ca, key, certificate = (folder / name for name in ("ca.crt", "tls.key", "tls.crt"))
    return ca.read_bytes(), key.read_bytes(), certificate.read_bytes()


def channel_to(role: str, address: str, caller: Path) -> grpc.aio.Channel:
    """A connection to a raw server, as somebody with a certificate."""
    meant = ("grpc.ssl_target_name_override", host_of(role))
    known = grpc.ssl_channel_credentials(*papers(caller))
    return grpc.aio.secure_channel(address, known, options=[meant])


def method(address: str, name: str, caller: Path) -> Any:
    """A raw method, to be called."""
    return channel_to(ROLES[name], address, caller).unary_unary(
        f"/raw.Chain/{name}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=ANSWERS[name].FromString,
    )


async def serve(role: str, port: str, url: str, certs: str, *peers: str) -> None:
    """One of the three, until it is told to end."""

    async def keep(_: Any) -> None:
        return None

    pool = await asyncpg.create_pool(
        url, min_size=2, max_size=10, init=_prepare_connection, reset=keep
    )
    raw, (name, kind) = Raw(pool), METHODS[role]
    if peers:
        raw.pay_at = method(peers[0], "pay", Path(certs))
        raw.grant_at = method(peers[1], "grant", Path(certs))
        raw.version_id, body = await pool.fetchrow(TABLE)
        raw.table = gacha.table_in(body)
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    handler = grpc.unary_unary_rpc_method_handler(
        getattr(raw, name),
        request_deserializer=kind.FromString,
        response_serializer=lambda message: message.SerializeToString(),
    )
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("raw.Chain", {name: handler}),)
    )
    ca, key, certificate = papers(Path(certs))
    known = grpc.ssl_server_credentials([(key, certificate)], ca, require_client_auth=True)
    server.add_secure_port(f"127.0.0.1:{port}", known)
    await server.start()
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    await told.wait()
    await server.stop(None)


if __name__ == "__main__":
    uvloop.run(serve(*sys.argv[1:]))
