"""The documents tell the truth: columns, settings, targets, commands, links; and nothing about somebody's machine."""

import csv
import io
import json
import re
import tomllib
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from chassis.postgres import admin_connection
from chassis.settings import SERVICES, Settings
from console import invariants
from console.main import app
from services.collection.bond.rules.texts import LONGEST_ANSWER
from services.collection.bond.store import HEARD_BEFORE
from services.collection.equipment import rules as equipment
from services.collection.roster import rules as roster
from services.collection.search.rules import keys as search
from services.economy.gacha import rules as gacha
from services.expeditions.atlas.rules import modifiers, rotation
from tests.support.pg import Clone

with warnings.catch_warnings():
    # discord.py imports audioop for voice, which the face does not have.
    warnings.simplefilter("ignore", DeprecationWarning)
    from discord import app_commands
    from discord.ext import commands

    from gateway_bot.cogs import COGS

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
GAME = ROOT / "docs" / "game.md"
DOCUMENTS = sorted([README, ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
KIT = ("gate", "applied_step", "operation", "freeze", "audit", "schema_migrations")
FIRST_DESIGN = {
    "users": 10, "series": 10, "waifus": 17, "user_waifus": 16, "equipment": 6, "equipment_sub_slots": 5,
    "user_expeditions": 13, "expedition_participants": 7, "expedition_logs": 7, "shop_items": 11,
    "user_purchases": 8, "user_inventory": 10, "banners": 8, "banner_items": 5, "daily_missions": 9,
    "user_mission_progress": 7, "gift_codes": 6, "gift_code_redemptions": 3, "conversations": 7,
}  # fmt: skip
"""Its tables and how many columns each had, so that no row gets lost here."""


def rows(text: str, first: str) -> list[list[str]]:
    """The rows of Markdown tables whose first cell looks like this, as cells."""
    lines = (line for line in text.splitlines() if line.startswith("|"))
    cells = ([cell.strip() for cell in line.strip("|").split(" | ")] for line in lines)
    return [row for row in cells if re.fullmatch(first, row[0].strip())]


def first_design() -> dict[str, str]:
    """Column of the first design to its place, or to the later part that brings it."""
    section = GAME.read_text().split("## Every column", 1)[1].split("\n## ", 1)[0]
    found = [(row[0].strip("`"), row[1].strip("`")) for row in rows(section, r"`\w+\.\w+`")]
    assert [name for name, times in Counter(name for name, _ in found).items() if times > 1] == []
    return dict(found)


def news() -> set[str]:
    """Columns that the first design did not have, as places."""
    section = GAME.read_text().split("## What is new", 1)[1]
    return {
        f"{row[0].strip('`')}.{column}"
        for row in rows(section, r"`\w+\.\w+`")
        for column in re.findall(r"`(\w+)`", row[1])
    }


async def columns(clone: Clone) -> set[str]:
    """Every column of the four schemas, the kit's tables aside."""
    async with admin_connection(clone.owner) as admin:
        found = await admin.all_rows(
            "SELECT table_schema, table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = ANY($1) AND table_name <> ALL($2)",
            [*SERVICES],
            [*KIT],
        )
    return {".".join(row.values()) for row in found}


def links(document: Path) -> Iterator[tuple[str, str]]:
    """Where the document leads inside of the project: file and heading."""
    text = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target):
            file, _, heading = target.partition("#")
            yield file, heading


def headings(document: Path) -> set[str]:
    """The anchors of a document, as they are made from its headings."""
    text = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)
    found = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}


def test_every_column_of_the_first_design_is_told_of() -> None:
    assert Counter(column.split(".")[0] for column in first_design()) == FIRST_DESIGN


async def test_every_place_in_the_game_document_is_there(clone: Clone) -> None:
    later = re.compile(r"later: (expeditions|shop|gift codes)")
    places = {place for place in first_design().values() if not later.fullmatch(place)}

    assert places | news() == await columns(clone)
    assert not places & news()


def test_the_settings_of_the_readme_are_those_of_the_code() -> None:
    told = {
        row[0].strip("`"): row[1].strip("`") for row in rows(README.read_text(), r"`GEMINYA_\w+`")
    }

    defaults = {
        f"GEMINYA_{name.upper()}": str(field.default if field.default not in (None, "") else "–")
        for name, field in Settings.model_fields.items()
    }
    assert told == defaults


def test_the_targets_of_the_readme_are_those_of_the_makefile() -> None:
    told = {row[0].strip("`") for row in rows(README.read_text(), r"`make \w+`")}

    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^([a-z]+):.*## ", makefile, flags=re.MULTILINE)
    assert told == {f"make {target}" for target in targets}


def test_every_make_target_that_a_document_names_is_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))

    for document in DOCUMENTS:
        named = set(re.findall(r"(?:^|`)make ([a-z]+)", document.read_text(), flags=re.MULTILINE))
        assert named <= targets, document


def test_the_invariants_are_told_of_with_their_statements() -> None:
    text = (ROOT / "docs" / "reliability.md").read_text()

    assert {row[0]: row[1] for row in rows(text, r"I\d+")} == {
        invariant.id: invariant.statement for invariant in invariants.INVARIANTS
    }


def test_the_runbook_tells_what_every_log_event_means() -> None:
    text = (ROOT / "docs" / "runbook.md").read_text()
    told = {
        name
        for row in rows(text, r"`[a-z]+\.[a-z_]+`.*")
        for name in re.findall(r"`([a-z]+\.[a-z_]+)`", row[0])
    }

    code = [
        file.read_text()
        for folder in ("chassis", "services", "gateway_bot", "playground")
        for file in (ROOT / folder).rglob("*.py")
    ]
    call = r"(?:\blog\.(?:debug|info|warning|error|exception)\(\s*|\baway=)\"([a-z_.]+)\""
    assert told == {event for text in code for event in re.findall(call, text)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    for file, heading in links(document):
        target = (document.parent / file).resolve() if file else document
        assert target.exists(), file
        assert not heading or heading in headings(target), f"{file}#{heading}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_a_document_names_is_there(document: Path) -> None:
    """Paths from the root of the project, in backticks, as `chassis/clock.py`."""
    tops = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    named = re.findall(r"`((?:\w+/)+[\w.]*)`", document.read_text())

    missing = [path for path in named if path.split("/")[0] in tops and not (ROOT / path).exists()]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_document_tells_of_a_machine(document: Path) -> None:
    assert re.findall(r"(?<![\w.])/(?:work|tmp|root|home)\b\S*", document.read_text()) == []


def test_decisions_are_counted_and_have_four_parts() -> None:
    names = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("*.md"))

    assert [name[:5] for name in names] == [f"{number:04}-" for number in range(1, len(names) + 1)]
    for name in names:
        text = (ROOT / "docs" / "decisions" / name).read_text()
        parts = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
        assert parts == ["Context", "Decision", "Consequences", "Alternatives"], name


def test_the_readme_tells_of_every_command_of_the_bot() -> None:
    told = {row[0].strip("`") for row in rows(README.read_text(), r"`/[^`]+`")}

    known: set[str] = set()
    for cog in COGS:
        group = cog.__cog_group_name__ if issubclass(cog, commands.GroupCog) else ""
        for command in cog.__cog_app_commands__:
            assert isinstance(command, app_commands.Command)
            options = (
                p.display_name if p.required else f"[{p.display_name}]" for p in command.parameters
            )
            known.add("/" + " ".join(filter(None, [str(group or ""), command.name, *options])))
    assert told == known


def test_the_readme_tells_of_every_command_of_the_operator() -> None:
    told = {row[0].strip("`") for row in rows(README.read_text(), r"`geminya [^`]+`")}

    def leaves(command: Any, path: str) -> set[str]:
        below = getattr(command, "commands", {})
        deeper = (leaves(child, f"{path} {name}") for name, child in below.items())
        # A family may be a command as well.
        own = {path} if not below or command.invoke_without_command else set[str]()
        return own.union(*deeper)

    known = leaves(typer.main.get_command(app), "geminya")
    # One row speaks for every process that can be started alone.
    alone = {f"geminya serve {name}" for name in (*SERVICES, "bot", "playground")}
    assert told == known - alone | {"geminya serve users"}


def test_the_game_document_has_the_numbers_of_the_rules() -> None:
    text = GAME.read_text()

    def numbers(first: str) -> list[int]:
        [row] = rows(text, re.escape(first))
        return [int(cell.replace(" ", "")) for cell in row[1:]]

    assert numbers("shards for a copy") == list(roster.SHARDS)
    assert numbers("shards") == list(roster.STAR_COSTS)
    assert numbers("power") == list(roster.POWERS)
    for kind, odds in gacha.ODDS.items():
        [row] = rows(text, f"`{kind.value}`")
        shown = [f"{odds[rarity] // 10_000} %" if rarity in odds else "–" for rarity in (1, 2, 3)]
        assert row[1:4] == shown


def test_the_game_document_has_the_numbers_of_equipment() -> None:
    text = GAME.read_text()

    for kind, weight in equipment.MAIN_WEIGHTS.items():
        [row] = rows(text, f"`{kind}`")
        assert row[1] == f"{weight} %"
    for kind, amounts in (equipment.MAIN_AMOUNTS | equipment.SUB_AMOUNTS).items():
        [row] = rows(text, f"`{kind}`")
        assert f"{amounts[0]} to {amounts[-1]}" in " ".join(row)
    for kind in equipment.SUB_AMOUNTS:
        [row] = rows(text, f"`{kind}`")
        assert row[2] == f"`{' '.join(equipment.STATS)}`"
    assert f"at most {equipment.MAX_EQUIPMENT} pieces" in text


def test_the_game_document_has_the_numbers_of_places_and_rotations() -> None:
    text, content = GAME.read_text(), ROOT / "content"
    encounters = json.loads((content / "encounters.json").read_text())
    places = json.loads((content / "expeditions.json").read_text())

    told = {row[0].strip("`"): int(row[2]) for row in rows(text, r"`[A-Z]+`")}
    assert told == Counter(encounter["type"] for encounter in encounters)
    assert f"The starter content has {len(places)} places" in text
    bins = [f"{low}–{high}" for low, high in rotation.BINS]
    assert f"{', '.join(bins[:-1])} and {bins[-1]}" in text
    assert f"Each week {rotation.PER_BIN * len(bins)} places are open" in text
    assert f"rests for {rotation.REST} rotations" in text
    assert f"has all {len(modifiers.SHAPES)} types" in text


def test_the_game_document_tells_of_every_key_of_a_query() -> None:
    section = GAME.read_text().split("## Searching", 1)[1].split("\n## ", 1)[0]

    told = {row[0].strip("`"): row[1:] for row in rows(section, r"`\w+`")}
    assert told == {
        key.name: [
            ", ".join(f"`{word}`" for word in key.also) or "–",
            key.kind.value,
            key.meaning,
            f"`{key.example}`",
        ]
        for key in search.KEYS.values()
    }
    [orders] = re.findall(r"\*\*Orders\*\* are `([a-z ]+)`", section)
    assert orders.split() == [*search.SORTS]


def test_the_game_document_has_the_numbers_of_bonds() -> None:
    text = GAME.read_text()
    section = text.split("\n## Bond\n", 1)[1].split("\n## ", 1)[0]
    bond = tomllib.loads((ROOT / "content" / "bond.toml").read_text())
    gifts = tomllib.loads((ROOT / "content" / "gifts.toml").read_text())["gift"]
    points, mood, limits = bond["points"], bond["mood"], bond["limits"]

    def cells(first: str) -> list[str]:
        [row] = rows(section, re.escape(first))
        return [cell.replace("\u2212", "-") for cell in row[1:]]

    assert [int(cell.replace(" ", "")) for cell in cells("points")] == bond["levels"]
    assert cells("a kind talk") == [f"{points['kind_talk']}", f"{mood['kind']}"]
    assert cells("any other talk") == [f"{points['talk']}", f"{mood['neutral']}"]
    assert cells("a rude talk") == [f"{points['rude_talk']}", f"{mood['rude']}"]
    price = f"{points['gift']} and {points['gift_price_percent']} % of its price"
    assert cells("a gift") == [price, f"{mood['gift']}"]
    journey = mood["journey"]
    assert cells("an expedition that went well, or badly") == ["0", f"{journey} or -{journey}"]
    assert cells("from") == [f"{word['least']}" for word in mood["word"]]
    assert cells("she is") == [word["name"] for word in mood["word"]]
    assert cells("talks with one waifu") == [f"{limits['talks']}"]
    assert cells("talks with all of them") == [f"{limits['all_talks']}"]
    assert cells("gifts for one waifu") == [f"{limits['gifts']}"]
    flat, lines = " ".join(section.split()), sum(len(one["says"]) for one in bond["lines"])
    assert points["favorite_factor"] == points["birthday_factor"] == 2
    for sentence in (
        f"Every {mood['levels_for_one']} levels of the bond",
        f"lifts her mood by another {mood['birthday']}.",
        "is worth 2 times as much",
        f"comes back to 0 by {mood['fade_per_hour']} an hour",
        f"the last {HEARD_BEFORE} exchanges",
        f"cut at {LONGEST_ANSWER} letters",
        f"has up to {limits['room']} decorations",
        f"The {len(bond['decoration'])} decorations and {len(bond['memory'])} memories",
        f"It has {lines} lines and {len(gifts)} gifts.",
    ):
        assert sentence in flat


def test_the_game_document_tells_of_the_starter_content() -> None:
    text, content = GAME.read_text(), ROOT / "content"
    words = {"sakura_crystals": "crystals", "quartzs": "quartz", "daphine": "daphine"}

    for banner in tomllib.loads((content / "banners.toml").read_text())["banner"]:
        [row] = rows(text, re.escape(f"`{banner['banner_id']}` – {banner['name']}"))
        assert row[1:] == [banner["type"], f"{banner['cost']} {words[banner['currency_type']]}"]
    missions = tomllib.loads((content / "missions.toml").read_text())["mission"]
    for mission in missions:
        [row] = rows(text, re.escape(f"`{mission['mission_id']}`"))
        reward = f"{mission['reward_amount']} {words[mission['reward_type']]}"
        target = f"{mission['target_count']} a {mission['period']}"
        assert row[1:] == [mission["type"], target, reward]
    assert len(rows(text, r"`(day|week)-\w+`")) == len(missions)
    waifus = list(csv.DictReader(io.StringIO((content / "waifus.csv").read_text("utf-8"))))
    of = Counter(int(waifu["rarity"]) for waifu in waifus)
    assert f"{len(waifus)} waifus: {of[1]} of one star, {of[2]} of two, {of[3]} of three" in text
