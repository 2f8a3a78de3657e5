-- Missions are claimed: what the reward is stands with the progress from the first step on, and who was paid is told
-- by the operation that has claimed. Rows from before have no promise; they are paid what the mission says.

-- migrate:up
ALTER TABLE user_mission_progress
    ADD COLUMN reward_type VARCHAR(50),
    ADD COLUMN reward_amount BIGINT,
    ADD COLUMN claim_op UUID,
    ADD CHECK (claimed = (claim_op IS NOT NULL)),
    ADD CHECK (NOT claimed OR (reward_type IS NOT NULL AND reward_amount IS NOT NULL));

-- migrate:down
ALTER TABLE user_mission_progress DROP COLUMN reward_type, DROP COLUMN reward_amount, DROP COLUMN claim_op;
