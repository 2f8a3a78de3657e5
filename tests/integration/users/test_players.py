"""Who somebody is, what others may see of them, and what they have set."""

import pytest

from geminya.users.v1 import account_pb2 as pb
from tests.support.calls import an_op, bad_request, refused
from tests.support.house import UsersHouse
from tests.support.players import a_setting
from tests.support.races import CALLS, ROUNDS, deadlocks, race


async def settings_of(users: UsersHouse, player: int = 7) -> pb.Settings:
    account = await users.account.GetAccount(pb.GetAccountRequest(user_id=player))
    return account.account.settings


async def briefs(users: UsersHouse, *players: int) -> list[pb.AccountBrief]:
    request = pb.BatchGetAccountsRequest(user_ids=players)
    return list((await users.account.BatchGetAccounts(request)).accounts)


# GetPlayer


async def test_a_player_is_found_by_the_discord_id(users: UsersHouse) -> None:
    await users.has(7, discord_id=555, epoch=3)
    await users.account.UpdateSettings(
        pb.UpdateSettingsRequest(op=an_op(7, epoch=3), prefers_text=True)
    )

    found = await users.account.GetPlayer(pb.GetPlayerRequest(discord_id=555))

    assert found == pb.GetPlayerResponse(
        user_id=7, epoch=3, academy_name="Academy 7", settings=pb.Settings(prefers_text=True)
    )


async def test_looking_for_a_player_opens_no_academy(users: UsersHouse) -> None:
    with refused("PLAYER_NOT_FOUND"):
        await users.account.GetPlayer(pb.GetPlayerRequest(discord_id=555))

    assert await users.house.value("SELECT count(*) FROM users.users") == 0


@pytest.mark.parametrize("discord_id", [0, -1])
async def test_an_id_that_is_none_is_a_bad_request(users: UsersHouse, discord_id: int) -> None:
    with bad_request("discord_id"):
        await users.account.GetPlayer(pb.GetPlayerRequest(discord_id=discord_id))


# BatchGetAccounts


async def test_names_come_for_those_who_are_there(users: UsersHouse) -> None:
    for player in (7, 8, 9):
        await users.has(player, rank=player)
    await users.house.run(
        "UPDATE users.users SET state = 'closed', discord_id = NULL, academy_name = '' WHERE id = 9"
    )

    found = await briefs(users, 9, 8, 404, 7, 8, -1, 2**63 - 1)

    assert [(one.user_id, one.academy_name, one.collector_rank) for one in found] == [
        (7, "Academy 7", 7),
        (8, "Academy 8", 8),
    ]


async def test_who_hides_the_collection_has_no_name_for_others(users: UsersHouse) -> None:
    await users.has(7)
    await users.has(8)
    await users.account.UpdateSettings(a_setting(7, is_collection_hidden=True))

    found = await briefs(users, 7, 8)

    assert [(one.academy_name, one.is_collection_hidden) for one in found] == [
        ("", True),
        ("Academy 8", False),
    ]


@pytest.mark.parametrize("count", [0, 101])
async def test_between_1_and_100_names_are_asked_for(users: UsersHouse, count: int) -> None:
    with bad_request("user_ids"):
        await briefs(users, *range(1, count + 1))


# UpdateSettings


async def test_settings_are_off_until_they_are_set(users: UsersHouse) -> None:
    await users.has(7)

    assert await settings_of(users) == pb.Settings()


async def test_what_is_not_named_stays_as_it_is(users: UsersHouse) -> None:
    await users.has(7)
    shown = []
    for change in (
        {"is_collection_hidden": True},
        {"prefers_text": True},
        {"is_collection_hidden": False},
        {},
    ):
        answer = await users.account.UpdateSettings(a_setting(**change))
        assert await settings_of(users) == answer.settings
        shown.append((answer.settings.is_collection_hidden, answer.settings.prefers_text))

    assert shown == [(True, False), (True, True), (False, True), (False, True)]


async def test_settings_of_nobody_are_refused(users: UsersHouse) -> None:
    with refused("USER_NOT_FOUND", user_id="404"):
        await users.account.UpdateSettings(a_setting(404, prefers_text=True))


async def test_a_repeated_change_does_not_undo_a_later_one(users: UsersHouse) -> None:
    await users.has(7)
    first = a_setting(prefers_text=True)
    answer = await users.account.UpdateSettings(first)
    await users.account.UpdateSettings(a_setting(prefers_text=False))

    assert await users.account.UpdateSettings(first) == answer

    assert not (await settings_of(users)).prefers_text


async def test_an_op_that_was_used_is_refused_with_other_settings(users: UsersHouse) -> None:
    await users.has(7)
    op_id = an_op().op_id
    await users.account.UpdateSettings(a_setting(prefers_text=True, op_id=op_id))

    with refused("OP_REUSED"):
        await users.account.UpdateSettings(a_setting(prefers_text=False, op_id=op_id))

    assert (await settings_of(users)).prefers_text


@pytest.mark.timeout(300)
async def test_64_changes_at_once_lose_none_of_each_other(users: UsersHouse) -> None:
    """Reading the settings and writing them back would lose the other half of them."""
    for round_ in range(ROUNDS):
        player = 100 + round_
        await users.has(player)
        wishes = [a_setting(player, prefers_text=True) for _ in range(CALLS // 4)]
        wishes += [a_setting(player, is_collection_hidden=True) for _ in range(CALLS // 4)]
        calls = [
            lambda one=one: users.account.UpdateSettings(one, timeout=20) for one in wishes * 2
        ]

        answers, reasons = await race(users.house, "users", calls, player)

        assert (len(answers), reasons) == (CALLS, [])
        assert answers[: CALLS // 2] == answers[CALLS // 2 :]
        assert await settings_of(users, player) == pb.Settings(
            is_collection_hidden=True, prefers_text=True
        )
    assert await deadlocks(users.house) == 0


async def test_settings_of_another_player_stay_as_they_are(users: UsersHouse) -> None:
    await users.has(7)
    await users.has(8)

    await users.account.UpdateSettings(a_setting(7, prefers_text=True))

    assert await settings_of(users, 8) == pb.Settings()
