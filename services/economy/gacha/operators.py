"""What operators do with banners: import, schedule, look back, and simulate before anything comes into force."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from chassis.clock import Clock
from chassis.operations.acts import act_of, write_audit
from chassis.postgres import Database, Tx
from chassis.rpc.page import BadRequest
from chassis.rpc.status import Violation
from chassis.wire import time_in
from geminya.economy.v1 import gacha_pb2 as pb
from services.economy.errors import BannerNotFound
from services.economy.gacha import (
    budget,
    importing,
    lint,
    messages,
    operator_store,
    rules,
    simulation,
    store,
)
from services.economy.gacha.banners import Banners, Offer, banner_in, banner_out
from services.economy.gacha.importing import Problem

PLAYERS = 1000
"""Simulated ones, unless the operator says otherwise."""
NEW_VERSION = 0
"""Of a banner that is not there yet."""


class Operators:
    """Acts and questions of operators about banners."""

    def __init__(self, database: Database, banners: Banners, clock: Clock) -> None:
        self._database = database
        self._banners = banners
        self._clock = clock
        self._simulating = asyncio.Lock()

    async def import_banners(
        self, request: pb.AdminImportBannersRequest
    ) -> pb.AdminImportBannersResponse:
        """Adds and changes banners, all or nothing."""
        act = act_of(request)
        catalogue = await self._banners.read_catalogue()
        banners, problems = importing.read(request.banners, catalogue)
        warnings = problems_out(self._warnings(banners, catalogue))
        if problems:
            return pb.AdminImportBannersResponse(problems=problems_out(problems), warnings=warnings)
        counts = await self._banners.save(banners, act, dry_run=request.dry_run)
        return pb.AdminImportBannersResponse(
            added=counts.added,
            changed=counts.changed,
            unchanged=counts.unchanged,
            is_written=not request.dry_run,
            warnings=warnings,
        )

    async def schedule(
        self, tx: Tx, request: pb.AdminScheduleBannerRequest
    ) -> tuple[Offer, rules.Table]:
        """Moves the opening hours; the row is read under the lock, and what is missing stays."""
        await store.lock_banners(tx)
        row = next((r for r in await store.list_banners(tx) if r.id == request.banner_id), None)
        if row is None or row.version_id is None or row.version is None:
            raise BannerNotFound(banner_id=request.banner_id)
        before = banner_in(row)
        after = rescheduled(before, request)
        await operator_store.schedule_banner(
            tx, after.banner_id, after.start_time, after.end_time, is_active=after.is_active
        )
        await write_audit(
            tx, request.act, "schedule_banner", before=banner_out(before), after=banner_out(after)
        )
        table = rules.table_in(await store.get_version_body(tx, row.version_id))
        return Offer(after, row.version_id, row.version), table

    async def versions(self, tx: Tx, banner_id: str) -> pb.AdminListBannerVersionsResponse:
        """Every version of a banner, the newest first."""
        rows = await operator_store.list_versions(tx, banner_id)
        if not rows:
            raise BannerNotFound(banner_id=banner_id)
        return pb.AdminListBannerVersionsResponse(versions=[messages.version_out(r) for r in rows])

    async def simulate(
        self, request: pb.AdminSimulateBannerRequest
    ) -> pb.AdminSimulateBannerResponse:
        """Odds, costs, and what a day of play pays for."""
        if bool(request.banner_id) is request.HasField("source"):
            raise BadRequest(Violation("source", "stands alone, or a banner_id does"))
        catalogue = await self._banners.read_catalogue()
        if request.banner_id:
            offer = self._banners.get(request.banner_id)
            table = await self._banners.table(offer.version_id)
        else:
            read, problems = importing.read([request.source], catalogue)
            if problems:
                return pb.AdminSimulateBannerResponse(problems=problems_out(problems))
            offer, table = (
                Offer(read[0], NEW_VERSION, NEW_VERSION),
                rules.compose(read[0], catalogue),
            )
        # One at a time, beside the loop: each may take seconds.
        async with self._simulating:
            costs = await asyncio.to_thread(simulation.costs, table, request.players or PLAYERS)
        price = offer.banner.price
        rewards = await operator_store.list_rewards(self._database.bare)
        answer = messages.day_out(budget.income(price.currency, rewards), price)
        answer.warnings.extend(problems_out(self._warnings([offer.banner], catalogue)))
        answer.odds.CopyFrom(messages.odds_out(offer, table))
        answer.costs.extend(messages.cost_out(cost, price) for cost in costs)
        answer.price_per_three_star_milli = round(1000 * costs[0].mean * price.amount)
        return answer

    def _warnings(
        self, banners: Sequence[rules.Banner], catalogue: Sequence[rules.Candidate]
    ) -> list[Problem]:
        others = [offer.banner for offer in self._banners.all()]
        return lint.warnings(banners, others, catalogue, self._clock.now())


def rescheduled(banner: rules.Banner, request: pb.AdminScheduleBannerRequest) -> rules.Banner:
    """The banner with other opening hours."""
    start = _moment("start_time", request.start_time) if request.HasField("start_time") else None
    end = _moment("end_time", request.end_time) if request.HasField("end_time") else None
    start, end = start or banner.start_time, end or banner.end_time
    if end <= start:
        raise BadRequest(Violation("end_time", "is not after the start"))
    is_active = request.is_active if request.HasField("is_active") else banner.is_active
    return replace(banner, start_time=start, end_time=end, is_active=is_active)


def _moment(field: str, stamp: Timestamp) -> datetime:
    try:
        return time_in(stamp)
    except (ValueError, OverflowError):
        raise BadRequest(Violation(field, "is no moment")) from None


def problems_out(problems: Sequence[Problem]) -> list[pb.BannerProblem]:
    """Problems or warnings as messages."""
    return [
        pb.BannerProblem(banner_id=one.banner_id, field=one.field, reason=one.reason)
        for one in problems
    ]
