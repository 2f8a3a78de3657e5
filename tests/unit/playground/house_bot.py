"""An ordinary discord.py bot with a command for everything the box must carry."""

import asyncio
import io

import discord
from discord import app_commands

PIXEL = bytes.fromhex("89504e470d0a1a0a")


class Buttons(discord.ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Grab", custom_id="grab", style=discord.ButtonStyle.primary)
    async def grab(self, interaction: discord.Interaction, _: discord.ui.Button) -> None:
        await interaction.response.edit_message(content=f"grabbed by {interaction.user.name}")

    @discord.ui.button(label="Again", custom_id="again")
    async def again(self, interaction: discord.Interaction, _: discord.ui.Button) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="once more")
        await interaction.followup.send("just for you", ephemeral=True)

    @discord.ui.button(label="Rename", custom_id="rename")
    async def rename(self, interaction: discord.Interaction, _: discord.ui.Button) -> None:
        await interaction.response.send_modal(NameForm())

    @discord.ui.select(
        placeholder="Element",
        custom_id="element",
        options=[discord.SelectOption(label=name, value=name.lower()) for name in ("Fire", "Ice")],
    )
    async def element(self, interaction: discord.Interaction, menu: discord.ui.Select) -> None:
        await interaction.response.send_message(f"chose {menu.values[0]}", ephemeral=True)


class NameForm(discord.ui.Modal, title="Name it"):
    name = discord.ui.TextInput(label="Name", custom_id="name", max_length=20)

    def __init__(self) -> None:
        super().__init__(custom_id="name_form")

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"named {self.name.value}")


class Card(discord.ui.LayoutView):
    box = discord.ui.Container(
        discord.ui.TextDisplay("# Ten pulls"),
        discord.ui.MediaGallery(discord.MediaGalleryItem("attachment://sheet.png")),
        discord.ui.Separator(),
        discord.ui.Section(
            discord.ui.TextDisplay("**Aoi** ★★★"),
            accessory=discord.ui.Thumbnail("attachment://sheet.png"),
        ),
    )
    row = discord.ui.ActionRow(discord.ui.Button(label="Again", custom_id="card_again"))


class HouseBot(discord.Client):
    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True))
        self.tree = app_commands.CommandTree(self)
        self.seen_errors: list[BaseException] = []
        self.resumed = asyncio.Event()
        self.tree.error(self._on_error)
        _add_commands(self)

    async def setup_hook(self) -> None:
        self.add_view(Buttons())
        await self.tree.sync()

    async def on_resumed(self) -> None:
        self.resumed.set()

    async def _on_error(
        self, interaction: discord.Interaction, error: app_commands.AppCommandError
    ) -> None:
        self.seen_errors.append(getattr(error, "original", error))
        if interaction.command.name == "broken":
            await interaction.followup.send("it went wrong")


def _add_commands(bot: HouseBot) -> None:
    tree = bot.tree
    summon = app_commands.Group(name="summon", description="Call waifus")
    tree.add_command(summon)

    @summon.command(description="Ten at once")
    async def ten(interaction: discord.Interaction, banner: str = "standard") -> None:
        await interaction.response.defer(thinking=True)
        await asyncio.sleep(0.02)
        sheet = discord.File(io.BytesIO(PIXEL), "sheet.png", description="ten cards")
        await interaction.followup.send(view=Card(), file=sheet)

    @ten.autocomplete("banner")
    async def banners(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        known = ("spring", "standard", "winter")
        return [app_commands.Choice(name=n.title(), value=n) for n in known if typed in n]

    @tree.command(description="An embed and buttons")
    @app_commands.choices(tone=[app_commands.Choice(name="Loud", value="loud")])
    async def show(
        interaction: discord.Interaction,
        stars: app_commands.Range[int, 1, 5],
        tone: app_commands.Choice[str] | None = None,
        friend: discord.Member | None = None,
        quiet: bool = False,
    ) -> None:
        embed = discord.Embed(title=f"{stars} stars", description=tone.value if tone else "-")
        embed.add_field(name="friend", value=friend.name if friend else "-")
        await interaction.response.send_message(embed=embed, view=Buttons(), ephemeral=quiet)

    @tree.command(description="Defers, then edits with a picture, then follows up")
    async def slow(interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True)
        embed = discord.Embed(title="done").set_image(url="attachment://card.png")
        picture = discord.File(io.BytesIO(PIXEL), "card.png", description="a card")
        await interaction.edit_original_response(embed=embed, attachments=[picture])
        await asyncio.sleep(0.05)
        await interaction.followup.send("and one more", ephemeral=True)

    @tree.command(description="Takes the public deferral back and says it in private")
    async def whisper(interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True)
        await interaction.delete_original_response()
        await interaction.followup.send("between us", ephemeral=True)

    @tree.command(description="Says nothing, or too late")
    async def late(interaction: discord.Interaction, seconds: float, defer: bool = False) -> None:
        if defer:
            await interaction.response.defer()
        await asyncio.sleep(seconds)
        if not defer:
            await interaction.response.send_message("late")

    @tree.command(description="Answers twice")
    async def twice(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("first")
        response = discord.InteractionResponse(interaction)
        await response.send_message("second")

    @tree.command(description="Opens a form")
    async def form(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(NameForm())

    @tree.command(description="Writes to the channel and to the player")
    async def tell(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        said = await interaction.channel.send("hello everybody")
        await said.edit(content="hello all")
        await interaction.user.send("psst")
        await interaction.followup.send("told")

    @tree.command(description="Sends what Discord refuses")
    async def broken(interaction: discord.Interaction, what: str) -> None:
        await interaction.response.defer()
        await interaction.followup.send(**_broken(what))


def _broken(what: str) -> dict:
    doubled = discord.ui.View()
    for _ in range(2):
        doubled.add_item(discord.ui.Button(label="x", custom_id="same"))
    wide = discord.Embed(description="x" * 4_000)
    long_field = discord.Embed().add_field(name="x", value="x" * 1_025)
    long_id = discord.ui.View()
    long_id.add_item(discord.ui.Button(label="x", custom_id="ok"))
    long_id.children[0]._underlying.custom_id = "x" * 101  # the library checks it itself
    return {
        "content": {"content": "x" * 2_001},
        "empty": {"content": ""},
        "embeds": {"embeds": [wide, wide]},
        "field": {"embed": long_field},
        "doubled": {"content": "x", "view": doubled},
        "custom_id": {"content": "x", "view": long_id},
        "missing_file": {"view": Card()},
    }[what]
