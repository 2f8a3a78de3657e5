"""One class per line of expeditions/v1/error_reason.proto."""

from datetime import datetime

from chassis.rejection import Because, Rejection


class ExpeditionsRejection(Rejection):
    """The expeditions service refuses."""

    domain = "expeditions.geminya"


class TemplateNotFound(ExpeditionsRejection):
    """No template has this id."""

    reason = "TEMPLATE_NOT_FOUND"
    because = Because.NOT_FOUND
    text = "no template {template_id}"

    def __init__(self, *, template_id: str) -> None:
        super().__init__(template_id=template_id)


class TemplateClosed(ExpeditionsRejection):
    """The template is not open this week."""

    reason = "TEMPLATE_CLOSED"
    text = "not open this week: {template_id}"

    def __init__(self, *, template_id: str) -> None:
        super().__init__(template_id=template_id)


class TemplateRunning(ExpeditionsRejection):
    """A party of the player is there already."""

    reason = "TEMPLATE_RUNNING"
    text = "a party is there already: {template_id}"

    def __init__(self, *, template_id: str) -> None:
        super().__init__(template_id=template_id)


class SlotsFull(ExpeditionsRejection):
    """As many parties are away as a player may send."""

    reason = "SLOTS_FULL"
    text = "{limit} parties are away"

    def __init__(self, *, limit: int) -> None:
        super().__init__(limit=str(limit))


class PartyAway(ExpeditionsRejection):
    """Somebody of the party is with another one."""

    reason = "PARTY_AWAY"
    text = "she is with another party: {waifu_id}"

    def __init__(self, *, waifu_id: int) -> None:
        super().__init__(waifu_id=str(waifu_id))


class EquipmentCarried(ExpeditionsRejection):
    """The piece is with another party."""

    reason = "EQUIPMENT_CARRIED"
    text = "the piece is with another party: {equipment_id}"

    def __init__(self, *, equipment_id: str) -> None:
        super().__init__(equipment_id=equipment_id)


class ExpeditionNotFound(ExpeditionsRejection):
    """The player has no expedition with this id."""

    reason = "EXPEDITION_NOT_FOUND"
    because = Because.NOT_FOUND
    text = "no expedition {expedition_id}"

    def __init__(self, *, expedition_id: str) -> None:
        super().__init__(expedition_id=expedition_id)


class ExpeditionOver(ExpeditionsRejection):
    """It was completed or broken off before."""

    reason = "EXPEDITION_OVER"
    text = "it is over: {expedition_id}"

    def __init__(self, *, expedition_id: str) -> None:
        super().__init__(expedition_id=expedition_id)


class NotReady(ExpeditionsRejection):
    """The party is still on its way."""

    reason = "NOT_READY"
    text = "still on its way until {ready_time}"

    def __init__(self, *, ready_time: datetime) -> None:
        super().__init__(ready_time=str(int(ready_time.timestamp())))


class AlreadyBack(ExpeditionsRejection):
    """Its time is over: there is nothing to hasten."""

    reason = "ALREADY_BACK"
    text = "expedition {expedition_id} is back"

    def __init__(self, *, expedition_id: str) -> None:
        super().__init__(expedition_id=expedition_id)


class PartyNotOwned(ExpeditionsRejection):
    """The player does not have everybody of this party."""

    reason = "PARTY_NOT_OWNED"
    text = "waifu {waifu_id} is not owned"

    def __init__(self, *, waifu_id: int) -> None:
        super().__init__(waifu_id=str(waifu_id))


class NobodyFree(ExpeditionsRejection):
    """Nobody is at home who could go."""

    reason = "NOBODY_FREE"
    text = "nobody is free"
