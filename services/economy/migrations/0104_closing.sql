-- A player's life may end (flow F12), and the record of summons ends with it: the login role may remove a row now.
-- A row can still not be changed, and the ledger in users, which no role of a service can shorten, stays.

-- migrate:up
GRANT DELETE ON summons TO economy_login;

-- migrate:down
REVOKE DELETE ON summons FROM economy_login;
