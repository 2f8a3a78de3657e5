"""Forms that need no memory: what they are for is signed in their custom id, as with a button.

The library forgets a form with the process that opened it, so a submission is taken from the bot's own
`on_interaction` and goes the way of a press.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord

from gateway_bot.answers import Interaction, Kinds
from gateway_bot.delivery import ACKNOWLEDGED, insist
from gateway_bot.tree import TOLD
from gateway_bot.views.words import cut, typed

TITLE_LETTERS, LABEL_LETTERS = 45, 45
HINT_LETTERS = 100


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to write."""

    name: str
    label: str
    description: str = ""
    placeholder: str = ""
    default: str = ""
    min_letters: int = 1
    """None means that it may stay empty."""
    max_letters: int = 100
    is_long: bool = False


async def ask(
    interaction: Interaction, custom_id: str, title: str, fields: Sequence[Field]
) -> None:
    """Answers with a form; nothing may have been said before, and nothing needs to be waited for."""
    form = form_of(custom_id, title, fields)
    answer = interaction.response
    await insist(lambda: answer.send_modal(form), done=ACKNOWLEDGED)
    interaction.extras[TOLD] = Kinds.modal


def form_of(custom_id: str, title: str, fields: Sequence[Field]) -> discord.ui.Modal:
    """A form as Discord shows it."""
    form = discord.ui.Modal(title=cut(title, TITLE_LETTERS), custom_id=custom_id)
    for field in fields:
        form.add_item(_labelled(field))
    # Or the library would keep it for ever, and wait for an answer that comes to us.
    form.stop()
    return form


def answers(interaction: Interaction) -> Mapping[str, str]:
    """What was written into a form, by the names of its fields, without stray spaces."""
    data: Any = interaction.data or {}
    return dict(_written(data.get("components") or ()))


def _written(parts: Sequence[Any]) -> Iterator[tuple[str, str]]:
    for part in parts:
        if "value" in part:
            yield part["custom_id"], typed(part["value"] or "")
        yield from _written(part.get("components") or ())
        if inside := part.get("component"):
            yield from _written((inside,))


def _labelled(field: Field) -> discord.ui.Label[Any]:
    is_long = discord.TextStyle.paragraph if field.is_long else discord.TextStyle.short
    line: discord.ui.TextInput[Any] = discord.ui.TextInput(
        custom_id=field.name,
        style=is_long,
        placeholder=cut(field.placeholder, HINT_LETTERS) or None,
        default=field.default or None,
        required=field.min_letters > 0,
        min_length=field.min_letters or None,
        max_length=field.max_letters,
    )
    return discord.ui.Label(
        text=cut(field.label, LABEL_LETTERS),
        description=cut(field.description, HINT_LETTERS) or None,
        component=line,
    )
