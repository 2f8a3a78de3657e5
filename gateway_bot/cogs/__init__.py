"""One file per family of commands. A cog parses, calls and shows; nothing else."""

from gateway_bot.cogs.academy import Academy
from gateway_bot.cogs.summon import Summon

COGS = (Academy, Summon)
