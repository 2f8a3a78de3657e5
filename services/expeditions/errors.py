"""One class per line of expeditions/v1/error_reason.proto."""

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
