"""geminya.economy.v1.GiftCodeService"""

from collections.abc import Sequence
from datetime import datetime

from chassis.clock import Clock, statement_time
from chassis.operations.operation import Operations
from chassis.operations.refusals import OpReused
from chassis.postgres import Database, Transaction, Tx
from chassis.rpc import page
from chassis.rpc.methods import query
from chassis.rpc.page import BadRequest
from chassis.rpc.status import Violation
from geminya.common.v1 import operator_pb2
from geminya.economy.v1 import gift_code_pb2 as pb
from geminya.economy.v1.gift_code_pb2_grpc import GiftCodeServiceServicer
from services.economy.errors import BatchNotFound, CodeExists, CodeNotFound
from services.economy.gift_code import messages, rules, store
from services.economy.gift_code.promises import Promises
from services.economy.gift_code.words import Words

CREATE, END = "create_codes", "end_codes"


class GiftCodeServicer(GiftCodeServiceServicer):
    """Codes, from being made to being redeemed."""

    def __init__(
        self,
        database: Database,
        operations: Operations,
        words: Words,
        promises: Promises,
        clock: Clock,
    ) -> None:
        self.database = database
        self.operations = operations
        self.words = words
        self.promises = promises
        self.clock = clock

    async def Redeem(self, request: pb.RedeemRequest, _: object) -> pb.RedeemResponse:
        """Gives what a code is worth. From here on nobody knows the word."""
        order = pb.RedeemOrder(op=request.op, code=self.words.hash_of(request.code))
        return await self.operations.run("redeem", order)

    async def AdminCreateCodes(
        self, request: pb.AdminCreateCodesRequest, _: object
    ) -> pb.AdminCreateCodesResponse:
        """Makes codes and tells their words."""
        batch = messages.batch_in(request)
        words = [request.code] if request.code else self.words.drawn(request.act.op_id, batch.count)
        hashes = [self.words.hash_of(word) for word in words]
        new = messages.batch_new(request, batch, self.words.fingerprint(acted(request)))
        if request.dry_run:
            await self.is_made(self.database.bare, new, batch, hashes)
            preview = messages.batch_preview(request, self.clock.now())
            return pb.AdminCreateCodesResponse(batch=preview)
        made = await self.make(new, batch, hashes, by(request.act))
        told = [rules.normalise(word) or "" for word in words]
        return pb.AdminCreateCodesResponse(batch=made, codes=told, is_written=True)

    async def make(
        self, new: store.NewBatch, batch: rules.Batch, hashes: Sequence[str], who: store.By
    ) -> pb.CodeBatch:
        """Makes a batch, unless this very act has made it before."""
        async with self.database.transaction() as tx:
            await store.lock_codes(tx)
            if not await self.is_made(tx, new, batch, hashes):
                await store.make_codes(tx, new, hashes, who)
            return await self.get_batch(tx, new.id)

    async def is_made(
        self, tx: Tx, new: store.NewBatch, batch: rules.Batch, hashes: Sequence[str]
    ) -> bool:
        """Whether this very act has made the batch before; if not, it is one that may be made."""
        known = await store.find_act(tx, new.id)
        if known is None:
            await self.admit(tx, batch, hashes)
            return False
        if known.request_hash != new.request_hash:
            raise OpReused
        return True

    async def admit(self, tx: Tx, batch: rules.Batch, hashes: Sequence[str]) -> None:
        """Lets a batch in, or names everything that is wrong with it."""
        found = [*rules.faults(batch, await self.promises.known(), self.clock.now())]
        if found:
            raise BadRequest(*(Violation(*fault) for fault in found))
        if await store.has_code(tx, hashes):
            raise CodeExists

    @query
    async def AdminListCodes(
        self, request: pb.AdminListCodesRequest, tx: Tx
    ) -> pb.AdminListCodesResponse:
        """Batches, the newest first."""
        filters = ("codes", request.with_ended)
        size = page.size_of(request.page_size)
        rows = await store.list_batches(
            tx,
            now=statement_time(self.clock),
            with_ended=request.with_ended,
            before=place_in(filters, request.page_token),
            limit=size + 1,
        )
        last = rows[size - 1] if len(rows) > size else None
        token = page.encode(filters, (last.created_at.isoformat(), last.id)) if last else ""
        batches = [messages.batch_out(row) for row in rows[:size]]
        return pb.AdminListCodesResponse(batches=batches, next_page_token=token)

    @query
    async def AdminFindCode(
        self, request: pb.AdminFindCodeRequest, tx: Tx
    ) -> pb.AdminFindCodeResponse:
        """The code behind a word."""
        code = await store.find_code(tx, self.words.hash_of(request.code))
        if code is None:
            raise CodeNotFound
        return pb.AdminFindCodeResponse(batch=await self.get_batch(tx, code.batch), used=code.used)

    async def AdminEndCodes(
        self, request: pb.AdminEndCodesRequest, _: object
    ) -> pb.AdminEndCodesResponse:
        """Ends a batch; an act that is repeated ends nothing more."""
        async with self.database.transaction() as tx:
            await store.lock_codes(tx)
            return pb.AdminEndCodesResponse(batch=await self.end(tx, request))

    async def end(self, tx: Transaction, request: pb.AdminEndCodesRequest) -> pb.CodeBatch:
        """Ends a batch under the lock."""
        known = await store.find_act(tx, request.act.op_id)
        if known is not None and (known.action, known.batch_id) != (END, request.batch_id):
            raise OpReused
        batch = await self.get_batch(tx, request.batch_id)
        if known is not None:
            return batch
        await store.end_codes(tx, request.batch_id, by(request.act))
        return await self.get_batch(tx, request.batch_id)

    @query
    async def AdminListRedemptions(
        self, request: pb.AdminListRedemptionsRequest, tx: Tx
    ) -> pb.AdminListRedemptionsResponse:
        """Who has redeemed what, the newest first."""
        filters = ("redemptions", request.batch_id, request.user_id)
        size = page.size_of(request.page_size)
        rows = await store.list_redemptions(
            tx,
            batch_id=request.batch_id or None,
            user_id=request.user_id or None,
            before=place_in(filters, request.page_token),
            limit=size + 1,
        )
        last = rows[size - 1] if len(rows) > size else None
        token = page.encode(filters, (last.redeemed_at.isoformat(), last.op_id)) if last else ""
        return pb.AdminListRedemptionsResponse(
            redemptions=[messages.redemption_out(row) for row in rows[:size]],
            next_page_token=token,
        )

    async def get_batch(self, tx: Tx, batch_id: str) -> pb.CodeBatch:
        """The batch of this id, or `BatchNotFound`."""
        rows = await store.list_batches(
            tx, now=None, with_ended=True, before=None, limit=1, batch_id=batch_id
        )
        if not rows:
            raise BatchNotFound(batch_id=batch_id)
        return messages.batch_out(rows[0])


def acted(request: pb.AdminCreateCodesRequest) -> pb.AdminCreateCodesRequest:
    """The act itself: telling what it would do is no other one."""
    act = pb.AdminCreateCodesRequest()
    act.CopyFrom(request)
    act.dry_run = False
    return act


def by(act: operator_pb2.Act) -> store.By:
    """Who acts, and why."""
    person = act.operator
    return store.By(act.op_id, person.name, person.reason, person.ticket)


def place_in(filters: tuple[object, ...], token: str) -> tuple[datetime, str] | None:
    """The time and the id that a page goes on after; none for the first page."""
    key = page.decode(filters, token, 2)
    if key is None:
        return None
    return page.moment(key[0]), page.uuid_text(key[1])
