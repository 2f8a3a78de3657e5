"""What happens on an expedition: `resolve(plan, party, dice)` tells it all. No I/O.

Everything is whole numbers and exact fractions, and chance comes from the dice alone, so a report can be
computed again from what was frozen at the start. Read `journey` first; `plan`, `party` and `affinity` say
what a party is worth, `course` what comes, `encounter` and `chances` how likely it goes well, `modifiers`
what changes on the way, `loot` and `reward` what is brought home. All numbers stand in `numbers`.
"""

from services.expeditions.expedition.rules.encounter import Trial, trial
from services.expeditions.expedition.rules.journey import resolve
from services.expeditions.expedition.rules.modifiers import HANDLERS, Effects
from services.expeditions.expedition.rules.numbers import VERSION
from services.expeditions.expedition.rules.party import Member, Party
from services.expeditions.expedition.rules.plan import Plan, carried, equip, planned
from services.expeditions.expedition.rules.report import Event, Label, Loot, Outcome, Report
from services.expeditions.expedition.rules.strength import Strength, strength, strength_of

__all__ = [
    "HANDLERS",
    "VERSION",
    "Effects",
    "Event",
    "Label",
    "Loot",
    "Member",
    "Outcome",
    "Party",
    "Plan",
    "Report",
    "Strength",
    "Trial",
    "carried",
    "equip",
    "planned",
    "resolve",
    "strength",
    "strength_of",
    "trial",
]
