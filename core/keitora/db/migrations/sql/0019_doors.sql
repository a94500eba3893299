SET LOCAL lock_timeout = '5s';

-- Letting a request in with one look: whom the token belongs to, and his fleet, which is entered by the same statement
-- or, if nobody is found, left. A single function, for each one called from another plans its own queries at every
-- call; in the owner's rights, for the holder's fleet is not entered yet when it is read. It answers for one token and
-- nothing else. Always one row; of nobody it is all null.
-- for_transaction: until the transaction ends, else until the connection is told otherwise.
-- Those of 0014 stay: an API of the version before may still be answering.
CREATE FUNCTION open_key(
    presented_sha256 bytea, for_transaction boolean,
    OUT api_key_id integer, OUT role text, OUT driver_id integer,
    OUT fleet_id integer, OUT name text, OUT time_zone text, OUT currency text, OUT locale text, OUT units text
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
#variable_conflict use_column
BEGIN
    SELECT k.api_key_id, k.role, k.driver_id, f.fleet_id, f.name, f.time_zone, f.currency, f.locale, f.units
    INTO open_key.api_key_id, open_key.role, open_key.driver_id, open_key.fleet_id, open_key.name, open_key.time_zone,
         open_key.currency, open_key.locale, open_key.units
    FROM public.api_key AS k JOIN public.fleet AS f USING (fleet_id)
    WHERE k.token_sha256 = presented_sha256
      AND k.revoked_at IS NULL
      AND (k.expires_at IS NULL OR k.expires_at > now());
    PERFORM set_config('keitora.fleet_id', coalesce(open_key.fleet_id::text, ''), for_transaction);
END
$$;

CREATE FUNCTION open_session(
    presented_sha256 bytea, for_transaction boolean,
    OUT session_id bigint, OUT person_id integer, OUT login_name text, OUT role text, OUT driver_id integer,
    OUT is_stale boolean,
    OUT fleet_id integer, OUT name text, OUT time_zone text, OUT currency text, OUT locale text, OUT units text
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
#variable_conflict use_column
BEGIN
    SELECT s.person_session_id, s.person_id, p.login_name, p.role, p.driver_id,
           s.seen_at < now() - least(s.idle / 10, interval '5 minutes'),
           f.fleet_id, f.name, f.time_zone, f.currency, f.locale, f.units
    INTO open_session.session_id, open_session.person_id, open_session.login_name, open_session.role,
         open_session.driver_id, open_session.is_stale, open_session.fleet_id, open_session.name,
         open_session.time_zone, open_session.currency, open_session.locale, open_session.units
    FROM public.person_session AS s
    JOIN public.person AS p USING (fleet_id, person_id)
    JOIN public.fleet AS f USING (fleet_id)
    WHERE s.token_sha256 = presented_sha256 AND s.ended_at IS NULL AND s.expires_at > now()
      AND s.seen_at > now() - s.idle AND p.disabled_at IS NULL;
    PERFORM set_config('keitora.fleet_id', coalesce(open_session.fleet_id::text, ''), for_transaction);
END
$$;
REVOKE ALL ON FUNCTION open_key(bytea, boolean), open_session(bytea, boolean) FROM public;
GRANT EXECUTE ON FUNCTION open_key(bytea, boolean), open_session(bytea, boolean) TO keitora_api;
