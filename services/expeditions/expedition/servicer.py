"""geminya.expeditions.v1.ExpeditionService"""

from google.protobuf import json_format

from chassis.clock import Clock, statement_time
from chassis.operations.once import Once
from chassis.operations.operation import Operations
from chassis.postgres import Database, Tx
from chassis.rpc import page
from chassis.rpc.methods import query
from chassis.rpc.page import BadRequest
from chassis.rpc.status import Violation
from geminya.expeditions.v1 import expedition_pb2 as pb
from geminya.expeditions.v1.expedition_pb2_grpc import ExpeditionServiceServicer
from services.expeditions.errors import ExpeditionNotFound, ExpeditionOver, NotReady
from services.expeditions.expedition import changes, flows, messages, rules, store
from services.expeditions.expedition.editions import Editions


class ExpeditionServicer(ExpeditionServiceServicer):
    """Parties on their way, and what became of them."""

    def __init__(
        self,
        database: Database,
        once: Once,
        operations: Operations,
        editions: Editions,
        clock: Clock,
    ) -> None:
        self.database = database
        self.once = once
        self.operations = operations
        self.editions = editions
        self.clock = clock

    async def StartExpedition(
        self, request: pb.StartExpeditionRequest, _: object
    ) -> pb.StartExpeditionResponse:
        """Sends a party to a place."""
        if len(set(request.waifu_ids)) < len(request.waifu_ids):
            raise BadRequest(Violation("waifu_ids", "names somebody twice"))
        return await self.operations.run(flows.StartFlow.kind, request)

    async def RepeatExpedition(
        self, request: pb.RepeatExpeditionRequest, _: object
    ) -> pb.RepeatExpeditionResponse:
        """Sends the party of an earlier expedition once more."""
        return await self.operations.run(flows.RepeatFlow.kind, request)

    async def CompleteExpedition(
        self, request: pb.CompleteExpeditionRequest, _: object
    ) -> pb.CompleteExpeditionResponse:
        """Brings a party home whose time is over."""
        return await self.operations.run(flows.CompleteFlow.kind, request)

    async def CancelExpedition(
        self, request: pb.CancelExpeditionRequest, _: object
    ) -> pb.CancelExpeditionResponse:
        """Calls a party back."""
        return await self.operations.run(flows.CancelFlow.kind, request)

    async def Hasten(self, request: pb.HastenRequest, _: object) -> pb.HastenResponse:
        """Brings the end of a running expedition nearer."""
        given = (request.expedition_id, request.minutes, statement_time(self.clock))
        kept = await self.once.run(request, changes.HASTEN, *given)
        hastened = pb.HastenResponse(expedition_id=request.expedition_id)
        return json_format.ParseDict(kept, hastened)

    @query
    async def ListExpeditions(
        self, request: pb.ListExpeditionsRequest, tx: Tx
    ) -> pb.ListExpeditionsResponse:
        """The running ones, and a page of the past ones."""
        filters = ("expeditions", request.user_id)
        key = page.decode(filters, request.page_token, 2)
        before = None if key is None else (page.moment(key[0]), page.uuid_text(key[1]))
        size = page.size_of(request.page_size)
        running = await store.list_running(tx, request.user_id)
        past = await store.list_past(tx, request.user_id, before, size + 1)
        last = past[size - 1] if len(past) > size else None
        token = ""
        if last is not None and last.completed_at is not None:
            token = page.encode(filters, (last.completed_at.isoformat(), last.expedition_id))
        return pb.ListExpeditionsResponse(
            running=[messages.expedition_out(row) for row in running],
            past=[messages.expedition_out(row) for row in past[:size]],
            next_page_token=token,
            slot_limit=store.SLOTS,
        )

    @query
    async def GetExpedition(
        self, request: pb.GetExpeditionRequest, tx: Tx
    ) -> pb.GetExpeditionResponse:
        """One expedition, with all that happened once it is completed."""
        row = await store.find_expedition(tx, request.user_id, request.expedition_id)
        if row is None:
            raise ExpeditionNotFound(expedition_id=request.expedition_id)
        if row.status != "completed":
            return pb.GetExpeditionResponse(expedition=messages.expedition_out(row))
        came = flows.told(row)
        return pb.GetExpeditionResponse(
            expedition=came.expedition, report=came.report, settlement=came.settlement
        )

    @query
    async def ListExpeditionLogs(
        self, request: pb.ListExpeditionLogsRequest, tx: Tx
    ) -> pb.ListExpeditionLogsResponse:
        """The log, line by line; nothing of it before everything is handed over."""
        user_id, expedition_id = request.user_id, request.expedition_id
        filters = ("expedition logs", user_id, expedition_id)
        key = page.decode(filters, request.page_token, 1)
        row = await store.find_expedition(tx, user_id, expedition_id)
        if row is None:
            raise ExpeditionNotFound(expedition_id=expedition_id)
        if row.completed_at is None:
            return pb.ListExpeditionLogsResponse()
        size, after = page.size_of(request.page_size), page.whole(key[0]) if key else 0
        logs = await store.list_logs(tx, user_id, expedition_id, after, size + 1)
        token = page.encode(filters, (logs[size - 1].log_no,)) if len(logs) > size else ""
        return pb.ListExpeditionLogsResponse(
            logs=[messages.log_out(log) for log in logs[:size]], next_page_token=token
        )

    async def AdminReplayExpedition(
        self, request: pb.AdminReplayExpeditionRequest, _: object
    ) -> pb.AdminReplayExpeditionResponse:
        """Resolves again, and compares with what was kept."""
        tx = self.database.bare
        row = await store.find_anybodys_expedition(
            tx, request.expedition_id, statement_time(self.clock)
        )
        if row is None:
            raise ExpeditionNotFound(expedition_id=request.expedition_id)
        if row.status == "in_progress":
            raise NotReady(ready_time=row.ends_at)
        if row.final_results is None:
            raise ExpeditionOver(expedition_id=request.expedition_id)
        report = await flows.tell(tx, self.editions, row)
        computed = messages.text_out(report)
        return pb.AdminReplayExpeditionResponse(
            user_id=row.user_id,
            is_equal=computed.encode() == row.final_results.encode(),
            stored=row.final_results,
            computed=computed,
            atlas_version=row.atlas_version,
            stored_rules_version=messages.text_in(row.final_results).rules_version,
            rules_version=rules.VERSION,
        )
