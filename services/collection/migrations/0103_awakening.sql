-- Awakening, and who is how strong.

-- migrate:up
-- The operation that awakens her right now: the mark that keeps a second one away until the first is paid.
ALTER TABLE user_waifus ADD COLUMN awakening_op UUID;
ALTER TABLE user_waifus ADD CHECK (awakening_op IS NULL OR NOT is_awakened);

CREATE INDEX roster_power ON roster (power DESC, user_id);

-- Power to how many collections have it: a place is a sum over different powers, not a count of players.
CREATE TABLE power_counts (
    power BIGINT PRIMARY KEY,
    collectors BIGINT NOT NULL
);

-- What moved since the counts were last brought up to date. Rows are only added, so that players whose power is
-- equal never wait for each other; whoever reads a place adds them to the counts.
CREATE TABLE power_moves (
    move BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    power BIGINT NOT NULL,
    collectors INTEGER NOT NULL CHECK (collectors IN (-1, 1))
);

-- A trigger, because every way in which a collection grows or ends has to be counted.
-- It finds its table also when the owner of the database mends something by hand.
CREATE FUNCTION count_power() RETURNS TRIGGER LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO power_moves (power, collectors) VALUES (OLD.power, -1);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO power_moves (power, collectors) VALUES (NEW.power, 1);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER roster_came_or_went AFTER INSERT OR DELETE ON roster
FOR EACH ROW EXECUTE FUNCTION count_power();

CREATE TRIGGER roster_grew AFTER UPDATE OF power ON roster
FOR EACH ROW WHEN (OLD.power <> NEW.power) EXECUTE FUNCTION count_power();

INSERT INTO power_counts (power, collectors) SELECT power, count(*) FROM roster GROUP BY power;

-- migrate:down
DROP TRIGGER roster_grew ON roster;
DROP TRIGGER roster_came_or_went ON roster;
DROP FUNCTION count_power;
DROP TABLE power_moves;
DROP TABLE power_counts;
DROP INDEX roster_power;
ALTER TABLE user_waifus DROP COLUMN awakening_op;
