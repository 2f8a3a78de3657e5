"""Acts of an operator: by whom, why, by which id, and for real or only told.

A command that changes something takes these options and makes an `Act` of them:

    async def work(calls: Calls, settings: Settings) -> None:
        act = make_act(settings, operator, reason, ticket, op, yes)
        typer.echo("what would be done")
        if act.is_real:
            with once(act.op_id):
                await calls.….AdminDoIt(pb.AdminDoItRequest(act=act.message, …))
        act.say_what_next()

    run(work)

Without `--yes` it only tells. The id makes an act that is repeated the same act.
"""

import getpass
import unicodedata
import uuid
from dataclasses import dataclass
from typing import Annotated

import typer

from chassis.settings import Settings
from console.trouble import Trouble
from geminya.common.v1 import op_pb2, operator_pb2

ReasonOption = Annotated[str, typer.Option(help="Why; 3 to 300 letters, for the audit row.")]
TicketOption = Annotated[str, typer.Option(help="Where it was asked for: a ticket, a message.")]
OperatorOption = Annotated[
    str, typer.Option(help="Who acts; else GEMINYA_OPERATOR, else who is logged in here.")
]
OpOption = Annotated[
    str, typer.Option("--op", help="The id of the act: the same id acts once at most.")
]
YesOption = Annotated[bool, typer.Option("--yes", help="Act; without it nothing is changed.")]


@dataclass(frozen=True, slots=True)
class Player:
    """Whom an act is about."""

    user_id: int
    epoch: int
    name: str

    def __str__(self) -> str:
        return f"{self.name or 'a closed academy'} (user {self.user_id})"


@dataclass(frozen=True, slots=True)
class Act:
    """What every act has."""

    op_id: str
    operator: operator_pb2.Operator
    is_real: bool

    def on(self, player: Player) -> op_pb2.Op:
        """The act as an operation of the player."""
        return op_pb2.Op(op_id=self.op_id, user_id=player.user_id, epoch=player.epoch)

    @property
    def message(self) -> operator_pb2.Act:
        """The act as the contracts take it, where it is not about a player."""
        return operator_pb2.Act(op_id=self.op_id, operator=self.operator)

    def part(self, name: str) -> operator_pb2.Act:
        """A part of an act that is done in several calls: the same part of the same act has the same id."""
        op_id = str(uuid.uuid5(uuid.UUID(self.op_id), name))
        return operator_pb2.Act(op_id=op_id, operator=self.operator)

    def say_what_next(self) -> None:
        """Tells how to act for real, or by which id the act is known."""
        if self.is_real:
            typer.echo(f"done, as operation {self.op_id}")
        else:
            typer.echo(f"nothing was changed; the same again with `--yes --op {self.op_id}` acts")


def make_act(
    settings: Settings, operator: str, reason: str, ticket: str, op_id: str, is_real: bool
) -> Act:
    """An act as the options say it; with an id of its own where none is given."""
    try:
        named = str(uuid.UUID(op_id)) if op_id else str(uuid.uuid4())
    except ValueError:
        raise Trouble(f"--op {op_id} is not the id of an act; leave it out to get one") from None
    by = operator_pb2.Operator(
        name=written(operator or login(settings)),
        reason=written(reason),
        ticket=written(ticket),
    )
    return Act(named, by, is_real)


def written(text: str) -> str:
    """The text as the contract takes it; a shell may hand over what is no text at all."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Trouble("an option holds bytes that are no text") from None
    return unicodedata.normalize("NFKC", text)


def login(settings: Settings) -> str:
    """Who acts where nobody is named."""
    if settings.operator:
        return settings.operator
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        raise Trouble("nobody is logged in here; say who acts: --operator NAME") from None
