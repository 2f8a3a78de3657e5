"""The invariants see what they are for: each is broken on purpose, by the owner of all tables."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from chassis.clock import StoppedClock
from console.invariants import INVARIANTS, ask, check
from geminya.collection.v1 import roster_pb2
from geminya.economy.v1 import gacha_pb2 as pb
from geminya.economy.v1 import mission_pb2
from geminya.economy.v1.shop_pb2_grpc import ShopServiceStub
from geminya.expeditions.v1 import expedition_pb2
from geminya.expeditions.v1.atlas_pb2 import GetRotationRequest
from geminya.users.v1 import account_pb2
from tests.integration.collection.armory import discard, give, unlock
from tests.integration.collection.bonds import a_gift as a_present
from tests.integration.collection.bonds import a_talk
from tests.integration.economy.bags import a_find
from tests.integration.economy.codes import Codes, rewards
from tests.integration.economy.shelves import a_buy, a_use, buy, use
from tests.support.calls import an_op, insist, op_id_of, refused
from tests.support.game import Game, a_summon, loads_dice
from tests.support.players import a_ban, a_daily, an_adjust, an_operator

PLAYER = 7
DONE = "op_id = (SELECT op_id FROM economy.summons ORDER BY nonce LIMIT 1)"
"""The first summon of the player: ten on the standard banner, priced in crystals."""
OF_QUARTZ = "op_id = (SELECT op_id FROM economy.summons WHERE currency_type = 'quartzs' LIMIT 1)"

RUNNING = """expedition_id = (SELECT expedition_id FROM expeditions.user_expeditions
    WHERE status = 'in_progress' AND equipped_equipment_id IS NULL)"""
CARRYING = """expedition_id = (SELECT expedition_id FROM expeditions.user_expeditions
    WHERE status = 'in_progress' AND equipped_equipment_id IS NOT NULL)"""
TOLD = "expedition_id = (SELECT expedition_id FROM expeditions.user_expeditions WHERE status = 'completed')"
"""The player's expeditions: two on the way, one of them with a piece, and one that is completed."""
OF_CODE = "op_id = (SELECT op_id FROM economy.gift_code_redemptions)"
"""The operation that has redeemed the player's only code."""
OPENED = "answer LIKE '%\"consumed_equipment_id\"%'::bytea"
"""The step that has opened the player's only sub slot."""

SETTLED = "(convert_from(answer, 'UTF8')::jsonb ->> 'settled_expedition_id')::uuid"
"""The expedition of a step that has settled one."""


def without_checks(table: str) -> str:
    """Takes the last guard of a table away, so that the invariant is the one who sees it."""
    return f"""
        DO $$ DECLARE name TEXT; BEGIN
            FOR name IN SELECT conname FROM pg_constraint
                WHERE conrelid = '{table}'::regclass AND contype IN ('c', 'u')
            LOOP EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I', name); END LOOP;
        END $$;
    """


def without_indexes(table: str) -> str:
    """Takes the unique indexes over what is active away."""
    return f"""
        DO $$ DECLARE name TEXT; BEGIN
            FOR name IN SELECT indexrelid::regclass FROM pg_index
                WHERE indrelid = '{table}'::regclass AND indisunique AND indpred IS NOT NULL
            LOOP EXECUTE format('DROP INDEX %s', name); END LOOP;
        END $$;
    """


CORRUPTIONS = {
    "I1": {
        "a balance without a line": "UPDATE users.users SET quartzs = quartzs + 1",
        "a line that is gone": "DELETE FROM users.ledger WHERE version = 2",
        "a running balance that was edited": """
            UPDATE users.ledger SET balance_after = balance_after + 1 WHERE version = 2""",
        "a version that was left out": """
            UPDATE users.users SET wallet_version = wallet_version + 1;
            UPDATE users.ledger SET version = version + 1
            WHERE version = (SELECT max(version) FROM users.ledger)""",
        "an amount that was edited": """
            UPDATE users.ledger SET amount = amount + 1 WHERE reason = 'mint.daily'""",
    },
    "I2": {
        "less than nothing": without_checks("users.users") + "UPDATE users.users SET daphine = -1",
        "more than a number holds": without_checks("users.users")
        + "UPDATE users.users SET daphine = 9007199254740992",
    },
    "I6": {
        "a price that was not taken": f"UPDATE economy.summons SET price = price + 1 WHERE {DONE}",
        "a payment that nobody owed": """
            UPDATE users.ledger SET amount = amount - 1
            WHERE reason = 'sink.gacha' AND currency = 'sakura_crystals' AND version = 3""",
        "a gift that was not paid": "UPDATE collection.gifts_given SET price = price + 1",
        "a paid gift that is gone": "DELETE FROM collection.gifts_given",
        "a payment for a summon that is gone": f"DELETE FROM economy.summons WHERE {DONE}",
        "a bonus that is short": """
            UPDATE users.ledger SET amount = amount - 1 WHERE reason = 'mint.summon' AND amount > 1""",
        "a surplus in one line with the bonus that is too large": """
            UPDATE users.ledger SET amount = amount + 1 WHERE reason = 'mint.overflow'""",
        "a daphine that was not paid": f"""
            UPDATE economy.summons SET daphine = daphine + 1 WHERE {OF_QUARTZ}""",
        "a code that paid less": "UPDATE users.ledger SET amount = amount - 1 WHERE reason = 'mint.code'",
        "a code that promised more": """
            UPDATE economy.gift_codes SET rewards = jsonb_set(rewards, '{money,0,amount}', '"999"')""",
        "a code that did not pay": "DELETE FROM users.ledger WHERE reason = 'mint.code'",
        "a mission that paid more": "UPDATE users.ledger SET amount = amount + 1 WHERE reason = 'mint.mission'",
        "a mission that did not pay": "DELETE FROM users.ledger WHERE reason = 'mint.mission'",
        "a claim that is forgotten": """
            UPDATE economy.user_mission_progress SET claimed = false, claim_op = NULL WHERE claimed""",
        "a purchase that cost more": "UPDATE economy.user_purchases SET total_cost = total_cost + 1",
        "a purchase that is gone": "DELETE FROM economy.user_purchases WHERE item_code = 'three-star-random'",
        "a boost that paid more": "UPDATE users.ledger SET amount = amount + 1 WHERE reason = 'mint.boost'",
        "a boost that did not pay": "DELETE FROM users.ledger WHERE reason = 'mint.boost'",
        "a second beginning": """
            INSERT INTO users.ledger (user_id, version, currency, op_id, step, reason, amount, balance_after)
            VALUES (7, 99, 'daphine', gen_random_uuid(), 0, 'mint.start', 1, 1)""",
    },
    "I7": {
        "a purchase that never ended": """
            UPDATE economy.user_purchases SET transaction_status = 'pending'""",
        "a payment without an operation": f"DELETE FROM economy.operation WHERE {DONE}",
        "a payment without a grant": f"DELETE FROM collection.applied_step WHERE {DONE}",
        "a refund without the money": f"UPDATE economy.operation SET state = 13 WHERE {DONE}",
        "a refund of less than was paid": f"""
            UPDATE economy.operation SET state = 13 WHERE {DONE};
            INSERT INTO users.ledger (user_id, version, currency, op_id, step, reason, amount, balance_after)
            SELECT 7, 99, currency, op_id, 90, 'mint.refund', -amount - 1, 0 FROM users.ledger
            WHERE reason = 'sink.gacha' AND {DONE}""",
        "an end with a life that goes on": f"UPDATE economy.operation SET state = 12 WHERE {DONE}",
        "an operation that was forgotten": f"""
            UPDATE economy.operation SET state = 2, created_at = now() - interval '11 minutes'
            WHERE {DONE}""",
        "an awakening without an operation": """
            DELETE FROM collection.operation WHERE kind = 'awaken' AND state = 10""",
    },
    "I8": {
        "a ticket that nobody used": "DELETE FROM economy.item_uses WHERE pulls <> '[]'",
        "a boost that nobody used": "DELETE FROM economy.item_uses WHERE item_type = 'boost'",
        "a grant that nobody paid": """
            INSERT INTO collection.applied_step (user_id, op_id, step, request_hash, outcome, answer)
            VALUES (7, gen_random_uuid(), 2, '', 'DONE', '{"granted": []}')""",
        "a waifu of a code that has none": "UPDATE economy.gift_codes SET rewards = rewards - 'waifuIds'",
        "money of a code that nobody redeemed": """
            UPDATE users.ledger SET op_id = gen_random_uuid() WHERE reason = 'mint.code'""",
        "a refund of what was granted": f"""
            UPDATE economy.operation SET state = 13 WHERE {DONE};
            INSERT INTO users.ledger (user_id, version, currency, op_id, step, reason, amount, balance_after)
            SELECT 7, 99, currency, op_id, 90, 'mint.refund', -amount, 0 FROM users.ledger
            WHERE reason = 'sink.gacha' AND {DONE}""",
        "a refund of a gift that was given": """
            UPDATE collection.operation SET state = 13 WHERE kind = 'gift' AND state = 10""",
        "a refund of an operation that is done": f"""
            INSERT INTO users.ledger (user_id, version, currency, op_id, step, reason, amount, balance_after)
            SELECT 7, 99, currency, op_id, 90, 'mint.refund', -amount, 0 FROM users.ledger
            WHERE reason = 'sink.gacha' AND {DONE}""",
        "money of a mission that nobody claimed": """
            UPDATE users.ledger SET op_id = gen_random_uuid() WHERE reason = 'mint.mission'""",
        "a bonus that nobody paid": """
            UPDATE users.ledger SET op_id = gen_random_uuid() WHERE reason = 'mint.summon'""",
    },
    "I9": {
        "a refusal that cost money": f"UPDATE economy.operation SET state = 11 WHERE {DONE}",
        "a refusal that granted somebody": """
            INSERT INTO collection.applied_step (user_id, op_id, step, request_hash, outcome, answer)
            SELECT 7, op_id, 2, '', 'DONE', '{"granted": []}' FROM economy.operation WHERE state = 11""",
        "a refused awakening that left its mark": without_checks("collection.user_waifus")
        + """
            UPDATE collection.user_waifus SET awakening_op = (
                SELECT op_id FROM collection.operation WHERE state = 11)
            WHERE waifu_id = 1000002""",
        "a refused start that sent somebody": """
            UPDATE expeditions.operation SET state = 11 WHERE kind = 'start_expedition'""",
        "a refused completion that paid": """
            UPDATE expeditions.operation SET state = 11 WHERE kind = 'complete_expedition'""",
        "a start that nobody finishes": without_checks("expeditions.user_expeditions")
        + f"UPDATE expeditions.user_expeditions SET status = 'starting' WHERE {RUNNING}",
        "a refused awakening that cost money": """
            UPDATE collection.operation SET state = 11 WHERE kind = 'awaken' AND state = 10""",
        "a refusal that bought something": """
            UPDATE economy.operation SET state = 11 WHERE kind = 'buy'""",
        "a refusal that used an item": """
            UPDATE economy.operation SET state = 11 WHERE kind = 'use_item' AND state = 10""",
        "a refusal that used a code": f"""
            UPDATE economy.operation SET state = 11 WHERE {OF_CODE};
            DELETE FROM users.ledger WHERE {OF_CODE};
            DELETE FROM collection.applied_step WHERE {OF_CODE}""",
    },
    "I10": {
        "an operation that stays open": f"""
            UPDATE economy.operation SET state = 2, created_at = now() - interval '61 seconds'
            WHERE {DONE}""",
        "an operation that waits for an operator": f"""
            UPDATE economy.operation SET state = 2, parked = true WHERE {DONE}""",
    },
    "I12": {
        "nine pulls of ten": without_checks("economy.summons")
        + f"UPDATE economy.summons SET pulls = pulls - 0 WHERE {DONE}",
        "ten of one star": f"""
            UPDATE economy.summons SET pulls = (
                SELECT jsonb_agg(pull || '{{"rarity": 1}}') FROM jsonb_array_elements(pulls) AS pull)
            WHERE {DONE}""",
        "a ticket that brought one more": """
            UPDATE economy.item_uses SET pulls = pulls || '[{"waifu_id": 1, "rarity": 3}]'
            WHERE item_type = 'guarantee_ticket'""",
        "a ticket that brought two stars": """
            UPDATE economy.item_uses SET pulls = jsonb_set(pulls, '{0,rarity}', '2')
            WHERE item_type = 'guarantee_ticket'""",
        "a use without a record": "DELETE FROM economy.item_uses",
        "done without a roll": f"DELETE FROM economy.summons WHERE {DONE}",
    },
    "I13": {
        "a pity that is not the one before": f"""
            UPDATE economy.summons SET pity_before = pity_before + 1 WHERE {DONE}""",
        "a pity that the pulls do not make": f"""
            UPDATE economy.summons SET pity_after = pity_after + 1 WHERE {DONE}""",
        "a counter that is not the last pity": "UPDATE economy.pity SET counter = counter + 1",
        "a quartz pull that moved pity": without_checks("economy.summons")
        + f"UPDATE economy.summons SET pity_after = pity_before + 1 WHERE {OF_QUARTZ}",
    },
    "I14": {
        "fifty pulls without three stars": f"""
            UPDATE economy.summons SET pity_before = 49, pulls = jsonb_set(pulls, '{{0,rarity}}', '1')
            WHERE {DONE}""",
    },
    "I15": {
        "a waifu of nowhere": f"""
            UPDATE economy.summons SET pulls = jsonb_set(pulls, '{{3,waifu_id}}', '1') WHERE {DONE}""",
        "a waifu of no ticket": """
            UPDATE economy.item_uses SET pulls = jsonb_set(pulls, '{0,waifu_id}', '1')
            WHERE pool_digest IS NOT NULL""",
        "a rarity that the banner does not have": f"""
            UPDATE economy.summons SET pulls = jsonb_set(pulls, '{{3,rarity}}', '4') WHERE {DONE}""",
        "a guarantee of nowhere": f"""
            UPDATE economy.summons SET pulls = jsonb_set(
                jsonb_set(pulls, '{{3,is_guarantee}}', 'true'), '{{3,waifu_id}}', '1') WHERE {DONE}""",
    },
    "I16": {
        "a nonce that was used for nothing": "UPDATE economy.seeds SET next_nonce = next_nonce + 1",
        "a nonce that was left out": """
            UPDATE economy.summons SET nonce = 99
            WHERE nonce = (SELECT max(nonce) FROM economy.summons)""",
        "a ticket that was removed": "DELETE FROM economy.item_uses WHERE nonce IS NOT NULL",
        "a number that was used twice": """
            UPDATE economy.item_uses SET nonce = (SELECT min(nonce) FROM economy.summons) WHERE nonce IS NOT NULL""",
        "a roll that was removed": f"DELETE FROM economy.summons WHERE {DONE}",
        "a told seed and none in use": without_checks("economy.seeds")
        + "UPDATE economy.seeds SET server_seed = 'told', revealed_at = now()",
    },
    "I18": {
        "a seventh star": without_checks("collection.user_waifus")
        + "UPDATE collection.user_waifus SET current_star_level = 7",
        "a waifu that is not counted": "UPDATE collection.roster SET owned_count = owned_count - 1",
        "a power that is not there": "UPDATE collection.roster SET power = power + 1",
        "a collection without its counters": "DELETE FROM collection.roster",
    },
    "I19": {
        "shards from nowhere": """
            UPDATE collection.user_waifus SET surplus_shards = surplus_shards + 1""",
        "shards that are gone": """
            UPDATE collection.user_waifus SET surplus_shards = 0""",
    },
    "I20": {
        "an awakening that nobody paid": """
            UPDATE collection.user_waifus SET is_awakened = true WHERE waifu_id = 1000002""",
        "a payment in vain": """
            UPDATE collection.user_waifus SET is_awakened = false WHERE is_awakened""",
        "a payment for somebody else": """
            UPDATE users.ledger SET subject = 'waifu:1000002' WHERE reason = 'sink.awaken'""",
    },
    "I21": {
        "a 21st piece": without_checks("collection.equipment") + """
            INSERT INTO collection.equipment (user_id, id, slot_no, main_effect)
            SELECT 7, gen_random_uuid(), 20, '{"type": "loot_pool_bonus"}' FROM generate_series(1, 20)""",
        "a sub slot that is gone": "DELETE FROM collection.equipment_sub_slots",
        "a sub slot that was left out": """
            UPDATE collection.equipment_sub_slots SET slot_index = slot_index + 1""",
        "a sub slot that is not there": """
            UPDATE collection.equipment SET unlocked_sub_slots = unlocked_sub_slots + 1""",
    },
    "I22": {
        "a piece that was consumed twice": f"""
            INSERT INTO collection.applied_step (user_id, op_id, step, request_hash, outcome, answer)
            SELECT user_id, gen_random_uuid(), 0, '', 'DONE', answer FROM collection.applied_step
            WHERE {OPENED}""",
        "a piece that was consumed and is there": f"""
            INSERT INTO collection.equipment (user_id, id, slot_no, main_effect)
            SELECT 7, (convert_from(answer, 'UTF8')::jsonb ->> 'consumed_equipment_id')::uuid, 20,
                '{{"type": "loot_pool_bonus"}}'
            FROM collection.applied_step WHERE {OPENED}""",
        "a piece that was consumed for itself": f"""
            UPDATE collection.applied_step SET answer = convert_to(jsonb_set(body, '{{piece,id}}',
                body -> 'consumed_equipment_id')::text, 'UTF8')
            FROM (SELECT op_id AS id, convert_from(answer, 'UTF8')::jsonb AS body
                FROM collection.applied_step WHERE {OPENED}) AS opened
            WHERE op_id = id""",
        "a piece that was discarded while it is away": """
            INSERT INTO collection.party_locks
            VALUES (7, 'equipment', gen_random_uuid()::text, gen_random_uuid())""",
        "a sub slot that cost nothing": """
            WITH grown AS (
                UPDATE collection.equipment SET unlocked_sub_slots = unlocked_sub_slots + 1
                WHERE unlocked_sub_slots = 1 RETURNING *
            )
            INSERT INTO collection.equipment_sub_slots (user_id, equipment_id, slot_index, effect)
            SELECT user_id, id, 2, '{"type": "stat_check_bonus"}' FROM grown""",
        "a sub slot whose price is forgotten": f"DELETE FROM collection.applied_step WHERE {OPENED}",
    },
    "I23": {
        "a waifu on two ways": without_indexes("expeditions.expedition_participants") + f"""
            UPDATE expeditions.expedition_participants SET waifu_id = (
                SELECT waifu_id FROM expeditions.expedition_participants WHERE {RUNNING} AND position_in_party = 1)
            WHERE {CARRYING} AND position_in_party = 1""",
        "a piece on two ways": without_indexes("expeditions.user_expeditions") + f"""
            UPDATE expeditions.user_expeditions SET equipped_equipment_id = (
                SELECT equipped_equipment_id FROM expeditions.user_expeditions WHERE {CARRYING})
            WHERE {RUNNING}""",
        "a waifu who is away from nowhere": """
            UPDATE expeditions.expedition_participants SET is_away = false""",
    },
    "I24": {
        "a waifu who is away and nobody's": f"""
            UPDATE collection.party_locks SET thing = '1' WHERE place = 1 AND {RUNNING}""",
        "a piece that went alone": "DELETE FROM collection.party_locks WHERE kind = 'waifu'",
        "a party that is not locked": f"DELETE FROM collection.party_locks WHERE {RUNNING}",
        "a piece that is not locked": "DELETE FROM collection.party_locks WHERE kind = 'equipment'",
    },
    "I25": {
        "a sixth expedition": without_indexes("expeditions.user_expeditions")
        + without_checks("expeditions.user_expeditions") + f"""
            INSERT INTO expeditions.user_expeditions (user_id, expedition_id, expedition_name, location,
                difficulty, duration_hours, slot_no, status, atlas_version)
            SELECT user_id, gen_random_uuid(), 'x', 'x', 1, 1, 1, 'starting', atlas_version
            FROM expeditions.user_expeditions, generate_series(1, 4) WHERE {RUNNING}""",
        "nobody along": f"DELETE FROM expeditions.expedition_participants WHERE {RUNNING}",
        "a place that is left out": without_checks("expeditions.expedition_participants") + f"""
            UPDATE expeditions.expedition_participants SET position_in_party = 9
            WHERE {RUNNING} AND position_in_party = 1""",
        "a waifu of nobody": f"""
            UPDATE expeditions.expedition_participants SET waifu_id = 5
            WHERE {RUNNING} AND position_in_party = 1""",
    },
    "I26": {
        "home too early": without_checks("expeditions.user_expeditions") + f"""
            UPDATE expeditions.user_expeditions SET ends_at = ends_at + interval '1 year' WHERE {TOLD}""",
        "a report that promises more": f"""
            UPDATE expeditions.user_expeditions SET final_results = jsonb_set(final_results::jsonb,
                '{{rewards,crystals}}', '"987654"')::text WHERE {TOLD}""",
        "a piece that was paid beside": f"""
            UPDATE expeditions.user_expeditions SET settlement = settlement || '{{"overflow_quartzs": 50}}'
            WHERE {TOLD}""",
        "a payment that is gone": "DELETE FROM users.ledger WHERE reason = 'mint.loot'",
        "a payment for no expedition": """
            UPDATE users.ledger SET op_id = gen_random_uuid() WHERE reason = 'mint.loot'""",
        "items that were not handed over": f"""
            DELETE FROM economy.applied_step WHERE step = 3 AND op_id = (
                SELECT closing_op_id FROM expeditions.user_expeditions WHERE {TOLD})""",
        "an end that was forgotten": without_checks("expeditions.user_expeditions") + f"""
            UPDATE expeditions.user_expeditions SET status = 'completing' WHERE {TOLD}""",
    },
    "I27": {
        "a party that stayed away": f"""
            INSERT INTO collection.party_locks
            SELECT 7, 'waifu', '1000050', {SETTLED}, 1
            FROM collection.applied_step WHERE answer LIKE '%settled_expedition_id%'::bytea LIMIT 1""",
        "a second piece": """
            INSERT INTO collection.applied_step (user_id, op_id, step, request_hash, outcome, answer)
            SELECT user_id, gen_random_uuid(), step, request_hash, outcome, answer
            FROM collection.applied_step WHERE answer LIKE '%settled_expedition_id%'::bytea""",
        "a lock of what is over": f"""
            UPDATE collection.party_locks SET expedition_id = (
                SELECT expedition_id FROM expeditions.user_expeditions WHERE {TOLD})
            WHERE kind = 'equipment'""",
        "a lock of nothing": """
            INSERT INTO collection.party_locks (user_id, kind, thing, expedition_id, place)
            VALUES (7, 'waifu', '1000040', gen_random_uuid(), 1)""",
    },
    "I28": {
        "one more sold": "UPDATE economy.shop_items SET sold = sold + 1",
        "a purchase that was not counted": "DELETE FROM economy.user_purchases",
        "more sold than there is": without_checks("economy.shop_items")
        + "UPDATE economy.shop_items SET stock_limit = 0 WHERE sold > 0",
        "a purchase that nobody ends": """
            UPDATE economy.user_purchases SET transaction_status = 'pending' WHERE quantity = 2""",
    },
    "I29": {
        "a use that nobody had": "UPDATE economy.gift_codes SET used = used + 1",
        "a redemption that was not counted": """
            INSERT INTO economy.gift_code_redemptions (user_id, code, op_id, redeemed_at)
            SELECT 8, code, op_id, now() FROM economy.gift_code_redemptions""",
        "more uses than there are": without_checks("economy.gift_codes")
        + "UPDATE economy.gift_codes SET usage_limit = 0",
        "a redemption by nobody": f"""
            UPDATE economy.gift_code_redemptions SET redeemed_at = now();
            DELETE FROM economy.operation WHERE {OF_CODE}""",
    },
    "I30": {
        "a reward before the end": without_checks("economy.user_mission_progress")
        + """UPDATE economy.user_mission_progress SET claimed = true
            WHERE NOT completed""",
        "a summon that counted twice": """
            UPDATE economy.user_mission_progress SET current_progress = current_progress + 1
            WHERE mission_id = 'week-summon'""",
        "a daily that counted twice": """
            UPDATE economy.user_mission_progress SET current_progress = current_progress + 1
            WHERE mission_id = 'week-daily'""",
        "a talk that counted twice": """
            UPDATE economy.user_mission_progress SET current_progress = current_progress + 1
            WHERE mission_id = 'day-talk'""",
        "a talk that nobody told": """
            DELETE FROM economy.applied_step WHERE answer LIKE '%"activity": "talk"%'::bytea""",
        "a gift of another day": """
            UPDATE economy.user_mission_progress SET date = date - 1 WHERE mission_id = 'day-gift'""",
    },
    "I31": {
        "two rewards on one day": """
            INSERT INTO users.ledger (user_id, version, currency, op_id, step, reason, amount, balance_after, at)
            SELECT user_id, 99, currency, gen_random_uuid(), 0, reason, amount, 1, at
            FROM users.ledger WHERE reason = 'mint.daily'""",
    },
    "I32": {
        "one more in the bag": "UPDATE economy.user_inventory SET quantity = quantity + 1",
        "one less in the bag": "UPDATE economy.user_inventory SET quantity = quantity - 1 WHERE quantity > 0",
        "less than nothing": without_checks("economy.user_inventory")
        + "UPDATE economy.user_inventory SET quantity = -1, acquired_at = now()",
        "a stack that is gone": "DELETE FROM economy.user_inventory",
        "a ticket that was rolled and is in the bag": """
            UPDATE economy.user_inventory SET quantity = quantity + 1 WHERE item_code = 'three-star-random'""",
        "a ticket that is gone and was not rolled": "DELETE FROM economy.item_uses WHERE pulls <> '[]'",
        "a purchase that is not in the bag": """
            UPDATE economy.user_purchases SET quantity = quantity + 1""",
        "items of a code that was refused": f"DELETE FROM economy.operation WHERE {OF_CODE}",
        "a stack from nowhere": """
            INSERT INTO economy.user_inventory (user_id, item_code, quantity) VALUES (7, 'golden-egg', 1)""",
    },
    "I33": {
        "a waifu of who has left": "UPDATE collection.gate SET closed = true",
        "a seed of who has left": "UPDATE economy.gate SET closed = true",
        "a word of who has left": "UPDATE users.gate SET closed = true",
        "a person who has left": without_checks("users.users")
        + "UPDATE users.users SET state = 'closed'",
        "a gate that was not closed": "UPDATE users.users SET epoch = 2",
        "a gate of a life to come": "UPDATE collection.gate SET epoch = 2",
        "a hash of who is here": """
            INSERT INTO users.erased (discord_hash, user_id, epoch, last_daily_reset) VALUES ('', 7, 1, 0)""",
    },
    "I36": {
        "money by hand without a reason": "DELETE FROM users.audit WHERE action = 'adjust'",
        "an audit row that tells of another amount": """
            UPDATE users.audit SET after = after || '{"daphine": 99}' WHERE action = 'adjust'""",
        "an audit row without the money": """
            INSERT INTO users.audit (user_id, op_id, action, operator, reason, before, after)
            VALUES (7, gen_random_uuid(), 'adjust', 'keeper', 'none', '{"quartzs": 1}', '{"quartzs": 2}')""",
        "a ban without a reason": "DELETE FROM users.audit WHERE action = 'ban'",
        "a ban that was made longer by hand": """
            UPDATE users.bans SET op_id = gen_random_uuid(), until = NULL""",
        "an end of a life that nobody has written down": "DELETE FROM users.audit WHERE action = 'erase'",
        "codes that nobody made": "DELETE FROM economy.audit WHERE action = 'create_codes'",
        "codes that nobody ended": "UPDATE economy.gift_codes SET is_active = false",
        "a gift that nobody gave": "DELETE FROM collection.audit WHERE action = 'give_waifu'",
    },
    "I37": {
        "points from nowhere": "UPDATE collection.user_waifus SET bond_points = bond_points + 1",
        "a talk that is gone": "DELETE FROM collection.conversations",
        "a gift that was worth more": "UPDATE collection.gifts_given SET points = points + 1",
        "a talk that nobody counted": """
            UPDATE collection.user_waifus SET total_conversations = 0""",
    },
    "I38": {
        "a notice of what is over": f"""
            INSERT INTO expeditions.notices (user_id, notice_id, expedition_id, epoch, channel_id, state)
            SELECT user_id, gen_random_uuid(), expedition_id, 1, 0, 'waiting'
            FROM expeditions.user_expeditions WHERE {TOLD}""",
        "told before the time": """
            UPDATE expeditions.notices SET state = 'told', settled_at = now() - interval '9 years'""",
    },
}  # fmt: skip


@pytest.fixture
async def played(game: Game) -> Game:
    """A clean game with something in every table that an invariant asks."""
    await game.has(PLAYER, crystals=2000, quartzs=2000)
    await game.owns_everything(PLAYER)
    await game.users.account.ClaimDaily(a_daily(PLAYER))
    await game.summon(a_summon(PLAYER))
    await game.summon(a_summon(PLAYER, banner="the-long-interval"))
    await game.summon(a_summon(PLAYER, count=1))
    with refused("BANNER_NOT_FOUND"):
        await game.summon(a_summon(PLAYER, banner="winter"))
    given = [await game.equipment.AdminGiveEquipment(give(player=PLAYER)) for _ in range(3)]
    first, second, third = (one.equipment.equipment_id for one in given)
    await game.equipment.UnlockSubSlot(unlock(first, second, player=PLAYER))
    await game.equipment.DiscardEquipment(discard(third, player=PLAYER))
    await game.bond.Talk(a_talk(waifu_id=1000001, player=PLAYER))
    await game.bond.GiveGift(a_present("honey_jar", waifu_id=1000001, player=PLAYER))
    await game.users.wallet.AdminAdjust(an_adjust(PLAYER, daphine=5, crystals=-1))
    await game.users.account.AdminBan(a_ban(PLAYER))
    await game.roster.AdminGiveWaifu(a_gift(PLAYER))
    await game.roster.Awaken(an_awakening(PLAYER))
    with refused("ALREADY_AWAKENED"):
        await game.roster.Awaken(an_awakening(PLAYER))
    await game.missions.ClaimAllMissions(mission_pb2.ClaimAllMissionsRequest(op=an_op(PLAYER)))
    await expeditions_of(game, first)
    codes = Codes(game)
    await codes.make(gives=rewards(crystals=100, items={"one-star-selector": 2}, waifus=(1000001,)))
    await codes.redeem(PLAYER)
    await a_stroll_through_the_shop(game)
    # Also the facts of the day are told.
    await game.house.settles()
    await a_day_outside(game)
    await somebody_leaves(game)
    return game


async def a_stroll_through_the_shop(game: Game) -> None:
    """Two tickets, of which one is used, and a pot of tea; nobody can pay for a third kind."""
    await buy(game, a_buy(PLAYER, "three-star-random", 2))
    await buy(game, a_buy(PLAYER, "morning-blend"))
    with refused("INSUFFICIENT_FUNDS"):
        await buy(game, a_buy(PLAYER, "ten-three-star", 9))
    await use(game, a_use(PLAYER, "three-star-random"))
    await use(game, a_use(PLAYER, "morning-blend"))


async def a_day_outside(game: Game) -> None:
    """Something in the bag, whatever the completed expedition has found."""
    shop = game.house.stub(ShopServiceStub, "economy", "expeditions")
    await shop.Settle(a_find(("two-star-series", 2), player=PLAYER))


async def expeditions_of(game: Game, piece: str) -> None:
    """One expedition that is completed, one that was called back and two on their way, one of them with a piece."""
    rotation = await game.atlas.GetRotation(GetRotationRequest())
    places = [one.template_id for one in rotation.templates]
    waifus = range(1000001, 1000100)

    async def starts(place: int, equipment_id: str = "", wish: str = "start") -> str:
        request = expedition_pb2.StartExpeditionRequest(
            op=an_op(PLAYER, op_id=op_id_of(wish, place)),
            template_id=places[place],
            waifu_ids=waifus[3 * place : 3 * place + 3],
            equipment_id=equipment_id,
            notice=expedition_pb2.NoticeWish(channel_id=9),
        )
        return (await game.expeditions.StartExpedition(request)).expedition.expedition_id

    told, _, _ = await starts(0), await starts(1), await starts(2, piece)
    back = expedition_pb2.CancelExpeditionRequest(op=an_op(PLAYER), expedition_id=await starts(3))
    await game.expeditions.CancelExpedition(back)
    with refused("TEMPLATE_RUNNING"):
        await starts(0, wish="again")
    assert isinstance(game.house.clock, StoppedClock)
    game.house.clock.move(timedelta(hours=20))
    await loads_dice(game.house, told)
    home = expedition_pb2.CompleteExpeditionRequest(op=an_op(PLAYER), expedition_id=told)
    await game.expeditions.CompleteExpedition(home)


async def somebody_leaves(game: Game, player: int = 9) -> None:
    """A life that has ended beside one that goes on."""
    await game.has(player, crystals=500)
    await game.summon(a_summon(player))
    request = account_pb2.AdminEraseAccountRequest(op=an_op(player), operator=an_operator())
    await game.users.account.AdminEraseAccount(request, timeout=10)


def a_gift(player: int) -> roster_pb2.AdminGiveWaifuRequest:
    """A waifu from an operator's hand."""
    return roster_pb2.AdminGiveWaifuRequest(
        op=an_op(player), operator=an_operator(), waifu_id=1000001
    )


def an_awakening(player: int) -> roster_pb2.AwakenRequest:
    """A wish to wake her whom `a_gift` brings."""
    return roster_pb2.AwakenRequest(op=an_op(player), waifu_id=1000001)


@asynccontextmanager
async def corrupted(game: Game, corruption: str) -> AsyncIterator[set[str]]:
    """What the invariants say while a corruption stands; it is taken back afterwards."""
    await game.house.run("BEGIN")
    try:
        await game.house.run(corruption)
        findings = await ask(await game.house._owner(""))
        yield {one.id for one in findings if one.violations}
    finally:
        await game.house.run("ROLLBACK")


def test_every_invariant_is_broken_here() -> None:
    assert set(CORRUPTIONS) == {invariant.id for invariant in INVARIANTS}


async def test_a_clean_game_passes(played: Game) -> None:
    findings = await check(played.house.clone.audit_url)

    assert [one.id for one in findings] == [invariant.id for invariant in INVARIANTS]
    assert [one.sample for one in findings if one.violations] == []


async def test_every_corruption_is_seen_by_its_invariant(
    played: Game, subtests: pytest.Subtests
) -> None:
    for invariant, corruptions in CORRUPTIONS.items():
        for name, corruption in corruptions.items():
            with subtests.test(invariant=invariant, corruption=name):
                async with corrupted(played, corruption) as broken:
                    assert invariant in broken
    # And all of them were taken back.
    await played.invariants_hold()


async def test_a_finding_says_where(played: Game) -> None:
    await played.house.run("UPDATE users.users SET quartzs = quartzs + 1 WHERE id = 7")

    [finding] = [one for one in await check(played.house.clone.audit_url) if one.violations]

    assert (finding.id, finding.violations) == ("I1", 1)
    assert finding.sample.startswith("user 7 quartzs: balance ")


async def test_paid_and_not_rolled_yet_is_owed_too(played: Game) -> None:
    """I6 with an operation in flight."""
    await played.has(8, crystals=500, quartzs=500, seed=8)
    for banner in ("standard", "the-long-interval"):
        async with played.house.dies_at(3):
            await played.summon(a_summon(8, banner=banner))
        await played.invariants_hold()
        await played.house.start()
        await insist(lambda: played.gacha.GetPity(pb.GetPityRequest(user_id=8)))


async def test_what_is_older_than_the_operations_are_kept_is_not_missed(played: Game) -> None:
    """Operations go after 90 days and steps after 35; the ledger stays."""
    await played.house.run(
        "UPDATE users.ledger SET at = at - interval '100 days'; DELETE FROM economy.operation; "
        "DELETE FROM expeditions.operation; "
        "DELETE FROM collection.applied_step; DELETE FROM users.applied_step; "
        "UPDATE collection.user_waifus SET obtained_at = obtained_at - interval '100 days'; "
        "UPDATE collection.equipment SET created_at = created_at - interval '100 days'; "
        "UPDATE economy.user_inventory SET acquired_at = acquired_at - interval '100 days'; "
        "DELETE FROM economy.applied_step"
    )

    await played.invariants_hold()
