"""`/now`: what is seen on the page, what its buttons carry, and what becomes of the parts of one press."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_bot.cogs.now import Now
from gateway_bot.views import now as views
from gateway_bot.views.now import Wish, key_of
from geminya.collection.v1.roster_pb2 import GetRosterResponse
from geminya.economy.v1 import mission_pb2 as mission
from geminya.economy.v1 import shop_pb2 as shop
from geminya.expeditions.v1 import expedition_pb2 as expedition
from geminya.expeditions.v1 import notice_pb2 as notice
from geminya.users.v1 import account_pb2 as account
from tests.unit.bot.builders import (
    NOW,
    an_account,
    at,
    buttons,
    crystals,
    quartz,
    refused,
    trouble,
)
from tests.unit.bot.stage import Act, Stage
from tests.unit.bot.test_expedition import a_completion, a_journey
from tests.unit.bot.test_views import WILD, fits

ALL = "Do all of it"
CLAIMS = {"Claim the daily", "Claim missions", "Bring them home"}
READS = {
    "Daily reward": ("account", "GetAccount"),
    "Missions": ("mission", "ListMissions"),
    "Expeditions": ("expeditions", "ListExpeditions"),
    "In your bag": ("shop", "ListInventory"),
}
REPAIRED = "is being repaired"
CLAIMED = account.ClaimDailyResponse(
    reward=crystals(500), balances=[crystals(2500)], daily_streak=4, next_daily_time=at(NOW + 60)
)
PAID = mission.ClaimAllMissionsResponse(
    missions=[mission.ClaimedMission(mission_id="a", name="A Knock", reward=quartz(50))],
    balances=[crystals(2500), quartz(60)],
)


@pytest.fixture
async def stage() -> Any:
    made = Stage()
    yield made
    await made.clients.close()


def a_mission(number: int = 1, current: int = 1, **facts: Any) -> mission.MissionProgress:
    usual: dict[str, Any] = {
        "mission": mission.Mission(
            mission_id=f"mission-{number}",
            name=f"Mission {number}",
            description="Do it three times.",
            period="day",
            target_count=3,
            reward_type="quartzs",
            reward_amount=50,
        ),
        "current_progress": current,
        "completed": current >= 3,
        "reset_time": at(NOW + 3600),
    }
    return mission.MissionProgress(**usual | facts)


def a_stack(kind: str, **facts: Any) -> shop.Stack:
    item = shop.Item(item_code=kind, name=f"Some {kind}", item_type=kind)
    return shop.Stack(item=item, quantity=2, **facts)


def has(
    stage: Stage,
    *running: expedition.Expedition,
    missions: tuple[mission.MissionProgress, ...] = (),
    stacks: tuple[shop.Stack, ...] = (),
    mail: int = 0,
    owned: int = 9,
    **facts: Any,
) -> None:
    """Lets every service say this of the player."""
    answers = [
        account.GetAccountResponse(account=an_account(**facts)),
        mission.ListMissionsResponse(missions=missions),
        expedition.ListExpeditionsResponse(running=running, slot_limit=5),
        shop.ListInventoryResponse(stacks=stacks),
    ]
    for (service, method), answer in zip(READS.values(), answers, strict=True):
        stage.script(service, method, answer)
    stage.script("roster", "GetRoster", GetRosterResponse(owned_count=owned))
    kept = [notice.Notice(notice_id=str(n)) for n in range(mail)]
    stage.script("notices", "ListInbox", notice.ListInboxResponse(notices=kept))


async def looked(stage: Stage) -> Act:
    cog: Any = Now(stage)  # type: ignore[arg-type]
    act = Act()
    await cog.now.callback(cog, act)
    fits(act.view)
    return act


# ---- the page


async def test_everything_that_waits_is_on_the_page_with_a_button(stage: Stage) -> None:
    has(
        stage,
        a_journey(1, ready_in=-60),
        a_journey(2, ready_in=3600),
        missions=(a_mission(1), a_mission(2, 3), a_mission(3, 3, claimed=True)),
        stacks=(a_stack("boost", expire_time=at(NOW + 9)), a_stack("haste"), a_stack("material")),
        mail=2,
    )

    act = await looked(stage)

    assert act.deferred == [False]
    for told in (
        "Right now at Moon Hall",
        "It waits for you",
        "1/3 **Mission 1**",
        "**Mission 2** · done",
        "✓ Mission 3",
        f"**Today** · until <t:{NOW + 3600}:R>",
        "**Place 001** ★",
        f"Place 002 ★☆☆☆☆ · back <t:{NOW + 3600}:R>",
        "Room for 3 parties",
        "2 × **Some boost**",
        f"gone <t:{NOW + 9}:R>",
        "2 × **Some haste**",
        "2 messages",
    ):
        assert told in act.text, told
    assert act.text.index("Mission 2") < act.text.index("Mission 1") < act.text.index("Mission 3")
    assert "Some material" not in act.text
    assert {*buttons(act.view)} == {*CLAIMS, ALL, "Look again"}


async def test_where_nothing_waits_there_is_only_another_look(stage: Stage) -> None:
    has(stage, can_claim_daily=False, stacks=(a_stack("haste"),))

    act = await looked(stage)

    assert "Nothing waits to be claimed" in act.text
    assert f"The next one comes <t:{NOW + 3600}:R>" in act.text
    assert "Some haste" not in act.text, "nobody is on the way"
    assert {*buttons(act.view)} == {"Look again"}


async def test_one_thing_alone_needs_no_button_for_all(stage: Stage) -> None:
    has(stage, can_claim_daily=True)

    assert {*buttons((await looked(stage)).view)} == {"Claim the daily", "Look again"}


async def test_a_newcomer_reads_what_to_do_first(stage: Stage) -> None:
    has(stage, owned=0)

    act = await looked(stage)

    assert "`/academy daily`" in act.text
    assert "`/summon ten`" in act.text
    assert {"Claim the daily", "Summon ten"} <= {*buttons(act.view)}


@pytest.mark.parametrize("away", READS)
async def test_who_is_away_leaves_the_others_their_place(stage: Stage, away: str) -> None:
    has(stage, a_journey(1, ready_in=-60), missions=(a_mission(2, 3),), stacks=(a_stack("boost"),))
    stage.script(*READS[away], trouble())

    act = await looked(stage)

    head, _, rest = act.text.partition(away)
    assert REPAIRED not in head
    assert rest.lstrip().startswith("-# This part of the academy")
    assert act.text.count(REPAIRED) == 1
    for part in READS:
        assert part in act.text


async def test_a_bug_of_a_service_is_not_called_a_repair(stage: Stage) -> None:
    has(stage)
    stage.script("account", "GetAccount", refused("USER_NOT_FOUND"))

    with pytest.raises(Exception, match="no"):
        await looked(stage)


async def test_the_longest_page_still_fits(stage: Stage) -> None:
    name = WILD * 20
    wild = mission.Mission(
        name=name,
        description=name,
        period="week",
        target_count=9,
        reward_type=name,
        reward_amount=10**12,
    )
    has(
        stage,
        *(a_journey(n, ready_in=-60 * n, name=name) for n in range(1, 6)),
        missions=tuple(a_mission(n, 3, mission=wild) for n in range(30)),
        stacks=tuple(a_stack("boost") for _ in range(30)),
        mail=100,
        owned=0,
        academy_name=name,
    )

    await looked(stage)


# ---- what a button carries

KEYS = st.text("abcXYZ019-_", min_size=views.KEY_LETTERS, max_size=views.KEY_LETTERS)


@given(st.builds(Wish, st.booleans(), st.booleans(), st.lists(KEYS, max_size=5).map(tuple)))
def test_a_wish_travels_in_a_button(wish: Wish) -> None:
    assert Wish.unpacked(wish.packed()) == wish


# ---- one press


async def pressed(stage: Stage, label: str) -> Act:
    act = await looked(stage)
    return await stage.press(buttons(act.view)[label], Act(1))


async def test_one_press_does_all_of_it_as_parts_of_one_wish(stage: Stage) -> None:
    has(
        stage,
        a_journey(1, ready_in=-60),
        a_journey(2, ready_in=-60),
        a_journey(3, ready_in=60),
        missions=(a_mission(1, 3),),
    )
    daily = stage.script("account", "ClaimDaily", CLAIMED)
    home = stage.script("expeditions", "CompleteExpedition", a_completion(1), a_completion(2))
    paid = stage.script("mission", "ClaimAllMissions", PAID)

    act = await pressed(stage, ALL)

    fits(act.view)
    for told in ("500 sakura crystals", "**A Knock**", "№ 1", "№ 2", "120 sakura crystals"):
        assert told in act.text.replace("\N{NARROW NO-BREAK SPACE}", " "), told
    assert [one.expedition_id for one in home.requests] == [
        a_journey(n).expedition_id for n in (1, 2)
    ]
    parts = [one.op for script in (daily, home, paid) for one in script.requests]
    assert len({op.op_id for op in parts}) == 4
    assert len({op.parent_op_id for op in parts}) == 1


@pytest.mark.parametrize("label", sorted(CLAIMS))
async def test_a_button_for_one_kind_leaves_the_others(stage: Stage, label: str) -> None:
    has(stage, a_journey(1, ready_in=-60), missions=(a_mission(1, 3),))
    scripts = {
        "Claim the daily": stage.script("account", "ClaimDaily", CLAIMED),
        "Bring them home": stage.script("expeditions", "CompleteExpedition", a_completion(1)),
        "Claim missions": stage.script("mission", "ClaimAllMissions", PAID),
    }

    await pressed(stage, label)

    assert [name for name, script in scripts.items() if script.requests] == [label]


async def test_a_part_that_is_refused_stops_no_other(stage: Stage) -> None:
    has(stage, a_journey(1, ready_in=-60), missions=(a_mission(1, 3),))
    refusal = refused("ALREADY_CLAIMED", next_time=str(NOW + 60))
    stage.script("account", "ClaimDaily", refusal)
    stage.script("expeditions", "CompleteExpedition", refused("NOT_READY", "expeditions.geminya"))
    stage.script("mission", "ClaimAllMissions", PAID)

    act = await pressed(stage, ALL)

    assert "Today's reward is already yours" in act.text
    assert "№ 1 · Place 001 is not home yet" in act.text
    assert "**A Knock**" in act.text


async def test_that_no_mission_was_done_is_not_worth_a_word(stage: Stage) -> None:
    """The button for all asks for missions when somebody comes home: that may have completed one."""
    has(stage, a_journey(1, ready_in=-60))
    stage.script("account", "ClaimDaily", CLAIMED)
    stage.script("expeditions", "CompleteExpedition", a_completion(1))
    asked = stage.script(
        "mission", "ClaimAllMissions", refused("NOTHING_TO_CLAIM", "economy.geminya")
    )

    act = await pressed(stage, ALL)

    assert len(asked.requests) == 1
    assert "Not done" not in act.text
    assert "nothing to claim" not in act.text


async def test_where_nothing_was_done_it_is_a_refusal_as_ever(stage: Stage) -> None:
    has(stage)
    stage.script("account", "ClaimDaily", refused("ALREADY_CLAIMED", next_time="1"))

    with pytest.raises(Exception, match="no"):
        await pressed(stage, "Claim the daily")


async def test_a_repeat_brings_home_those_of_the_first_press(stage: Stage) -> None:
    """Meanwhile they are past, and another party is back: it was not on the page."""
    first, other = a_journey(1, ready_in=-60), a_journey(2, ready_in=-60)
    has(stage, first, can_claim_daily=False)
    home = stage.script("expeditions", "CompleteExpedition", a_completion(1))
    shown = buttons((await looked(stage)).view)["Bring them home"]
    one = await stage.press(shown, Act(1))
    stage.script(
        "expeditions",
        "ListExpeditions",
        expedition.ListExpeditionsResponse(running=[other], past=[first]),
    )

    again = await stage.press(shown, Act(2))

    assert again.text == one.text
    assert home.requests[0] == home.requests[1]
    assert key_of(first) != key_of(other)


async def test_the_longest_result_still_fits(stage: Stage) -> None:
    name = WILD * 20
    has(stage, *(a_journey(n, ready_in=-60, name=name) for n in range(1, 6)))
    stage.script("account", "ClaimDaily", CLAIMED)
    items = {f"{WILD}{number}": 10**6 for number in range(40)}
    done = a_completion(1, rewards=expedition.Rewards(crystals=10**9, items=items))
    done.expedition.name = name
    stage.script(
        "expeditions", "CompleteExpedition", done, done, done, done, refused("X", "expeditions")
    )
    claimed = [mission.ClaimedMission(name=name, reward=quartz(10**9)) for _ in range(40)]
    paid = mission.ClaimAllMissionsResponse(missions=claimed, balances=PAID.balances)
    stage.script("mission", "ClaimAllMissions", paid)

    fits((await pressed(stage, ALL)).view)
