"""The compose files keep their word: Compose takes every combination, and nothing in them is loose."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from chassis.settings import SERVICES, Settings
from console.house import BOT, PLAYGROUND
from tools.compose.files import DEPLOY, OVERLAYS, ROOT, NoComposeError, combinations, rendered

Service = Mapping[str, Any]
ALL = tuple(OVERLAYS)
TASKS = {"setup", "migrate", "content", "geminya", "backup"}
SERVERS = {*SERVICES, BOT, PLAYGROUND}
WITHOUT_A_SHELL = {"otel-collector", "jaeger"}
"""Images of others with nothing inside that could ask."""
NOT_OF_SETTINGS = {"GEMINYA_SECRETS_DIR", "GEMINYA_PLAYGROUND_COMMANDS"}
"""Read before there are settings, and by the playground, which has none."""
OWN = "/run/geminya"


@cache
def house(overlays: tuple[str, ...] = ALL) -> Mapping[str, Any]:
    try:
        return rendered(overlays)
    except NoComposeError as missing:
        pytest.skip(str(missing))


def services(overlays: tuple[str, ...] = ALL) -> Mapping[str, Service]:
    return house(overlays)["services"]


def environment(service: Service) -> Mapping[str, str]:
    return service.get("environment") or {}


EACH_COMBINATION = pytest.mark.parametrize(
    "overlays", combinations(), ids=lambda found: "+".join(found) or "alone"
)


@EACH_COMBINATION
def test_compose_takes_every_combination_with_nothing_set(overlays: tuple[str, ...]) -> None:
    assert {*SERVICES, BOT, "postgres", "migrate"} <= set(services(overlays))


def test_nobody_is_root_or_writes_where_nobody_looks() -> None:
    for name, service in services().items():
        assert re.fullmatch(r"[1-9]\d*:\d+", service["user"]), name
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not {"cap_add", "privileged", "pid", "ipc", "devices"} & set(service), name


def test_everybody_has_limits() -> None:
    for name, service in services().items():
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}, name
        assert service["logging"]["options"]["max-size"], name
        assert all("size=" in mount for mount in service.get("tmpfs", [])), name


def test_every_file_that_is_mounted_is_there() -> None:
    mounts = [mount for service in services().values() for mount in service.get("volumes", [])]
    files = [mount for mount in mounts if mount["type"] == "bind"]

    assert len(files) > 5
    assert [mount["source"] for mount in files if not Path(mount["source"]).exists()] == []
    assert all(mount["read_only"] for mount in files)


def test_who_stays_is_watched_started_again_and_ends_in_peace() -> None:
    for name in set(services()) - TASKS:
        service = services()[name]
        assert service["restart"] == "unless-stopped", name
        assert service["stop_grace_period"] == "40s", name
        assert ("test" in service.get("healthcheck", {})) is (name not in WITHOUT_A_SHELL), name


def test_who_does_one_thing_does_it_once() -> None:
    for name in TASKS:
        assert services()[name]["restart"] == "no", name
        assert services()[name]["healthcheck"] == {"disable": True}, name


def test_an_image_has_a_version() -> None:
    for service in services().values():
        assert re.fullmatch(r"[a-z0-9./-]+:v?\d+\.\d+(\.\d+)?(-[a-z]+)?", service["image"])


@pytest.mark.parametrize("file", [DEPLOY / "Dockerfile", DEPLOY / "pgbouncer" / "Dockerfile"])
def test_what_is_built_stands_on_a_version_and_is_nobody_special(file: Path) -> None:
    text = file.read_text()
    (base,) = re.findall(r"^ARG BASE=(.+)$", text, re.MULTILINE)

    assert re.fullmatch(r"docker\.io/library/\w+:(\d[\d.]+|trixie)-slim(-bookworm)?", base)
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) == {"${BASE}"}
    assert re.findall(r"^USER (.+)$", text, re.MULTILINE) == ["10001:10001"]


def test_the_builder_is_given_what_the_image_takes_and_nothing_else() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+)$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    sources = {source for line in copied for source in line.split()[:-1]}
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    allowed = {line.removeprefix("!") for line in ignored if line.startswith("!")}

    assert ignored[1] == "*"
    assert sources == allowed
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_every_variable_is_a_setting() -> None:
    known = {f"GEMINYA_{field.upper()}" for field in Settings.model_fields} | NOT_OF_SETTINGS
    used = {key for service in services().values() for key in environment(service)}

    assert {key for key in used if key.startswith("GEMINYA_")} <= known


def test_no_secret_stands_in_an_environment() -> None:
    secret = {
        f"GEMINYA_{field}".upper()
        for field, about in Settings.model_fields.items()
        if SecretStr in (about.annotation, *getattr(about.annotation, "__args__", ()))
    }
    assert "GEMINYA_SECRET_KEY" in secret
    for service in services().values():
        for key, value in environment(service).items():
            assert key not in secret
            assert not re.search(r"PASSWORD$|TOKEN$", key)
            assert not re.search(r"//[^/]*:[^/]*@", str(value)), key


@pytest.mark.parametrize("name", sorted(SERVERS - {PLAYGROUND}))
def test_a_process_sees_its_own_secrets_alone(name: str) -> None:
    mounts = {mount["target"]: mount for mount in services()[name]["volumes"]}

    assert set(mounts) - {"/house/journal"} == {OWN}
    assert (mounts[OWN]["source"], mounts[OWN].get("read_only")) == (name, True)
    assert environment(services()[name])["GEMINYA_TLS_DIR"] == OWN


def test_the_authority_is_seen_by_who_makes_certificates_alone() -> None:
    seen = {
        name
        for name, service in services().items()
        if any(mount.get("source") == "authority" for mount in service.get("volumes", []))
    }
    assert seen == {"setup"}
    assert services()["setup"]["network_mode"] == "none"


@EACH_COMBINATION
def test_the_database_is_reached_by_those_who_need_it_alone(overlays: tuple[str, ...]) -> None:
    found = services(overlays)
    reach = {name for name, service in found.items() if "database" in service.get("networks", {})}
    may = {"postgres", "pgbouncer", "migrate", "geminya", "backup", "auditor", *SERVICES}

    assert reach == may & set(found)
    inside = {
        name for name, network in house(overlays)["networks"].items() if network.get("internal")
    }
    assert {"database", "house"} <= inside <= {"database", "house", "telemetry"}


@EACH_COMBINATION
def test_only_the_bot_and_pages_reach_the_world(overlays: tuple[str, ...]) -> None:
    inside = {"database", "house", "telemetry"}
    outside = {
        name
        for name, service in services(overlays).items()
        if set(service.get("networks", {})) - inside
    }
    pages = {name for name in outside if services(overlays)[name].get("ports")}

    assert outside - pages == (set() if PLAYGROUND in overlays else {BOT})
    for name in pages:
        assert {port["host_ip"] for port in services(overlays)[name]["ports"]} == {"127.0.0.1"}


@pytest.mark.parametrize("name", [*SERVICES, BOT, "content", "geminya"])
def test_addresses_and_ports_are_those_of_the_settings(name: str) -> None:
    told = environment(services()[name])
    settings = Settings.model_construct()
    for service in SERVICES:
        expected = f"dns:///{service}:{settings.port_of(service)}"
        assert told[f"GEMINYA_{service.upper()}_ADDRESS"] == expected
    if name in SERVERS:
        assert (told["GEMINYA_HEALTH_PORT"], told["GEMINYA_METRICS_PORT"]) == ("8610", "9464")


def test_without_discord_the_bot_needs_no_token_and_finds_the_playground() -> None:
    at_home = services(("playground",))
    box = environment(at_home[PLAYGROUND])
    url = f"http://{box['GEMINYA_PLAYGROUND_NAME']}:{box['GEMINYA_PLAYGROUND_PORT']}"

    assert environment(at_home[BOT])["GEMINYA_DISCORD_URL"] == url
    assert "secrets" not in at_home[BOT]
    assert services(())[BOT]["secrets"][0]["source"] == "geminya_discord_token"
    for name in (*SERVICES, BOT):
        assert environment(at_home[name])["GEMINYA_OTLP_ENDPOINT"] == f"{url}/v1/traces"


@EACH_COMBINATION
def test_everybody_waits_for_what_is_needed(overlays: tuple[str, ...]) -> None:
    """From the bot, by way of content, services and migrations, to the database and its secrets."""
    found = services(overlays)
    reached, waiting = set[str](), [BOT]
    while waiting:
        name = waiting.pop()
        reached.add(name)
        for other, how in found[name].get("depends_on", {}).items():
            done = "service_completed_successfully" if other in TASKS else "service_healthy"
            assert how["condition"] == done, (name, other)
            waiting.append(other)

    unneeded = {"geminya", "backup", "auditor", "otel-collector", "jaeger", "prometheus", "grafana"}
    assert reached == set(found) - unneeded
