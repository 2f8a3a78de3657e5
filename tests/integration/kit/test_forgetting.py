"""What is long over is forgotten in small batches; what may still be asked for stays."""

from tests.support.house import UsersHouse

STEP = """INSERT INTO users.applied_step (user_id, op_id, step, request_hash, outcome, answer, at)
    VALUES (7, gen_random_uuid(), 1, '', 'DONE', '', now() - make_interval(days => $1))"""
OPERATION = """INSERT INTO users.operation (user_id, op_id, epoch, kind, state, request_hash, request, result,
    lease_until, updated_at) VALUES (7, gen_random_uuid(), 1, 'toy', $2, '', '', '', now(),
    now() - make_interval(days => $1))"""


async def test_old_outcomes_and_final_operations_are_forgotten(users: UsersHouse) -> None:
    for days in (1, 34, 36, 400):
        await users.house.run(STEP, days)
    for days, state in ((1, 10), (89, 11), (91, 10), (91, 11), (400, 2)):
        await users.house.run(OPERATION, days, state)

    forgotten = await users.house.running["users"].sweeper.clean()

    assert forgotten == 4
    assert await users.house.value("SELECT count(*) FROM users.applied_step") == 2
    left = await users.house.rows("SELECT state FROM users.operation ORDER BY state")
    assert [row["state"] for row in left] == [2, 10, 11]
