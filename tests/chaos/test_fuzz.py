"""Whatever is asked of a service: an answer or a clear no, and nothing of another player moves.

The questions are made from the contracts: every method, every field, every value that was ever trouble. A new
method is asked from the day it is in its contract.
"""

import importlib
import json
import os
import pkgutil
import random
import uuid
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from chassis.operations import facts
from chassis.rpc import page
from chassis.rpc.channel import MAX_REQUEST
from chassis.rpc.status import refusal_of
from geminya.collection.v1 import roster_pb2
from geminya.common.v1 import admin_pb2, life_pb2, operation_pb2
from geminya.common.v1.callers_pb2 import callers
from geminya.expeditions.v1 import atlas_pb2, expedition_pb2
from tests.integration.collection.armory import AFFINITY
from tests.support.calls import AGAIN, Code, an_op
from tests.support.game import Game

MIXES = {"small": 6, "standard": 50, "nightly": 500}[os.environ.get("SIZE", "small")]
"""Requests per method in which several fields are hostile at once."""
SEED = int(os.environ.get("FUZZ_SEED", "20260701"))

SERVICES = ("users", "collection", "economy", "expeditions")
COMMON = (operation_pb2, life_pb2, admin_pb2)
"""What every service serves; last, because an operator who freezes something would spare the others their questions."""
REFUSALS = {Code.NOT_FOUND, Code.FAILED_PRECONDITION, Code.PERMISSION_DENIED, Code.ALREADY_EXISTS}
"""Good only with a reason."""

NOW, NOBODYS = "2026-07-01T05:00:00+00:00", str(uuid.UUID(int=0))
LOCK = roster_pb2.LockPartyRequest.DESCRIPTOR
"""Comes from expeditions alone, each time for a journey that is just beginning."""
WAIFU, OTHER = 1_000_001, 900_002
"""A waifu that everybody here owns, and the player whom nobody may touch."""
TEXTS = (
    "", " ", "a", "\0", "a\0b", "\u202eevil", "a\u200bb", "e\u0301", "\U0001f980" * 100, "\u6f22" * 500,
    "@everyone", "<@1>", "[x](https://example.com)", "**" * 20, "'; DROP TABLE users; --", "%s%n{}{0}", "\\", '"',
    "sort:-power", "rarity>=99999999999999999999", "((((((", 'series:"', "-" * 200, "x" * 50_000, "\ud7ff\uffff",
    str(uuid.UUID(int=0)), str(uuid.UUID(int=2**128 - 1)), "AAAA", "=", "2 1", "\u0663", "-1", "nan", "1e9",
)  # fmt: skip
NUMBERS = (
    -(2**63), -(2**31), -1, 0, 1, 2, 25, 26, 100, 101, 2**31 - 1, 2**31, 2**53, 2**53 + 1, 2**63 - 1,
)  # fmt: skip


def contracts_of(service: str) -> list[ModuleType]:
    """Every contract of a service that was generated, and those that all services serve."""
    package = importlib.import_module(f"geminya.{service}.v1")
    names = sorted(found.name for found in pkgutil.iter_modules(package.__path__))
    own = [name for name in names if name.endswith("_pb2")]
    return [*(importlib.import_module(f"{package.__name__}.{name}") for name in own), *COMMON]


def methods() -> Iterator[tuple[str, MethodDescriptor]]:
    """Every method that takes one request, with the process that serves it."""
    for service in SERVICES:
        for module in contracts_of(service):
            for contract in module.DESCRIPTOR.services_by_name.values():
                if (service, contract.name) != ("users", "ClosingService"):
                    yield from (
                        (service, one) for one in contract.methods if not one.client_streaming
                    )


def leaves(kind: Descriptor) -> Iterator[tuple[FieldDescriptor, ...]]:
    """The ways to every field that is no message, through the messages around it."""
    for field in kind.fields:
        if field.message_type is None:
            yield (field,)
        else:
            yield from ((field, *way) for way in leaves(field.message_type))


def hostile(field: FieldDescriptor, player: "Player") -> list[Any]:
    """Values that were ever trouble for a field of this type."""
    if field.name == "epoch":
        # A life that has not begun yet is an alarm by design, so only those that never are.
        return [-(2**31), -1, 0]
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_STRING:
            tokens = player.tokens if field.name == "page_token" else []
            return [*TEXTS, *player.texts, *tokens]
        case FieldDescriptor.CPPTYPE_BOOL:
            return [True, False]
        case FieldDescriptor.CPPTYPE_INT32:
            if field.containing_type is roster_pb2.GrantRequest.DESCRIPTOR:
                # What a service asks for is drawn from the catalogue; another id would be a bug to be seen.
                return [WAIFU, WAIFU + 1]
            return [number for number in NUMBERS if -(2**31) <= number < 2**31 and number != OTHER]
        case FieldDescriptor.CPPTYPE_ENUM:
            return [-1, 0, 1, 99, 2**31 - 1]
        case _:
            return [number for number in NUMBERS if number != OTHER]


class Player:
    """Who asks, and what an honest request of theirs has in its fields."""

    def __init__(self, user_id: int, piece: str, second: str, foreign: list[str]) -> None:
        self.user_id = user_id
        self.texts = foreign
        self.tokens = [*tokens_of(user_id), *tokens_of(OTHER)]
        self.honest: dict[str, Any] = {
            "user_id": user_id, "epoch": 1, "step": 0, "discord_id": 10**15 + user_id,
            "waifu_id": WAIFU, "equipment_id": piece, "consumed_equipment_id": second,
            "name": "mira", "reason": "a lost piece", "short_id": "0123abcd", "currency": 1, "amount": 1,
            "message": "Hello!", "academy_name": "Harbor", "gift_id": "honey_jar", "nickname": "Momo",
            "banner_id": "standard", "count": 1, "waifu_ids": [WAIFU], "user_ids": [user_id], "query": "",
            "document": "{}", "code": "LANTERN-NIGHT", "item_code": "two-star-series", "quantity": 1,
            "usage_limit": 1, "batch_id": str(uuid.UUID(int=0)), "template_id": "",
            "expedition_id": str(uuid.UUID(int=0)), "notice_id": str(uuid.UUID(int=0)), "minutes": 30, "outcome": 1,
            "max_count": 1, "feature": "shop", "kind": "buy", "type": "talk",
        }  # fmt: skip

    def fill(self, message: Message) -> None:
        """Makes a request of it that nobody would refuse for its form."""
        for field in message.DESCRIPTOR.fields:
            if field.name == "op_id" or (
                message.DESCRIPTOR is LOCK and field.name == "expedition_id"
            ):
                setattr(message, field.name, str(uuid.uuid4()))
            elif field.message_type is not None and field.message_type.full_name.startswith(
                "geminya"
            ):
                inner = getattr(message, field.name)
                self.fill(inner.add() if field.is_repeated else inner)
            elif field.enum_type is not None and not field.is_repeated:
                setattr(message, field.name, field.enum_type.values[-1].number)
            elif field.name in self.honest:
                put(message, field, self.honest[field.name])


def put(message: Message, field: Any, value: Any) -> None:
    """Sets a field, however often it may stand there."""
    if field.is_repeated:
        message.ClearField(field.name)
        getattr(message, field.name).extend(value if isinstance(value, list) else [value])
    else:
        setattr(message, field.name, value)


def spoil(request: Message, way: tuple[FieldDescriptor, ...], value: Any) -> None:
    """Puts a value at the end of the way."""
    *outer, last = way
    message = request
    for field in outer:
        inner = getattr(message, field.name)
        message = inner if not field.is_repeated else inner[0] if inner else inner.add()
    put(message, last, value)


class Fuzz:
    """Asks, and collects every answer that is none."""

    def __init__(self, game: Game, logs: list[Any]) -> None:
        self.game = game
        self.logs = logs
        self.dice = random.Random(SEED)
        self.faults: list[str] = []
        self.count = 0
        self.places: list[str] = []
        """Where parties can go this week."""
        self._players = 900_100

    async def player(self, user_id: int = 0, foreign: list[str] | None = None) -> Player:
        """A player with money, a waifu and two pieces."""
        self._players += 1
        player, run = user_id or self._players, self.game.house.run
        await self.game.users.has(player, crystals=500, quartzs=500, daphine=5)
        await run(
            "INSERT INTO collection.user_waifus (user_id, waifu_id, current_star_level) "
            "VALUES ($1, $2, 3), ($1, $2 + 1, 3)",
            *(player, WAIFU),
        )
        await run(
            "INSERT INTO collection.roster (user_id, owned_count, power) VALUES ($1, 2, 1000)",
            player,
        )
        pieces = [str(uuid.uuid4()) for _ in range(2)]
        for place, piece in enumerate(pieces, 1):
            await run(
                "INSERT INTO collection.equipment (user_id, id, slot_no, main_effect) VALUES ($1, $2, $3, $4)",
                *(player, piece, place, {**AFFINITY, "category": "elemental", "value": "fire"}),
            )
        asker = Player(player, pieces[0], pieces[1], foreign or [])
        asker.honest["template_id"] = self.places[0]
        asker.honest["expedition_id"] = await self.journey(player)
        return asker

    async def journey(self, player: int) -> str:
        """A party of the player's on its way, somewhere else than an honest request wants to go."""
        started = await self.game.expeditions.StartExpedition(
            expedition_pb2.StartExpeditionRequest(
                op=an_op(player), template_id=self.places[1], waifu_ids=[WAIFU + 1], notice={}
            )
        )
        return started.expedition.expedition_id

    async def look_around(self) -> None:
        """Learns which places are open."""
        rotation = await self.game.atlas.GetRotation(atlas_pb2.GetRotationRequest())
        self.places = [template.template_id for template in rotation.templates]

    async def ask(self, service: str, method: MethodDescriptor, request: Message) -> None:
        """One question."""
        self.count += 1
        stub = self.game.house.stub(lambda channel: channel, service, None)
        call: Callable[..., Any] = stub.unary_unary(
            f"/{method.containing_service.full_name}/{method.name}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=GetMessageClass(method.output_type).FromString,
        )
        if request.ByteSize() > MAX_REQUEST:
            return
        for is_last in (False, False, True):
            try:
                await call(request, timeout=8)
                return
            except grpc.aio.AioRpcError as error:
                code = error.code()
                if code in AGAIN and not refusal_of(error) and not is_last:
                    # The first plan of a house waits for its workers.
                    continue
                if code is Code.INVALID_ARGUMENT or (code in REFUSALS and refusal_of(error)):
                    return
                asked = str(request)
                asked = asked if len(asked) < 600 else f"{asked[:400]} … {asked[-200:]}"
                self.faults.append(f"{method.full_name} {code}: {error.details()} for {asked!r}")

    async def requests(self, method: MethodDescriptor, player: Player) -> list[Message]:
        """One request for each value of each field, and some in which several are hostile."""
        kind = GetMessageClass(method.input_type)
        ways = list(leaves(method.input_type))
        made: list[Message] = []

        def request(*spoiled: tuple[tuple[FieldDescriptor, ...], Any]) -> None:
            message = kind()
            player.fill(message)
            for way, value in spoiled:
                spoil(message, way, value)
            made.append(message)

        request()
        for way in ways:
            for value in hostile(way[-1], player):
                request((way, value))
                if way[-1].is_repeated:
                    request((way, [value] * 101))
        for _ in range(MIXES if ways else 0):
            picked = self.dice.sample(ways, self.dice.randint(1, len(ways)))
            request(*((way, self.dice.choice(hostile(way[-1], player))) for way in picked))
        return [kind(), *made]


async def rows_of(game: Game, player: int) -> str:
    """Everything that any table has of a player."""
    tables = await game.house.rows(
        "SELECT table_schema AS schema, table_name AS name, column_name AS key FROM information_schema.columns "
        "WHERE (column_name = 'user_id' OR (table_schema, table_name, column_name) = ('users', 'users', 'id')) "
        "AND table_schema IN ('users', 'collection', 'economy', 'expeditions') ORDER BY 1, 2"
    )
    held = {
        f"{t['schema']}.{t['name']}": await game.house.rows(
            f"SELECT to_jsonb(t)::text AS row FROM {t['schema']}.{t['name']} AS t WHERE {t['key']} = $1 ORDER BY 1",
            player,
        )
        for t in tables
    }
    return json.dumps(held, indent=1)


def tokens_of(player: int) -> list[str]:
    """Tokens of every list, with keys that never stood in one."""
    filters = (
        ("ledger", player),
        ("bans",),
        ("held rows", player),
        ("progress", player, 0),
        ("codes", False),
        ("redemptions", "", player),
        ("proposals", False),
        ("expeditions", player),
        ("expedition logs", player, str(uuid.UUID(int=0))),
        ("inbox", player),
        ("shelf", player, "", False),
        ("bag", player),
        ("purchases", player),
        ("summons", player, "standard"),
        ("pool", "standard", 0),
        ("operations", "all", "buy", player),
        ("audit", player, ""),
    )
    keys = (
        ("1",) * 4,
        ("-9" * 9, "9" * 19, "9" * 30, "x"),
        (NOW, NOW, NOW, NOW),
        (NOW, NOBODYS, "1", ""),
    )
    return [page.encode(one, key[:parts]) for one in filters for key in keys for parts in (1, 2, 3)]


async def foreign_texts(game: Game) -> list[str]:
    """What belongs to the other player: pieces, operations, journeys and notices."""
    pieces = await game.house.rows("SELECT id FROM collection.equipment WHERE user_id = $1", OTHER)
    operations = await game.house.rows("SELECT op_id FROM users.ledger WHERE user_id = $1", OTHER)
    journeys = await game.house.rows(
        "SELECT expedition_id, notice_id FROM expeditions.notices WHERE user_id = $1", OTHER
    )
    ids = [value for row in (*pieces, *operations, *journeys) for value in row.values()]
    return [*map(str, ids)]


@pytest.mark.timeout(900)
async def test_no_question_breaks_a_service_and_none_reaches_another_player(
    game: Game, logs: list[Any]
) -> None:
    fuzz = Fuzz(game, logs)
    await fuzz.look_around()
    await fuzz.player(OTHER)
    foreign, before = await foreign_texts(game), await rows_of(game, OTHER)
    for service, method in methods():
        asker = await fuzz.player(foreign=foreign)
        assert method.GetOptions().Extensions[callers], method.full_name
        for request in await fuzz.requests(method, asker):
            # Each failure is told by its own call.
            logs.clear()
            await fuzz.ask(service, method, request)

    assert fuzz.count > 1_000
    assert not fuzz.faults, "\n".join([f"{len(fuzz.faults)} faults", *fuzz.faults[:40]])
    assert await rows_of(game, OTHER) == before
    wishes = [one for one in await game.house.open_operations() if one["kind"] != facts.KIND]
    assert not wishes
    # Facts wait for a sweeper, and none of them is one that can never be told.
    await game.house.settles()
