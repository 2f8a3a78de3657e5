"""One file per family of commands. A cog parses, calls and shows; nothing else."""

from gateway_bot.cogs.academy import Academy
from gateway_bot.cogs.banner import Banner
from gateway_bot.cogs.code import Code
from gateway_bot.cogs.collection import Collection
from gateway_bot.cogs.equipment import Equipment
from gateway_bot.cogs.expedition import Expedition
from gateway_bot.cogs.help import Help
from gateway_bot.cogs.inventory import Inventory
from gateway_bot.cogs.missions import Missions
from gateway_bot.cogs.now import Now
from gateway_bot.cogs.series import Series
from gateway_bot.cogs.shop import Shop
from gateway_bot.cogs.summon import Summon
from gateway_bot.cogs.waifu import Waifu

COGS = (
    Academy,
    Banner,
    Summon,
    Collection,
    Series,
    Waifu,
    Equipment,
    Expedition,
    Missions,
    Code,
    Now,
    Shop,
    Inventory,
    Help,
)
