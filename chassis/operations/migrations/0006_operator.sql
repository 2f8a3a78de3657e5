-- What an operator looks through: operations and parked ones by time, the newest first.
-- State 9 is open too: its price is being paid back, and no phase of its own can come any more.

-- migrate:up
CREATE INDEX operation_created ON operation (created_at, op_id);
CREATE INDEX operation_parked ON operation (created_at, op_id) WHERE state < 10 AND parked;

-- migrate:down
DROP INDEX operation_parked;
DROP INDEX operation_created;
