"""The atlas keeps its word: imports, what everybody reads, and the rotation of the week."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import grpc
import pytest

from chassis.clock import StoppedClock
from chassis.process import Running
from chassis.rpc.channel import dial
from chassis.rpc.checks import violations
from geminya.expeditions.v1 import atlas_pb2 as pb
from geminya.expeditions.v1.atlas_pb2_grpc import AtlasServiceStub
from services.expeditions.atlas import servicer, store
from tests.integration.expeditions.builders import (
    IMPORT_TIMEOUT_S,
    Expeditions,
    entry_out,
    some_templates,
    stream,
)
from tests.support.calls import bad_request, fails_with, refused, until
from tests.support.house import NOON, House, Houses
from tests.support.operators import an_act
from tests.unit.expeditions.entries import (
    LEFT_OUT,
    a_boon,
    a_gate,
    a_standard,
    a_template,
    entries,
)
from tests.unit.expeditions.test_atlas_reading import EVERY_TYPE

WEEK = timedelta(days=7)
POOLS = {"elemental": ["light"], "archetype": ["Ninja"], "series_id": [7], "genre": ["Drama"]}


def counts(count: pb.AtlasCount) -> tuple[int, int, int, int]:
    return count.added, count.changed, count.unchanged, count.rejected


def findings(found: Any) -> list[tuple[str, int, str, str, str]]:
    return [(one.table, one.line, one.entry_id, one.field, one.reason) for one in found]


async def open_now(atlas: Any) -> list[str]:
    answer = await atlas.GetRotation(pb.GetRotationRequest())
    return [one.template_id for one in answer.templates]


async def listed(atlas: Any, **asked: Any) -> list[str]:
    answer = await atlas.ListTemplates(pb.ListTemplatesRequest(page_size=100, **asked))
    assert answer.total_count == len(answer.templates)
    return [one.template_id for one in answer.templates]


@dataclass(frozen=True, slots=True)
class Replica:
    """A second process on the same database."""

    running: Running
    atlas: Any


@asynccontextmanager
async def another(house: House, *, background: bool = False) -> AsyncIterator[Replica]:
    """A second replica, for as long as it is needed."""
    running = await house.start_another("expeditions", background=background)
    channel = dial(f"127.0.0.1:{running.port}", caller="admin", default_timeout_s=10)
    try:
        yield Replica(running, AtlasServiceStub(channel))
    finally:
        await channel.close()
        await running.stop()


# Importing.


async def test_our_own_content_is_imported_whole_and_once(expeditions: Expeditions) -> None:
    first = await expeditions.has_content()
    before = await expeditions.everything()
    again = await expeditions.has_content()

    assert first.is_written
    assert (first.version, first.problem_count, first.warning_count) == (1, 0, 0)
    assert counts(first.templates) == (45, 0, 0, 0)
    assert counts(first.encounters) == (170, 0, 0, 0)
    assert counts(first.affinities) == (4, 0, 0, 0)
    assert again.is_written
    assert (again.version, counts(again.templates)) == (1, (0, 0, 45, 0))
    assert (counts(again.encounters), counts(again.affinities)) == ((0, 0, 170, 0), (0, 0, 4, 0))
    assert await expeditions.everything() == before


async def test_what_is_kept_is_what_was_read(expeditions: Expeditions) -> None:
    every = [
        a_boon(encounter_id=f"boon-{place}", modifier=written)
        for place, (written, _) in enumerate(EVERY_TYPE)
    ]

    await expeditions.imports([a_template()], [a_standard(), a_gate(), *every], [POOLS])

    atlas = await store.load(expeditions.database.bare)
    assert [atlas.encounters[f"boon-{place}"].modifier for place in range(len(every))] == [
        read for _, read in EVERY_TYPE
    ]
    assert atlas.pools["series_id"] == ("7",)
    shown = await expeditions.atlas.ListEncounters(pb.ListEncountersRequest(words="GATED"))
    assert [one.condition.values for one in shown.encounters] == [["Bard"]]
    assert shown.encounters[0].success_loot_value == 40


async def test_damage_anywhere_stops_everything_and_is_named(expeditions: Expeditions) -> None:
    await expeditions.imports([a_template()], [a_standard()], [POOLS])
    before = await expeditions.everything()

    answer = await expeditions.imports(
        [a_template(name="New"), a_template(expedition_id="b", difficulty="hard"), b"{"],
        [a_gate(success_loot_value=LEFT_OUT), a_boon(modifier={"type": "luck!"})],
        [{"genre": "Drama"}],
    )

    assert not answer.is_written
    assert (answer.version, answer.problem_count, answer.warning_count) == (1, 5, 0)
    found = findings(answer.problems)
    assert found[:3] == [
        ("templates", 20, "b", "difficulty", "is not a whole number: 'hard'"),
        ("templates", 30, "", "",
         "is not JSON: Expecting property name enclosed in double quotes at character 2"),
        ("encounters", 10, "gate-loft", "success_loot_value", "is missing"),
    ]  # fmt: skip
    assert found[3][:4] == ("encounters", 20, "boon-soup", "modifier.type")
    assert found[4] == ("affinities", 10, "", "genre", "is not a list: 'Drama'")
    assert counts(answer.templates) == (0, 0, 0, 2)
    assert counts(answer.encounters) == (0, 0, 0, 2)
    assert counts(answer.affinities) == (0, 0, 0, 1)
    assert await expeditions.everything() == before


async def test_what_will_hardly_be_meant_is_written_and_named(expeditions: Expeditions) -> None:
    catalogue = pb.Catalogue(series_ids=[7], archetypes=["Ninja"], elementals=["light"])

    answer = await expeditions.imports(
        [a_template()], [a_standard(tags=["town", "sea"]), a_gate()], [], catalogue
    )

    assert answer.is_written
    assert answer.warning_count == 2
    assert findings(answer.warnings) == [
        ("encounters", 10, "check-door", "tags", "no template has the tag sea"),
        ("encounters", 20, "gate-loft", "condition.value",
         "nobody in the catalogue has archetype 'Bard'"),
    ]  # fmt: skip


async def test_only_what_differs_is_changed_and_nothing_is_removed(
    expeditions: Expeditions,
) -> None:
    await expeditions.imports(some_templates(3), [a_standard(), a_gate()], [POOLS])

    answer = await expeditions.imports(
        [a_template(expedition_id="place-001", name="Renamed")],
        [a_standard()],
        [{"genre": ["Drama", "War"]}],
    )

    assert answer.version == 2
    assert counts(answer.templates) == (0, 1, 0, 0)
    assert counts(answer.encounters) == (0, 0, 1, 0)
    assert counts(answer.affinities) == (0, 1, 0, 0)
    assert await listed(expeditions.atlas) == ["place-000", "place-001", "place-002"]
    assert (await store.load(expeditions.database.bare)).pools["elemental"] == ("light",)


async def test_of_very_many_problems_the_first_ones_are_told(expeditions: Expeditions) -> None:
    answer = await expeditions.imports([b"[]"] * 2_100)

    assert (len(answer.problems), answer.problem_count) == (2_000, 2_100)


async def test_too_many_entries_are_refused(
    expeditions: Expeditions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servicer, "MOST_ENTRIES", 5)

    with bad_request("templates", "has over 5 entries"):
        await expeditions.imports(some_templates(6))


async def test_an_empty_import_changes_nothing(expeditions: Expeditions) -> None:
    answer = await expeditions.imports()

    assert (answer.version, answer.is_written) == (0, True)


async def test_two_imports_at_once_come_one_after_the_other(expeditions: Expeditions) -> None:
    answers = await asyncio.gather(
        *(expeditions.imports(some_templates(20), [a_standard()], [POOLS]) for _ in range(8))
    )

    assert sorted(answer.templates.added for answer in answers) == [0] * 7 + [20]
    assert {answer.version for answer in answers} == {1}
    versions = await expeditions.house.rows("SELECT version FROM expeditions.atlas_versions")
    assert len(versions) == 1


async def test_two_different_imports_at_once_both_stay(expeditions: Expeditions) -> None:
    answers = await asyncio.gather(
        expeditions.imports(some_templates(20)),
        expeditions.imports(some_templates(20, first=20)),
    )

    assert sorted(answer.version for answer in answers) == [1, 2]
    assert len(await listed(expeditions.atlas)) == 40


async def test_another_replica_sees_the_news(expeditions: Expeditions) -> None:
    async with another(expeditions.house, background=True) as other:
        await expeditions.imports(some_templates(3))

        async def has_seen() -> bool:
            return len(await listed(other.atlas)) == 3

        await until(has_seen)


async def test_a_template_that_just_came_is_found_on_every_replica(
    expeditions: Expeditions,
) -> None:
    async with another(expeditions.house) as other:
        await expeditions.imports(some_templates(1))

        answer = await other.atlas.GetTemplate(pb.GetTemplateRequest(template_id="place-000"))

        assert answer.template.name == "Place 000"


async def test_only_the_operator_imports_and_reads_encounters(expeditions: Expeditions) -> None:
    as_bot = expeditions.house.stub(AtlasServiceStub, "expeditions", "bot")

    with fails_with(grpc.StatusCode.PERMISSION_DENIED):
        await as_bot.AdminImportAtlas(stream([pb.AdminImportAtlasRequest()]), timeout=5)
    with fails_with(grpc.StatusCode.PERMISSION_DENIED):
        await as_bot.ListEncounters(pb.ListEncountersRequest())


async def test_the_service_can_remove_nothing(expeditions: Expeditions) -> None:
    await expeditions.imports(some_templates(6), [a_standard()], [POOLS])

    for table in ("expedition_templates", "encounters", "affinity_pools", "atlas_versions",
                  "rotations"):  # fmt: skip
        with pytest.raises(Exception, match="permission denied"):
            await expeditions.database.bare.run(f"-- remove\nDELETE FROM {table}")


# Reading.


async def test_a_template_is_shown_with_what_can_happen_there(expeditions: Expeditions) -> None:
    await expeditions.imports([a_template(difficulty=850)], [a_standard(), a_gate()])

    answer = await expeditions.atlas.GetTemplate(pb.GetTemplateRequest(template_id="lamp-walk"))

    assert answer.template == pb.Template(
        template_id="lamp-walk",
        name="The Lamp Walk",
        duration_hours=4,
        difficulty=850,
        tier=3,
        favored_count=2,
        disfavored_count=1,
        favored=[
            pb.Affinity(category="elemental", value="light"),
            pb.Affinity(category="series_id", value="7"),
        ],
        disfavored=[pb.Affinity(category="archetype", value="Ninja")],
        dominant_stats=["int", "lck"],
        tags=["town", "night"],
        expected_encounters=3,
        is_open=True,
    )
    assert dict(answer.encounter_counts) == {"STANDARD": 1, "GATED": 1, "BOON": 0, "HAZARD": 0}


async def test_an_unknown_template_is_refused(expeditions: Expeditions) -> None:
    with refused("TEMPLATE_NOT_FOUND", code=grpc.StatusCode.NOT_FOUND, template_id="nowhere"):
        await expeditions.atlas.GetTemplate(pb.GetTemplateRequest(template_id="nowhere"))


@pytest.mark.parametrize("template_id", ["", "x" * 65, "a\0b"])
def test_ids_of_a_wrong_form_are_named(template_id: str) -> None:
    assert violations(pb.GetTemplateRequest(template_id=template_id))


async def test_templates_come_by_difficulty_and_in_pages(expeditions: Expeditions) -> None:
    await expeditions.imports(
        [a_template(expedition_id=f"p{n}", difficulty=100 + n % 3) for n in range(10)]
    )
    seen: list[tuple[int, str]] = []
    request = pb.ListTemplatesRequest(page_size=3)
    while True:
        answer = await expeditions.atlas.ListTemplates(request)
        seen += [(one.difficulty, one.template_id) for one in answer.templates]
        assert answer.total_count == 10
        if not answer.next_page_token:
            break
        request.page_token = answer.next_page_token

    assert seen == sorted((100 + n % 3, f"p{n}") for n in range(10))


async def test_words_and_open_places_are_picked(expeditions: Expeditions) -> None:
    await expeditions.has_content()

    assert await listed(expeditions.atlas, words="music lagoon") == []
    assert await listed(expeditions.atlas, words="flooded GALA") == ["flooded-gala"]
    is_open = await listed(expeditions.atlas, open_only=True)
    assert is_open == await open_now(expeditions.atlas)
    assert len(is_open) == 30
    assert len(await listed(expeditions.atlas)) == 45


async def test_encounters_come_by_id_and_in_pages(expeditions: Expeditions) -> None:
    await expeditions.has_content()
    seen: list[str] = []
    request = pb.ListEncountersRequest(words="town", page_size=7)
    while True:
        answer = await expeditions.atlas.ListEncounters(request)
        seen += [one.encounter_id for one in answer.encounters]
        if not answer.next_page_token:
            break
        request.page_token = answer.next_page_token

    assert len(seen) == answer.total_count > 7
    assert seen == sorted(set(seen))


async def test_a_page_token_of_another_list_is_refused(expeditions: Expeditions) -> None:
    await expeditions.imports(some_templates(5))
    first = await expeditions.atlas.ListTemplates(pb.ListTemplatesRequest(page_size=2))

    for request in (
        pb.ListTemplatesRequest(page_token=first.next_page_token, words="other"),
        pb.ListTemplatesRequest(page_token=first.next_page_token, open_only=True),
        pb.ListTemplatesRequest(page_token="rubbish"),
    ):
        with bad_request("page_token"):
            await expeditions.atlas.ListTemplates(request)
    with bad_request("page_token"):
        await expeditions.atlas.ListEncounters(
            pb.ListEncountersRequest(page_token=first.next_page_token)
        )


async def test_reading_costs_no_statement(expeditions: Expeditions) -> None:
    await expeditions.has_content()
    before = expeditions.database.round_trips

    await listed(expeditions.atlas)
    await open_now(expeditions.atlas)
    await expeditions.atlas.GetTemplate(pb.GetTemplateRequest(template_id="flooded-gala"))
    await expeditions.atlas.ListEncounters(pb.ListEncountersRequest())

    assert expeditions.database.round_trips == before


# The rotation.


async def test_the_rotation_is_told_with_its_week(expeditions: Expeditions) -> None:
    await expeditions.has_content()

    answer = await expeditions.atlas.GetRotation(pb.GetRotationRequest())

    # NOON is Wednesday, the first of July, noon of a game day that is seven hours ahead.
    assert answer.week == "2026-06-29"
    assert answer.open_time.ToJsonString() == "2026-06-28T17:00:00Z"
    assert answer.close_time.ToJsonString() == "2026-07-05T17:00:00Z"
    assert [one.tier for one in answer.templates] == sorted(one.tier for one in answer.templates)
    assert all(one.is_open for one in answer.templates)


async def test_without_templates_no_week_begins(expeditions: Expeditions) -> None:
    assert await open_now(expeditions.atlas) == []
    assert await expeditions.house.value("SELECT count(*) FROM expeditions.rotations") == 0

    await expeditions.imports(some_templates(8))

    assert len(await open_now(expeditions.atlas)) == 6


async def test_the_rotation_stays_for_its_week_and_changes_with_the_next(
    expeditions: Expeditions,
) -> None:
    await expeditions.imports(some_templates(12))
    first = await open_now(expeditions.atlas)

    await expeditions.imports(some_templates(30, first=12))
    expeditions.clock.time = NOON + timedelta(days=4, hours=11, minutes=59)
    assert await open_now(expeditions.atlas) == first

    expeditions.clock.move(timedelta(minutes=1))
    second = await open_now(expeditions.atlas)
    assert not set(first) & set(second)
    rows = await expeditions.house.rows("SELECT * FROM expeditions.rotations ORDER BY week")
    assert [(str(row["week"]), row["atlas_version"]) for row in rows] == [
        ("2026-06-29", 1),
        ("2026-07-06", 2),
    ]


async def test_a_template_rests_for_five_weeks(expeditions: Expeditions) -> None:
    await expeditions.imports(some_templates(36))
    past: list[list[str]] = []
    for _ in range(7):
        past.append(await open_now(expeditions.atlas))
        expeditions.clock.move(WEEK)

    assert len({name for rotation in past[:6] for name in rotation}) == 36
    assert past[6] == past[0]


async def test_many_ask_at_once_and_one_rotation_is_stored(expeditions: Expeditions) -> None:
    await expeditions.has_content()
    expeditions.clock.move(WEEK)

    seen = await asyncio.gather(*(open_now(expeditions.atlas) for _ in range(64)))

    assert all(one == seen[0] for one in seen)
    assert await expeditions.house.value("SELECT count(*) FROM expeditions.rotations") == 2


async def test_two_replicas_show_the_same_even_with_different_atlases(
    expeditions: Expeditions,
) -> None:
    await expeditions.imports(some_templates(20))
    async with another(expeditions.house) as other:
        # The other one does not look for news.
        await expeditions.imports(some_templates(20, first=20))
        expeditions.clock.move(WEEK)

        mine, theirs = await asyncio.gather(open_now(expeditions.atlas), open_now(other.atlas))
        await other.running.prepare()

        assert len(mine) == 6
        assert set(theirs) <= set(mine)
        assert await open_now(other.atlas) == mine


async def test_the_rotation_survives_a_restart(expeditions: Expeditions) -> None:
    await expeditions.has_content()
    before = await open_now(expeditions.atlas)

    await expeditions.house.kill()
    await expeditions.house.start()

    assert await open_now(expeditions.atlas) == before


async def test_the_same_key_and_week_draw_the_same_in_another_house(
    expeditions: Expeditions,
) -> None:
    await expeditions.has_content()
    before = await open_now(expeditions.atlas)

    await expeditions.house.run("DELETE FROM expeditions.rotations")
    await expeditions.house.kill()
    await expeditions.house.start()

    assert await open_now(expeditions.atlas) == before


async def test_a_new_week_opens_by_itself(houses: Houses) -> None:
    clock = StoppedClock(NOON)
    house = await houses("expeditions", background=True, clock=clock)
    expeditions = Expeditions(house, house.stub(AtlasServiceStub, "expeditions", None))
    await expeditions.has_content()
    clock.move(WEEK)

    async def is_open() -> bool:
        return await house.value("SELECT count(*) FROM expeditions.rotations") == 2

    await until(is_open)


async def test_the_dice_of_the_rotation_need_the_key(houses: Houses) -> None:
    drawn: list[list[str]] = []
    for key in ("a key that only tests know", "another key nobody knows"):
        house = await houses("expeditions", secret_key=key)
        expeditions = Expeditions(house, house.stub(AtlasServiceStub, "expeditions", None))
        await expeditions.has_content()
        drawn.append(await open_now(expeditions.atlas))
        await house.run("DELETE FROM expeditions.rotations")
        await house.kill()

    assert drawn[0] != drawn[1]


async def test_a_stream_of_rubbish_is_told_and_not_broken(expeditions: Expeditions) -> None:
    pieces = [
        pb.AdminImportAtlasRequest(
            act=an_act(),
            templates=[pb.SourceEntry(line=1, json=b"\0" * 40_000)],
            affinities=map(entry_out, entries(b"", b"null")),
        )
    ]

    answer = await expeditions.atlas.AdminImportAtlas(stream(pieces), timeout=IMPORT_TIMEOUT_S)

    assert (answer.is_written, answer.problem_count) == (False, 3)
