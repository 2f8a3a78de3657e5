"""One class per line of expeditions/v1/error_reason.proto: none yet."""

from chassis.rejection import Rejection


class ExpeditionsRejection(Rejection):
    """The expeditions service refuses."""

    domain = "expeditions.geminya"
