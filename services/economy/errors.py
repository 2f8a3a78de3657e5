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


class MissionNotFound(EconomyRejection):
    """No mission has this id."""

    reason = "MISSION_NOT_FOUND"
    because = Because.NOT_FOUND
    text = "no mission {mission_id}"

    def __init__(self, *, mission_id: str) -> None:
        super().__init__(mission_id=mission_id)


class MissionNotDone(EconomyRejection):
    """There is still something to do for it."""

    reason = "MISSION_NOT_DONE"
    text = "mission {name} stands at {current} of {target}"

    def __init__(self, *, name: str, current: int, target: int) -> None:
        super().__init__(name=name, current=str(current), target=str(target))


class MissionClaimed(EconomyRejection):
    """Its reward was paid for this day or week."""

    reason = "MISSION_CLAIMED"
    text = "mission {name} was claimed"

    def __init__(self, *, name: str, reset_time: str) -> None:
        super().__init__(name=name, reset_time=reset_time)


class NothingToClaim(EconomyRejection):
    """No mission is done that was not claimed."""

    reason = "NOTHING_TO_CLAIM"
    text = "nothing to claim"


class ItemNotFound(EconomyRejection):
    """No item has this code."""

    reason = "ITEM_NOT_FOUND"
    because = Because.NOT_FOUND
    text = "no item {item_code}"

    def __init__(self, *, item_code: str) -> None:
        super().__init__(item_code=item_code)


class ItemNotOnSale(EconomyRejection):
    """The item is not on sale now."""

    reason = "ITEM_NOT_ON_SALE"
    text = "{name} is not on sale"

    def __init__(self, *, name: str) -> None:
        super().__init__(name=name)


class SoldOut(EconomyRejection):
    """Fewer are left than were asked for."""

    reason = "SOLD_OUT"
    text = "{left} of {name} are left"

    def __init__(self, *, name: str, left: int) -> None:
        super().__init__(name=name, left=str(left))


class LimitReached(EconomyRejection):
    """One player may not buy so many."""

    reason = "LIMIT_REACHED"
    text = "{left} more of {name} may be bought, {limit} in all"

    def __init__(self, *, name: str, limit: int, left: int) -> None:
        super().__init__(name=name, limit=str(limit), left=str(left))


class RankTooLow(EconomyRejection):
    """The item asks for a higher collector rank."""

    reason = "RANK_TOO_LOW"
    text = "{name} asks for rank {rank}"

    def __init__(self, *, name: str, rank: int) -> None:
        super().__init__(name=name, rank=str(rank))


class ItemNotOwned(EconomyRejection):
    """There is none in the bag."""

    reason = "ITEM_NOT_OWNED"
    text = "no {name} in the bag"

    def __init__(self, *, name: str) -> None:
        super().__init__(name=name)


class ItemNotUsable(EconomyRejection):
    """The item does nothing when it is used."""

    reason = "ITEM_NOT_USABLE"
    text = "{name} does nothing"

    def __init__(self, *, name: str) -> None:
        super().__init__(name=name)


class ChoiceMissing(EconomyRejection):
    """The item needs a series, a waifu or an expedition to act on."""

    reason = "CHOICE_MISSING"
    text = "{name} needs a {choice}"

    def __init__(self, *, name: str, choice: str) -> None:
        super().__init__(name=name, choice=choice)


class ChoiceNotAllowed(EconomyRejection):
    """The named waifu is not of the rarity of the ticket, or nobody has this id."""

    reason = "CHOICE_NOT_ALLOWED"
    text = "{name} takes nobody of another rarity than {rarity}"

    def __init__(self, *, name: str, rarity: int) -> None:
        super().__init__(name=name, rarity=str(rarity))


class PoolEmpty(EconomyRejection):
    """Nobody of this rarity can be summoned with it."""

    reason = "POOL_EMPTY"
    text = "nobody of rarity {rarity} for {name}"

    def __init__(self, *, name: str, rarity: int) -> None:
        super().__init__(name=name, rarity=str(rarity))


class UsedToday(EconomyRejection):
    """The item acts once a game day."""

    reason = "USED_TODAY"
    text = "{name} was used today"

    def __init__(self, *, name: str, next_time: str) -> None:
        super().__init__(name=name, next_time=next_time)


class CodeInvalid(EconomyRejection):
    """The code is unknown, not begun, ended or used up: one answer for all."""

    reason = "CODE_INVALID"
    text = "no such code"


class CodeRedeemed(EconomyRejection):
    """The player has redeemed this code before, in this life or another."""

    reason = "CODE_REDEEMED"
    text = "the code was redeemed before"


class CodeTries(EconomyRejection):
    """Too many wrong codes: the next try is later."""

    reason = "CODE_TRIES"
    text = "too many wrong codes"

    def __init__(self, *, next_time: str) -> None:
        super().__init__(next_time=next_time)


class CodeExists(EconomyRejection):
    """A code with this word exists."""

    reason = "CODE_EXISTS"
    because = Because.ALREADY_EXISTS
    text = "the code exists"


class CodeNotFound(EconomyRejection):
    """No code has this word."""

    reason = "CODE_NOT_FOUND"
    because = Because.NOT_FOUND
    text = "no such code"


class BatchNotFound(EconomyRejection):
    """No batch of codes has this id."""

    reason = "BATCH_NOT_FOUND"
    because = Because.NOT_FOUND
    text = "no batch {batch_id}"

    def __init__(self, *, batch_id: str) -> None:
        super().__init__(batch_id=batch_id)


class SummonNotFound(EconomyRejection):
    """The player has no summon with this id."""

    reason = "SUMMON_NOT_FOUND"
    because = Because.NOT_FOUND
    text = "no summon {op_id}"

    def __init__(self, *, op_id: str) -> None:
        super().__init__(op_id=op_id)


class SeedWordNotAllowed(EconomyRejection):
    """The word for the dice has nothing to read in it."""

    reason = "SEED_WORD_NOT_ALLOWED"
    text = "the word has nothing to read in it"
