"""`geminya features`, `freeze` and `unfreeze`: parts of the game that rest, in every service that has them."""

import asyncio
from typing import Annotated, Any

import typer

from chassis.settings import Settings
from console.acts import (
    Act,
    OperatorOption,
    OpOption,
    ReasonOption,
    TicketOption,
    YesOption,
    make_act,
)
from console.calls import Calls, once, run
from console.player_facts import moment
from console.tables import JsonOption, show_rows
from console.trouble import Trouble
from geminya.common.v1 import admin_pb2 as pb

FeatureArgument = Annotated[
    str, typer.Argument(show_default=False, help="Its name; `geminya features` lists them.")
]


def features(as_json: JsonOption = False) -> None:
    """List the parts of the game that can be frozen, and which of them are.

    Example: `geminya features`
    """
    rows = run(lambda calls, _: list_features(calls))
    frozen = sum(row["is_frozen"] for row in rows)
    show_rows(f"{frozen} of {len(rows)} frozen", rows, as_json=as_json)


def freeze(
    feature: FeatureArgument,
    *,
    reason: ReasonOption,
    ticket: TicketOption = "",
    operator: OperatorOption = "",
    op: OpOption = "",
    yes: YesOption = False,
) -> None:
    """Refuse new wishes for a part of the game; what has begun still ends.

    Players read one friendly sentence. Every replica knows within two seconds.

    Example: `geminya freeze summon --reason "odds look wrong" --yes`
    """

    async def work(calls: Calls, settings: Settings) -> None:
        act = make_act(settings, operator, reason, ticket, op, yes)
        await _change(calls, act, feature, is_freeze=True)

    run(work)


def unfreeze(
    feature: FeatureArgument,
    *,
    reason: ReasonOption,
    ticket: TicketOption = "",
    operator: OperatorOption = "",
    op: OpOption = "",
    yes: YesOption = False,
) -> None:
    """Let a frozen part of the game go on.

    Example: `geminya unfreeze summon --reason "the odds were right" --yes`
    """

    async def work(calls: Calls, settings: Settings) -> None:
        act = make_act(settings, operator, reason, ticket, op, yes)
        await _change(calls, act, feature, is_freeze=False)

    run(work)


async def list_features(calls: Calls) -> list[dict[str, Any]]:
    """The features of every service."""
    request = pb.AdminListFeaturesRequest()
    answers = await asyncio.gather(
        *(admin.AdminListFeatures(request) for admin in calls.admin.values())
    )
    return [
        feature_shown(service, feature)
        for service, answer in zip(calls.admin, answers, strict=True)
        for feature in answer.features
    ]


def feature_shown(service: str, feature: pb.Feature) -> dict[str, Any]:
    """A feature as a row."""
    return {
        "service": service,
        "feature": feature.name,
        "is_frozen": feature.is_frozen,
        "reason": feature.reason or None,
        "by": feature.by or None,
        "since": moment(feature.since_time) if feature.is_frozen else None,
    }


async def _change(calls: Calls, act: Act, feature: str, *, is_freeze: bool) -> None:
    """Freezes or unfreezes a feature wherever it is."""
    known = await list_features(calls)
    found = [row for row in known if row["feature"] == feature]
    if not found:
        names = ", ".join(sorted({row["feature"] for row in known}))
        raise Trouble(f"no feature is called {feature}; there are {names}")
    for row in found:
        was = f"frozen by {row['by']}: {row['reason']}" if row["is_frozen"] else "open"
        becomes = f"frozen: {act.operator.reason}" if is_freeze else "open"
        typer.echo(f"{feature} ({row['service']}): {was} → {becomes}")
        if act.is_real:
            admin = calls.admin[row["service"]]
            with once(act.op_id):
                if is_freeze:
                    await admin.AdminFreezeFeature(
                        pb.AdminFreezeFeatureRequest(act=act.message, feature=feature)
                    )
                else:
                    await admin.AdminUnfreezeFeature(
                        pb.AdminUnfreezeFeatureRequest(act=act.message, feature=feature)
                    )
    act.say_what_next()
