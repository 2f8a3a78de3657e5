"""What may be expected, by the very rules that resolve an expedition. No I/O.

Read `place` first: it is a place before anybody goes there. `draws` says how many affinities a party will meet
when it is not known yet which of them act, `outlook` how its checks go on the average, `parts` which part of it
gives how much, `forecast` what journeys bring, `search` which party is the best, `steps` how that is found out fast,
`suited` who does well there alone, and `odds` what an encounter may bring.
"""

from services.expeditions.planner.rules.forecast import Expected, Forecast, forecast
from services.expeditions.planner.rules.odds import Odds, loot_odds
from services.expeditions.planner.rules.outlook import mean_shares, strength_of
from services.expeditions.planner.rules.parts import Part, parts
from services.expeditions.planner.rules.place import Place
from services.expeditions.planner.rules.search import Best, best_party
from services.expeditions.planner.rules.suited import Suited, suited

__all__ = [
    "Best",
    "Expected",
    "Forecast",
    "Odds",
    "Part",
    "Place",
    "Suited",
    "best_party",
    "forecast",
    "loot_odds",
    "mean_shares",
    "parts",
    "strength_of",
    "suited",
]
