"""Starting, completing and calling back: one file for each flow."""

from services.expeditions.expedition.flows.cancel import CancelFlow
from services.expeditions.expedition.flows.complete import CompleteFlow, Peers
from services.expeditions.expedition.flows.looks import tell, told
from services.expeditions.expedition.flows.start import RepeatFlow, StartFlow

__all__ = ["CancelFlow", "CompleteFlow", "Peers", "RepeatFlow", "StartFlow", "tell", "told"]
