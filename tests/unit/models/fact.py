"""A model of a fact (F13): a change that another service counts, told behind the change's own commit.

The handler of the wish, the driver it wakes and a sweeper may crash at any point; letters may be lost, late or
doubled; and a player may leave and come back while the fact is under way. Whether one leaves is said at the
beginning: who stays must find the change counted, and leaving is no way out of that.
"""

from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

from tests.unit.models.explore import Move, different, put, replaced, take

COLLECTION, ECONOMY = range(2)
NAMES = ("collection", "economy")
WOKEN, SWEEPER = range(2)
DRIVERS = ("the woken driver", "the sweeper")
MOST_LETTERS = 3
COPIES = 1
RETURNS, PLAYS = 2, 3
"""Where the closing stands once all is closed, and once the player is back."""


class Rule(Enum):
    """What the design asks for; a model can go without one of them."""

    FACT_IS_IN_THE_CHANGE = auto()
    STEPS_ARE_REMEMBERED = auto()
    STEPS_CARRY_THE_EPOCH = auto()
    MARK_FOLLOWS_THE_ANSWER = auto()
    SWEEPER_SWEEPS = auto()


class Gate(NamedTuple):
    """One service's gate of the player."""

    epoch: int = 1
    is_open: bool = True

    def lets_in(self, epoch: int) -> bool:
        """Whether something of that life may still be written."""
        return self.is_open and epoch >= self.epoch


class Letter(NamedTuple):
    """A request or its answer on the way; `to` is the driver of a fact, or the service that closes."""

    kind: str
    to: int
    text: str = ""


class World(NamedTuple):
    """Everything there is."""

    plan: str = ""
    handler: str = "new"
    is_changed: bool = False
    fact: str = ""
    """The state in its row; empty without a row."""
    drivers: tuple[str, str] = ("idle", "idle")
    gates: tuple[Gate, Gate] = (Gate(), Gate())
    is_remembered: bool = False
    counts: int = 0
    progress: int = 0
    """What is counted in the life that is lived now."""
    closing: int = 0
    """The service that is closed next; then `RETURNS` and `PLAYS`."""
    network: tuple[Letter, ...] = ()
    copies: int = COPIES


class Model:
    """The fact with some of the rules."""

    def __init__(self, rules: frozenset[Rule]) -> None:
        self.rules = rules

    def moves(self, world: World) -> Iterator[Move[World]]:
        """Everything that may happen next."""
        if not world.plan:
            yield "the player will stay", world._replace(plan="stay")
            yield "the player will leave", world._replace(plan="leave")
            return
        yield from self._changes(world)
        for driver, place in enumerate(world.drivers):
            for name, after in self._tells(world, driver, place):
                yield f"{DRIVERS[driver]} {name}", after
        if world.plan == "leave":
            yield from self._leaves(world)
        for letter in different(world.network):
            yield f"{letter.kind} is lost", world._replace(network=take(world.network, letter))
            yield from self._arrives(world, letter)

    # The wish and its change.

    def _changes(self, world: World) -> Iterator[Move[World]]:
        match world.handler:
            case "new" if not world.gates[COLLECTION].lets_in(1):
                yield "the wish meets a closed gate", world._replace(handler="end")
            case "new" if world.is_changed:
                yield "the wish finds its answer", world._replace(handler="end")
            case "new" if Rule.FACT_IS_IN_THE_CHANGE in self.rules:
                changed = world._replace(is_changed=True, fact="OPEN", handler="wake")
                yield "the change and its fact are committed", changed
            case "new":
                changed = world._replace(is_changed=True, handler="write fact")
                yield "the change is committed", changed
            case "write fact" if world.gates[COLLECTION].lets_in(1):
                yield "the fact is committed", world._replace(fact="OPEN", handler="wake")
            case "write fact":
                yield "the fact meets a closed gate", world._replace(handler="end")
            case "wake":
                woken = _at(world, WOKEN, "send")
                yield "the player is answered", woken._replace(handler="end")
            case "dead":
                yield "the player asks again", world._replace(handler="new")
        if world.handler not in ("dead", "end"):
            yield "the handler crashes", world._replace(handler="dead")

    # Who tells it.

    def _tells(self, world: World, driver: int, place: str) -> Iterator[Move[World]]:
        match place:
            case "idle" if driver == SWEEPER and Rule.SWEEPER_SWEEPS in self.rules:
                if world.fact == "OPEN":
                    yield "takes the fact", _at(world, driver, "send")
            case "send" if len(world.network) < MOST_LETTERS:
                sent = world._replace(network=put(world.network, Letter("record", driver)))
                if Rule.MARK_FOLLOWS_THE_ANSWER not in self.rules:
                    sent = _marked(sent, "DONE")
                yield "tells economy", _at(sent, driver, "wait")
            case "wait":
                yield "asks again", _at(world, driver, "send")
                for letter in different(world.network):
                    if letter.kind == "record answer" and letter.to == driver:
                        heard = world._replace(network=take(world.network, letter))
                        yield f"hears: {letter.text}", _at(heard, driver, letter.text)
            case "DONE" | "GONE":
                yield f"marks it {place}", _at(_marked(world, place), driver, "idle")
        if place != "idle":
            yield "crashes", _at(world, driver, "idle")

    # The player who leaves and comes back.

    def _leaves(self, world: World) -> Iterator[Move[World]]:
        at = world.closing
        if at == RETURNS:
            gates = (Gate(2), Gate(2))
            yield "the player is back", world._replace(gates=gates, closing=PLAYS)
        if at >= RETURNS:
            return
        if len(world.network) < MOST_LETTERS:
            sent = put(world.network, Letter("close", at))
            yield f"{NAMES[at]} is told to close", world._replace(network=sent)
        for letter in different(world.network):
            if letter.kind == "close answer":
                network = take(world.network, letter)
                after = max(at, letter.to + 1)
                yield (
                    f"{NAMES[letter.to]} is closed",
                    world._replace(network=network, closing=after),
                )

    # Participants.

    def _arrives(self, world: World, letter: Letter) -> Iterator[Move[World]]:
        if letter.kind not in ("record", "close"):
            return
        for is_copied in (False, True) if world.copies else (False,):
            network = world.network if is_copied else take(world.network, letter)
            if len(network) < MOST_LETTERS:
                there = world._replace(copies=world.copies - is_copied)
                if letter.kind == "record":
                    text, after = self._counts(there)
                else:
                    text, after = "", _closed(there, letter.to)
                answer = Letter(f"{letter.kind} answer", letter.to, text)
                yield (
                    f"{letter.kind} arrives: {text}",
                    after._replace(network=put(network, answer)),
                )

    def _counts(self, world: World) -> tuple[str, World]:
        is_open = world.gates[ECONOMY].lets_in(1)
        if Rule.STEPS_CARRY_THE_EPOCH in self.rules and not is_open:
            return "GONE", world
        if world.is_remembered and Rule.STEPS_ARE_REMEMBERED in self.rules:
            return "DONE", world
        counted = world._replace(
            is_remembered=True, counts=world.counts + 1, progress=world.progress + 1
        )
        return "DONE", counted


def bad(world: World) -> str:
    """What must never be."""
    wrongs = {
        "counted twice": world.counts > 1,
        "counted, and it never happened": world.counts > 0 and not world.is_changed,
        "counted behind the end of its life": world.closing >= RETURNS and world.progress > 0,
        "it waits behind the end of its life": world.closing >= RETURNS and world.fact == "OPEN",
    }
    return next((wrong for wrong, is_so in wrongs.items() if is_so), "")


def good_end(world: World) -> bool:
    """Of who stays, what happened is counted, and the row says so; of who leaves, nothing is left."""
    if world.plan == "leave":
        return world.closing == PLAYS and world.fact != "OPEN"
    wanted = (1, "DONE") if world.is_changed else (0, "")
    return world.plan == "stay" and (world.counts, world.fact) == wanted


def _closed(world: World, service: int) -> World:
    """One service has closed its gate in the transaction in which the rows go; a late letter does nothing."""
    if world.gates[service].epoch > 1:
        return world
    gates = replaced(world.gates, service, Gate(1, is_open=False))
    after = world._replace(gates=gates)  # type: ignore[arg-type]
    return _marked(after, "GONE") if service == COLLECTION else after._replace(progress=0)


def _marked(world: World, state: str) -> World:
    """The end of a fact that is open; one that has ended stays as it is."""
    return world._replace(fact=state) if world.fact == "OPEN" else world


def _at(world: World, driver: int, place: str) -> World:
    return world._replace(drivers=replaced(world.drivers, driver, place))  # type: ignore[arg-type]
