"""Rows of files that are right; a test changes the cell it is about."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

from services.collection.catalog.rules import SourceRow
from services.collection.catalog.rules.rows import ELEMENTS

ORIGINAL = Path(__file__).parents[4] / "shared" / "data" / "original"
"""The original's sample, which lies beside a developer's clone and nowhere else."""
CONTENT = Path(__file__).parents[3] / "content"

SERIES_CELLS = {
    "series_id": "7",
    "name": "The Lighthouse Choir",
    "english_name": "",
    "image_link": "https://pictures.example/choir.jpg",
    "studios": "Studio Paper Heron",
    "genres": "Music|Drama",
    "synopsis": "Nine voices and one lamp.",
    "favorites": "120",
    "members": "3400",
    "score": "7.25",
    "media_type": "anime",
}
STATS = {
    "hp": 90, "atk": 80, "mag": 70, "vit": 60, "spr": 50, "int": 100, "spd": 110, "lck": 120,
}  # fmt: skip
WAIFU_CELLS = {
    "waifu_id": "70",
    "name": "Sae Hotarubi",
    "series": "The Lighthouse Choir",
    "series_id": "7",
    "genre": "Anime",
    "rarity": "3",
    "image_url": "",
    "about": "She keeps the lamp.",
    "stats": json.dumps(STATS),
    "elemental_type": '["light"]',
    "archetype": "Sage",
    "potency": '{"Mage": "S"}',
    "elemental_resistances": '{"dark": "weak"}',
    "birthday": "2000-02-29",
    "favorite_gifts": '["Roses"]',
    "special_dialogue": '{"greeting": "You are late."}',
}


def a_series_row(line: int = 2, /, **cells: str) -> SourceRow:
    return SourceRow(line, {**SERIES_CELLS, **cells})


def a_waifu_row(line: int = 2, /, **cells: str) -> SourceRow:
    return SourceRow(line, {**WAIFU_CELLS, **cells})


def read_csv(path: Path) -> Iterator[SourceRow]:
    """The rows of a file, each with the line it begins in."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        line = reader.line_num + 1
        for row in reader:
            yield SourceRow(line, dict(zip(header, row, strict=True)))
            line = reader.line_num + 1


def many_rows(
    waifu_count: int = 2500, series_count: int = 240
) -> tuple[list[SourceRow], list[SourceRow]]:
    """Series and waifus as many as a large catalogue has; the ids of both begin at 1."""
    series = [
        a_series_row(
            number,
            series_id=str(number),
            name=f"Story{number} of the 物語 Harbour",
            english_name=f"The Tale Nº{number * 7} of {ELEMENTS[number % len(ELEMENTS)].title()} Hill",
            genres=f"Genre{number % 17}|Mood{number % 5}",
        )
        for number in range(1, series_count + 1)
    ]
    waifus = [
        a_waifu_row(
            number,
            waifu_id=str(number),
            series_id=str(1 + number % series_count),
            name=f"N{number * 7919 % 10_007} Ōkami 花{number}",
            rarity=str(1 + number % 3),
            elemental_type=json.dumps([ELEMENTS[number % len(ELEMENTS)]]),
            archetype=f"Role{number % 40}",
        )
        for number in range(1, waifu_count + 1)
    ]
    return series, waifus
