"""Who presses is asked once in a few seconds."""

from types import SimpleNamespace
from typing import Any

from gateway_bot.players import NEWCOMER, Players
from geminya.users.v1.account_pb2 import EnterRequest, EnterResponse, Settings


class Account:
    def __init__(self) -> None:
        self.entered: list[int] = []
        self.settings = Settings()

    async def Enter(self, request: EnterRequest) -> EnterResponse:
        self.entered.append(request.discord_id)
        is_new = self.entered.count(request.discord_id) == 1
        return EnterResponse(
            user_id=request.discord_id + 1,
            epoch=1,
            is_new=is_new,
            academy_name="Moon Hall",
            settings=self.settings,
        )


def by(discord_id: int) -> Any:
    return SimpleNamespace(user=SimpleNamespace(id=discord_id), extras={})


async def test_a_player_is_remembered_for_a_while() -> None:
    account, now = Account(), [0.0]
    players = Players(account, remembered_s=10, now=lambda: now[0])  # type: ignore[arg-type]
    for moment in (0, 5, 11):
        now[0] = moment
        assert (await players.of(by(1))).user_id == 2
    assert account.entered == [1, 1]


async def test_a_forgotten_player_is_asked_for_again() -> None:
    account = Account()
    players = Players(account)  # type: ignore[arg-type]
    await players.of(by(1))
    players.forget(1)
    await players.of(by(1))
    assert account.entered == [1, 1]


async def test_a_player_comes_with_their_settings() -> None:
    account = Account()
    account.settings.prefers_text = account.settings.is_collection_hidden = True
    player = await Players(account).glance(1)  # type: ignore[arg-type]
    assert player.prefers_text
    assert player.is_collection_hidden


async def test_the_memory_is_bounded() -> None:
    account = Account()
    players = Players(account, limit=2)  # type: ignore[arg-type]
    for discord_id in (1, 2, 3, 1):
        await players.glance(discord_id)
    assert account.entered == [1, 2, 3, 1]
    assert len(players._known) == 2


async def test_a_newcomer_is_greeted_once_even_when_they_typed_before() -> None:
    players = Players(Account())  # type: ignore[arg-type]
    assert (await players.glance(1)).is_new
    first, second = by(1), by(1)
    await players.of(first)
    await players.of(second)
    assert first.extras == {NEWCOMER: "Moon Hall"}
    assert second.extras == {}
