"""Acts of operators; a test names only what it is about."""

import uuid
from typing import Any

from geminya.common.v1 import admin_pb2 as pb
from geminya.common.v1 import operator_pb2
from geminya.common.v1.admin_pb2_grpc import AdminServiceStub
from tests.support.house import House


def an_act(
    reason: str = "odds look wrong",
    *,
    name: str = "keeper",
    ticket: str = "",
    op_id: str | None = None,
) -> operator_pb2.Act:
    """An act that is about no player."""
    by = operator_pb2.Operator(name=name, reason=reason, ticket=ticket)
    return operator_pb2.Act(op_id=op_id or str(uuid.uuid4()), operator=by)


def a_freeze(feature: str, **given: Any) -> pb.AdminFreezeFeatureRequest:
    """A wish to freeze a feature."""
    return pb.AdminFreezeFeatureRequest(act=an_act(**given), feature=feature)


def an_unfreeze(feature: str, **given: Any) -> pb.AdminUnfreezeFeatureRequest:
    """A wish to let a feature go on."""
    return pb.AdminUnfreezeFeatureRequest(act=an_act(**given), feature=feature)


def admin_of(house: House, service: str) -> Any:
    """The operator's side of a service."""
    return house.stub(AdminServiceStub, service, "admin")


def a_retry(wish: Any, **given: Any) -> pb.AdminRetryOperationRequest:
    """A wish to let a player's operation go on."""
    op = wish.op
    return pb.AdminRetryOperationRequest(act=an_act(**given), user_id=op.user_id, op_id=op.op_id)


def a_refund(wish: Any, **given: Any) -> pb.AdminRefundOperationRequest:
    """A wish to pay a player's operation back."""
    op = wish.op
    return pb.AdminRefundOperationRequest(act=an_act(**given), user_id=op.user_id, op_id=op.op_id)
