"""Discord in a box: the real bot runs here with no token, and a browser page or a test plays.

Read it in this order: `world` (what there is), `interaction` (one wish of a visitor and how it is
answered), `gateway` and `rest` (the two doors of the bot), `limits` (what Discord would refuse),
`commands`, `visitors` and `api` (the door of the players), `traces`, `robot`, and `app`, which
puts it together. Nothing in here imports any other part of the project.
"""

from playground.app import Box
from playground.interaction import Patience, SilentBotError
from playground.robot import Answer, RefusedError, Robot, Said

__all__ = ["Answer", "Box", "Patience", "RefusedError", "Robot", "Said", "SilentBotError"]
