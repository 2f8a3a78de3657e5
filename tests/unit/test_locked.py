"""The part of the lock that goes into the image."""

from pathlib import Path

from tools.locked import PROJECT, pins_of, reached_from

ROOT = Path(__file__).parents[2]
LOCK = """\
asked==1.0 \\
    --hash=sha256:aa
    # via geminya (pyproject.toml)
below==2.0 ; sys_platform == 'linux' \\
    --hash=sha256:bb \\
    --hash=sha256:bc
    # via
    #   asked
    #   tester
tester[extra]==3.0 \\
    --hash=sha256:cc
    # via geminya (pyproject.toml:dev)
under-tester==4.0 \\
    --hash=sha256:dd
    # via tester
"""


def test_what_runs_takes_what_it_needs_with_every_hash() -> None:
    kept = reached_from(pins_of(LOCK), [PROJECT])

    assert [pin.name for pin in kept] == ["asked", "below"]
    assert "".join(pin.text for pin in kept) == LOCK[: LOCK.index("tester[extra]")]


def test_a_tool_brings_its_own_needs() -> None:
    kept = reached_from(pins_of(LOCK), ["tester"])

    assert [pin.name for pin in kept] == ["below", "tester", "under-tester"]


def test_of_the_real_lock_nothing_of_the_workshop_is_kept() -> None:
    pins = list(pins_of((ROOT / "requirements.lock").read_text()))
    kept = {pin.name for pin in reached_from(pins, [PROJECT])}

    assert {"grpcio", "asyncpg", "discord-py", "aiohttp", "typer", "pydantic"} <= kept
    assert not {"pytest", "ruff", "uv", "hatchling", "basedpyright", "grpcio-tools"} & kept
    assert all("--hash=sha256:" in pin.text for pin in pins)
    assert all(pin.asked_by for pin in pins)
