"""`python -m tools.balance` prints the grid: how parties of four kinds fare, beside the first bot's figures."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

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
    """The table: ours, then the first bot's in brackets; a word in the last column strays from it."""
    rules = "full rules" if is_full else "without boons and hazards"
    table = Table(title=f"Expeditions, {orders[0].runs} runs for each cell, {rules} (first bot)")
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading == "party" else "right")
    if not is_full:
        table.add_column("too far away")
    for order, cell in zip(orders, cells, strict=True):
        table.add_row(*row(order, cell, is_full=is_full))
    return table


def row(order: Order, cell: Cell | None, *, is_full: bool) -> list[str]:
    """One cell of the grid."""
    low, high = BINS[order.bin]
    named = [order.party, f"{low}–{high}"]
    if cell is None:
        return [*named, "no such place"]
    first = FIRST_BOT[order.party][order.bin]
    measures = (
        (outcomes(cell), outcomes(first)),
        (f"{cell.encounters:.1f}", f"{first.encounters:.1f}"),
        (f"{cell.crystals:.0f}", f"{first.crystals:.0f}"),
        (f"{cell.quartzs:.1f}", f"{first.quartzs:.1f}"),
        (f"{cell.items:.2f}", f"{first.items:.2f}"),
    )
    shown = [f"{ours} ({theirs})" for ours, theirs in measures]
    return [*named, *shown, *([] if is_full else [", ".join(strays(cell, first)) or "–"])]


def outcomes(cell: Cell) -> str:
    """The four shares."""
    shares = (cell.greats, cell.successes, cell.failures, cell.mishaps)
    return "/".join(f"{share:.0f}" for share in shares)


if __name__ == "__main__":
    main()
