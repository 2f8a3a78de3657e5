"""geminya.expeditions.v1.NoticeService"""

from datetime import datetime

from chassis.clock import Clock, statement_time
from chassis.operations.once import Once
from chassis.postgres import Database, Tx
from chassis.rpc import page
from chassis.rpc.methods import query
from chassis.wire import time_out
from geminya.expeditions.v1 import notice_pb2 as pb
from geminya.expeditions.v1.notice_pb2_grpc import NoticeServiceServicer
from services.expeditions.notice import store

STATES = {pb.NOTICE_OUTCOME_TOLD: "told", pb.NOTICE_OUTCOME_KEPT: "kept"}


class NoticeServicer(NoticeServiceServicer):
    """What is to be told, and what could not be."""

    def __init__(self, database: Database, once: Once, clock: Clock) -> None:
        self.database = database
        self.once = once
        self.clock = clock

    @query
    async def LeaseNotices(
        self, request: pb.LeaseNoticesRequest, tx: Tx
    ) -> pb.LeaseNoticesResponse:
        """Hands out what is due, for a while."""
        now = statement_time(self.clock)
        leased = await store.lease_notices(tx, request.max_count, now)
        return pb.LeaseNoticesResponse(notices=[notice_out(notice) for notice in leased])

    @query
    async def ReportNotice(
        self, request: pb.ReportNoticeRequest, tx: Tx
    ) -> pb.ReportNoticeResponse:
        """Keeps what became of a notice; the first word counts."""
        state, now = STATES[request.outcome], statement_time(self.clock)
        await store.settle_notice(tx, request.user_id, request.notice_id, state, now)
        return pb.ReportNoticeResponse()

    @query
    async def ListInbox(self, request: pb.ListInboxRequest, tx: Tx) -> pb.ListInboxResponse:
        """What could not be told and was not read yet."""
        filters = ("inbox", request.user_id)
        key = page.decode(filters, request.page_token, 2)
        before = None if key is None else place_in(key)
        size = page.size_of(request.page_size)
        kept = await store.list_kept(tx, request.user_id, before, size + 1)
        token = page.encode(filters, place_of(kept[size - 1])) if len(kept) > size else ""
        return pb.ListInboxResponse(
            notices=[notice_out(notice) for notice in kept[:size]], next_page_token=token
        )

    async def ReadInbox(self, request: pb.ReadInboxRequest, _: object) -> pb.ReadInboxResponse:
        """Marks everything up to a notice as read."""
        kept = await self.once.run(request, store.READ, request.notice_id)
        return pb.ReadInboxResponse(read_count=kept["read_count"])


def notice_out(notice: store.Notice) -> pb.Notice:
    """A notice as a message."""
    return pb.Notice(
        notice_id=notice.notice_id,
        user_id=notice.user_id,
        epoch=notice.epoch,
        channel_id=notice.channel_id,
        expedition_id=notice.expedition_id,
        template_id=notice.location,
        name=notice.expedition_name,
        ready_time=time_out(notice.ends_at),
        members=notice.members,
    )


def place_of(notice: store.Notice) -> tuple[str, str]:
    """Where a notice stands in the inbox."""
    assert notice.settled_at is not None
    return notice.settled_at.isoformat(), notice.notice_id


def place_in(key: tuple[str, ...]) -> tuple[datetime, str]:
    """The place in a page token, exactly as it was written there."""
    return page.moment(key[0]), page.uuid_text(key[1])
