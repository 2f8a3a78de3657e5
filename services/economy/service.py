"""The composition root of economy."""

from pathlib import Path

from chassis.operations.holdings import Holding, OnClose
from chassis.process import KIT_MIGRATIONS, Parts, Runtime, Served, Service
from geminya.economy.v1 import (
    gacha_pb2,
    gacha_pb2_grpc,
    gift_code_pb2,
    gift_code_pb2_grpc,
    mission_pb2,
    mission_pb2_grpc,
    shop_pb2,
    shop_pb2_grpc,
)
from services.economy.errors import EconomyRejection
from services.economy.gacha.banners import Banners
from services.economy.gacha.fairness import Fairness, OldSeeds
from services.economy.gacha.flows import SummonFlow
from services.economy.gacha.operators import Operators
from services.economy.gacha.seeds import Seals
from services.economy.gacha.servicer import GachaServicer
from services.economy.gift_code.flows import RedeemFlow
from services.economy.gift_code.promises import Promises
from services.economy.gift_code.servicer import GiftCodeServicer
from services.economy.gift_code.watch import GuessWatch
from services.economy.gift_code.words import Words
from services.economy.mission.flows import ClaimAllFlow, ClaimFlow
from services.economy.mission.servicer import MissionServicer
from services.economy.shop.cleaning import Cleaning
from services.economy.shop.flows import BuyFlow, UseFlow
from services.economy.shop.servicer import ShopServicer


def build(runtime: Runtime) -> Parts:
    """Puts the slices together."""
    database, clock = runtime.database, runtime.clock
    users, collection = runtime.dial("users"), runtime.dial("collection")
    expeditions = runtime.dial("expeditions")
    banners = Banners(database, collection)
    seals = Seals(runtime.settings.require_secret_key())
    words = Words(runtime.settings.require_secret_key())
    fairness, operators = Fairness(seals, clock), Operators(database, banners, clock)
    runtime.operations.register(SummonFlow(users, collection, banners, seals, clock))
    runtime.operations.register(ClaimFlow(users, clock))
    runtime.operations.register(ClaimAllFlow(users, clock))
    runtime.operations.register(RedeemFlow(users, collection, clock))
    runtime.operations.register(BuyFlow(users, clock))
    runtime.operations.register(UseFlow(users, collection, expeditions, banners, seals, clock))
    return Parts(
        served=[
            Served(
                GachaServicer(
                    *(database, runtime.once, runtime.operations, banners),
                    *(fairness, operators, clock),
                ),
                gacha_pb2_grpc.add_GachaServiceServicer_to_server,
                gacha_pb2.DESCRIPTOR.services_by_name["GachaService"],
            ),
            Served(
                MissionServicer(database, runtime.once, runtime.operations, clock),
                mission_pb2_grpc.add_MissionServiceServicer_to_server,
                mission_pb2.DESCRIPTOR.services_by_name["MissionService"],
            ),
            Served(
                ShopServicer(database, runtime.once, runtime.operations, banners, clock),
                shop_pb2_grpc.add_ShopServiceServicer_to_server,
                shop_pb2.DESCRIPTOR.services_by_name["ShopService"],
            ),
            Served(
                GiftCodeServicer(
                    *(database, runtime.operations, words),
                    *(Promises(database, banners), clock),
                ),
                gift_code_pb2_grpc.add_GiftCodeServiceServicer_to_server,
                gift_code_pb2.DESCRIPTOR.services_by_name["GiftCodeService"],
            ),
        ],
        background=[
            banners.keep_fresh,
            OldSeeds(database, fairness, clock).keep_rotating,
            GuessWatch(database, clock).run,
            Cleaning(database, clock).run,
        ],
        prepare=banners.prepare,
    )


SERVICE = Service(
    name="economy",
    migrations=(KIT_MIGRATIONS, Path(__file__).parent / "migrations"),
    rejection=EconomyRejection,
    build=build,
    holdings=(
        Holding("pity"),
        # The seed itself stays secret until somebody publishes it; its hash may be shown.
        Holding("seeds", key=("seed_no integer",), hidden=("sealed_seed",)),
        Holding("summons", key=("op_id uuid",)),
        Holding("user_mission_progress", key=("mission_id text", "date date")),
        Holding("user_inventory", key=("item_code text", "ends_s bigint")),
        # Behind the bag: what expires while it is cleared away is counted here.
        Holding("expired_items", key=("item_code text",)),
        Holding("item_uses", key=("op_id uuid",), hidden=("pool_digest",)),
        # No limit of an item and no day of a boost begins anew with a life.
        Holding("user_purchases", key=("op_id uuid",), on_close=OnClose.KEEP),
        Holding("boost_days", key=("item_code text", "day date"), on_close=OnClose.KEEP),
        # A code is had once over all lives, and guessing does not begin anew with one.
        Holding(
            "gift_code_redemptions", key=("op_id uuid",), on_close=OnClose.KEEP, hidden=("code",)
        ),
        Holding("gift_code_tries", key=("op_id uuid",), on_close=OnClose.KEEP),
    ),
)
