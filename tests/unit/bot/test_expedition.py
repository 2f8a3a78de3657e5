"""`/expedition`: what is seen of places, parties and journeys, and what a button sends."""

import uuid
from io import BytesIO
from typing import Any

import discord
import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_bot import journeys
from gateway_bot.cogs.expedition import Expedition
from gateway_bot.refusals import Hint
from gateway_bot.render.journey import Gain, JourneyFace
from gateway_bot.text import table
from gateway_bot.views import expedition as views
from gateway_bot.views import journey, places, strip
from gateway_bot.views import party as parties
from gateway_bot.views.party import Candidates, Plan
from geminya.collection.v1 import catalog_pb2 as catalog
from geminya.collection.v1 import equipment_pb2 as equipment
from geminya.collection.v1 import roster_pb2 as roster
from geminya.expeditions.v1 import atlas_pb2 as atlas
from geminya.expeditions.v1 import expedition_pb2 as pb
from geminya.expeditions.v1 import planner_pb2 as planner
from services.expeditions.atlas.rules.modifiers import SHAPES
from tests.unit.bot.builders import (
    NOW,
    a_desk,
    a_piece,
    a_waifu,
    an_entry,
    at,
    buttons,
    components,
    crystals,
    invalid,
    quartz,
    refused,
    shown,
    trouble,
)
from tests.unit.bot.stage import Act, Stage, written
from tests.unit.bot.test_views import WILD, fits

KINDS = discord.ComponentType
LARGEST = 2**31 - 1
HOUR = 3600
DOMAIN = "expeditions.geminya"


@pytest.fixture
async def stage() -> Any:
    made = Stage()
    yield made
    await made.clients.close()


# ---- builders


def a_place(number: int = 0, **facts: Any) -> atlas.Template:
    usual: dict[str, Any] = {
        "template_id": f"place-{number:03}",
        "name": f"Place {number:03}",
        "duration_hours": 4,
        "difficulty": 100 + number,
        "tier": 2,
        "favored_count": 2,
        "disfavored_count": 1,
        "favored": [
            atlas.Affinity(category="elemental", value="light"),
            atlas.Affinity(category="series_id", value="5"),
        ],
        "disfavored": [atlas.Affinity(category="archetype", value="Ninja")],
        "dominant_stats": ["int", "lck"],
        "tags": ["town", "night"],
        "expected_encounters": 5,
        "is_open": True,
    }
    return atlas.Template(**usual | facts)


def an_id(number: int) -> str:
    return str(uuid.UUID(int=number))


def a_traveller(waifu_id: int = 1, **facts: Any) -> pb.Traveller:
    usual = {"waifu_id": waifu_id, "name": f"Waifu {waifu_id}", "star_level_used": 2}
    return pb.Traveller(**usual | facts)


def a_journey(number: int = 1, *, ready_in: int = HOUR, **facts: Any) -> pb.Expedition:
    usual: dict[str, Any] = {
        "expedition_id": an_id(number),
        "template_id": f"place-{number:03}",
        "name": f"Place {number:03}",
        "difficulty": 100,
        "tier": 1,
        "duration_hours": 4,
        "slot_no": number,
        "status": "in_progress",
        "start_time": at(NOW + ready_in - 4 * HOUR),
        "ready_time": at(NOW + ready_in),
        "travellers": [a_traveller()],
    }
    return pb.Expedition(**usual | facts)


def an_event(number: int = 1, **facts: Any) -> pb.Event:
    usual: dict[str, Any] = {
        "number": number,
        "name": "A Door",
        "type": "STANDARD",
        "outcome": "success",
        "text": "It opens.",
        "check": pb.CheckResult(stat="int", score=512, difficulty=200),
        "loot": [
            pb.Loot(thing="sakura_crystals", amount=12),
            pb.Loot(thing="one-star-selector", amount=2),
        ],
    }
    return pb.Event(**usual | facts)


def a_completion(
    number: int = 1, *, settlement: pb.Settlement | None = None, **facts: Any
) -> pb.CompleteExpeditionResponse:
    usual: dict[str, Any] = {
        "events": [an_event()],
        "tally": pb.Tally(greats=1, successes=2, checks=3),
        "outcome": "great_success",
        "luck": pb.Luck(fortune="jackpot"),
        "rewards": pb.Rewards(crystals=120, quartzs=5, daphine=1, items={"two-star-selector": 3}),
        "members": [pb.Homecomer(waifu_id=1, final_hp=77, final_mp=31)],
    }
    return pb.CompleteExpeditionResponse(
        expedition=a_journey(number, status="completed", outcome="great_success", end_time=at()),
        report=pb.Report(**usual | facts),
        settlement=settlement or pb.Settlement(balances=[crystals(1120), quartz(15)]),
    )


def has(
    stage: Stage,
    *running: pb.Expedition,
    past: list[pb.Expedition] | None = None,
    open_places: int = 3,
) -> None:
    """Places, waifus 1 to 4 of whom those with a party are away, and no equipment."""
    open_ones = [a_place(number) for number in range(open_places)]
    stage.script("atlas", "GetRotation", atlas.GetRotationResponse(templates=open_ones))
    stage.script("atlas", "ListTemplates", atlas.ListTemplatesResponse())
    found = atlas.GetTemplateResponse(template=a_place(), encounter_counts={"STANDARD": 7})
    stage.script("atlas", "GetTemplate", found)
    listed = pb.ListExpeditionsResponse(running=running, past=past or [])
    stage.script("expeditions", "ListExpeditions", listed)
    stage.script(
        "roster",
        "ListOwnedWaifus",
        roster.ListOwnedWaifusResponse(entries=[an_entry(n) for n in range(1, 5)], total_count=4),
    )
    stage.script("equipment", "ListEquipment", equipment.ListEquipmentResponse())
    named = catalog.BatchGetSeriesResponse(series=[catalog.Series(series_id=5, name="Lanterns")])
    stage.script("catalog", "BatchGetSeries", named)
    known = catalog.BatchGetWaifusResponse(waifus=[a_waifu(n) for n in range(1, 5)])
    stage.script("catalog", "BatchGetWaifus", known)


async def ran(stage: Stage, name: str, *typed: Any, number: int = 0) -> Act:
    cog: Any = Expedition(stage)  # type: ignore[arg-type]
    act = Act(number)
    await getattr(cog, name).callback(cog, act, *typed)
    return act


def menu(act: Act) -> dict[str, Any]:
    (found,) = [part for part in components(act.view) if part["type"] == KINDS.select.value]
    return found


def has_menu(act: Act) -> bool:
    return any(part["type"] == KINDS.select.value for part in components(act.view))


def offered(act: Act) -> list[str]:
    return [option["value"] for option in menu(act)["options"]]


def picked(*values: str) -> dict[str, Any]:
    return {"values": list(values), "component_type": KINDS.select.value}


# ---- what a button carries

IDS = st.integers(1, LARGEST)
PLANS = st.builds(
    Plan,
    st.text(max_size=64).map(places.key_of),
    st.lists(IDS, max_size=3, unique=True).map(tuple),
    st.one_of(st.just(""), st.uuids().map(str)),
    st.integers(0, parties.LAST_PAGE),
)


@given(PLANS)
def test_a_plan_is_packed_and_comes_back(plan: Plan) -> None:
    assert Plan.unpacked(plan.packed()) == plan
    assert len(a_desk().sign(parties.GO, plan.packed())) <= 100


@given(st.lists(IDS, max_size=3, unique=True), st.text(max_size=parties.QUERY_LETTERS))
def test_the_longest_query_fits_beside_the_largest_party(party: list[int], query: str) -> None:
    plan = Plan(places.key_of("x"), tuple(party), "", parties.LAST_PAGE, query)
    assert Plan.unpacked(plan.packed()) == plan
    for action in (parties.PARTY, parties.JOIN, parties.ASK, parties.SEARCH):
        assert len(a_desk().sign(action, plan.packed())) <= 100


def test_nobody_joins_twice_and_no_fourth_joins() -> None:
    plan = Plan("k" * 8, (1, 2)).joined([2, 3, 4])
    assert plan.party == (1, 2, 3)
    assert plan.is_full


# ---- views within Discord's limits


@pytest.mark.parametrize("name", ["Place", WILD, "長い名前" * 40, "*" * 300])
def test_everything_fits(name: str) -> None:
    desk = a_desk()
    many = [atlas.Affinity(category=kind, value=name) for kind in places.CATEGORIES] * 40
    wide = a_place(0, name=name, favored=many, disfavored=many, tags=[name] * 20)
    every = atlas.GetRotationResponse(
        templates=[a_place(number, name=name) for number in range(45)], close_time=at()
    )
    trio = [a_traveller(number, name=name) for number in (1, 2, 3)]
    running = [
        a_journey(number, name=name, travellers=trio, ready_in=-1, equipment_id=an_id(9))
        for number in range(1, 6)
    ]
    done = a_completion(settlement=pb.Settlement(awarded=a_piece()))
    done.expedition.name = name
    event = an_event(name=name, text=name * 3, loot=an_event().loot[:] * 5)
    logs = [pb.ExpeditionLog(log_no=number, event=event) for number in range(journey.LINES)]
    waifus = {number: a_waifu(number, name=name) for number in (1, 2, 3)}
    entries = [an_entry(number) for number in range(10, 35)]
    for entry in entries:
        entry.waifu.name = entry.waifu.series = name
    rows = [parties.Candidate.strong(entry) for entry in entries]
    other = planner.Suited(member=planner.PlannedMember(waifu_id=LARGEST, name=name))
    suited = [parties.Candidate.suited(other, entries[0].waifu)]
    plan = Plan(places.key_of(name), (LARGEST, 2, 3), "", 9, "q" * parties.QUERY_LETTERS)
    pieces = [a_piece(number) for number in range(1, 21)]

    for page in (0, 3, 99):
        fits(places.places_view(every, {"place-000"}, page=page, desk=desk))
    fits(places.place_view(wide, {"STANDARD": 900}, {}, desk))
    fits(parties.party_view(wide, plan, waifus, Candidates(rows, True), desk))
    fits(parties.party_view(wide, Plan(plan.place), {}, Candidates(rows, True), desk))
    least = Plan(plan.place, (LARGEST, 2), page=3, is_suited=True)
    fits(parties.party_view(wide, least, waifus, Candidates(suited, True), desk))
    fits(parties.pack_view(wide, plan, pieces, desk))
    fits(parties.leave_view(wide, plan, waifus, pieces[0], desk))
    fits(views.status_view(running, desk, note=name[:100]))
    fits(views.call_back_view(running[0], desk))
    fits(journey.result_view(done, desk))
    several = [a_completion(number) for number in range(1, 6)]
    for one in several:
        one.expedition.name = name
    fits(journey.results_view(several, desk))
    fits(journey.log_view(running[0], logs, page=1, has_more=True, desk=desk))


def test_names_are_shown_as_they_are_written() -> None:
    desk, wild = a_desk(), "*a* <@1>"
    one = a_journey(name=wild, travellers=[a_traveller(name=wild)])
    event = pb.ExpeditionLog(event=an_event(name=wild, text=wild))
    for view in (
        places.place_view(a_place(name=wild), {}, {}, desk),
        views.status_view([one], desk),
        views.call_back_view(one, desk),
        journey.log_view(one, [event], page=0, has_more=False, desk=desk),
    ):
        assert r"\*a\* \<@1>" in shown(view)


# ---- places


async def test_the_list_leads_to_a_place_with_names_and_to_its_party(stage: Stage) -> None:
    has(stage, a_journey(1))
    listed = await ran(stage, "list_")
    place = await stage.press(menu(listed)["custom_id"], Act(1, picked("place-000")))
    party = await stage.press(buttons(place.view)["Send a party"], Act(2))

    assert offered(listed) == ["place-000", "place-001", "place-002"]
    assert "**Place 001** · ● your party is there" in listed.text
    assert "★★☆☆☆ · 4 h · INT, LCK" in listed.text
    assert "Element: light" in place.text
    assert "Story: Lanterns" in place.text
    assert "Archetype: Ninja" in place.text
    assert "About **5** encounters. To be met there: 7 trials." in place.text
    assert "Who goes to Place 000?" in party.text


async def test_pages_turn_through_many_places(stage: Stage) -> None:
    has(stage, open_places=30)
    first = await ran(stage, "list_")
    second = await stage.press(buttons(first.view)["Harder places"], Act(1))
    assert len(offered(first)) == places.PLACES
    assert not {*offered(first)} & {*offered(second)}


async def test_no_place_is_said(stage: Stage) -> None:
    has(stage, open_places=0)
    assert "No road is open" in (await ran(stage, "list_")).text


@pytest.mark.parametrize("typed", ["place-002", "PLACE 002", "002"])
async def test_a_place_is_found_by_id_and_name(stage: Stage, typed: str) -> None:
    has(stage)
    assert await journeys.place_id(stage.clients, typed) == "place-002"


@pytest.mark.parametrize("typed", ["", "nowhere", WILD, "\x00", "x" * 500])
async def test_an_unknown_place_is_a_hint(stage: Stage, typed: str) -> None:
    has(stage)
    stage.script("atlas", "GetTemplate", invalid("template_id"))
    with pytest.raises(Hint) as raised:
        await journeys.place_id(stage.clients, typed)
    assert raised.value.key == "no_place"


async def test_a_place_that_closed_since_is_a_hint(stage: Stage) -> None:
    has(stage)
    party = await ran(stage, "start", "place-002")
    has(stage, open_places=1)
    with pytest.raises(Hint) as raised:
        await stage.press(menu(party)["custom_id"], Act(1, picked("1")))
    assert raised.value.key == "place_closed"


# ---- the steps of a start


async def test_a_party_is_made_step_by_step_and_sent_once(stage: Stage) -> None:
    has(stage, a_journey(2, travellers=[a_traveller(4)]))
    pieces = [a_piece(1), a_piece(2, is_away=True)]
    stage.script("equipment", "ListEquipment", equipment.ListEquipmentResponse(equipment=pieces))
    answer = pb.StartExpeditionResponse(expedition=a_journey(3, name="Place 001"))
    start = stage.script("expeditions", "StartExpedition", answer)

    first = await ran(stage, "start", "place-001")
    second = await stage.press(menu(first)["custom_id"], Act(1, picked("3")))
    third = await stage.press(menu(second)["custom_id"], Act(2, picked("1", "2")))
    pack = await stage.press(buttons(third.view)["On to equipment"], Act(3))
    leave = await stage.press(menu(pack)["custom_id"], Act(4, picked(an_id(1))))
    assert start.requests == []
    done = [await stage.press(buttons(leave.view)["Off they go"], Act(n)) for n in (5, 6)]

    assert offered(first) == ["1", "2", "3"]  # 4 is away.
    assert offered(second) == ["1", "2"]
    assert not has_menu(third)  # Three are as many as may go.
    assert offered(pack) == [parties.NOTHING, an_id(1)]
    assert "1. **Waifu 3**" in leave.text
    assert "№ 1 · favours fire" in leave.text
    sent = {(r.template_id, tuple(r.waifu_ids), r.equipment_id) for r in start.requests}
    assert sent == {("place-001", (3, 1, 2), an_id(1))}
    assert len(start.requests) == 2
    assert len({request.op.op_id for request in start.requests}) == 1
    assert "left for **Place 001**" in done[0].text
    assert done[0].text == done[1].text


async def test_without_equipment_the_party_goes_on_to_the_last_look(stage: Stage) -> None:
    has(stage)
    first = await ran(stage, "start", "place-001")
    assert buttons(first.view).keys() >= {"On to equipment", "Search"}
    party = await stage.press(menu(first)["custom_id"], Act(1, picked("3")))
    leave = await stage.press(buttons(party.view)["On to equipment"], Act(2))
    assert "They take along: Nothing" in leave.text
    back = await stage.press(buttons(leave.view)["Another party"], Act(3))
    assert "1. **Waifu 3**" in back.text


async def test_a_search_is_asked_for_and_travels_on(stage: Stage) -> None:
    has(stage)
    listing: Any = stage.clients.roster.ListOwnedWaifus
    first = await ran(stage, "start", "place-001")
    asked = await stage.press(buttons(first.view)["Search"], Act(1))
    (form,) = asked.forms
    found = await stage.press(form.custom_id, Act(2, written(query="element:fire")))
    joined = await stage.press(menu(found)["custom_id"], Act(3, picked("2")))
    every = await stage.press(buttons(joined.view)["Show everybody"], Act(4))
    await stage.press(form.custom_id, Act(5, written(query="moon sort:name")))

    queries = [request.query for request in listing.requests]
    fire = "element:fire sort:-power"
    assert queries == ["sort:-power", fire, fire, "sort:-power", "moon sort:name"]
    assert "element:fire" in joined.text
    assert "1. **Waifu 2**" in every.text


async def test_a_query_that_cannot_be_read_is_a_hint(stage: Stage) -> None:
    has(stage)
    first = await ran(stage, "start", "place-001")
    asked = await stage.press(buttons(first.view)["Search"], Act(1))
    stage.script("roster", "ListOwnedWaifus", invalid("query", "at 0: no such key"))
    with pytest.raises(Hint) as raised:
        await stage.press(asked.forms[0].custom_id, Act(2, written(query="colour:red")))
    assert raised.value.key == "query"


@pytest.mark.parametrize("value", ["", "x", "-1", "²", "9" * 30])
async def test_what_is_no_waifu_does_not_join(stage: Stage, value: str) -> None:
    has(stage)
    first = await ran(stage, "start", "place-001")
    party = await stage.press(menu(first)["custom_id"], Act(1, picked(value)))
    assert "Nobody yet." in party.text


async def test_a_piece_that_left_meanwhile_is_a_hint(stage: Stage) -> None:
    has(stage)
    pieces = equipment.ListEquipmentResponse(equipment=[a_piece(1)])
    stage.script("equipment", "ListEquipment", pieces)
    first = await ran(stage, "start", "place-001")
    party = await stage.press(menu(first)["custom_id"], Act(1, picked("3")))
    pack = await stage.press(buttons(party.view)["On to equipment"], Act(2))
    with pytest.raises(Hint) as raised:
        await stage.press(menu(pack)["custom_id"], Act(3, picked(an_id(7))))
    assert raised.value.key == "no_piece"


async def test_where_everybody_is_away_there_is_no_menu(stage: Stage) -> None:
    away = [a_traveller(number) for number in range(1, 5)]
    has(stage, a_journey(2, travellers=away))
    party = await ran(stage, "start", "place-001")
    assert not has_menu(party)
    assert "Nobody on this page is free to go" in party.text
    fits(party.view)


# ---- parties on their way


async def test_only_who_is_back_can_be_brought_home(stage: Stage) -> None:
    has(stage, a_journey(1, ready_in=2 * HOUR), a_journey(2, ready_in=-1))
    status = await ran(stage, "status")
    assert buttons(status.view).keys() == {
        "Call № 1 back", "Bring № 2 home", "Look again", "All places",
    }  # fmt: skip
    assert f"▰▰▰▰▰▱▱▱▱▱ back <t:{NOW + 2 * HOUR}:R>" in status.text
    assert "ready to be brought home" in status.text


async def test_a_party_comes_home_once_and_everything_is_told(stage: Stage) -> None:
    has(stage, a_journey(1, ready_in=-1))
    complete = stage.script("expeditions", "CompleteExpedition", a_completion())
    status = await ran(stage, "status")
    custom_id = buttons(status.view)["Bring № 1 home"]
    first, again = [await stage.press(custom_id, Act(n)) for n in (1, 2)]

    assert len({request.op.op_id for request in complete.requests}) == 1
    assert {request.expedition_id for request in complete.requests} == {an_id(1)}
    text = first.text.replace("\u202f", " ")
    for told in (
        "great success", "1 great · 2 succeeded", "✦ 120 sakura crystals", "◆ 5 quartz",
        "❖ 1 daphine", "3 × two-star selector", "Waifu 1: 77 HP · 31 MP", "what luck", "✦ 1 120",
    ):  # fmt: skip
        assert told in text
    assert again.text == first.text


@pytest.mark.parametrize(
    ("settlement", "told"),
    [
        (pb.Settlement(awarded=a_piece(3)), "a piece of equipment: № 3 · favours fire"),
        (pb.Settlement(is_full=True, overflow_quartzs=50), "◆ 50 quartz instead of a piece"),
        (pb.Settlement(), "nothing but stories"),
    ],
)
def test_a_piece_or_quartz_instead_or_nothing(settlement: pb.Settlement, told: str) -> None:
    done = a_completion(settlement=settlement, rewards=pb.Rewards())
    assert told in shown(journey.result_view(done, a_desk())).replace("\u202f", " ")


async def test_without_a_name_the_first_that_is_back_is_meant(stage: Stage) -> None:
    has(stage, a_journey(1, ready_in=HOUR), a_journey(2, ready_in=-1))
    complete = stage.script("expeditions", "CompleteExpedition", a_completion(2))
    await ran(stage, "complete")
    await ran(stage, "complete", "Place 001")
    assert [request.expedition_id for request in complete.requests] == [an_id(2), an_id(1)]


async def test_all_are_brought_home_each_by_an_operation_of_its_own(stage: Stage) -> None:
    has(stage, *(a_journey(number, ready_in=-number) for number in (1, 2, 3)))
    early = refused("NOT_READY", DOMAIN, ready_time=str(NOW + 60))
    script = (a_completion(3), early, a_completion(1))
    complete = stage.script("expeditions", "CompleteExpedition", *script)
    act = await ran(stage, "complete_all")

    assert [request.expedition_id for request in complete.requests] == [
        an_id(3),
        an_id(2),
        an_id(1),
    ]
    assert len({request.op.op_id for request in complete.requests}) == 3
    assert "2 home again" in act.text
    assert buttons(act.view).keys() == {"Log of № 3", "Log of № 1", "Parties on their way"}
    fits(act.view)

    again = stage.script("expeditions", "CompleteExpedition", *script)
    await ran(stage, "complete_all")
    assert [r.op.op_id for r in again.requests] == [r.op.op_id for r in complete.requests]


async def test_one_refusal_stops_none_of_the_others_and_all_are_parts_of_one_wish(
    stage: Stage,
) -> None:
    has(stage, *(a_journey(number, ready_in=number) for number in (1, 2, 3)))
    full = refused("WALLET_FULL", "users.geminya", currency="quartzs")
    script = (a_completion(1), full, a_completion(3))
    complete = stage.script("expeditions", "CompleteExpedition", *script)
    act = await ran(stage, "complete_all")
    ops = [request.op for request in complete.requests]
    assert len({op.op_id for op in ops}) == 3
    [parent] = {op.parent_op_id for op in ops}
    assert parent
    assert parent not in {op.op_id for op in ops}
    assert "2 home again" in act.text
    assert "№ 2 · Place 002 is not home yet." in act.text
    fits(act.view)


async def test_a_bug_in_one_of_them_is_not_taken_for_a_refusal(stage: Stage) -> None:
    has(stage, a_journey(1), a_journey(2))
    bug = trouble(grpc.StatusCode.INTERNAL)
    stage.script("expeditions", "CompleteExpedition", a_completion(1), bug)
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await ran(stage, "complete_all")
    assert raised.value is bug


async def test_who_waits_long_is_told_how_many_are_home(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway_bot.cogs.homecoming.SILENT_S", -1.0)
    has(stage, *(a_journey(number, ready_in=number) for number in (1, 2, 3)))
    stage.script("expeditions", "CompleteExpedition", *(a_completion(n) for n in (1, 2, 3)))
    act = await ran(stage, "complete_all")
    told = [shown(view) for view in act.views]
    assert [text.split(" ", 1)[1] for text in told[:3]] == [
        f"{done} of 3 are home …" for done in range(3)
    ]
    assert "3 home again" in told[3]


class Painted:
    """Pictures that are always there."""

    async def journey(self, face: JourneyFace, alt: str) -> discord.File:
        return discord.File(BytesIO(repr(face).encode()), "journey.jpg", description=alt)


async def test_a_journey_is_shown_as_a_picture_to_whoever_wants_pictures(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    has(stage, a_journey(1))
    waifus = catalog.BatchGetWaifusResponse(waifus=[a_waifu(1, name="Rin", rarity=3)])
    stage.script("catalog", "BatchGetWaifus", waifus)
    done = a_completion(settlement=pb.Settlement(awarded=a_piece()))
    stage.script("expeditions", "CompleteExpedition", done)
    plain = await ran(stage, "complete")
    monkeypatch.setattr(stage, "pictures_for", lambda _: Painted())
    act = await ran(stage, "complete")

    assert plain.files == []
    assert "77 HP" in plain.text
    assert [file.filename for file in act.files] == ["journey.jpg"]
    assert "77 HP" not in act.text
    assert "Brought home" in act.text
    fits(act.view)


def test_the_picture_tells_what_the_report_tells() -> None:
    done = a_completion(settlement=pb.Settlement(is_full=True, overflow_quartzs=50))
    check = pb.CheckResult(stat="int", score=512, difficulty=200, shares=[1, 2, 3, 9994], roll=77)
    loot = [pb.Loot(thing="sakura_crystals", amount=5)] * 2
    del done.report.events[:]
    done.report.events.extend(
        [
            an_event(check=check, loot=loot, lost=[pb.Loot(thing="two-star-selector", amount=1)]),
            an_event(2, type="BOON", check=None, loot=[], modifier="skip_next_encounter"),
            an_event(3, type="HAZARD", check=None, loot=[], modifier="something_new"),
        ]
    )
    face = strip.journey_face(done, {})

    first, second, third = face.stops
    assert (first.check, first.shares, first.roll) == ("INT 512 / 200", (1, 2, 3, 9994), 77)
    assert first.gains == (Gain("10", "crystals"),)
    assert first.losses == (Gain("1 × two-star selector"),)
    assert (second.shares, second.change) == ((), "The next one is passed by")
    assert third.change == "Something new"
    assert [(one.card.name, one.final_hp, one.final_mp) for one in face.members] == [
        ("Waifu 1", 77, 31)
    ]
    assert face.rewards == (
        Gain("120", "crystals"),
        Gain("5", "quartzs"),
        Gain("1", "daphine"),
        Gain("3 × two-star selector"),
        Gain("+50", "quartzs"),
    )
    assert face.fortune.startswith("A jackpot")


def test_every_change_on_the_way_has_words() -> None:
    assert set(table("modifier")) == set(SHAPES)


async def test_all_says_when_nobody_is_back_and_when_nobody_is_away(stage: Stage) -> None:
    has(stage, a_journey(1))
    stage.script("expeditions", "CompleteExpedition", refused("NOT_READY", DOMAIN, ready_time="1"))
    assert "Nobody is back yet." in (await ran(stage, "complete_all")).text
    has(stage)
    for command in ("complete_all", "complete"):
        with pytest.raises(Hint) as raised:
            await ran(stage, command)
        assert raised.value.key == "nobody_away"


async def test_all_with_nothing_done_is_refused_as_one_is(stage: Stage) -> None:
    has(stage, a_journey(1))
    stage.script("expeditions", "CompleteExpedition", refused("EXPEDITION_OVER", DOMAIN))
    with pytest.raises(Exception, match="no"):
        await ran(stage, "complete_all")


async def test_a_party_is_called_back_only_after_a_pause(stage: Stage) -> None:
    has(stage, a_journey(1))
    stage.script("expeditions", "GetExpedition", pb.GetExpeditionResponse(expedition=a_journey(1)))
    answer = pb.CancelExpeditionResponse(expedition=a_journey(1, status="cancelled"))
    cancel = stage.script("expeditions", "CancelExpedition", answer)

    typed = await ran(stage, "cancel", "1")
    status = await ran(stage, "status")
    asked = await stage.press(buttons(status.view)["Call № 1 back"], Act(1))
    assert cancel.requests == []
    done = [await stage.press(buttons(asked.view)["Call back"], Act(n)) for n in (2, 3)][-1]

    assert typed.text == asked.text
    assert "nothing is brought home" in asked.text
    assert len({request.op.op_id for request in cancel.requests}) == 1
    assert "with empty hands" in done.text


async def test_a_past_journey_is_sent_once_more(stage: Stage) -> None:
    over = a_completion(4).expedition
    has(stage, past=[over])
    answer = pb.RepeatExpeditionResponse(expedition=a_journey(5, name="Place 004"))
    repeat = stage.script("expeditions", "RepeatExpedition", answer)
    act = await ran(stage, "repeat", "place 004")
    await ran(stage, "repeat", "place 004")
    assert [request.expedition_id for request in repeat.requests] == [an_id(4)] * 2
    assert len({request.op.op_id for request in repeat.requests}) == 1
    assert "left for **Place 004**" in act.text


# ---- the log


async def test_the_log_turns_its_pages(stage: Stage) -> None:
    over = a_completion(4).expedition
    has(stage, past=[over])
    stage.script("expeditions", "GetExpedition", pb.GetExpeditionResponse(expedition=over))
    lines = [
        pb.ExpeditionLog(log_no=n, log_type="encounter", event=an_event(n)) for n in range(1, 9)
    ]
    lines.append(pb.ExpeditionLog(log_no=9, log_type="completion", message="x", time=at()))
    logs = pb.ListExpeditionLogsResponse(logs=lines)
    stage.script("expeditions", "ListExpeditionLogs", logs)

    first = await ran(stage, "log_", an_id(4))
    second = await stage.press(buttons(first.view)["Later"], Act(1))

    assert "**1. A Door** – success" in first.text
    assert "INT: 512 against 200" in first.text
    assert "2 × one-star selector" in first.text
    assert "**7. A Door**" in second.text
    assert "They came home" in second.text
    assert buttons(second.view).keys() == {"Earlier", "Parties on their way"}


async def test_a_log_without_lines_says_so(stage: Stage) -> None:
    has(stage, a_journey(1))
    stage.script("expeditions", "ListExpeditionLogs", pb.ListExpeditionLogsResponse())
    assert "nothing to tell yet" in (await ran(stage, "log_", "№ 1")).text


@pytest.mark.parametrize("typed", ["", "9", "nowhere", WILD, "\x00"])
async def test_an_unknown_expedition_is_a_hint(stage: Stage, typed: str) -> None:
    has(stage, a_journey(1))
    for command in ("complete", "cancel", "repeat", "log_"):
        with pytest.raises(Hint) as raised:
            await ran(stage, command, typed)
        assert raised.value.key == "no_journey"


async def test_names_complete_while_they_are_typed(stage: Stage) -> None:
    has(stage, a_journey(1), past=[a_completion(4).expedition])
    stage.script("atlas", "ListTemplates", atlas.ListTemplatesResponse(templates=[a_place()]))
    some = await journeys.journey_choices(stage.clients, 1, "", is_running=True)
    every = await journeys.journey_choices(stage.clients, 1, "great", is_running=False)
    roads = await journeys.place_choices(stage.clients, WILD * 20, is_open=True)
    assert [choice.value for choice in some] == [an_id(1)]
    assert [choice.value for choice in every] == [an_id(4)]
    assert [choice.value for choice in roads] == ["place-000"]
    assert all(len(choice.name) <= 100 for choice in (*some, *every, *roads))


# ---- what acts, and what may be expected


async def test_status_tells_what_acts_and_how_far_they_are(stage: Stage) -> None:
    liked = [
        atlas.Affinity(category="series_id", value="5"),
        atlas.Affinity(category="genre", value="Drama"),
    ]
    disliked = [atlas.Affinity(category="elemental", value="*fire*")]
    moods = []
    for left in (4 * HOUR, 3 * HOUR, 2 * HOUR, HOUR + 1, 60, -1):
        has(stage, a_journey(1, ready_in=left, favored=liked, disfavored=disliked))
        text = (await ran(stage, "status")).text
        assert "Liked on this journey: Lanterns, Drama" in text
        assert "Disliked on this journey: \\*fire\\*" in text
        moods += [mood for mood in table("on_the_way").values() if mood in text]
    assert moods == list(table("on_the_way").values())


async def test_names_of_stories_are_asked_for_once_for_all_parties(stage: Stage) -> None:
    liked = [
        atlas.Affinity(category="series_id", value=value)
        for value in ("5", "6", "nobody", "9" * 12)
    ]
    has(stage, *(a_journey(number, favored=liked) for number in (1, 2, 3)))
    asked = stage.script("catalog", "BatchGetSeries", catalog.BatchGetSeriesResponse())
    text = (await ran(stage, "status")).text
    assert [list(request.series_ids) for request in asked.requests] == [[5, 6]]
    assert "story № 5, story № 6, story № nobody" in text

    stage.script("catalog", "BatchGetSeries", trouble())
    assert "story № 5" in (await ran(stage, "status")).text


def a_strength(**facts: Any) -> pb.Strength:
    usual: dict[str, Any] = {
        "stats": [
            pb.StatStrength(stat="int", total=412),
            pb.StatStrength(stat="lck", total=1_380, final_bonus=20),
        ],
        "affinity_milli": 1_100,
        "least_affinity_milli": 600,
        "most_affinity_milli": 1_728,
        "series_milli": 1_200,
        "awakened_milli": 1_440,
        "reward_milli": 1_800,
    }
    return pb.Strength(**usual | facts)


async def test_a_party_on_its_way_shows_what_it_is_worth(stage: Stage) -> None:
    known = {"least_affinity_milli": 1_200, "most_affinity_milli": 1_200}
    alone = {"series_milli": 1_000, "awakened_milli": 1_000, "reward_milli": 1_250}
    has(stage, a_journey(1, strength=a_strength(**known, **alone)))

    text = (await ran(stage, "status")).text

    assert "**Power** INT **412**" in text
    assert "affinities × 1.20 · no series bonus · money × 1.25" in text


async def last_look(stage: Stage) -> str:
    party = await ran(stage, "start", "Place 000")
    joined = await stage.press(menu(party)["custom_id"], Act(1, picked("3")))
    return (await stage.press(buttons(joined.view)["On to equipment"], Act(2))).text


async def test_the_last_look_tells_who_is_liked_and_what_may_be_expected(stage: Stage) -> None:
    has(stage)
    known = a_waifu(3, elemental_type=["Light", "Fire"], series_id=5)
    stage.script("catalog", "BatchGetWaifus", catalog.BatchGetWaifusResponse(waifus=[known]))
    plan = planner.Plan(mean_success=6_480, strength=a_strength())
    asked = stage.script("planner", "GetPlan", planner.GetPlanResponse(plan=plan))
    text = await last_look(stage)

    assert [(one.user_id, one.template_id, list(one.waifu_ids)) for one in asked.requests] == [
        (7, "place-000", [3])
    ]
    assert "♥ liked there: light, Lanterns" in text
    assert "disliked there" not in text
    assert "**64.8\u202f%**" in text
    assert "INT **412** · LCK **1\u202f380** (+20 at the end)" in text
    assert "affinities × 1.10 on average (× 0.60 to × 1.73" in text
    assert "three of one series × 1.20 · money × 1.80 (awakened × 1.44)" in text


async def test_a_forecast_that_is_missing_keeps_nobody_at_home(stage: Stage) -> None:
    has(stage)
    stage.script("planner", "GetPlan", trouble())
    text = await last_look(stage)
    assert "They will be back after" in text
    assert "Chance in a trial" not in text
