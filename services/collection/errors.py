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


class WaifuNotOwned(CollectionRejection):
    """The player does not own this waifu."""

    reason = "WAIFU_NOT_OWNED"
    because = Because.NOT_FOUND
    text = "the player does not own this waifu: {waifu_id}"

    def __init__(self, *, waifu_id: int) -> None:
        super().__init__(waifu_id=str(waifu_id))


class AlreadyAwakened(CollectionRejection):
    """She was awakened before."""

    reason = "ALREADY_AWAKENED"
    text = "she was awakened before: {waifu_id}"

    def __init__(self, *, waifu_id: int) -> None:
        super().__init__(waifu_id=str(waifu_id))


class AwakeningUnderWay(CollectionRejection):
    """Another awakening of hers is not done yet."""

    reason = "AWAKENING_UNDER_WAY"
    text = "another awakening of hers is not done yet: {waifu_id}"

    def __init__(self, *, waifu_id: int) -> None:
        super().__init__(waifu_id=str(waifu_id))


class EquipmentNotFound(CollectionRejection):
    """The player has no piece with this id."""

    reason = "EQUIPMENT_NOT_FOUND"
    because = Because.NOT_FOUND
    text = "the player has no piece with this id: {equipment_id}"

    def __init__(self, *, equipment_id: str) -> None:
        super().__init__(equipment_id=equipment_id)


class EquipmentFull(CollectionRejection):
    """Every place for equipment is taken."""

    reason = "EQUIPMENT_FULL"
    text = "every place for equipment is taken: {limit}"

    def __init__(self, *, limit: int) -> None:
        super().__init__(limit=str(limit))


class EquipmentLocked(CollectionRejection):
    """The piece is one of the favourites, so nothing of it may be destroyed."""

    reason = "EQUIPMENT_LOCKED"
    text = "the piece is one of the favourites, so nothing of it may be destroyed: {equipment_id}"

    def __init__(self, *, equipment_id: str) -> None:
        super().__init__(equipment_id=equipment_id)


class EquipmentAway(CollectionRejection):
    """The piece is on an expedition."""

    reason = "EQUIPMENT_AWAY"
    text = "the piece is on an expedition: {equipment_id}"

    def __init__(self, *, equipment_id: str) -> None:
        super().__init__(equipment_id=equipment_id)


class SamePiece(CollectionRejection):
    """A piece cannot be consumed for itself."""

    reason = "SAME_PIECE"
    text = "a piece cannot be consumed for itself"

    def __init__(self) -> None:
        super().__init__()


class SubSlotsFull(CollectionRejection):
    """The piece has all its sub slots."""

    reason = "SUB_SLOTS_FULL"
    text = "the piece has all its sub slots: {limit}"

    def __init__(self, *, limit: int) -> None:
        super().__init__(limit=str(limit))


class NoSubSlots(CollectionRejection):
    """The piece has no sub slot to remove."""

    reason = "NO_SUB_SLOTS"
    text = "the piece has no sub slot to remove: {equipment_id}"

    def __init__(self, *, equipment_id: str) -> None:
        super().__init__(equipment_id=equipment_id)


class TalkedEnough(CollectionRejection):
    """Enough talks for one game day."""

    reason = "TALKED_ENOUGH"
    text = "enough talks for one game day: {limit}, {next_time}"

    def __init__(self, *, limit: int, next_time: str) -> None:
        super().__init__(limit=str(limit), next_time=next_time)


class GiftedEnough(CollectionRejection):
    """She had enough gifts for one game day."""

    reason = "GIFTED_ENOUGH"
    text = "she had enough gifts for one game day: {limit}, {next_time}"

    def __init__(self, *, limit: int, next_time: str) -> None:
        super().__init__(limit=str(limit), next_time=next_time)


class GiftNotFound(CollectionRejection):
    """No gift has this id."""

    reason = "GIFT_NOT_FOUND"
    because = Because.NOT_FOUND
    text = "no gift has this id: {gift_id}"

    def __init__(self, *, gift_id: str) -> None:
        super().__init__(gift_id=gift_id)


class DecorationNotFound(CollectionRejection):
    """No decoration has this id."""

    reason = "DECORATION_NOT_FOUND"
    because = Because.NOT_FOUND
    text = "no decoration has this id: {decoration_id}"

    def __init__(self, *, decoration_id: str) -> None:
        super().__init__(decoration_id=decoration_id)


class DecorationNotOwned(CollectionRejection):
    """The player has not earned this decoration yet."""

    reason = "DECORATION_NOT_OWNED"
    text = "the player has not earned this decoration yet: {decoration_id}"

    def __init__(self, *, decoration_id: str) -> None:
        super().__init__(decoration_id=decoration_id)


class MemoryNotLived(CollectionRejection):
    """There is no such memory, or it was not lived through yet."""

    reason = "MEMORY_NOT_LIVED"
    text = "there is no such memory, or it was not lived through yet: {memory_id}"

    def __init__(self, *, memory_id: str) -> None:
        super().__init__(memory_id=memory_id)


class NicknameNotAllowed(CollectionRejection):
    """The nickname has links, mentions or nothing to read in it."""

    reason = "NICKNAME_NOT_ALLOWED"
    text = "the nickname has links, mentions or nothing to read in it"

    def __init__(self) -> None:
        super().__init__()


class TalkNotAllowed(CollectionRejection):
    """The line has links or invites, or nothing to read in it."""

    reason = "TALK_NOT_ALLOWED"
    text = "the line has links or invites, or nothing to read in it"

    def __init__(self) -> None:
        super().__init__()


class WaifuAway(CollectionRejection):
    """She is on an expedition."""

    reason = "WAIFU_AWAY"
    text = "she is on an expedition: {waifu_id}"

    def __init__(self, *, waifu_id: int) -> None:
        super().__init__(waifu_id=str(waifu_id))
