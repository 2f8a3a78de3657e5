"""How commands print what they found: a table for a person, or with `--json` for a program.

Every list goes through `show_rows` and every single thing through `show_facts`, so that all of them look alike:
a list as JSON is an array of objects with the same keys in every row, a thing is one object.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

WIDTH = 200
"""Of a table that goes into a file or a pipe."""
NAME_WIDTH = 21

JsonOption = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
Row = Mapping[str, Any]


def show_rows(title: str, rows: Sequence[Row], *, as_json: bool = False) -> None:
    """A list: an array of objects, or a title and a table where there are rows for it."""
    if as_json:
        show_json(rows)
        return
    typer.echo(title)
    if not rows:
        return
    table = Table(box=None, pad_edge=False)
    for name in rows[0]:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(shown(value) for value in row.values()))
    width = None if sys.stdout.isatty() else WIDTH
    Console(width=width, markup=False, highlight=False).print(table)


def show_facts(facts: Row, *, as_json: bool = False) -> None:
    """One thing: an object, or a line for each fact."""
    if as_json:
        show_json(facts)
        return
    for name, value in facts.items():
        typer.echo(f"{name.replace('_', ' '):<{NAME_WIDTH}} {shown(value)}")


def show_json(found: Any) -> None:
    """As a program reads it."""
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))


def shown(value: Any) -> str:
    """A value as a person reads it."""
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case dict():
            return ", ".join(
                f"{name.replace('_', ' ')} {shown(one)}" for name, one in value.items()
            )
        case list():
            return ", ".join(shown(one) for one in value) or "–"
        case _:
            return str(value)
