"""Discord's own rules, so that a test fails where Discord would.

Each module gives the problems of one kind of thing as `Problem`s; `refusal.refuse_any` turns them
into Discord's answer. The rules of time (3 seconds, 15 minutes) are in `interaction.Patience`.
"""

from playground.limits.command import command_problems
from playground.limits.component import component_problems
from playground.limits.message import (
    EPHEMERAL,
    LOADING,
    V2,
    check_message,
    check_uploads,
    nonce_problems,
)
from playground.limits.modal import choice_problems, modal_problems

__all__ = [
    "EPHEMERAL",
    "LOADING",
    "V2",
    "check_message",
    "check_uploads",
    "choice_problems",
    "command_problems",
    "component_problems",
    "modal_problems",
    "nonce_problems",
]
