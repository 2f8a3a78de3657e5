"""Every refusal of this package: one class per line of error_reason.proto."""

from chassis.rejection import Because, Rejection


class CollectionRejection(Rejection):
    """How the collection says no."""

    domain = "collection.geminya"


class WaifuNotFound(CollectionRejection):
    """The catalogue has no waifu with this id."""

    reason = "WAIFU_NOT_FOUND"
    because = Because.NOT_FOUND
    text = "no waifu {waifu_id}"

    def __init__(self, *, waifu_id: int) -> None:
        super().__init__(waifu_id=str(waifu_id))


class SeriesNotFound(CollectionRejection):
    """The catalogue has no series with this id."""

    reason = "SERIES_NOT_FOUND"
    because = Because.NOT_FOUND
    text = "no series {series_id}"

    def __init__(self, *, series_id: int) -> None:
        super().__init__(series_id=str(series_id))
