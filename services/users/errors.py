"""One class per line of users/v1/error_reason.proto."""

from chassis.rejection import Because, Rejection


class UsersRejection(Rejection):
    """The users service refuses."""

    domain = "users.geminya"


class UserNotFound(UsersRejection):
    """Nobody has this id."""

    reason = "USER_NOT_FOUND"
    because = Because.NOT_FOUND
    text = "no user {user_id}"

    def __init__(self, *, user_id: int) -> None:
        super().__init__(user_id=str(user_id))


class InsufficientFunds(UsersRejection):
    """The balance does not cover the price."""

    reason = "INSUFFICIENT_FUNDS"
    text = "{price} {currency} asked, {balance} there"

    def __init__(self, *, currency: str, price: int, balance: int) -> None:
        super().__init__(currency=currency, price=str(price), balance=str(balance))


class WalletFull(UsersRejection):
    """The credit would lift the balance over the highest amount a wallet holds."""

    reason = "WALLET_FULL"
    text = "no room for more {currency}"

    def __init__(self, *, currency: str) -> None:
        super().__init__(currency=currency)


class AlreadyClaimed(UsersRejection):
    """Today's reward was claimed before."""

    reason = "ALREADY_CLAIMED"
    text = "claimed today, again at {next_time}"

    def __init__(self, *, next_time: str) -> None:
        super().__init__(next_time=next_time)


class AccountTooYoung(UsersRejection):
    """The Discord account is too young for rewards."""

    reason = "ACCOUNT_TOO_YOUNG"
    text = "account too young, ready at {ready_time}"

    def __init__(self, *, ready_time: str) -> None:
        super().__init__(ready_time=ready_time)


class NameNotAllowed(UsersRejection):
    """The name has links, invites or nothing to read in it."""

    reason = "NAME_NOT_ALLOWED"
    text = "name not allowed"

    def __init__(self) -> None:
        super().__init__()


class ChangeNotAllowed(UsersRejection):
    """The reason of a change is not the caller's, or the amount is over its ceiling."""

    reason = "CHANGE_NOT_ALLOWED"
    because = Because.PERMISSION_DENIED
    text = "not for this caller: {change}"

    def __init__(self, *, change: str) -> None:
        super().__init__(change=change)


class PlayerNotFound(UsersRejection):
    """Nobody with this Discord id has an academy."""

    reason = "PLAYER_NOT_FOUND"
    because = Because.NOT_FOUND
    text = "nobody with this discord id has an academy"

    def __init__(self) -> None:
        super().__init__()


class UserBanned(UsersRejection):
    """The player is banned; without an end the time is empty."""

    reason = "USER_BANNED"
    text = "the player is banned; without an end the time is empty: {ban_reason}, {end_time}"

    def __init__(self, *, ban_reason: str, end_time: str) -> None:
        super().__init__(ban_reason=ban_reason, end_time=end_time)


class AccountClosing(UsersRejection):
    """The academy is being reset or erased right now."""

    reason = "ACCOUNT_CLOSING"
    text = "the academy is being reset or erased right now"

    def __init__(self) -> None:
        super().__init__()


class OperationsOpen(UsersRejection):
    """A reset waits until every wish of the player is done."""

    reason = "OPERATIONS_OPEN"
    text = "a reset waits until every wish of the player is done: {count}"

    def __init__(self, *, count: int) -> None:
        super().__init__(count=str(count))


class SecondNeeded(UsersRejection):
    """More than one person may do alone: it waits for a second one."""

    reason = "SECOND_NEEDED"
    text = "more than {limit} {currency} needs a second person"

    def __init__(self, *, currency: str, limit: int) -> None:
        super().__init__(currency=currency, limit=str(limit))


class ProposalNotFound(UsersRejection):
    """No adjustment with this id waits for a second person."""

    reason = "PROPOSAL_NOT_FOUND"
    because = Because.NOT_FOUND
    text = "no proposal {proposal_id}"

    def __init__(self, *, proposal_id: str) -> None:
        super().__init__(proposal_id=proposal_id)


class ProposalSettled(UsersRejection):
    """It was approved or rejected before."""

    reason = "PROPOSAL_SETTLED"
    text = "proposal {proposal_id} is settled"

    def __init__(self, *, proposal_id: str) -> None:
        super().__init__(proposal_id=proposal_id)


class SamePerson(UsersRejection):
    """The second person is the first one."""

    reason = "SAME_PERSON"
    text = "the second person is the first one"


class DutyLost(UsersRejection):
    """Another bot has taken the duty meanwhile."""

    reason = "DUTY_LOST"
    text = "another one has the duty"

    def __init__(self) -> None:
        super().__init__()
