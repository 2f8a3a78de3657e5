"""geminya.common.v1.AdminService: what an operator does in a service without SQL."""

# The generated base class names the context; a decorated method does without.
# pyright: reportIncompatibleMethodOverride=false

import json

from chassis.operations import audit, features
from chassis.operations.acts import act, write_audit
from chassis.operations.features import Features, Freeze
from chassis.operations.interventions import Interventions
from chassis.operations.once import Once
from chassis.operations.operation import Operations
from chassis.operations.places import place_in, place_out
from chassis.operations.refunds import Refunds
from chassis.operations.refusals import FeatureNotFound
from chassis.postgres import Database, Tx
from chassis.rpc import page
from chassis.rpc.methods import query
from chassis.wire import time_out
from geminya.common.v1 import admin_pb2 as pb


class AdminServicer(Interventions):
    """Features, operations, and the record of what operators did."""

    def __init__(
        self,
        database: Database,
        once: Once,
        features: Features,
        operations: Operations,
        refunds: Refunds,
    ) -> None:
        self.database = database
        self.once = once
        self.features = features
        self.operations = operations
        self.refunds = refunds

    async def AdminFreezeFeature(
        self, request: pb.AdminFreezeFeatureRequest, context: object
    ) -> pb.AdminFreezeFeatureResponse:
        """Refuses new wishes for a feature; this replica at once, the others when they look."""
        answer = await self._freeze(request, context)
        await self.features.read()
        return answer

    async def AdminUnfreezeFeature(
        self, request: pb.AdminUnfreezeFeatureRequest, context: object
    ) -> pb.AdminUnfreezeFeatureResponse:
        """Lets a feature go on."""
        answer = await self._unfreeze(request, context)
        await self.features.read()
        return answer

    @query
    async def AdminListFeatures(
        self, request: pb.AdminListFeaturesRequest, tx: Tx
    ) -> pb.AdminListFeaturesResponse:
        """What can be frozen here, and what is."""
        frozen = {found.feature: found for found in await features.list_frozen(tx)}
        names = sorted(self.features.names | frozen.keys())
        return pb.AdminListFeaturesResponse(
            features=[feature_out(name, frozen.get(name)) for name in names]
        )

    @query
    async def AdminListAudit(
        self, request: pb.AdminListAuditRequest, tx: Tx
    ) -> pb.AdminListAuditResponse:
        """What operators did here, the newest first."""
        filters = ("audit", request.user_id, request.operator)
        before = place_in(page.decode(filters, request.page_token, 3))
        size = page.size_of(request.page_size)
        rows = await audit.list_audit(tx, request.user_id, request.operator, before, size + 1)
        last = rows[size - 1] if len(rows) > size else None
        token = page.encode(filters, place_out(last, last.at)) if last else ""
        return pb.AdminListAuditResponse(
            rows=[audit_out(row) for row in rows[:size]], next_page_token=token
        )

    @act
    async def _freeze(
        self, request: pb.AdminFreezeFeatureRequest, tx: Tx
    ) -> pb.AdminFreezeFeatureResponse:
        self._require(request.feature)
        by = request.act.operator
        before = await features.find_freeze(tx, request.feature)
        after = await features.freeze(tx, request.feature, by.reason, by.name)
        await write_audit(
            tx,
            request.act,
            "freeze",
            before=freeze_kept(request.feature, before),
            after=freeze_kept(request.feature, after),
        )
        return pb.AdminFreezeFeatureResponse(feature=feature_out(request.feature, after))

    @act
    async def _unfreeze(
        self, request: pb.AdminUnfreezeFeatureRequest, tx: Tx
    ) -> pb.AdminUnfreezeFeatureResponse:
        self._require(request.feature)
        before = await features.find_freeze(tx, request.feature)
        await features.unfreeze(tx, request.feature)
        await write_audit(
            tx,
            request.act,
            "unfreeze",
            before=freeze_kept(request.feature, before),
            after=freeze_kept(request.feature, None),
        )
        return pb.AdminUnfreezeFeatureResponse(feature=feature_out(request.feature, None))

    def _require(self, feature: str) -> None:
        if feature not in self.features.names:
            raise FeatureNotFound(feature=feature)


def feature_out(name: str, frozen: Freeze | None) -> pb.Feature:
    """A feature as a message."""
    if frozen is None:
        return pb.Feature(name=name)
    return pb.Feature(
        name=name,
        is_frozen=True,
        reason=frozen.reason,
        by=frozen.by,
        since_time=time_out(frozen.since),
    )


def freeze_kept(feature: str, frozen: Freeze | None) -> dict[str, object]:
    """A feature as the audit keeps it."""
    if frozen is None:
        return {"feature": feature, "is_frozen": False}
    return {"feature": feature, "is_frozen": True, "reason": frozen.reason, "by": frozen.by}


def audit_out(row: audit.Row) -> pb.AuditRow:
    """An audit row as a message."""
    return pb.AuditRow(
        user_id=row.user_id,
        op_id=row.op_id,
        action=row.action,
        operator=row.operator,
        reason=row.reason,
        ticket=row.ticket,
        before_json=json.dumps(row.before, ensure_ascii=False, sort_keys=True),
        after_json=json.dumps(row.after, ensure_ascii=False, sort_keys=True),
        time=time_out(row.at),
    )
