"""geminya.collection.v1.BondService"""

import asyncio
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime

from chassis.money import Currency, Money
from chassis.operations.acts import act_of, write_audit
from chassis.operations.once import Once
from chassis.operations.operation import Operations
from chassis.postgres import Database, Tx
from chassis.rpc import page
from chassis.rpc.methods import query
from chassis.rpc.status import Violation
from chassis.wire import money_out, time_out
from geminya.collection.v1 import bond_pb2 as pb
from geminya.collection.v1.bond_pb2_grpc import BondServiceServicer
from geminya.common.v1.operator_pb2 import Act
from services.collection.bond import keepsakes, rules, store, versions
from services.collection.bond.memory import BondMemory
from services.collection.bond.rules import Bond, Condition
from services.collection.catalog.memory import CatalogMemory
from services.collection.errors import DecorationNotFound, MemoryNotLived, WaifuNotOwned

ALWAYS = Condition(free=True)


class BondServicer(BondServiceServicer):
    """Talks, gifts, names, rooms and memories."""

    def __init__(
        self,
        database: Database,
        once: Once,
        operations: Operations,
        catalog: CatalogMemory,
        memory: BondMemory,
    ) -> None:
        self.database = database
        self.once = once
        self.operations = operations
        self.catalog = catalog
        self.memory = memory

    async def Talk(self, request: pb.TalkRequest, context: object) -> pb.TalkResponse:
        """Says something to her."""
        return await self.operations.run("talk", request)

    async def GiveGift(self, request: pb.GiveGiftRequest, context: object) -> pb.GiveGiftResponse:
        """Buys a gift and gives it."""
        return await self.operations.run("gift", request)

    async def SetNickname(
        self, request: pb.SetNicknameRequest, context: object
    ) -> pb.SetNicknameResponse:
        """Gives her a nickname, or takes it back."""
        nickname = rules.check_nickname(request.nickname)
        kept = await self.once.run(request, keepsakes.SET_NICKNAME, request.waifu_id, nickname)
        return pb.SetNicknameResponse(**kept)

    async def SetRoom(self, request: pb.SetRoomRequest, context: object) -> pb.SetRoomResponse:
        """Furnishes her room with what was earned."""
        bond, wished = self.memory.bond, list(request.decoration_ids)
        refuse_misfits(bond, wished)
        asked = asked_for({one: bond.condition_of(one) for one in wished})
        kept = await self.once.run(
            request, keepsakes.SET_ROOM, request.waifu_id, *asdict(asked).values()
        )
        return pb.SetRoomResponse(**kept)

    async def SetFavoriteMemory(
        self, request: pb.SetFavoriteMemoryRequest, context: object
    ) -> pb.SetFavoriteMemoryResponse:
        """Keeps a memory dearest, or none."""
        memory = self.memory.bond.memory.get(request.memory_id)
        if memory is None and request.memory_id:
            raise MemoryNotLived(memory_id=request.memory_id)
        asks = memory.earned if memory else ALWAYS
        given = (request.memory_id, asks.way, asks.number, asks.word)
        kept = await self.once.run(request, keepsakes.SET_FAVORITE_MEMORY, request.waifu_id, *given)
        return pb.SetFavoriteMemoryResponse(**kept)

    @query
    async def ListGifts(self, request: pb.ListGiftsRequest, tx: Tx) -> pb.ListGiftsResponse:
        """What can be given, the cheapest first."""
        bond, waifu = self.memory.bond, self.catalog.current.waifus.get(request.waifu_id)
        favorites = rules.favorite_gift_ids(bond, waifu) if waifu else set[str]()
        counts = await store.count_gifts(tx, request.user_id, request.waifu_id)
        gifts = sorted(bond.gift.items(), key=lambda item: (item[1].price, item[1].name))
        return pb.ListGiftsResponse(
            gifts=[
                gift_out(gift_id, gift, gift_id in favorites, counts.get(gift_id, 0))
                for gift_id, gift in gifts
            ]
        )

    @query
    async def GetRoom(self, request: pb.GetRoomRequest, tx: Tx) -> pb.GetRoomResponse:
        """Her room, and what could stand in it."""
        bond = self.memory.bond
        asked = asked_for({one: bond.condition_of(one) for one in bond.decoration})
        life = await find_life(tx, request.user_id, request.waifu_id, asked)
        owned = set(life.earned)
        shown = {one: decoration_out(bond, one, one in owned) for one in bond.decoration}
        return pb.GetRoomResponse(
            # What a later content no longer has is not shown.
            room=[shown[one] for one in life.room if one in shown],
            decorations=shown.values(),
            limit=bond.limits.room,
        )

    @query
    async def ListMemories(
        self, request: pb.ListMemoriesRequest, tx: Tx
    ) -> pb.ListMemoriesResponse:
        """What the two have lived through, and what may still come."""
        bond = self.memory.bond
        asked = asked_for({one: memory.earned for one, memory in bond.memory.items()})
        life = await find_life(tx, request.user_id, request.waifu_id, asked)
        times = dict(zip(life.earned, life.times, strict=True))
        return pb.ListMemoriesResponse(
            memories=[
                pb.Memory(
                    memory_id=memory_id,
                    name=memory.name,
                    description=memory.description,
                    is_lived=memory_id in times,
                    time=time_out(times.get(memory_id)),
                )
                for memory_id, memory in bond.memory.items()
            ],
            favorite_memory_id=life.favorite_memory,
        )

    @query
    async def ListConversations(
        self, request: pb.ListConversationsRequest, tx: Tx
    ) -> pb.ListConversationsResponse:
        """A page of the talks with her, in one statement."""
        filters, size = (request.user_id, request.waifu_id), page.size_of(request.page_size)
        after = place_in(page.decode(filters, request.page_token, 2))
        rows = await store.list_conversations(tx, *filters, after, size + 1)
        last = rows[size - 1] if len(rows) > size else None
        return pb.ListConversationsResponse(
            conversations=[conversation_out(row) for row in rows[:size]],
            next_page_token=page.encode(filters, place_out(last)) if last else "",
        )

    async def AdminImportBond(
        self, request: pb.AdminImportBondRequest, context: object
    ) -> pb.AdminImportBondResponse:
        """Checks the document as a whole, then puts it into force."""
        act = act_of(request)
        found = await asyncio.to_thread(rules.read, request.document)
        if not isinstance(found, Bond):
            problems = [pb.BondProblem(**asdict(problem)) for problem in found]
            version = await versions.get_version(self.database.bare)
            return pb.AdminImportBondResponse(version=version, problems=problems)
        async with self.database.transaction() as tx:
            answer = await put(tx, request.document, act, is_trial=request.dry_run)
        await self.memory.load()
        return answer


async def put(tx: Tx, document: str, act: Act, *, is_trial: bool) -> pb.AdminImportBondResponse:
    """Writes a document that is good, unless it is in force already or only tried."""
    # The same content with other spaces is the same content.
    same = json.dumps(json.loads(document), ensure_ascii=False)
    digest = hashlib.sha256(same.encode()).digest()
    await versions.lock_versions(tx)
    is_changed = not await versions.is_newest(tx, digest)
    if is_changed and not is_trial:
        before = await versions.get_version(tx)
        version = await versions.save_version(tx, digest, same)
        # Every version stays, so the numbers tell what was changed.
        await write_audit(
            tx, act, "import_bond", before={"version": before}, after={"version": version}
        )
    else:
        version = await versions.get_version(tx)
    return pb.AdminImportBondResponse(
        version=version, is_changed=is_changed, is_written=not is_trial
    )


def refuse_misfits(bond: Bond, decoration_ids: list[str]) -> None:
    """Refuses what is no decoration at all, and a room that no room can be."""
    unknown = next((one for one in decoration_ids if one not in bond.decoration), None)
    if unknown is not None:
        raise DecorationNotFound(decoration_id=unknown)
    if len(set(decoration_ids)) < len(decoration_ids):
        raise page.BadRequest(Violation("decoration_ids", "names one twice"))
    if len(decoration_ids) > bond.limits.room:
        raise page.BadRequest(Violation("decoration_ids", f"has over {bond.limits.room} items"))


def asked_for(conditions: Mapping[str, Condition]) -> keepsakes.Asked:
    """Conditions as a statement takes them."""
    asked: Iterable[Condition] = conditions.values()
    return keepsakes.Asked(
        ids=list(conditions),
        ways=[one.way for one in asked],
        numbers=[one.number for one in asked],
        words=[one.word for one in asked],
    )


async def find_life(tx: Tx, user_id: int, waifu_id: int, asked: keepsakes.Asked) -> keepsakes.Life:
    """What was earned with her, if she is the player's; else `WaifuNotOwned`."""
    life = await keepsakes.find_life(tx, user_id, waifu_id, asked)
    if life is None:
        raise WaifuNotOwned(waifu_id=waifu_id)
    return life


def gift_out(gift_id: str, gift: rules.Gift, is_favorite: bool, given_count: int) -> pb.Gift:
    """A gift as a message."""
    return pb.Gift(
        gift_id=gift_id,
        name=gift.name,
        description=gift.description,
        price=money_out(Money(Currency.QUARTZS, gift.price)),
        is_favorite=is_favorite,
        given_count=given_count,
    )


def decoration_out(bond: Bond, decoration_id: str, is_owned: bool) -> pb.Decoration:
    """A decoration as a message."""
    decoration = bond.decoration[decoration_id]
    return pb.Decoration(
        decoration_id=decoration_id,
        name=decoration.name,
        description=decoration.description,
        is_owned=is_owned,
        earned_by=bond.way_told(decoration.earned),
    )


def conversation_out(row: store.Talk) -> pb.Conversation:
    """A talk as a message."""
    return pb.Conversation(
        user_message=row.user_message,
        waifu_response=row.waifu_response,
        mood_change=row.mood_change,
        time=time_out(row.timestamp),
    )


def place_out(row: store.Talk) -> tuple[object, ...]:
    """The place of a talk in the list."""
    return row.timestamp.isoformat(), row.op_id


def place_in(key: tuple[str, ...] | None) -> tuple[datetime, str] | None:
    """Where the page begins; a token is only as good as who sends it."""
    if key is None:
        return None
    return page.moment(key[0]), page.uuid_text(key[1])
