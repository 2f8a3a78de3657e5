"""A model of one operation: a debit that may be refused, a roll, a grant.

Two drivers, the handler of the request and a sweeper, may crash or lose patience at any point; the network
may lose a letter, keep it for ever or deliver it twice; the player earns money somewhere in between.
"""

from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

from tests.unit.models.explore import Move, different, put, replaced, take

PRICE = 1
MOST_LETTERS = 4
COPIES = 1
NAMES = ("handler", "sweeper")
OPEN = ("STARTED", "ROLLED")


class Rule(Enum):
    """What the design asks for; a model can go without one of them."""

    IDS_ARE_REMEMBERED = auto()
    REFUSALS_ARE_KEPT = auto()
    SILENCE_IS_NO_REFUSAL = auto()
    ROW_COMES_FIRST = auto()
    STATE_IS_CHECKED = auto()
    SWEEPER_SWEEPS = auto()


class Letter(NamedTuple):
    """A request or its answer on the way."""

    kind: str
    driver: int
    outcome: str = ""


class World(NamedTuple):
    """Everything there is."""

    balance: int = 0
    has_earned: bool = False
    debit: str = ""
    """The outcome that the wallet remembers."""
    debits: int = 0
    is_granted: bool = False
    """Whether the collection remembers the grant."""
    grants: int = 0
    row: str = ""
    """The state in the coordinator's row; empty without a row."""
    rolls: int = 0
    drivers: tuple[str, str] = ("new", "idle")
    network: tuple[Letter, ...] = ()
    copies: int = COPIES


class Model:
    """The operation with some of the rules."""

    def __init__(self, rules: frozenset[Rule]) -> None:
        self.rules = rules

    def moves(self, world: World) -> Iterator[Move[World]]:
        """Everything that may happen next."""
        if not world.has_earned:
            earned = world._replace(balance=world.balance + PRICE, has_earned=True)
            yield "the player earns money", earned
        for driver, place in enumerate(world.drivers):
            for name, after in self._drives(world, driver, place):
                yield f"{NAMES[driver]} {name}", after
        for letter in different(world.network):
            yield f"{letter.kind} is lost", world._replace(network=take(world.network, letter))
            yield from self._arrives(world, letter)

    # The coordinator's drivers.

    def _drives(self, world: World, driver: int, place: str) -> Iterator[Move[World]]:
        match place:
            case "new":
                row = "STARTED" if Rule.ROW_COMES_FIRST in self.rules else ""
                yield "begins", _at(world._replace(row=row), driver, "send debit")
            case "idle" if driver == 1 and Rule.SWEEPER_SWEEPS in self.rules:
                if world.row in OPEN:
                    yield "takes over", _at(world, driver, _next_call(world.row))
            case "send debit" | "send grant" if len(world.network) < MOST_LETTERS:
                letter = Letter(place[5:], driver)
                sent = world._replace(network=put(world.network, letter))
                yield f"sends {letter.kind}", _at(sent, driver, f"wait {letter.kind}")
            case "wait debit" | "wait grant":
                yield from self._waits(world, driver, place[5:])
            case "roll" | "reject" | "finish":
                yield from self._commits(world, driver, place)
        if place not in ("idle", "dead"):
            yield "crashes", _at(world, driver, "dead" if driver == 0 else "idle")

    def _waits(self, world: World, driver: int, kind: str) -> Iterator[Move[World]]:
        if Rule.SILENCE_IS_NO_REFUSAL not in self.rules and (kind, world.row) == (
            "debit",
            "STARTED",
        ):
            yield "takes silence for a no", _at(world._replace(row="REJECTED"), driver, "idle")
        yield "asks again", _at(world, driver, f"send {kind}")
        for letter in different(world.network):
            if letter.kind == f"{kind} answer" and letter.driver == driver:
                place = "finish" if kind == "grant" else "roll"
                place = "reject" if letter.outcome == "REFUSED" else place
                heard = world._replace(network=take(world.network, letter))
                yield f"hears of the {kind}: {letter.outcome}", _at(heard, driver, place)

    def _commits(self, world: World, driver: int, place: str) -> Iterator[Move[World]]:
        """A local phase: one transaction that asks for the state it comes from."""
        is_checked = Rule.STATE_IS_CHECKED in self.rules
        if place == "roll":
            if world.row in ("STARTED", "") or not is_checked:
                rolled = world._replace(row="ROLLED", rolls=world.rolls + 1)
                yield "rolls", _at(rolled, driver, "send grant")
            else:
                follow = "send grant" if world.row == "ROLLED" else "idle"
                yield "finds the row elsewhere", _at(world, driver, follow)
        elif place == "reject" and (world.row in ("STARTED", "") or not is_checked):
            yield "rejects", _at(world._replace(row="REJECTED"), driver, "idle")
        elif place == "finish" and world.row == "ROLLED":
            yield "finishes", _at(world._replace(row="DONE"), driver, "idle")
        else:
            yield "finds the row elsewhere", _at(world, driver, "idle")

    # The participants: wallet and collection.

    def _arrives(self, world: World, letter: Letter) -> Iterator[Move[World]]:
        if letter.kind not in ("debit", "grant"):
            return
        for is_copied in (False, True) if world.copies else (False,):
            network = world.network if is_copied else take(world.network, letter)
            if len(network) < MOST_LETTERS:
                there = world._replace(network=network, copies=world.copies - is_copied)
                after = self._debit(there) if letter.kind == "debit" else self._grant(there)
                outcome = after[0]
                answer = Letter(f"{letter.kind} answer", letter.driver, outcome)
                answered = after[1]._replace(network=put(network, answer))
                yield f"{letter.kind} arrives: {outcome}", answered

    def _debit(self, world: World) -> tuple[str, World]:
        is_remembered = Rule.IDS_ARE_REMEMBERED in self.rules
        if world.debit and is_remembered:
            return world.debit, world
        if world.balance >= PRICE:
            paid = world._replace(
                balance=world.balance - PRICE, debit="DONE", debits=world.debits + 1
            )
            return "DONE", paid
        if is_remembered and Rule.REFUSALS_ARE_KEPT in self.rules:
            world = world._replace(debit="REFUSED")
        return "REFUSED", world

    def _grant(self, world: World) -> tuple[str, World]:
        if world.is_granted and Rule.IDS_ARE_REMEMBERED in self.rules:
            return "DONE", world
        return "DONE", world._replace(is_granted=True, grants=world.grants + 1)


def bad(world: World) -> str:
    """What must never be."""
    effects = (world.debits, world.grants)
    wrongs = {
        "a balance below zero": world.balance < 0,
        "debited twice": world.debits > 1,
        "granted twice": world.grants > 1,
        "rolled twice": world.rolls > 1,
        "refused to the player, and yet something happened": world.row == "REJECTED"
        and effects != (0, 0),
        "done without debit or grant": world.row == "DONE" and effects != (1, 1),
    }
    return next((wrong for wrong, is_so in wrongs.items() if is_so), "")


def good_end(world: World) -> bool:
    """All or nothing, and the row says so."""
    effects = (world.debits, world.grants)
    return effects == ((1, 1) if world.row == "DONE" else (0, 0)) and world.row not in OPEN


def _at(world: World, driver: int, place: str) -> World:
    return world._replace(drivers=replaced(world.drivers, driver, place))


def _next_call(row: str) -> str:
    return "send debit" if row == "STARTED" else "send grant"
