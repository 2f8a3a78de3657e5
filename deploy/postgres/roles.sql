-- Roles, schemas and rights of the four services. One transaction; running it again changes nothing.
--
-- Run by `geminya migrate` in the game's database, as a superuser or as a role that may create roles;
-- psql can run it as well. Passwords are not in here: `geminya migrate` sets them, or `\password`.
-- A server of one service gets that service's roles alone: SET geminya.services = 'users' before.
DO $roles$
DECLARE
    service text;
    owner text;
    login text;
    setting text[];
    services text[] := string_to_array(
        COALESCE(NULLIF(current_setting('geminya.services', true), ''),
            'users,collection,expeditions,economy'), ',');
    version int := current_setting('server_version_num');
    -- Whoever makes a role is its member, but may become it without more only before version 16.
    may_become text := CASE WHEN version >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
    -- Two runs at once would meet in the catalogue; roles belong to the whole server.
    PERFORM pg_advisory_xact_lock(8601);

    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    IF has_schema_privilege(current_user, 'public', 'USAGE WITH GRANT OPTION') THEN
        REVOKE ALL ON SCHEMA public FROM PUBLIC;
    END IF;

    -- Reads everything, changes nothing: invariants and exports.
    IF to_regrole('geminya_audit') IS NULL THEN
        CREATE ROLE geminya_audit LOGIN NOINHERIT CONNECTION LIMIT 5;
    END IF;
    ALTER ROLE geminya_audit SET default_transaction_read_only = on;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO geminya_audit', current_database());

    FOREACH service IN ARRAY services LOOP
        owner := service || '_owner';
        login := service || '_login';

        -- The owner makes and changes tables; migrations become it with SET ROLE.
        IF to_regrole(owner) IS NULL THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', owner);
        END IF;
        IF NOT pg_has_role(current_user, owner, may_become) THEN
            EXECUTE format('GRANT %I TO %I', owner, current_user);
        END IF;

        -- The login is what the service's process uses: rows only, and nothing without a limit.
        IF to_regrole(login) IS NULL THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT CONNECTION LIMIT 30', login);
        END IF;
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), login);
        FOREACH setting SLICE 1 IN ARRAY ARRAY[
            ['search_path', service],
            ['statement_timeout', '1s'],
            ['lock_timeout', '500ms'],
            ['idle_in_transaction_session_timeout', '5s']
        ] LOOP
            EXECUTE format('ALTER ROLE %I SET %I = %L', login, setting[1], setting[2]);
        END LOOP;
        IF version >= 170000 THEN
            EXECUTE format('ALTER ROLE %I SET transaction_timeout = %L', login, '5s');
        END IF;

        EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', service, owner);
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I, geminya_audit', service, login);

        -- What later migrations create; a migration takes back what its table must not allow.
        EXECUTE format(
            'ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I '
            'GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I', owner, service, login);
        EXECUTE format(
            'ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I '
            'GRANT SELECT ON TABLES TO geminya_audit', owner, service);
        EXECUTE format(
            'ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I '
            'GRANT USAGE ON SEQUENCES TO %I', owner, service, login);
        -- A function runs for everybody by default; that default belongs to the role, not a schema.
        EXECUTE format(
            'ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC', owner);
        EXECUTE format(
            'ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I '
            'GRANT EXECUTE ON FUNCTIONS TO %I', owner, service, login);
    END LOOP;
END
$roles$;
