"""Buttons and menus that work after a restart: the custom id alone says what they do."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Self

import discord

from gateway_bot.offers import TEMPLATE
from gateway_bot.views.words import cut

MENU_OPTIONS = 25
"""The most Discord shows in one menu."""
OPTION_LETTERS = 100
PLACEHOLDER_LETTERS = 150


class OfferItem(discord.ui.DynamicItem[discord.ui.Item[Any]], template=f"(?s:{TEMPLATE})"):
    """Any signed button or menu; the tree finds who acts on it.

    One class for both: the library hands a press to every class whose pattern matches.
    """

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> Self:
        """The button or the menu as it was used."""
        assert isinstance(item, discord.ui.Button | discord.ui.Select)
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Hands the press to the tree, which checks the signature."""
        await interaction.client.tree.press(interaction, self.custom_id)


def offer_button(
    custom_id: str,
    label: str,
    *,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    is_disabled: bool = False,
) -> OfferItem:
    """A button for a signed custom id."""
    return OfferItem(
        discord.ui.Button(style=style, label=label, custom_id=custom_id, disabled=is_disabled)
    )


def option(
    label: str, value: str, description: str = "", *, is_default: bool = False
) -> discord.SelectOption:
    """A line of a menu, as long as Discord lets it be."""
    return discord.SelectOption(
        label=cut(label, OPTION_LETTERS),
        value=value,
        description=cut(description, OPTION_LETTERS) or None,
        default=is_default,
    )


def offer_select(
    custom_id: str,
    placeholder: str,
    options: Iterable[discord.SelectOption],
    *,
    least: int = 1,
    most: int = 1,
) -> discord.ui.ActionRow[Any]:
    """A menu for a signed custom id, in the row that it fills; read it with `chosen`."""
    shown = [*options][:MENU_OPTIONS]
    menu: discord.ui.Select[Any] = discord.ui.Select(
        custom_id=custom_id,
        placeholder=cut(placeholder, PLACEHOLDER_LETTERS),
        options=shown,
        min_values=least,
        max_values=min(most, len(shown)),
    )
    row: discord.ui.ActionRow[Any] = discord.ui.ActionRow()
    return row.add_item(OfferItem(menu))


def chosen(interaction: discord.Interaction[Any]) -> Sequence[str]:
    """The values that were picked in a menu; none for a button."""
    data: Any = interaction.data or {}
    return data.get("values") or ()
