SET LOCAL lock_timeout = '5s';

-- The services' roles. They cannot log in until an administrator (or the one-box launcher) gives them a password.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'keitora_ingestor') THEN
        CREATE ROLE keitora_ingestor NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'keitora_api') THEN
        CREATE ROLE keitora_api NOLOGIN;
    END IF;
END
$$;

CREATE EXTENSION IF NOT EXISTS timescaledb;
CREATE EXTENSION IF NOT EXISTS btree_gist;

-- The fleet this transaction may see. Unset means none: a query that forgets to say sees nothing.
CREATE FUNCTION current_fleet_id() RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('keitora.fleet_id', true), '')::integer;
