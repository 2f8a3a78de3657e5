"""`geminya mission`: what there is to do, how many players do it, and taking one off the list."""

from typing import Annotated, Any

import typer

from chassis.settings import Settings
from console.acts import (
    OperatorOption,
    OpOption,
    ReasonOption,
    TicketOption,
    YesOption,
    make_act,
)
from console.calls import Calls, once, run
from console.player_facts import moment
from console.tables import JsonOption, show_facts, show_rows
from console.trouble import Trouble
from geminya.economy.v1 import mission_pb2 as pb

PAGE = 100

HELP = """
Look at missions and how many players are at them, and take one off the list.

New ones come with `geminya content import --missions FILE`; a mission of the same id is changed by it.
"""
app = typer.Typer(no_args_is_help=True, help=HELP, rich_markup_mode="markdown")

MissionArgument = Annotated[
    str, typer.Argument(metavar="MISSION", show_default=False, help="Its id, as `list` shows it.")
]


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List every mission, also those that have ended, with the players of its current day or week.

    `geminya mission list --json`
    """
    found = run(lambda calls, _: _missions(calls))
    title = f"{len(found)} missions, {sum(one.mission.is_active for one in found)} active"
    show_rows(title, [_row(one) for one in found], as_json=as_json)


@app.command()
def show(mission: MissionArgument, as_json: JsonOption = False) -> None:
    """Show one mission, and how many players have begun it, are through, and have its reward.

    `geminya mission show day-talk`
    """
    found = run(lambda calls, _: _find(calls, mission))
    show_facts(_facts(found), as_json=as_json)


@app.command()
def end(
    mission: MissionArgument,
    *,
    reason: ReasonOption,
    ticket: TicketOption = "",
    operator: OperatorOption = "",
    op: OpOption = "",
    yes: YesOption = False,
) -> None:
    """Take a mission off the list. Who is through can claim it until its day or week is over.

    `geminya mission end day-talk --reason "the models are away" --yes`
    """

    async def work(calls: Calls, settings: Settings) -> None:
        act = make_act(settings, operator, reason, ticket, op, yes)
        before = await _find(calls, mission)
        if act.is_real:
            request = pb.AdminEndMissionRequest(act=act.message, mission_id=mission)
            with once(act.op_id):
                await calls.missions.AdminEndMission(request)
            show_facts(_facts(await _find(calls, mission)))
        else:
            show_facts(_facts(before))
        act.say_what_next()

    run(work)


async def _missions(calls: Calls) -> list[pb.MissionCount]:
    found: list[pb.MissionCount] = []
    token = ""
    while True:
        request = pb.AdminListMissionsRequest(page_size=PAGE, page_token=token)
        answer = await calls.missions.AdminListMissions(request)
        found += answer.missions
        if not (token := answer.next_page_token):
            return found


async def _find(calls: Calls, mission_id: str) -> pb.MissionCount:
    for one in await _missions(calls):
        if one.mission.mission_id == mission_id:
            return one
    raise Trouble(f"no mission has the id {mission_id}; `geminya mission list` shows all of them")


def _row(one: pb.MissionCount) -> dict[str, Any]:
    """A mission in a list."""
    mission = one.mission
    return {
        "mission_id": mission.mission_id,
        "name": mission.name,
        "type": mission.type,
        "target": mission.target_count,
        "period": mission.period,
        "reward": mission.reward_amount,
        "currency": mission.reward_type,
        "is_active": mission.is_active,
        "started": one.started,
        "completed": one.completed,
        "claimed": one.claimed,
    }


def _facts(one: pb.MissionCount) -> dict[str, Any]:
    """Everything about one mission."""
    return _row(one) | {
        "description": one.mission.description,
        "difficulty": one.mission.difficulty,
        "period_ends": moment(one.reset_time),
    }
