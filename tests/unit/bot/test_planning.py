"""`/expedition plan` and `/expedition odds`: what is asked, what is read, and what the buttons send."""

from typing import Any

import pytest

from gateway_bot.cogs.expedition import Expedition
from gateway_bot.refusals import Hint
from gateway_bot.views import odds, places, plan
from gateway_bot.views import party as parties
from gateway_bot.views.party import Plan
from geminya.collection.v1 import equipment_pb2 as equipment
from geminya.expeditions.v1 import atlas_pb2 as atlas
from geminya.expeditions.v1 import planner_pb2 as pb
from tests.unit.bot.builders import a_desk, a_piece, buttons, components, invalid, shown
from tests.unit.bot.stage import Act, Stage
from tests.unit.bot.test_expedition import a_place, has
from tests.unit.bot.test_views import WILD, fits

LARGEST = 2**31 - 1
HUGE = 2**53
START, SUGGEST = "Start with this party", "Suggest the best party"


@pytest.fixture
async def stage() -> Any:
    made = Stage()
    has(made)
    found = atlas.GetTemplateResponse(template=a_place(1))
    made.script("atlas", "GetTemplate", found)
    yield made
    await made.clients.close()


def a_plan(**facts: Any) -> pb.Plan:
    usual: dict[str, Any] = {
        "template_id": "place-001",
        "members": [
            pb.PlannedMember(waifu_id=1, name="Sora", star_level=3),
            pb.PlannedMember(waifu_id=2, name="Rin", star_level=1),
        ],
        "mean_success": 6_430,
        "check_shares": [1_200, 5_230, 2_970, 600],
        "journeys": 500,
        "outcomes": [
            pb.Share(name="perfect", share=500),
            pb.Share(name="great_success", share=4_500),
            pb.Share(name="success", share=3_000),
            pb.Share(name="failure", share=2_000),
        ],
        "loot": [
            pb.Expected(thing="sakura_crystals", low=40, middle=90, high=160, share=10_000),
            pb.Expected(thing="daphine", share=100),
            pb.Expected(thing="equipment", low=1, middle=1, high=1, share=10_000),
            pb.Expected(thing="one-star-selector", share=800),
        ],
        "mean_encounters_milli": 3_140,
        "contributions": [
            pb.Contribution(kind="member", name="Sora", waifu_id=1, success_gain=3_100),
            pb.Contribution(kind="affinity", name="elemental light", success_gain=840),
            pb.Contribution(kind="awakening", reward_gain_milli=200),
            pb.Contribution(kind="equipment", name="final_stat_check_bonus int", success_gain=70),
            pb.Contribution(kind="equipment", name="affinity_add favored series_id 5"),
            pb.Contribution(kind="affinity", name="archetype Ninja", success_gain=-1_210),
        ],
    }
    return pb.Plan(**usual | facts)


async def ran(stage: Stage, name: str, *typed: Any, **named: Any) -> Act:
    cog: Any = Expedition(stage)  # type: ignore[arg-type]
    act = Act()
    await getattr(cog, name).callback(cog, act, *typed, **named)
    return act


def test_a_plan_reads_as_a_ranking() -> None:
    told = shown(plan.plan_view(a_place(1), a_plan(), {}, a_desk()))

    assert "64.3" in told
    assert "40 – **90** – 160" in told
    assert "`+31.0` Sora, all in all" in told
    assert "`+8.4` Element: light" in told
    assert "+20 % money" in told
    assert "`−12.1` Archetype: Ninja" in told
    assert "Equipment: INT at the end of every check" in told
    assert "series" not in told, "a part that gives nothing is left out"
    assert told.index("Sora, all") < told.index("Element: light") < told.index("Ninja")


@pytest.mark.parametrize("name", ["Place", WILD, "長い名前" * 40, "*" * 300])
def test_every_plan_fits(name: str) -> None:
    wide = a_plan(
        members=[
            pb.PlannedMember(waifu_id=LARGEST - n, name=name, star_level=6, is_away=True)
            for n in range(3)
        ],
        equipment_id="00000000-0000-4000-8000-000000000009",
        loot=[
            pb.Expected(thing=thing, low=HUGE, middle=HUGE, high=HUGE, share=10_000)
            for thing in ("sakura_crystals", "quartzs", "daphine", "equipment", name, "x", "y", "z")
        ],
        contributions=[
            pb.Contribution(
                kind=kind, name=f"elemental {name}", success_gain=n, reward_gain_milli=n
            )
            for n in range(1, 20)
            for kind in ("affinity", "stat", "star", "equipment", "member", name)
        ],
    )
    for count in (0, 20_833_750):
        fits(plan.plan_view(a_place(1, name=name), wide, {}, a_desk(), party_count=count))
    table = pb.GetLootOddsResponse(
        types=[pb.Share(name=thing, share=3_333) for thing in ("quartzs", "items", name)],
        items=[pb.Share(name=f"{name}{n}", share=100) for n in range(30)],
        amounts=[pb.AmountRange(thing="quartzs", least=1, most=LARGEST)],
    )
    fits(odds.odds_view(10_000, table))


def test_an_empty_plan_is_told_too() -> None:
    fits(plan.plan_view(a_place(1), pb.Plan(template_id="place-001"), {}, a_desk()))


async def test_a_plan_asks_for_the_party_that_was_named(stage: Stage) -> None:
    asked = stage.script("planner", "GetPlan", pb.GetPlanResponse(plan=a_plan()))
    stage.script(
        "equipment", "ListEquipment", equipment.ListEquipmentResponse(equipment=[a_piece(4)])
    )

    act = await ran(stage, "plan_", "Place 001", "2", "2", "1", "4")

    [request] = asked.requests
    assert (request.template_id, [*request.waifu_ids]) == ("place-001", [2, 1])
    assert request.equipment_id == a_piece(4).equipment_id
    assert START in buttons(act.view)


async def test_without_a_party_the_best_is_suggested_and_can_start(stage: Stage) -> None:
    found = pb.SuggestPartyResponse(plan=a_plan(), party_count=220, computed_count=3)
    asked = stage.script("planner", "SuggestParty", found)

    act = await ran(stage, "plan_", "Place 001")

    [request] = asked.requests
    assert (request.user_id, request.template_id) == (7, "place-001")
    assert "Of all 220 parties" in act.text
    assert SUGGEST not in buttons(act.view)
    offer = stage.opened(buttons(act.view)[START])
    assert offer.action == parties.GO
    assert Plan.unpacked(offer.data) == Plan(places.key_of("place-001"), (1, 2), "")


async def test_the_button_asks_for_the_best_party_with_the_same_piece(stage: Stage) -> None:
    piece = a_piece(4).equipment_id
    shown_plan = plan.plan_view(a_place(1), a_plan(equipment_id=piece), {}, a_desk())
    found = pb.SuggestPartyResponse(plan=a_plan(equipment_id=piece), party_count=9)
    asked = stage.script("planner", "SuggestParty", found)
    Expedition(stage)  # type: ignore[arg-type]

    act = await stage.press(buttons(shown_plan)[SUGGEST], Act())

    assert asked.requests[0].equipment_id == piece
    assert "Of all 9 parties" in act.text


def test_who_is_away_cannot_start_and_a_closed_place_says_so() -> None:
    away = a_plan(members=[pb.PlannedMember(waifu_id=1, name="Sora", is_away=True)])
    view = plan.plan_view(a_place(1), away, {}, a_desk())

    assert "away now" in shown(view)
    [start] = [part for part in components(view) if part.get("label") == START]
    assert start["disabled"]
    closed = plan.plan_view(a_place(1, is_open=False), a_plan(), {}, a_desk())
    assert [*buttons(closed)] == ["All places"]
    assert "closed this week" in shown(closed)


async def test_a_place_and_an_empty_party_offer_the_best_one(stage: Stage) -> None:
    found = pb.SuggestPartyResponse(plan=a_plan(), party_count=9)
    stage.script("planner", "SuggestParty", found)
    Expedition(stage)  # type: ignore[arg-type]
    desk = a_desk()
    nobody = parties.party_view(
        a_place(1), Plan(places.key_of("place-001")), {}, parties.Candidates([], False), desk
    )

    for view in (places.place_view(a_place(1), {}, {}, desk), nobody):
        act = await stage.press(buttons(view)[SUGGEST], Act())
        assert "Of all 9 parties" in act.text
    closed = places.place_view(a_place(1, is_open=False), {}, {}, desk)
    assert SUGGEST not in buttons(closed)


async def test_nonsense_is_told_friendly(stage: Stage) -> None:
    stage.script("atlas", "ListTemplates", atlas.ListTemplatesResponse())
    stage.script("atlas", "GetTemplate", invalid("template_id"))
    stage.script("equipment", "ListEquipment", equipment.ListEquipmentResponse())

    with pytest.raises(Hint, match="no_place"):
        await ran(stage, "plan_", "nowhere at all")
    with pytest.raises(Hint, match="no_piece"):
        await ran(stage, "plan_", "Place 001", "1", None, None, "a stick")


async def test_odds_are_shown_with_amounts(stage: Stage) -> None:
    answer = pb.GetLootOddsResponse(
        types=[
            pb.Share(name="sakura_crystals", share=8_000),
            pb.Share(name="quartzs", share=1_500),
            pb.Share(name="items", share=500),
        ],
        items=[pb.Share(name="one-star-selector", share=9_999), pb.Share(name="x", share=0)],
        amounts=[pb.AmountRange(thing="sakura_crystals", least=40, most=160)],
    )
    asked = stage.script("planner", "GetLootOdds", answer)

    act = await ran(stage, "odds_", 2_000)

    assert asked.requests[0].difficulty == 2_000
    assert "40 to 160 at once" in act.text
    assert "one-star selector" in act.text
    assert "99.99" in act.text
