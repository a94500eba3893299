SET LOCAL lock_timeout = '5s';

-- Two tables that nothing has ever written to; docs/decisions/0011 says why a person belongs to one fleet.
DROP TABLE fleet_member;
DROP TABLE app_user;

ALTER TABLE fleet ADD units text NOT NULL DEFAULT 'km-per-l'
    CHECK (units IN ('km-per-l', 'l-per-100km', 'us'));
COMMENT ON COLUMN fleet.units IS 'What people are shown. Stored numbers and the API are metric whatever it says.';

CREATE TABLE person (
    person_id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fleet_id        integer NOT NULL REFERENCES fleet,
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    login_name      text NOT NULL UNIQUE CHECK (login_name ~ '^[^\s[:cntrl:][:upper:]]{3,100}$'),
    role            text NOT NULL CHECK (role IN ('manager', 'driver')),
    driver_id       integer,
    password_hash   text CHECK (password_hash LIKE '$argon2id$%'),
    password_set_at timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    disabled_at     timestamptz,
    UNIQUE (fleet_id, person_id),
    CHECK (role <> 'driver' OR driver_id IS NOT NULL),
    FOREIGN KEY (fleet_id, driver_id) REFERENCES driver (fleet_id, driver_id)
);
COMMENT ON COLUMN person.login_name IS 'A short name or an e-mail address; unique over all fleets, as it is said before the fleet is known';
COMMENT ON COLUMN person.password_hash IS 'Argon2id; NULL: comes in by a one-time link only, as the visitor of a demo';

-- One-time links: to join, to set a new password, or to come in as somebody who has none.
CREATE TABLE invitation (
    invitation_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fleet_id      integer NOT NULL REFERENCES fleet,
    purpose       text NOT NULL CHECK (purpose IN ('join', 'reset', 'open')),
    token_sha256  bytea NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
    name          text NOT NULL,
    role          text NOT NULL CHECK (role IN ('manager', 'driver')),
    driver_id     integer,
    person_id     integer,
    made_by       text NOT NULL,
    made_at       timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz NOT NULL,
    used_at       timestamptz,
    withdrawn_at  timestamptz,
    CHECK ((purpose = 'join') = (person_id IS NULL)),
    FOREIGN KEY (fleet_id, driver_id) REFERENCES driver (fleet_id, driver_id),
    FOREIGN KEY (fleet_id, person_id) REFERENCES person (fleet_id, person_id)
);
CREATE INDEX invitation_fleet ON invitation (fleet_id, made_at);

CREATE TABLE person_session (
    person_session_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fleet_id          integer NOT NULL,
    person_id         integer NOT NULL,
    token_sha256      bytea NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
    kind              text NOT NULL CHECK (kind IN ('cookie', 'bearer')),
    device_name       text NOT NULL,
    address           inet,
    began_at          timestamptz NOT NULL DEFAULT now(),
    seen_at           timestamptz NOT NULL DEFAULT now(),
    idle              interval NOT NULL,
    expires_at        timestamptz NOT NULL,
    ended_at          timestamptz,
    FOREIGN KEY (fleet_id, person_id) REFERENCES person (fleet_id, person_id)
);
CREATE INDEX person_session_person ON person_session (person_id) WHERE ended_at IS NULL;
COMMENT ON TABLE person_session IS 'Only the SHA-256 of a random 256-bit token is kept. Ends after `idle` without a request, and at `expires_at` whatever happens.';

CREATE TABLE audit_entry (
    audit_entry_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fleet_id       integer NOT NULL REFERENCES fleet,
    made_at        timestamptz NOT NULL DEFAULT now(),
    who            text NOT NULL,
    person_id      integer,
    api_key_id     integer,
    address        inet,
    action         text NOT NULL,
    object         text,
    before         jsonb,
    after          jsonb
);
CREATE INDEX audit_entry_fleet ON audit_entry (fleet_id, audit_entry_id DESC);
COMMENT ON TABLE audit_entry IS 'Who changed what, when. The API''s role can add and read, never change or remove.';

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['person', 'invitation', 'person_session', 'audit_entry'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY own_fleet ON %I TO keitora_api USING (fleet_id = current_fleet_id())', tenant_table);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO keitora_api', tenant_table);
    END LOOP;
END
$$;
GRANT UPDATE (name, role, driver_id, password_hash, password_set_at, disabled_at) ON person TO keitora_api;
GRANT UPDATE (used_at, withdrawn_at) ON invitation TO keitora_api;
GRANT UPDATE (seen_at, ended_at) ON person_session TO keitora_api;

-- What managers set up by the pages.
GRANT UPDATE (name, time_zone, currency, locale, units) ON fleet TO keitora_api;
GRANT INSERT ON driver, vehicle, device, device_assignment, device_credential, api_key TO keitora_api;
GRANT UPDATE (revoked_at) ON api_key TO keitora_api;
GRANT UPDATE (username, password_hash, created_at, revoked_at) ON device_credential TO keitora_api;

-- Days are the fleet's own: another zone makes other days.
CREATE FUNCTION derive_fleet_anew() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
BEGIN
    INSERT INTO public.derive_touch (vehicle_id, touched_from, touched_to)
    SELECT vehicle_id, timestamptz '2010-01-01Z', last_sample_at FROM public.derive_state
    WHERE fleet_id = NEW.fleet_id AND last_sample_at IS NOT NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER fleet_zone_changed AFTER UPDATE OF time_zone ON fleet
    FOR EACH ROW WHEN (OLD.time_zone <> NEW.time_zone) EXECUTE FUNCTION derive_fleet_anew();

-- What must be asked before the fleet is known. Each answers for one name or one token and nothing else.
CREATE FUNCTION find_account(said_login_name text)
RETURNS TABLE (person_id integer, fleet_id integer, name text, login_name text, password_hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
    SELECT p.person_id, p.fleet_id, p.name, p.login_name, p.password_hash
    FROM public.person AS p WHERE p.login_name = said_login_name AND p.disabled_at IS NULL;
END;

CREATE FUNCTION authenticate_session(presented_sha256 bytea)
RETURNS TABLE (
    session_id bigint, fleet_id integer, person_id integer, name text, login_name text, role text, driver_id integer,
    is_stale boolean
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
    SELECT s.person_session_id, s.fleet_id, s.person_id, p.name, p.login_name, p.role, p.driver_id,
           s.seen_at < now() - least(s.idle / 10, interval '5 minutes')
    FROM public.person_session AS s JOIN public.person AS p USING (fleet_id, person_id)
    WHERE s.token_sha256 = presented_sha256 AND s.ended_at IS NULL AND s.expires_at > now()
      AND s.seen_at > now() - s.idle AND p.disabled_at IS NULL;
END;

CREATE FUNCTION find_invitation(presented_sha256 bytea)
RETURNS TABLE (
    invitation_id integer, fleet_id integer, fleet_name text, purpose text, name text, role text, driver_id integer,
    person_id integer, login_name text, expires_at timestamptz
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
    SELECT i.invitation_id, i.fleet_id, f.name, i.purpose, i.name, i.role, i.driver_id, i.person_id, p.login_name,
           i.expires_at
    FROM public.invitation AS i JOIN public.fleet AS f USING (fleet_id)
    LEFT JOIN public.person AS p USING (fleet_id, person_id)
    WHERE i.token_sha256 = presented_sha256 AND i.used_at IS NULL AND i.withdrawn_at IS NULL
      AND i.expires_at > now() AND p.disabled_at IS NULL;
END;

-- Attempts to log in, of no fleet: the name said may be nobody's. Only its hash is kept, as people mistake the field
-- and type their password there.
CREATE TABLE login_attempt (
    login_attempt_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    attempted_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    login_sha256     bytea NOT NULL,
    address          inet NOT NULL,
    has_failed       boolean NOT NULL DEFAULT true
);
CREATE INDEX login_attempt_login ON login_attempt (login_sha256, attempted_at);
CREATE INDEX login_attempt_address ON login_attempt (address, attempted_at);
CREATE INDEX login_attempt_time ON login_attempt (attempted_at);
ALTER TABLE login_attempt ENABLE ROW LEVEL SECURITY; -- no policy: only the functions below come to it

-- Counts an attempt as failed before the password is looked at, so that many at once are counted as well.
-- Returns its number; or NULL and for how long to wait (s), and then nothing is counted: waiting ends by itself.
CREATE FUNCTION begin_login_attempt(
    said_sha256 bytea, from_address inet, within interval, most_of_both integer, most_of_login integer,
    most_of_address integer
)
RETURNS TABLE (attempt_id bigint, wait_s double precision)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
    free_at timestamptz;
BEGIN
    -- Always the address first, then the name: no two attempts wait for each other.
    PERFORM pg_advisory_xact_lock(hashtextextended(host(from_address), 8001));
    PERFORM pg_advisory_xact_lock(hashtextextended(encode(said_sha256, 'hex'), 8002));
    DELETE FROM public.login_attempt AS a WHERE a.attempted_at < clock_timestamp() - interval '1 day';
    SELECT max(t.at) + within INTO free_at FROM (
        (SELECT a.attempted_at AS at FROM public.login_attempt AS a
         WHERE a.login_sha256 = said_sha256 AND a.address = from_address AND a.has_failed
         ORDER BY a.attempted_at DESC OFFSET most_of_both - 1 LIMIT 1)
        UNION ALL
        (SELECT a.attempted_at FROM public.login_attempt AS a
         WHERE a.login_sha256 = said_sha256 AND a.has_failed
         ORDER BY a.attempted_at DESC OFFSET most_of_login - 1 LIMIT 1)
        UNION ALL
        (SELECT a.attempted_at FROM public.login_attempt AS a
         WHERE a.address = from_address AND a.has_failed
         ORDER BY a.attempted_at DESC OFFSET most_of_address - 1 LIMIT 1)
    ) AS t;
    IF free_at > clock_timestamp() THEN
        RETURN QUERY SELECT NULL::bigint, extract(epoch FROM free_at - clock_timestamp())::double precision;
        RETURN;
    END IF;
    RETURN QUERY
        INSERT INTO public.login_attempt AS a (login_sha256, address) VALUES (said_sha256, from_address)
        RETURNING a.login_attempt_id, 0::double precision;
END
$$;

-- The password was right: what was mistyped before from the same address counts no longer.
CREATE FUNCTION end_login_attempt(succeeded_id bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
    UPDATE public.login_attempt AS a SET has_failed = false
    FROM public.login_attempt AS s
    WHERE s.login_attempt_id = succeeded_id AND a.login_sha256 = s.login_sha256 AND a.address = s.address;
END;

DO $$
DECLARE
    signature text;
BEGIN
    FOREACH signature IN ARRAY ARRAY[
        'find_account(text)', 'authenticate_session(bytea)', 'find_invitation(bytea)',
        'begin_login_attempt(bytea, inet, interval, integer, integer, integer)', 'end_login_attempt(bigint)'
    ] LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM public', signature);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO keitora_api', signature);
    END LOOP;
END
$$;
