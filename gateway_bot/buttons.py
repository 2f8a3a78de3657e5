"""Buttons that work after a restart: the custom id alone says what they do."""

import re
from typing import Any, Self

import discord

from gateway_bot.offers import TEMPLATE


class OfferButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=f"(?s:{TEMPLATE})"):
    """Any signed button; the tree finds who acts on it."""

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> Self:
        """The button as it was pressed."""
        assert isinstance(item, discord.ui.Button)
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Hands the press to the tree, which checks the signature."""
        await interaction.client.tree.press(interaction, self.custom_id)


def offer_button(
    custom_id: str,
    label: str,
    *,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
) -> OfferButton:
    """A button for a signed custom id."""
    return OfferButton(discord.ui.Button(style=style, label=label, custom_id=custom_id))
