"""The JSON interface and the page, as anybody can use them."""

from pathlib import Path

import aiohttp
import pytest

from playground import Box
from playground.commands import Commands
from playground.world import World
from tests.unit.playground.house_bot import HouseBot


async def test_a_command_is_answered_with_the_promised_fields(
    http: aiohttp.ClientSession, bot: HouseBot
) -> None:
    asked = {"user": "carol", "command": "slow", "options": {}}
    async with http.post("/api/commands", json=asked) as response:
        said = await response.json()

    assert response.status == 200
    assert set(said) == {"interaction_id", "trace_id", "messages"}
    fields = {"id", "content", "embeds", "components", "attachments", "ephemeral"}
    assert [set(message) for message in said["messages"]] == [fields] * 2
    assert set(said["messages"][0]["attachments"][0]) == {"filename", "url", "description"}


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("/api/commands", [], "not a JSON object"),
        ("/api/commands", {}, "user is missing"),
        ("/api/commands", {"user": "x" * 33}, "1 to 32 letters"),
        ("/api/commands", {"user": "carol"}, "command is missing"),
        ("/api/commands", {"user": "carol", "command": "show", "options": 1}, "options is an"),
        ("/api/commands", {"user": "carol", "command": "a", "interaction_id": 1}, "snowflake"),
        ("/api/components", {"user": "carol", "message_id": "1", "custom_id": "a"}, "sees no"),
        ("/api/modals", {"user": "carol", "custom_id": "a"}, "no modal a is open"),
        ("/api/autocomplete", {"user": "carol", "command": "show", "option": "stars"}, "completed"),
    ],
)
async def test_what_cannot_be_sent_is_refused_with_a_reason(
    http: aiohttp.ClientSession, bot: HouseBot, path: str, body: object, reason: str
) -> None:
    async with http.post(path, json=body) as response:
        assert response.status == 400
        assert reason in (await response.json())["error"]


async def test_without_a_bot_there_is_silence(http: aiohttp.ClientSession) -> None:
    async with http.post("/api/commands", json={"user": "carol", "command": "show"}) as response:
        assert response.status == 504
        assert await response.json() == {"error": "no bot has brought any commands yet"}


async def test_the_page_learns_what_can_be_typed(
    http: aiohttp.ClientSession, bot: HouseBot
) -> None:
    async with http.get("/api/commands") as response:
        commands = {known["name"]: known for known in (await response.json())["commands"]}

    assert commands["summon ten"]["description"] == "Ten at once"
    assert commands["summon ten"]["options"][0]["autocomplete"]


async def test_open_pages_hear_that_something_changed(
    http: aiohttp.ClientSession, box: Box
) -> None:
    async with http.get("/api/events") as stream:
        await stream.content.readuntil(b"\n\n")
        box.feed.tell("trace", trace_id="abc")
        heard = await stream.content.readuntil(b"\n\n")

    assert heard == b'event: trace\ndata: {"trace_id": "abc"}\n\n'


async def test_the_page_needs_nothing_from_elsewhere(http: aiohttp.ClientSession) -> None:
    async with http.get("/") as response:
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]
        page = await response.text()

    assert "https://" not in page
    async with http.get("/page/app.js") as script:
        assert script.content_type in ("text/javascript", "application/javascript")


async def test_pages_of_other_sites_cannot_play(http: aiohttp.ClientSession) -> None:
    async with http.get("/healthz", headers={"Origin": "https://example.org"}) as response:
        assert response.status == 403
    async with http.get("/healthz", headers={"Origin": str(http._base_url.origin())}) as response:
        assert response.status == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8600", "127.0.0.1.evil.example"])
async def test_a_name_that_points_here_for_a_moment_opens_nothing(
    http: aiohttp.ClientSession, host: str
) -> None:
    """A site can let its own name point to this machine; its page would then be of the same origin."""
    for headers in ({"Host": host}, {"Host": host, "Origin": f"http://{host}"}):
        async with http.get("/healthz", headers=headers) as response:
            assert response.status == 403


async def test_a_bot_of_another_machine_comes_by_the_name_that_was_given() -> None:
    async with Box(name="playground") as box, aiohttp.ClientSession(box.url) as http:
        for host, status in (("playground:1", 200), ("playgrounds", 403), ("", 403)):
            async with http.get("/healthz", headers={"Host": host}) as response:
                assert response.status == status, host

        assert box.gateway.url == f"ws://playground:{box.port}/gateway"
        assert box.url == f"http://127.0.0.1:{box.port}", "the page is for this machine"


@pytest.mark.parametrize("origin", ["http://[", "http://a b"])
async def test_an_origin_that_is_none_is_refused(http: aiohttp.ClientSession, origin: str) -> None:
    async with http.get("/healthz", headers={"Origin": origin}) as response:
        assert response.status in (400, 403)


@pytest.mark.parametrize("body", [b"{\xff", b"[" * 100_000])
async def test_a_body_that_is_no_json_is_the_visitors_mistake(
    http: aiohttp.ClientSession, body: bytes
) -> None:
    async with http.post("/api/commands", data=body) as response:
        assert response.status == 400


def test_commands_are_kept_over_a_restart_with_their_ids(tmp_path: Path) -> None:
    path = tmp_path / "kept" / "commands.json"
    command = {"name": "go", "description": "x"}
    world = World()
    [before] = Commands(path).sync(None, [command], world)

    after = Commands(path)

    assert after.of(None) == [before]
    assert after.sync(None, [command], world)[0]["id"] == before["id"]


def test_a_broken_file_of_commands_is_no_reason_to_stop(tmp_path: Path) -> None:
    path = tmp_path / "commands.json"
    path.write_text("{")
    assert Commands(path).leaves() == []
