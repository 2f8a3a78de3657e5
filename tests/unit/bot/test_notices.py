"""Notices: told where a player wants it, once, whatever breaks; and kept where they cannot be told."""

import asyncio
import uuid
from types import SimpleNamespace
from typing import Any

import discord
import pytest
import structlog
from grpc import StatusCode

from gateway_bot.cogs.academy import Academy
from gateway_bot.notices import BATCH, MOST_WAITING, DiscordPost, Notices, wish_of
from gateway_bot.offers import StaleOffer, packed, unpacked
from gateway_bot.players import Player
from gateway_bot.views import notice as views
from gateway_bot.views import settings as choices
from gateway_bot.views.expedition import COMPLETE, STATUS
from geminya.expeditions.v1 import expedition_pb2, notice_pb2
from geminya.users.v1 import account_pb2 as account
from tests.unit.bot.builders import (
    NOW,
    OWNER,
    a_desk,
    an_offers,
    at,
    buttons,
    components,
    refused,
    shown,
    trouble,
)
from tests.unit.bot.stage import Act, Stage
from tests.unit.bot.test_views import WILD, fits

CHANNEL = 5_000
TOLD, KEPT = notice_pb2.NOTICE_OUTCOME_TOLD, notice_pb2.NOTICE_OUTCOME_KEPT
IN_CHANNEL, DIRECT = account.NOTICES_CHANNEL, account.NOTICES_DIRECT


def an_id(number: int) -> str:
    return str(uuid.UUID(int=number))


def a_notice(number: int = 1, **facts: Any) -> notice_pb2.Notice:
    usual: dict[str, Any] = {
        "notice_id": an_id(number),
        "user_id": 7,
        "epoch": 1,
        "channel_id": CHANNEL,
        "expedition_id": an_id(1000 + number),
        "template_id": "place-001",
        "name": f"Place {number}",
        "ready_time": at(NOW - 60),
        "members": ["Aoi", "Mio"],
    }
    return notice_pb2.Notice(**usual | facts)


class Office:
    """The notices of `expeditions`, with leases that end when a test says so."""

    def __init__(self, *notices: notice_pb2.Notice) -> None:
        self.waiting = {notice.notice_id: notice for notice in notices}
        self.leased: set[str] = set()
        self.settled: dict[str, int] = {}
        self.reports: asyncio.Queue[str] = asyncio.Queue()
        self.moment = Moment()

    async def LeaseNotices(self, request: Any) -> notice_pb2.LeaseNoticesResponse:
        free = [one for one in self.waiting.values() if one.notice_id not in self.leased]
        taken = free[: request.max_count]
        self.leased |= {one.notice_id for one in taken}
        return notice_pb2.LeaseNoticesResponse(notices=taken)

    async def ReportNotice(self, request: Any) -> notice_pb2.ReportNoticeResponse:
        await self.moment.passes("report is sent")
        if self.waiting.pop(request.notice_id, None):
            self.settled[request.notice_id] = request.outcome
        self.reports.put_nowait(request.notice_id)
        await self.moment.passes("report is kept")
        return notice_pb2.ReportNoticeResponse()

    def leases_end(self) -> None:
        self.leased.clear()


class Moment:
    """A place in the code where a process may stop for ever."""

    def __init__(self) -> None:
        self.of_death = ""
        self.is_reached = asyncio.Event()

    async def passes(self, name: str) -> None:
        if name == self.of_death:
            self.is_reached.set()
            await asyncio.Event().wait()


class Channels:
    """Discord as a place that messages arrive at; a nonce makes one message."""

    def __init__(self) -> None:
        self.messages: dict[str, tuple[int, int, Any]] = {}
        self.tries: list[int] = []
        self.trouble: dict[int, Any] = {}
        self.moment = Moment()

    async def send(self, channel_id: int, reader_id: int, view: Any, nonce: str) -> None:
        self.tries.append(channel_id)
        await self.moment.passes("message is sent")
        match self.trouble.get(channel_id):
            case Exception() as error:
                raise error
            case asyncio.Event() as opened:
                await opened.wait()
        self.messages.setdefault(nonce, (channel_id, reader_id, view))
        await self.moment.passes("message is there")

    @property
    def places(self) -> list[int]:
        return [channel for channel, _, _ in self.messages.values()]


class Contacts:
    """`users` with one player."""

    def __init__(self, notices: int = IN_CHANNEL, **facts: Any) -> None:
        settings = account.Settings(notices=notices)  # type: ignore[arg-type]
        usual = {"discord_id": OWNER, "settings": settings}
        self.answer: Any = account.GetContactResponse(**usual | facts)
        self.requests: list[Any] = []
        self.moment = Moment()

    async def GetContact(self, request: Any) -> account.GetContactResponse:
        self.requests.append(request)
        await self.moment.passes("contact is asked")
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Night:
    """A night in which notices are due."""

    def __init__(self, *notices: notice_pb2.Notice) -> None:
        self.office, self.channels, self.contacts = Office(*notices), Channels(), Contacts()
        self.bot = self.new_bot()

    def new_bot(self, patience_s: float = 5.0) -> Notices:
        """A bot that remembers nothing."""
        clients: Any = SimpleNamespace(notices=self.office, account=self.contacts)
        offers = an_offers()
        self.bot = Notices(clients, offers, self.channels, now=lambda: NOW, patience_s=patience_s)
        return self.bot

    async def passes(self) -> None:
        """One look, and everything that comes of it."""
        await self.bot.look()
        await self.bot.quiet()

    @property
    def outcomes(self) -> list[int]:
        return [*self.office.settled.values()]

    def dies_at(self, name: str) -> Moment:
        for part in (self.office, self.channels, self.contacts):
            part.moment.of_death = name
        return next(
            part.moment
            for part, names in (
                (self.contacts, ("contact is asked",)),
                (self.channels, ("message is sent", "message is there")),
                (self.office, ("report is sent", "report is kept")),
            )
            if name in names
        )

    def lives(self) -> None:
        for part in (self.office, self.channels, self.contacts):
            part.moment.of_death = ""


def http_error(status: int, code: int = 0) -> discord.HTTPException:
    kinds = {403: discord.Forbidden, 404: discord.NotFound}
    kind = kinds.get(status, discord.DiscordServerError if status >= 500 else discord.HTTPException)
    answer: Any = SimpleNamespace(status=status, reason="no")
    return kind(answer, {"code": code, "message": "no"})


# ---- where it is told


async def test_a_notice_is_told_in_its_channel_and_reported() -> None:
    night = Night(a_notice())

    await night.passes()

    [(nonce, (channel, reader, _))] = night.channels.messages.items()
    assert (channel, reader) == (CHANNEL, OWNER)
    assert unpacked(nonce) == an_id(1)
    assert len(nonce) <= 25
    assert night.outcomes == [TOLD]
    assert [(one.user_id, one.epoch) for one in night.contacts.requests] == [(7, 1)]


@pytest.mark.parametrize(
    ("choice", "channel", "told"),
    [
        (IN_CHANNEL, CHANNEL, CHANNEL),
        (IN_CHANNEL, 0, 0),
        (DIRECT, CHANNEL, 0),
        (DIRECT, 0, 0),
    ],
)
async def test_the_choice_of_now_says_where(choice: int, channel: int, told: int) -> None:
    night = Night(a_notice(channel_id=channel))
    night.contacts.answer = Contacts(choice).answer

    await night.passes()

    assert night.channels.places == [told]


@pytest.mark.parametrize("choice", [account.NOTICES_OFF, account.NOTICES_UNSPECIFIED])
async def test_who_has_switched_it_off_is_told_nothing(choice: int) -> None:
    night = Night(a_notice())
    night.contacts.answer = Contacts(choice).answer

    await night.passes()

    assert night.channels.tries == []
    assert night.outcomes == [KEPT]


async def test_who_is_banned_is_told_nothing() -> None:
    night = Night(a_notice())
    night.contacts.answer = Contacts(is_banned=True).answer

    await night.passes()

    assert night.channels.tries == []
    assert night.outcomes == [KEPT]


async def test_a_life_that_is_over_is_told_nothing() -> None:
    night = Night(a_notice())
    night.contacts.answer = refused("USER_NOT_FOUND", user_id="7")

    await night.passes()

    assert (night.channels.tries, night.outcomes) == ([], [KEPT])


# ---- what goes wrong


@pytest.mark.parametrize("status", [403, 404])
async def test_a_channel_that_is_gone_or_closed_leaves_it_to_the_inbox(status: int) -> None:
    night = Night(a_notice())
    night.channels.trouble[CHANNEL] = http_error(status)

    with structlog.testing.capture_logs() as logs:
        await night.passes()

    assert night.outcomes == [KEPT]
    assert "error" not in {entry["log_level"] for entry in logs}


async def test_a_message_that_discord_never_takes_is_not_tried_for_ever() -> None:
    night = Night(a_notice())
    night.channels.trouble[CHANNEL] = http_error(400, 50035)

    with structlog.testing.capture_logs() as logs:
        await night.passes()

    assert night.outcomes == [KEPT]
    assert "notice.malformed" in {entry["event"] for entry in logs}


@pytest.mark.parametrize(
    "error",
    [
        *map(http_error, (429, 401, 500, 503)),
        ConnectionResetError(),
        TimeoutError(),
        discord.RateLimited(9.0),
    ],
)
async def test_trouble_of_discord_leaves_it_to_the_lease(error: Exception) -> None:
    night = Night(a_notice())
    night.channels.trouble[CHANNEL] = error

    with structlog.testing.capture_logs() as logs:
        await night.passes()
        await night.passes()

    assert night.outcomes == []
    assert [entry["event"] for entry in logs] == ["notice.left"]
    night.channels.trouble.clear()
    night.office.leases_end()
    await night.passes()
    assert night.outcomes == [TOLD]


async def test_trouble_of_users_leaves_it_to_the_lease() -> None:
    night = Night(a_notice())
    reachable, night.contacts.answer = night.contacts.answer, trouble()

    await night.passes()

    assert night.channels.tries == []
    night.contacts.answer = reachable
    night.office.leases_end()
    await night.passes()
    assert night.outcomes == [TOLD]


async def test_a_bug_is_written_down_and_stops_nobody_else() -> None:
    night = Night(a_notice(1, channel_id=1), a_notice(2, channel_id=2))
    night.channels.trouble[1] = ZeroDivisionError()

    with structlog.testing.capture_logs() as logs:
        await night.passes()

    assert night.outcomes == [TOLD]
    assert {"notice.broken"} <= {entry["event"] for entry in logs}


MOMENTS = (
    *("contact is asked", "message is sent", "message is there"),
    *("report is sent", "report is kept"),
)


@pytest.mark.parametrize("name", MOMENTS)
async def test_whenever_the_bot_dies_the_player_is_told_once(name: str) -> None:
    night = Night(a_notice())
    moment = night.dies_at(name)
    await night.bot.look()
    await asyncio.wait_for(moment.is_reached.wait(), 5)
    night.bot.close()
    await asyncio.gather(night.bot.quiet(), return_exceptions=True)
    night.lives()

    night.new_bot()
    await night.passes()
    night.office.leases_end()
    await night.passes()
    await night.passes()

    assert night.channels.places == [CHANNEL]
    assert night.outcomes == [TOLD]


async def test_who_switches_it_off_after_the_bot_died_is_not_told() -> None:
    night = Night(a_notice())
    moment = night.dies_at("message is sent")
    await night.bot.look()
    await asyncio.wait_for(moment.is_reached.wait(), 5)
    night.bot.close()
    night.lives()
    night.contacts.answer = Contacts(account.NOTICES_OFF).answer

    night.new_bot()
    night.office.leases_end()
    await night.passes()

    assert night.channels.places == []
    assert night.outcomes == [KEPT]


# ---- many at once


async def test_a_slow_channel_holds_up_itself_alone() -> None:
    slow = [a_notice(n, channel_id=1) for n in range(1, 31)]
    quick = [a_notice(n, channel_id=n) for n in range(31, 51)]
    night, opened = Night(*slow, *quick), asyncio.Event()
    night.channels.trouble[1] = opened

    await night.bot.look()
    for _ in quick:
        await asyncio.wait_for(night.office.reports.get(), 5)

    assert night.channels.tries.count(1) == 1
    opened.set()
    await night.bot.quiet()
    assert night.outcomes == [TOLD] * 50


async def test_what_takes_too_long_is_left_to_the_lease() -> None:
    night = Night(a_notice(1, channel_id=1), a_notice(2, channel_id=1), a_notice(3, channel_id=3))
    night.new_bot(patience_s=0.05)
    night.channels.trouble[1] = asyncio.Event()

    with structlog.testing.capture_logs() as logs:
        await night.passes()

    assert night.outcomes == [TOLD]
    assert [entry["event"] for entry in logs].count("notice.left") == 2


async def test_no_more_are_taken_than_can_wait() -> None:
    night = Night(*(a_notice(n, channel_id=1) for n in range(1, MOST_WAITING + 100)))
    night.channels.trouble[1] = asyncio.Event()

    taken = [await night.bot.look() for _ in range(MOST_WAITING // BATCH + 1)]

    assert taken == [BATCH] * (MOST_WAITING // BATCH) + [0]
    night.bot.close()
    await asyncio.gather(night.bot.quiet(), return_exceptions=True)


async def test_the_watch_outlives_trouble_of_expeditions() -> None:
    night = Night(a_notice())
    lease, tries = night.office.LeaseNotices, iter([trouble(), trouble(StatusCode.INTERNAL)])

    async def sometimes(request: Any) -> Any:
        for error in tries:
            raise error
        return await lease(request)

    night.office.LeaseNotices = sometimes  # type: ignore[method-assign]
    with structlog.testing.capture_logs() as logs:
        watching = asyncio.create_task(night.bot.watch(every_s=0))
        await asyncio.wait_for(night.office.reports.get(), 5)
        watching.cancel()

    assert [entry["event"] for entry in logs][:2] == ["notices.unknown"] * 2


# ---- what Discord is given


class Client:
    """The library, as far as a post uses it."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, int, dict[str, Any]]] = []

    def get_partial_messageable(self, channel_id: int) -> Any:
        return self._place("channel", channel_id)

    async def create_dm(self, reader: discord.Object) -> Any:
        return self._place("direct", reader.id)

    def _place(self, kind: str, place_id: int) -> Any:
        async def send(**given: Any) -> None:
            self.sent.append((kind, place_id, given))

        return SimpleNamespace(send=send)


@pytest.mark.parametrize(
    ("channel", "place"), [(CHANNEL, ("channel", CHANNEL)), (0, ("direct", OWNER))]
)
async def test_a_message_calls_on_its_reader_and_nobody_else(
    channel: int, place: tuple[str, int]
) -> None:
    client: Any = Client()
    view = views.notice_view(a_notice(), OWNER, a_desk())

    await DiscordPost(client).send(channel, OWNER, view, "nonce")

    [(kind, place_id, given)] = client.sent
    assert (kind, place_id) == place
    assert given["allowed_mentions"].to_dict() == {"parse": [], "users": [OWNER]}
    assert given["nonce"] == "nonce"


def test_the_message_names_place_and_members_and_has_signed_buttons() -> None:
    view = views.notice_view(a_notice(), OWNER, a_desk())

    fits(view)
    text, pressed = shown(view), buttons(view)
    assert f"<@{OWNER}>" in text
    assert "Place 1" in text
    assert "Aoi, Mio" in text
    offers = an_offers()
    offer = offers.open(OWNER, pressed["Bring them home"])
    assert (offer.action, unpacked(offer.data)) == (COMPLETE, an_id(1001))
    assert offers.open(OWNER, pressed["Status"]).action == STATUS


def test_its_buttons_live_for_a_week() -> None:
    pressed = buttons(views.notice_view(a_notice(), OWNER, a_desk()))["Bring them home"]

    assert an_offers(NOW + views.LIFE_S - 1).open(OWNER, pressed)
    with pytest.raises(StaleOffer):
        an_offers(NOW + views.LIFE_S + 1).open(OWNER, pressed)


def test_wild_names_fit_into_the_message() -> None:
    notice = a_notice(name=WILD * 20, members=[WILD * 20] * 3)

    fits(views.notice_view(notice, OWNER, a_desk()))
    kept = [a_notice(n, name=WILD * 20, members=[WILD * 20] * 3) for n in range(100)]
    fits(views.inbox_view(kept, {one.expedition_id for one in kept[:5]}, a_desk()))


# ---- who asks


@pytest.mark.parametrize(
    ("choice", "guild", "wished"),
    [
        (account.NOTICES_UNSPECIFIED, 1, None),
        (account.NOTICES_OFF, 1, None),
        (IN_CHANNEL, 1, CHANNEL),
        (IN_CHANNEL, None, 0),
        (DIRECT, 1, 0),
        (DIRECT, None, 0),
    ],
)
def test_a_start_asks_where_the_player_wants_it(
    choice: Any, guild: int | None, wished: int | None
) -> None:
    player = Player(7, 1, "Moon Hall", is_new=False, notices=choice)
    interaction: Any = SimpleNamespace(guild_id=guild, channel_id=CHANNEL)

    wish = wish_of(player, interaction)

    expected = None if wished is None else expedition_pb2.NoticeWish(channel_id=wished)
    assert wish == expected


# ---- the inbox and the setting


@pytest.fixture
async def stage() -> Any:
    made = Stage()
    yield made
    await made.clients.close()


async def ran(stage: Stage, name: str, number: int = 0) -> Act:
    cog: Any = Academy(stage)  # type: ignore[arg-type]
    act = Act(number)
    await getattr(cog, name).callback(cog, act)
    return act


def in_inbox(stage: Stage, *notices: notice_pb2.Notice, waiting: tuple[int, ...] = ()) -> Any:
    """Scripts what is kept, and which parties are still on their way; gives who hears of the reading."""
    running = [expedition_pb2.Expedition(expedition_id=an_id(1000 + n)) for n in waiting]
    stage.script("notices", "ListInbox", notice_pb2.ListInboxResponse(notices=notices))
    stage.script(
        "expeditions",
        "ListExpeditions",
        expedition_pb2.ListExpeditionsResponse(running=running),
    )
    return stage.script("notices", "ReadInbox", notice_pb2.ReadInboxResponse(read_count=1))


async def test_an_inbox_shows_what_waits_first_and_is_read_then(stage: Stage) -> None:
    read = in_inbox(stage, a_notice(3), a_notice(2), a_notice(1), waiting=(2,))

    act = await ran(stage, "inbox")

    fits(act.view)
    assert act.deferred == [True]
    assert act.text.index("Place 2") < act.text.index("Place 3") < act.text.index("Place 1")
    [button] = [key for label, key in buttons(act.view).items() if label == "Bring them home"]
    assert unpacked(stage.opened(button).data) == an_id(1002)
    [request] = read.requests
    assert (request.notice_id, request.op.user_id) == (an_id(3), 7)


async def test_an_empty_inbox_marks_nothing(stage: Stage) -> None:
    read = in_inbox(stage)

    act = await ran(stage, "inbox")

    assert "Nothing waits here" in act.text
    assert read.requests == []


async def test_a_full_inbox_counts_the_rest_and_shows_every_party_that_waits(stage: Stage) -> None:
    in_inbox(stage, *(a_notice(n) for n in range(30, 0, -1)), waiting=(1, 2, 3, 4, 5))

    act = await ran(stage, "inbox")

    fits(act.view)
    labels = [part.get("label") for part in components(act.view)]
    assert labels.count("Bring them home") == 5
    assert "And 20 more" in act.text


async def test_what_could_not_be_marked_is_shown_all_the_same(stage: Stage) -> None:
    in_inbox(stage, a_notice())
    stage.script("notices", "ReadInbox", refused("USER_GONE", "common.geminya"))

    with structlog.testing.capture_logs() as logs:
        act = await ran(stage, "inbox")

    assert "Place 1" in act.text
    assert [entry["event"] for entry in logs] == ["inbox.unread"]


async def test_a_hint_that_nobody_can_give_is_left_out(stage: Stage) -> None:
    cog: Any = Academy(stage)  # type: ignore[arg-type]
    kept = notice_pb2.ListInboxResponse(notices=[a_notice()])
    stage.script("notices", "ListInbox", kept, notice_pb2.ListInboxResponse(), trouble())

    with structlog.testing.capture_logs() as logs:
        hints = [await cog.has_mail(7) for _ in range(3)]

    assert hints == [True, False, False]
    assert [entry["event"] for entry in logs] == ["inbox.unknown"]


async def test_the_choice_of_notices_is_a_menu(stage: Stage) -> None:
    settings = account.Settings(notices=DIRECT)
    changed = account.UpdateSettingsResponse(settings=settings)
    update = stage.script("account", "UpdateSettings", changed)
    act = await ran(stage, "settings")
    [menu] = [part for part in components(act.view) if part["type"] == 3]
    assert [one["value"] for one in menu["options"]] == ["off", "channel", "direct"]
    assert [one["value"] for one in menu["options"] if one.get("default")] == ["off"]

    for number, picked in enumerate(("direct", "direct", "channel"), 1):
        act = await stage.press(menu["custom_id"], Act(number, {"values": [picked]}))

    asked = [request.notices for request in update.requests]
    assert asked == [DIRECT, DIRECT, IN_CHANNEL]
    # Another choice is another wish, a second press is not.
    assert len({request.op.op_id for request in update.requests}) == 2
    fits(act.view)
    assert "direct message" in act.text
    [menu] = [part for part in components(act.view) if part["type"] == 3]
    assert [one["value"] for one in menu["options"] if one.get("default")] == ["direct"]


def test_a_choice_that_there_is_not_is_off() -> None:
    assert choices.wish(choices.TELLING, "loudly").notices == account.NOTICES_OFF


def test_a_nonce_is_short_enough_for_discord() -> None:
    assert len(packed(str(uuid.uuid4()))) == 22
