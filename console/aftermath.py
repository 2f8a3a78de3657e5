"""What has to happen on restored data before anybody plays on it."""

import asyncio
import time
import uuid
from collections.abc import Mapping

from chassis.postgres import Admin, admin_connection
from chassis.pseudonyms import Pseudonyms
from chassis.settings import Settings
from console.acts import Player, make_act
from console.calls import Calls
from console.checks import Plan, say
from console.erasures import Erasure, remember
from console.quiet import quiet_house
from geminya.users.v1 import account_pb2

PATIENCE_S = 300.0
"""For so long the services may finish what was under way."""
LOOK_EVERY_S = 0.2


async def settle(settings: Settings, plan: Plan) -> None:
    """The services finish what was under way, and forget again whom they had forgotten since."""
    owners = plan.beside
    await _take_leases(owners)
    before = await _count_open(owners)
    async with quiet_house(settings, owners, plan.key) as alone:
        left = await _wait_until_done(owners)
        say("operations", f"{before} were under way, {left} still are")
        async with admin_connection(owners["users"]) as admin, Calls(alone) as calls:
            gone = [one for one in plan.again if await _forget(admin, calls, alone, plan, one)]
            await remember(admin, plan.erased)
        say("erasures", f"{len(gone)} of {len(plan.again)} were in the backup and are gone again")
        await _wait_until_done(owners)


async def _forget(
    admin: Admin, calls: Calls, settings: Settings, plan: Plan, erasure: Erasure
) -> bool:
    """Ends the life as an operator does; false where it is not in the backup, or has ended there."""
    person = await _find(admin, erasure, Pseudonyms(plan.key.encode()))
    if person is None:
        return False
    act = make_act(
        settings,
        plan.wish.operator,
        f"was erased after the backup of {plan.manifest.taken_at:%Y-%m-%d %H:%M}",
        erasure.op_id,
        str(uuid.uuid5(uuid.UUID(erasure.op_id), "again")),
        is_real=True,
    )
    request = account_pb2.AdminEraseAccountRequest(op=act.on(person), operator=act.operator)
    await calls.account.AdminEraseAccount(request)
    return True


async def _find(admin: Admin, erasure: Erasure, pseudonyms: Pseudonyms) -> Player | None:
    """The person in the restored data. A number may have been given away anew since; the hash tells."""
    rows = await admin.all_rows(
        "SELECT epoch, discord_id, academy_name FROM users.users "
        "WHERE id = $1 AND epoch <= $2 AND state = 'active'",
        erasure.user_id,
        erasure.epoch,
    )
    for row in rows:
        if pseudonyms.of(row["discord_id"]) == erasure.discord_hash:
            return Player(erasure.user_id, row["epoch"], row["academy_name"])
    return None


async def _take_leases(owners: Mapping[str, str]) -> None:
    """Whoever drove an operation when the backup was made does not drive this copy of it."""
    for schema, owner in owners.items():
        async with admin_connection(owner) as admin:
            await admin.run(
                f"UPDATE {schema}.operation SET lease_until = now() WHERE state < 10 AND NOT parked"
            )


async def _count_open(owners: Mapping[str, str]) -> int:
    count = 0
    for schema, owner in owners.items():
        async with admin_connection(owner) as admin:
            count += await admin.value(
                f"SELECT count(*) FROM {schema}.operation WHERE state < 10 AND NOT parked"
            )
    return count


async def _wait_until_done(owners: Mapping[str, str]) -> int:
    """How many are left when patience ends; the invariants speak of those."""
    end = time.monotonic() + PATIENCE_S
    while (left := await _count_open(owners)) and time.monotonic() < end:  # noqa: ASYNC110 - the services are other processes
        await asyncio.sleep(LOOK_EVERY_S)
    return left
