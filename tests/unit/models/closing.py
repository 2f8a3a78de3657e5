"""A model of closing a user (erase or reset) while an operation runs, and of the user coming back.

Three services hold a gate. The operation belongs to epoch 1; the eraser closes the gates by letters that
may be lost, late or doubled; afterwards the user plays again with epoch 2, while letters of the old life
are still under way.
"""

from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

from tests.unit.models.explore import Move, different, put, replaced, take

SERVICES = ("economy", "collection", "users")
ECONOMY, COLLECTION, USERS = range(3)
MOST_LETTERS = 3
COPIES = 1
RETURNS, PLAYS = 3, 4
"""Where the eraser stands once all is closed, and once the user is back."""


class Rule(Enum):
    """What the design asks for; a model can go without one of them."""

    STEPS_CARRY_THE_EPOCH = auto()
    GATE_ROW_STAYS = auto()
    OLD_CLOSE_TOUCHES_NOTHING_NEW = auto()
    NEW_EPOCH_WAITS_FOR_ALL = auto()
    COORDINATOR_OBEYS_ITS_GATE = auto()


class Gate(NamedTuple):
    """One service's gate of the user."""

    epoch: int
    is_open: bool


class Letter(NamedTuple):
    """A request or its answer on the way."""

    kind: str
    text: str = ""
    service: int = 0


class World(NamedTuple):
    """Everything there is."""

    gates: tuple[Gate | None, ...] = (Gate(1, True),) * 3
    rows: tuple[frozenset[int], ...] = (frozenset({1}), frozenset(), frozenset({1}))
    """The epochs of which each service has rows."""
    row: str = ""
    driver: str = "new"
    closing: int = 0
    """The service that is closed next; then `RETURNS` and `PLAYS`."""
    network: tuple[Letter, ...] = ()
    copies: int = COPIES
    evil: str = ""


class Model:
    """The closing with some of the rules."""

    def __init__(self, rules: frozenset[Rule]) -> None:
        self.rules = rules

    def moves(self, world: World) -> Iterator[Move[World]]:
        """Everything that may happen next."""
        yield from self._drives(world)
        yield from self._erases(world)
        if world.closing == RETURNS:
            yield "the user returns", self._returned(world)
        for letter in different(world.network):
            yield f"{letter.kind} is lost", world._replace(network=take(world.network, letter))
            yield from self._arrives(world, letter)

    def admit(self, gate: Gate | None, epoch: int) -> tuple[Gate | None, str]:
        """The epoch table: the gate afterwards, and whether the step may go on."""
        if gate is None:
            return Gate(epoch, True), "go"
        if Rule.STEPS_CARRY_THE_EPOCH not in self.rules:
            return gate, "go" if gate.is_open else "gone"
        if epoch < gate.epoch or (epoch == gate.epoch and not gate.is_open):
            return gate, "gone"
        if epoch > gate.epoch:
            return (gate, "bug") if gate.is_open else (Gate(epoch, True), "go")
        return gate, "go"

    # The operation of epoch 1; economy coordinates it.

    def _drives(self, world: World) -> Iterator[Move[World]]:
        match world.driver:
            case "new":
                gate, verdict = self.admit(world.gates[ECONOMY], 1)
                if verdict == "go":
                    gates = replaced(world.gates, ECONOMY, gate)
                    begun = world._replace(gates=gates, row="STARTED", driver="send debit")
                    yield "the operation begins", begun
                else:
                    yield "the operation meets a closed gate", world._replace(driver="end")
            case "send debit" | "send grant" if _has_room(world):
                kind = world.driver[5:]
                network = put(world.network, Letter(kind))
                yield f"{kind} is sent", world._replace(network=network, driver=f"wait {kind}")
            case "wait debit" | "wait grant":
                kind = world.driver[5:]
                yield f"{kind} is asked again", world._replace(driver=f"send {kind}")
                yield from self._hears(world, kind)
            case "roll" if self._is_own_gate_open(world):
                rows = replaced(world.rows, ECONOMY, world.rows[ECONOMY] | {1})
                yield "rolls", world._replace(row="ROLLED", rows=rows, driver="send grant")
            case "roll":
                yield "finds its gate closed", world._replace(row="CLOSED", driver="end")

    def _hears(self, world: World, kind: str) -> Iterator[Move[World]]:
        for letter in different(world.network):
            if letter.kind != f"{kind} answer":
                continue
            heard = world._replace(network=take(world.network, letter))
            if letter.text == "gone":
                yield f"{kind} is gone", heard._replace(row="CLOSED", driver="end")
            elif kind == "debit":
                yield "debited", heard._replace(driver="roll")
            else:
                state = "DONE" if self._is_own_gate_open(world) else "CLOSED"
                yield "granted", heard._replace(row=state, driver="end")

    def _is_own_gate_open(self, world: World) -> bool:
        if Rule.COORDINATOR_OBEYS_ITS_GATE not in self.rules:
            return True
        return self.admit(world.gates[ECONOMY], 1)[1] == "go"

    # The eraser, and the user who comes back.

    def _erases(self, world: World) -> Iterator[Move[World]]:
        at = world.closing
        if at >= RETURNS:
            return
        if _has_room(world):
            sent = world._replace(network=put(world.network, Letter("close", service=at)))
            yield f"{SERVICES[at]} is told to close", sent
            if Rule.NEW_EPOCH_WAITS_FOR_ALL not in self.rules:
                yield "nobody waits for the answer", sent._replace(closing=at + 1)
        for letter in different(world.network):
            if letter.kind == "close answer":
                network = take(world.network, letter)
                after = max(at, letter.service + 1)
                yield f"{letter.text} is closed", world._replace(network=network, closing=after)

    def _returned(self, world: World) -> World:
        """The first action of epoch 2 in every service."""
        gates, rows, evil = world.gates, world.rows, world.evil
        for service in range(3):
            gate, verdict = self.admit(gates[service], 2)
            if verdict == "bug":
                evil = evil or "a new epoch met an open old gate"
            if Rule.STEPS_CARRY_THE_EPOCH not in self.rules:
                gate, verdict = Gate(2, True), "go"
            gates = replaced(gates, service, gate if verdict == "go" else gates[service])
            rows = replaced(rows, service, rows[service] | {2})
        return world._replace(gates=gates, rows=rows, closing=PLAYS, evil=evil)

    # Participants.

    def _arrives(self, world: World, letter: Letter) -> Iterator[Move[World]]:
        if letter.kind not in ("debit", "grant", "close"):
            return
        for is_copied in (False, True) if world.copies else (False,):
            network = world.network if is_copied else take(world.network, letter)
            if len(network) < MOST_LETTERS:
                there = world._replace(network=network, copies=world.copies - is_copied)
                done = self._closes if letter.kind == "close" else self._acts
                answer, after = done(there, letter)
                name = f"{letter.kind} arrives: {answer.text}"
                yield name, after._replace(network=put(network, answer))

    def _acts(self, world: World, letter: Letter) -> tuple[Letter, World]:
        service = USERS if letter.kind == "debit" else COLLECTION
        gate, verdict = self.admit(world.gates[service], 1)
        if verdict != "go":
            return Letter(f"{letter.kind} answer", "gone"), world
        is_late = world.closing >= RETURNS
        evil = world.evil or ("a late step wrote after the closing" if is_late else "")
        rows = replaced(world.rows, service, world.rows[service] | {1})
        gates = replaced(world.gates, service, gate)
        return Letter(f"{letter.kind} answer", "done"), world._replace(
            gates=gates, rows=rows, evil=evil
        )

    def _closes(self, world: World, letter: Letter) -> tuple[Letter, World]:
        service = letter.service
        answer = Letter("close answer", SERVICES[service], service)
        gate, rows = world.gates[service], world.rows[service]
        if Rule.OLD_CLOSE_TOUCHES_NOTHING_NEW not in self.rules:
            after, left = Gate(gate.epoch if gate else 1, False), frozenset[int]()
        elif gate is not None and gate.epoch > 1:
            after, left = gate, rows
        else:
            after = Gate(1, False) if Rule.GATE_ROW_STAYS in self.rules else None
            left = rows - {1}
        gates = replaced(world.gates, service, after)
        return answer, world._replace(gates=gates, rows=replaced(world.rows, service, left))


def bad(world: World) -> str:
    """What must never be."""
    if world.evil:
        return world.evil
    if world.closing == PLAYS and any(2 not in epochs for epochs in world.rows):
        return "rows of the new life were wiped"
    if world.closing >= RETURNS and world.driver == "end" and not _is_busy(world):
        return "rows of the old life are left" if any(1 in e for e in world.rows) else ""
    return ""


def is_over(world: World) -> bool:
    """The user plays again, and the old operation is at its end."""
    return world.closing == PLAYS and world.driver == "end"


def _is_busy(world: World) -> bool:
    return any(letter.kind in ("debit", "grant", "close") for letter in world.network)


def _has_room(world: World) -> bool:
    return len(world.network) < MOST_LETTERS
