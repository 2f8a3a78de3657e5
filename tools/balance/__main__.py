"""`python -m tools.balance` prints how parties of four kinds fare at five difficulties."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from tools.balance.measure import Order, measure
from tools.balance.sources import Files
from tools.balance.target import BINS, FIRST_BOT, PARTIES, Cell, strays

CONTENT = Path(__file__).resolve().parent.parent.parent / "content"
RUNS = 500
WORKERS = 2
HEADINGS = ("party", "difficulty", "GS/S/F/M %", "encounters", "crystals", "quartz", "items")


def main() -> None:
    """Measures every cell and prints it."""
    asked = arguments()
    files = Files(asked.expeditions, asked.encounters, asked.series, asked.waifus)
    for file in (files.expeditions, files.encounters, files.series, files.waifus):
        if not file.is_file():
            sys.exit(f"balance: there is no file {file}")
    orders = [
        Order(files, asked.full, party, number, asked.runs)
        for party in PARTIES
        for number in range(len(BINS))
    ]
    with ProcessPoolExecutor(WORKERS) as workers:
        cells = [*workers.map(measure, orders)]
    Console(width=150).print(grid(orders, cells, is_full=asked.full))


def arguments() -> Namespace:
    """What is measured: our own content, if nothing else is named."""
    parser = ArgumentParser(prog="balance", description=__doc__)
    for name in ("expeditions.json", "encounters.json", "series.csv", "waifus.csv"):
        file = CONTENT / name
        parser.add_argument(f"--{file.stem}", type=Path, default=file, metavar="FILE")
    parser.add_argument("--runs", type=int, default=RUNS, metavar="N", help="for each cell")
    parser.add_argument("--full", action="store_true", help="with boons and hazards")
    return parser.parse_args()


def grid(orders: Sequence[Order], cells: Sequence[Cell | None], *, is_full: bool) -> Table:
    """The table, as a document can keep it.

    Without boons and hazards the first bot's figures stand in brackets, and the last column names what
    lies too far from them. With them there is nothing to compare: the first bot's did next to nothing.
    """
    table = Table(box=box.MARKDOWN)
    for heading in HEADINGS if is_full else (*HEADINGS, "too far away"):
        table.add_column(heading, no_wrap=True)
    for order, cell in zip(orders, cells, strict=True):
        table.add_row(*(row(order, cell) if is_full else compared(order, cell)))
    return table


def row(order: Order, cell: Cell | None) -> list[str]:
    """One cell of the grid."""
    low, high = BINS[order.bin]
    return [order.party, f"{low}–{high}", *(figures(cell) if cell else ["no such place"])]


def compared(order: Order, cell: Cell | None) -> list[str]:
    """One cell of the grid beside the first bot's."""
    if cell is None:
        return row(order, cell)
    first = FIRST_BOT[order.party][order.bin]
    both = zip(figures(cell), figures(first), strict=True)
    shown = [f"{ours} ({theirs})" for ours, theirs in both]
    return [*row(order, cell)[:2], *shown, ", ".join(strays(cell, first)) or "–"]


def figures(cell: Cell) -> list[str]:
    """The measures of a cell."""
    return [
        outcomes(cell),
        f"{cell.encounters:.1f}",
        f"{cell.crystals:.0f}",
        f"{cell.quartzs:.1f}",
        f"{cell.items:.2f}",
    ]


def outcomes(cell: Cell) -> str:
    """The four shares."""
    shares = (cell.greats, cell.successes, cell.failures, cell.mishaps)
    return "/".join(f"{share:.0f}" for share in shares)


if __name__ == "__main__":
    main()
