"""What the processes of a house are told."""

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from chassis.settings import SERVICES, Settings
from console import house
from console.trouble import Trouble

PORTS = [f"{name}_port" for name in (*SERVICES, "bot_health", "playground", "embedded")]
OWNER = "postgresql://geminya:pw@127.0.0.1:8606/geminya"


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GEMINYA_")]:
        monkeypatch.delenv(name)


def settings_of(tmp_path: Path, **given: object) -> Settings:
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in PORTS]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        free = {name: probe.getsockname()[1] for name, probe in zip(PORTS, probes, strict=True)}
    return Settings(_env_file=None, data_dir=tmp_path, **(free | given))  # type: ignore[arg-type]


def by_name(settings: Settings) -> dict[str, house.Process]:
    return {
        process.name: process
        for process in house.processes(settings, dict.fromkeys(SERVICES, OWNER))
    }


def test_without_a_token_the_playground_stands_in_for_discord(tmp_path: Path) -> None:
    processes = by_name(settings_of(tmp_path, playground_port=9123))
    bot = processes["bot"].environment
    assert set(processes) == {*SERVICES, "bot", "playground"}
    assert bot["GEMINYA_DISCORD_URL"] == "http://127.0.0.1:9123"
    assert bot["GEMINYA_OTLP_ENDPOINT"] == "http://127.0.0.1:9123/v1/traces"
    assert bot["GEMINYA_ENV"] == "dev"


def test_with_a_token_the_bot_goes_to_discord(tmp_path: Path) -> None:
    processes = by_name(settings_of(tmp_path, discord_token=SecretStr("t"), env="production"))
    assert "playground" not in processes
    assert "GEMINYA_DISCORD_URL" not in processes["bot"].environment
    assert processes["bot"].environment["GEMINYA_ENV"] == "production"


def test_on_one_machine_nobody_drains_unless_told_to(tmp_path: Path) -> None:
    processes = by_name(settings_of(tmp_path, env="production"))
    assert processes["users"].environment["GEMINYA_DRAIN_S"] == "0"


def test_a_drain_that_was_asked_for_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINYA_DRAIN_S", "3")
    processes = by_name(settings_of(tmp_path))
    assert processes["users"].environment["GEMINYA_DRAIN_S"] == "3"


def test_each_service_has_the_address_of_its_own_schema_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINYA_DATABASE_URL", OWNER)
    monkeypatch.setenv("GEMINYA_ECONOMY_DATABASE_URL", OWNER)
    processes = by_name(settings_of(tmp_path))
    for name, process in processes.items():
        given = process.environment.items()
        addresses = {key for key, value in given if key.endswith("DATABASE_URL") and value}
        own = {f"GEMINYA_{name.upper()}_DATABASE_URL"} if name in SERVICES else set()
        assert addresses == own
        # Empty and not absent: a child reads `.env` itself, and finds no other address there.
        assert process.environment["GEMINYA_DATABASE_URL"] == ""


def test_only_who_seals_or_signs_has_the_key_and_it_stays_the_same(tmp_path: Path) -> None:
    def keys() -> dict[str, str]:
        processes = by_name(settings_of(tmp_path)).items()
        return {name: process.environment["GEMINYA_SECRET_KEY"] for name, process in processes}

    given = keys()
    assert {name for name, key in given.items() if key} == {*SERVICES, "bot"}
    assert len({key for key in given.values() if key}) == 1
    assert keys() == given


def test_only_the_bot_has_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINYA_DISCORD_TOKEN", "t")
    processes = by_name(settings_of(tmp_path, discord_token=SecretStr("t"))).items()
    tokens = {name: process.environment["GEMINYA_DISCORD_TOKEN"] for name, process in processes}
    assert {name for name, token in tokens.items() if token} == {"bot"}


def test_only_collection_has_the_key_of_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINYA_CHAT_API_KEY", "k")
    processes = by_name(settings_of(tmp_path, chat_api_key=SecretStr("k"))).items()
    keys = {name: process.environment["GEMINYA_CHAT_API_KEY"] for name, process in processes}
    assert {name for name, key in keys.items() if key} == {"collection"}


def test_each_process_proves_who_it_is_with_a_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINYA_TLS_DIR", "/somebody/elses")
    monkeypatch.setenv("GEMINYA_HEALTH_PORT", "8610")
    processes = by_name(settings_of(tmp_path))
    given = {name: process.environment["GEMINYA_TLS_DIR"] for name, process in processes.items()}
    own = {name: str(tmp_path / "certs" / name) for name in (*SERVICES, "bot")}
    assert given == own | {"playground": ""}
    assert {process.environment["GEMINYA_HEALTH_PORT"] for process in processes.values()} == {"0"}


def test_a_used_port_is_named_with_its_setting(tmp_path: Path, taken: int) -> None:
    with pytest.raises(Trouble, match=f"port {taken} is in use; set GEMINYA_ECONOMY_PORT"):
        house.require_free_ports(settings_of(tmp_path, economy_port=taken))


def test_two_settings_with_one_port_are_both_named(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="GEMINYA_USERS_PORT and GEMINYA_ECONOMY_PORT are both 9111"):
        house.require_free_ports(settings_of(tmp_path, users_port=9111, economy_port=9111))


def metrics_ports(settings: Settings) -> dict[str, int]:
    return {
        name: int(process.environment["GEMINYA_METRICS_PORT"])
        for name, process in by_name(settings).items()
    }


def test_metrics_are_ten_above_a_process_unless_they_were_moved(tmp_path: Path) -> None:
    ports = {"users_port": 9101, "bot_health_port": 9105}
    of_themselves = metrics_ports(settings_of(tmp_path, **ports))
    moved = metrics_ports(settings_of(tmp_path, metrics_port=9300))

    assert (of_themselves["users"], of_themselves["bot"]) == (9111, 9115)
    assert of_themselves["playground"] == 0
    assert [moved[name] for name in (*SERVICES, "bot")] == [9300, 9301, 9302, 9303, 9304]
    assert set(metrics_ports(settings_of(tmp_path, metrics_port=0)).values()) == {0}


def test_a_taken_metrics_port_is_named_before_anything_starts(tmp_path: Path, taken: int) -> None:
    with pytest.raises(Trouble, match=f"port {taken} is in use; set GEMINYA_METRICS_PORT"):
        house.require_free_ports(settings_of(tmp_path, metrics_port=taken))
