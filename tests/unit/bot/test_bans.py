"""Who is banned is known before anybody is asked."""

import asyncio
from typing import Any

import pytest

from gateway_bot.bans import Banned, Bans
from geminya.users.v1.account_pb2 import Ban, ListBansRequest, ListBansResponse
from tests.unit.bot.builders import NOW, at, trouble

ALICE, BOB, CAROL = 1, 2, 3


class Account:
    """`users` with a page of bans for each token."""

    def __init__(self, *pages: Any) -> None:
        self.pages = [*pages]
        self.requests: list[ListBansRequest] = []

    async def ListBans(self, request: ListBansRequest) -> ListBansResponse:
        self.requests.append(request)
        page = self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]
        if isinstance(page, Exception):
            raise page
        return page


def a_ban(discord_id: int, **facts: Any) -> Ban:
    return Ban(user_id=9, discord_id=discord_id, reason="spam", **facts)


def watching(*pages: Any, now: float = NOW) -> Bans:
    return Bans(Account(*pages), now=lambda: now)  # type: ignore[arg-type]


def is_refused(bans: Bans, discord_id: int) -> bool:
    try:
        bans.refuse(discord_id)
    except Banned:
        return True
    return False


async def test_every_page_counts_and_the_erased_are_nobody() -> None:
    first = ListBansResponse(bans=[a_ban(ALICE), a_ban(0)], next_page_token="2")
    bans = watching(first, ListBansResponse(bans=[a_ban(BOB)]))
    await bans.refresh()
    assert [is_refused(bans, who) for who in (ALICE, BOB, CAROL, 0)] == [True, True, False, False]


async def test_a_ban_ends_by_itself() -> None:
    page = ListBansResponse(bans=[a_ban(ALICE, end_time=at(NOW)), a_ban(BOB, end_time=at(NOW + 1))])
    bans = watching(page)
    await bans.refresh()
    assert not is_refused(bans, ALICE)
    assert is_refused(bans, BOB)


async def test_a_lifted_ban_is_gone_with_the_next_look() -> None:
    bans = watching(ListBansResponse(bans=[a_ban(ALICE)]), ListBansResponse())
    await bans.refresh()
    assert is_refused(bans, ALICE)
    await bans.refresh()
    assert not is_refused(bans, ALICE)


async def test_trouble_between_two_pages_leaves_the_old_list() -> None:
    half = ListBansResponse(bans=[a_ban(BOB)], next_page_token="2")
    bans = watching(ListBansResponse(bans=[a_ban(ALICE)]), half, trouble())
    await bans.refresh()
    with pytest.raises(Exception, match="gone"):
        await bans.refresh()
    assert is_refused(bans, ALICE)
    assert not is_refused(bans, BOB)


async def test_the_watch_outlives_trouble() -> None:
    account = Account(trouble(), ListBansResponse(bans=[a_ban(ALICE)]))
    bans = Bans(account)  # type: ignore[arg-type]
    watch = asyncio.create_task(bans.watch(every_s=0))
    for _ in range(100):
        await asyncio.sleep(0)
        if is_refused(bans, ALICE):
            break
    watch.cancel()
    assert is_refused(bans, ALICE)
