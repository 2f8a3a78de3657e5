"""How to reach who asked to be told something: only in the life that asked, and with the choice of now."""

from datetime import timedelta

import pytest

from geminya.users.v1 import account_pb2 as pb
from tests.support.calls import bad_request, refused
from tests.support.house import UsersHouse
from tests.support.players import a_ban, a_lift, a_setting


async def contact(users: UsersHouse, player: int = 7, epoch: int = 1) -> pb.GetContactResponse:
    return await users.account.GetContact(pb.GetContactRequest(user_id=player, epoch=epoch))


async def test_a_player_is_found_with_the_choice_of_now(users: UsersHouse) -> None:
    await users.has(7)
    await users.has(8)
    discord_id = await users.house.value("SELECT discord_id FROM users.users WHERE id = 7")
    assert (await contact(users)).settings.notices == pb.NOTICES_UNSPECIFIED

    shown = []
    for choice in (pb.NOTICES_CHANNEL, pb.NOTICES_DIRECT, pb.NOTICES_OFF, pb.NOTICES_UNSPECIFIED):
        changed = await users.account.UpdateSettings(a_setting(notices=choice))
        found = await contact(users)
        assert found.settings == changed.settings
        shown.append(found.settings.notices)

    assert shown == [
        pb.NOTICES_CHANNEL,
        pb.NOTICES_DIRECT,
        pb.NOTICES_OFF,
        pb.NOTICES_UNSPECIFIED,
    ]
    found = await contact(users)
    assert (found.discord_id, found.is_banned) == (discord_id, False)
    assert (await contact(users, 8)).settings == pb.Settings()


async def test_a_choice_of_notices_changes_nothing_else(users: UsersHouse) -> None:
    await users.has(7)
    await users.account.UpdateSettings(a_setting(prefers_text=True))

    await users.account.UpdateSettings(a_setting(notices=pb.NOTICES_DIRECT))

    assert (await contact(users)).settings == pb.Settings(
        prefers_text=True, notices=pb.NOTICES_DIRECT
    )


async def test_a_choice_that_there_is_not_is_refused(users: UsersHouse) -> None:
    await users.has(7)

    with bad_request("notices"):
        await users.account.UpdateSettings(a_setting(notices=9))

    assert (await contact(users)).settings == pb.Settings()


@pytest.mark.parametrize(("player", "epoch"), [(7, 2), (404, 1)])
async def test_another_life_and_nobody_are_refused(
    users: UsersHouse, player: int, epoch: int
) -> None:
    await users.has(7)

    with refused("USER_NOT_FOUND", user_id=str(player)):
        await contact(users, player, epoch)


async def test_after_a_new_beginning_the_old_life_is_not_reached(users: UsersHouse) -> None:
    await users.has(7)
    await users.house.run("UPDATE users.users SET epoch = 2 WHERE id = 7")
    await users.house.run("UPDATE users.users SET state = 'closing' WHERE id = 7")
    with refused("USER_NOT_FOUND"):
        await contact(users, epoch=2)
    await users.house.run("UPDATE users.users SET state = 'active' WHERE id = 7")

    assert (await contact(users, epoch=2)).discord_id
    with refused("USER_NOT_FOUND"):
        await contact(users)


async def test_who_is_banned_is_shown_as_such_while_it_lasts(users: UsersHouse) -> None:
    await users.has(7)
    clock = users.house.clock
    await users.account.AdminBan(a_ban(until=clock.now() + timedelta(hours=1)))
    assert (await contact(users)).is_banned
    clock.move(timedelta(hours=1))  # type: ignore[attr-defined]
    assert not (await contact(users)).is_banned

    await users.account.AdminBan(a_ban())
    assert (await contact(users)).is_banned
    await users.account.AdminLiftBan(a_lift())
    assert not (await contact(users)).is_banned


async def test_who_is_erased_is_not_reached(users: UsersHouse) -> None:
    await users.has(7)
    await users.house.run(
        """
        UPDATE users.users SET state = 'closed', discord_id = NULL, academy_name = '', settings = '{}'
        WHERE id = 7
        """
    )

    with refused("USER_NOT_FOUND"):
        await contact(users)


@pytest.mark.parametrize(("player", "epoch"), [(0, 1), (-1, 1), (7, 0)])
async def test_a_question_names_a_player_and_a_life(
    users: UsersHouse, player: int, epoch: int
) -> None:
    with bad_request("user_id" if player < 1 else "epoch"):
        await contact(users, player, epoch)


async def test_nothing_of_a_contact_is_written(users: UsersHouse) -> None:
    await users.has(7)
    before = await users.house.rows("SELECT * FROM users.users")

    await contact(users)

    assert await users.house.rows("SELECT * FROM users.users") == before
