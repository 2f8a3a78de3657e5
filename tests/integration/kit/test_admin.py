"""What an operator does without SQL: freezes a feature, and finds again what was done."""

from typing import Any

import grpc
import pytest

from geminya.collection.v1 import bond_pb2, catalog_pb2
from geminya.common.v1 import admin_pb2 as pb
from geminya.common.v1.admin_pb2_grpc import AdminServiceStub
from geminya.economy.v1 import gacha_pb2, mission_pb2, shop_pb2
from geminya.expeditions.v1 import atlas_pb2
from tests.support.calls import bad_request, fails_with, insist, outcomes, refused, until
from tests.support.game import Game, a_summon
from tests.support.house import House, Houses, UsersHouse
from tests.support.operators import a_freeze, admin_of, an_unfreeze
from tests.support.players import a_ban, a_daily, a_rename, an_adjust


async def audit_of(house: House, service: str) -> list[dict[str, Any]]:
    return await house.rows(f"SELECT * FROM {service}.audit ORDER BY at")


# Freezing.


async def test_a_frozen_change_of_one_statement_is_refused_and_not_written(
    users: UsersHouse,
) -> None:
    await users.has(7)
    admin = admin_of(users.house, "users")
    before, late = a_daily(), a_daily(7)
    first = await users.account.ClaimDaily(before)

    answer = await admin.AdminFreezeFeature(a_freeze("daily", reason="pays twice"))

    assert (answer.feature.is_frozen, answer.feature.by) == (True, "keeper")
    with refused("FROZEN", flow="daily"):
        await users.account.ClaimDaily(late)
    kept = "SELECT count(*) FROM users.applied_step WHERE op_id = $1"
    assert await users.house.value(kept, late.op.op_id) == 0
    # What was begun before is answered, and other features go on.
    assert await users.account.ClaimDaily(before) == first
    await users.account.Rename(a_rename())
    await users.wallet.AdminAdjust(an_adjust(daphine=1))

    await admin.AdminUnfreezeFeature(an_unfreeze("daily"))

    # It was refused before anything was written: the same wish is new now.
    with refused("ALREADY_CLAIMED"):
        await users.account.ClaimDaily(late)


async def test_a_frozen_change_of_several_statements_is_refused(users: UsersHouse) -> None:
    await users.has(7)
    await admin_of(users.house, "users").AdminFreezeFeature(a_freeze("academy"))

    with refused("FROZEN", flow="academy"):
        await users.account.Rename(a_rename())

    assert (
        await users.house.value("SELECT academy_name FROM users.users WHERE id = 7") == "Academy 7"
    )


async def test_a_frozen_flow_refuses_what_is_new_and_finishes_what_is_open(game: Game) -> None:
    await game.has(7, crystals=500)
    admin = admin_of(game.house, "economy")
    done, begun = a_summon(), a_summon()
    first = await game.summon(done)
    await game.house.quiet()
    async with game.house.dies_at(2):
        await game.summon(begun)
    await game.house.start()
    await insist(lambda: admin.AdminFreezeFeature(a_freeze("summon")))

    with refused("FROZEN", flow="summon"):
        await insist(lambda: game.summon(a_summon()))
    assert await game.summon(done) == first
    await game.house.settles()
    assert len((await insist(lambda: game.summon(begun))).pulls) == 10

    await admin.AdminUnfreezeFeature(an_unfreeze("summon"))
    await game.summon(a_summon())
    await game.invariants_hold()


async def test_every_replica_knows_within_two_seconds(users: UsersHouse) -> None:
    admin = admin_of(users.house, "users")
    replica = await users.house.start_another("users", background=True)

    await admin.AdminFreezeFeature(a_freeze("daily"))

    async def knows() -> bool:
        return replica.features.frozen == {"daily"}

    await until(knows, limit_s=2.0)
    await replica.stop()


async def test_a_process_that_starts_knows_what_is_frozen(users: UsersHouse) -> None:
    await users.has(7)
    await admin_of(users.house, "users").AdminFreezeFeature(a_freeze("daily"))
    await users.house.kill()
    await users.house.start()

    with refused("FROZEN"):
        await insist(lambda: users.account.ClaimDaily(a_daily()))


async def test_freezing_again_changes_the_reason_and_keeps_the_time(users: UsersHouse) -> None:
    admin = admin_of(users.house, "users")
    first = (await admin.AdminFreezeFeature(a_freeze("daily", reason="one"))).feature
    second = (await admin.AdminFreezeFeature(a_freeze("daily", reason="two", name="ann"))).feature

    assert (second.reason, second.by, second.since_time) == ("two", "ann", first.since_time)
    listed = (await admin.AdminListFeatures(pb.AdminListFeaturesRequest())).features
    assert [one.name for one in listed] == sorted(one.name for one in listed)
    assert {one.name: one.is_frozen for one in listed} == {
        "academy": False,
        "closing": False,
        "daily": True,
    }
    await admin.AdminUnfreezeFeature(an_unfreeze("daily"))
    again = await admin.AdminUnfreezeFeature(an_unfreeze("daily"))
    assert not again.feature.is_frozen
    rows = await audit_of(users.house, "users")
    assert [(row["action"], row["operator"]) for row in rows] == [
        ("freeze", "keeper"),
        ("freeze", "ann"),
        ("unfreeze", "keeper"),
        ("unfreeze", "keeper"),
    ]
    assert rows[1]["before"] == {
        "feature": "daily",
        "is_frozen": True,
        "reason": "one",
        "by": "keeper",
    }
    assert rows[2]["after"] == {"feature": "daily", "is_frozen": False}


async def test_what_is_no_feature_of_the_service_is_refused(users: UsersHouse) -> None:
    admin = admin_of(users.house, "users")

    for request, call in (
        (a_freeze("summon"), admin.AdminFreezeFeature),
        (an_unfreeze("nonsense"), admin.AdminUnfreezeFeature),
    ):
        with refused("FEATURE_NOT_FOUND", feature=request.feature):
            await call(request)

    assert await audit_of(users.house, "users") == []


async def test_an_act_that_is_repeated_is_the_same_act(users: UsersHouse) -> None:
    admin = admin_of(users.house, "users")
    request = a_freeze("daily")
    answers, reasons = await outcomes(
        [insist(lambda: admin.AdminFreezeFeature(request)) for _ in range(64)]
    )
    await admin.AdminUnfreezeFeature(an_unfreeze("daily"))

    assert reasons == []
    assert await admin.AdminFreezeFeature(request) == answers[0]
    assert [row["action"] for row in await audit_of(users.house, "users")] == ["freeze", "unfreeze"]
    # The repeat changed nothing.
    assert users.house.running["users"].features.frozen == set()
    other = a_freeze("academy", op_id=request.act.op_id)
    with refused("OP_REUSED"):
        await admin.AdminFreezeFeature(other)
    await users.house.run("DELETE FROM users.applied_step")
    with refused("OP_REUSED"):
        await admin.AdminFreezeFeature(other)


@pytest.mark.parametrize("caller", ["bot", "economy", "users"])
async def test_only_an_operator_freezes(users: UsersHouse, caller: str) -> None:
    stub = users.house.stub(AdminServiceStub, "users", caller)

    for call, request in (
        (stub.AdminFreezeFeature, a_freeze("daily")),
        (stub.AdminListAudit, pb.AdminListAuditRequest()),
    ):
        with fails_with(grpc.StatusCode.PERMISSION_DENIED):
            await call(request)


async def test_an_act_without_a_name_or_a_reason_is_a_bad_request(users: UsersHouse) -> None:
    admin = admin_of(users.house, "users")
    request = a_freeze("daily")

    for field in ("act", "act.operator.name", "act.operator.reason", "feature", "act.op_id"):
        bad = pb.AdminFreezeFeatureRequest()
        bad.CopyFrom(request)
        owner: Any = bad
        *path, name = field.split(".")
        for part in path:
            owner = getattr(owner, part)
        owner.ClearField(name)
        with bad_request(field):
            await admin.AdminFreezeFeature(bad)


# Imports.


async def empty(*pieces: Any) -> Any:
    for piece in pieces:
        yield piece


async def test_every_import_needs_an_act_and_tells_it_where_it_changed_something(
    houses: Houses,
) -> None:
    """The same content again is no act."""
    game = Game(await houses())
    await game.import_content()
    imported = {
        "collection": {"import_catalog", "import_bond"},
        "expeditions": {"import_atlas"},
        "economy": {"import_banners", "import_missions", "import_shop"},
    }
    for service, actions in imported.items():
        rows = await audit_of(game.house, service)
        assert {row["action"] for row in rows} == actions
        assert len(rows) == len(actions)
        assert all(row["user_id"] == 0 and row["operator"] for row in rows)

    await game.import_content()

    for service, actions in imported.items():
        assert len(await audit_of(game.house, service)) == len(actions)
    for call, request in (
        (game.catalog.AdminImportCatalog, empty(catalog_pb2.AdminImportCatalogRequest())),
        (game.catalog.AdminImportCatalog, empty()),
        (game.atlas.AdminImportAtlas, empty(atlas_pb2.AdminImportAtlasRequest())),
        (game.atlas.AdminImportAtlas, empty()),
        (game.bond.AdminImportBond, bond_pb2.AdminImportBondRequest(document="{}")),
        (
            game.gacha.AdminImportBanners,
            gacha_pb2.AdminImportBannersRequest(banners=[gacha_pb2.SourceBanner()]),
        ),
        (
            game.missions.AdminImportMissions,
            mission_pb2.AdminImportMissionsRequest(missions=[mission_pb2.Mission()]),
        ),
        (game.shop.AdminImportShop, shop_pb2.AdminImportShopRequest(items=[shop_pb2.SourceItem()])),
        (game.shop.AdminEndItem, shop_pb2.AdminEndItemRequest(item_code="tail-wind")),
        (game.missions.AdminEndMission, mission_pb2.AdminEndMissionRequest(mission_id="day-talk")),
    ):
        with bad_request("act"):
            await call(request, timeout=8)


# The record.


async def test_acts_are_found_by_player_and_by_operator_page_by_page(users: UsersHouse) -> None:
    await users.has(7)
    await users.has(8)
    admin = admin_of(users.house, "users")
    await users.wallet.AdminAdjust(an_adjust(7, daphine=5, ticket="T-1"))
    await users.account.AdminBan(a_ban(8, "rude words"))
    await admin.AdminFreezeFeature(a_freeze("daily", name="ann"))

    pages: list[pb.AdminListAuditResponse] = []
    for _ in range(3):
        token = pages[-1].next_page_token if pages else ""
        request = pb.AdminListAuditRequest(page_size=1, page_token=token)
        pages.append(await admin.AdminListAudit(request))

    rows = [row for page in pages for row in page.rows]
    assert [row.action for row in rows] == ["freeze", "ban", "adjust"]
    assert pages[-1].next_page_token == ""
    assert (rows[2].ticket, rows[2].reason) == ("T-1", "lost in an outage")
    assert '"daphine": 5' in rows[2].after_json
    of_seven = await admin.AdminListAudit(pb.AdminListAuditRequest(user_id=7))
    by_ann = await admin.AdminListAudit(pb.AdminListAuditRequest(operator="ann"))
    assert [row.action for row in of_seven.rows] == ["adjust"]
    assert [row.action for row in by_ann.rows] == ["freeze"]
    with bad_request("page_token", "another list"):
        await admin.AdminListAudit(
            pb.AdminListAuditRequest(user_id=7, page_token=pages[0].next_page_token)
        )
