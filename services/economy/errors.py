"""One class per line of economy/v1/error_reason.proto."""

from chassis.rejection import Because, Rejection


class EconomyRejection(Rejection):
    """The economy refuses."""

    domain = "economy.geminya"


class BannerNotFound(EconomyRejection):
    """No banner has this id."""

    reason = "BANNER_NOT_FOUND"
    because = Because.NOT_FOUND
    text = "no banner {banner_id}"

    def __init__(self, *, banner_id: str) -> None:
        super().__init__(banner_id=banner_id)


class BannerClosed(EconomyRejection):
    """The banner is not open now: not yet, no longer, or switched off."""

    reason = "BANNER_CLOSED"
    text = "banner {banner_id} is not open"

    def __init__(self, *, banner_id: str, name: str) -> None:
        super().__init__(banner_id=banner_id, name=name)
