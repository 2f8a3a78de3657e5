"""The two methods of other services that every summon calls, for many players at once where many come at once."""

from chassis.rpc.channel import Channel
from chassis.rpc.company import Company
from geminya.collection.v1 import roster_pb2
from geminya.collection.v1.roster_pb2_grpc import RosterServiceStub
from geminya.users.v1 import wallet_pb2
from geminya.users.v1.wallet_pb2_grpc import WalletServiceStub


class Wallet:
    """Balances, kept by users."""

    def __init__(self, users: Channel) -> None:
        stub = WalletServiceStub(users)
        self.Apply = Company(stub.Apply, stub.BatchApply, wallet_pb2.BatchApplyRequest)


class Roster:
    """Collections, kept by collection."""

    def __init__(self, collection: Channel) -> None:
        stub = RosterServiceStub(collection)
        self.Grant = Company(stub.Grant, stub.BatchGrant, roster_pb2.BatchGrantRequest)
