"""Batches and redemptions as messages."""

from datetime import datetime

from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.rpc.page import BadRequest
from chassis.rpc.status import Violation
from chassis.wire import money_in, time_in, time_out
from geminya.economy.v1 import gift_code_pb2 as pb
from services.economy.gift_code import rules, store


def batch_in(request: pb.AdminCreateCodesRequest) -> rules.Batch:
    """A batch as the rules see it; a time that is none is a `BadRequest`."""
    return rules.Batch(
        name=request.name.strip(),
        word=request.code,
        count=request.count,
        rewards=rewards_in(request.rewards),
        usage_limit=request.usage_limit,
        start=_time("start_time", request.start_time) if request.HasField("start_time") else None,
        end=_time("end_time", request.end_time) if request.HasField("end_time") else None,
    )


def rewards_in(rewards: pb.CodeRewards) -> rules.Rewards:
    """What a code gives, as the rules see it."""
    return rules.Rewards(
        money=tuple(money_in(money) for money in rewards.money),
        items=tuple((item.item_code, item.quantity) for item in rewards.items),
        waifu_ids=tuple(rewards.waifu_ids),
    )


def batch_new(
    request: pb.AdminCreateCodesRequest, batch: rules.Batch, request_hash: bytes
) -> store.NewBatch:
    """A batch as the row it becomes."""
    return store.NewBatch(
        id=request.act.op_id,
        request_hash=request_hash,
        name=batch.name,
        is_hand_made=bool(batch.word),
        reward_type=batch.rewards.type,
        reward_value=batch.rewards.value,
        rewards=json_format.MessageToDict(request.rewards),
        usage_limit=batch.usage_limit or None,
        starts_at=batch.start,
        expires_at=batch.end,
    )


def batch_preview(request: pb.AdminCreateCodesRequest, now: datetime) -> pb.CodeBatch:
    """A batch that would be made."""
    return pb.CodeBatch(
        batch_id=request.act.op_id,
        name=request.name.strip(),
        count=request.count,
        is_hand_made=bool(request.code),
        rewards=request.rewards,
        usage_limit=request.usage_limit,
        start_time=request.start_time if request.HasField("start_time") else None,
        end_time=request.end_time if request.HasField("end_time") else None,
        is_active=True,
        create_time=time_out(now),
    )


def batch_out(row: store.BatchRow) -> pb.CodeBatch:
    """A batch as an operator sees it."""
    return pb.CodeBatch(
        batch_id=row.id,
        name=row.name,
        count=row.count,
        is_hand_made=row.is_hand_made,
        rewards=json_format.ParseDict(row.rewards, pb.CodeRewards()),
        usage_limit=row.usage_limit or 0,
        used=row.used,
        start_time=time_out(row.starts_at),
        end_time=time_out(row.expires_at),
        is_active=row.is_active,
        create_time=time_out(row.created_at),
    )


def redemption_out(row: store.RedemptionRow) -> pb.Redemption:
    """A redemption as an operator sees it."""
    return pb.Redemption(
        user_id=row.user_id,
        batch_id=row.batch,
        batch_name=row.name,
        time=time_out(row.redeemed_at),
    )


def _time(field: str, stamp: Timestamp) -> datetime:
    try:
        return time_in(stamp)
    except (ValueError, OverflowError):
        raise BadRequest(Violation(field, "is not a time between the years 1 and 9999")) from None
