-- Fleets are kept apart by the database itself: the API's role sees only the fleet its transaction names.
-- samples (a hypertable that may be compressed) can have no policy: they are read only through a join with vehicle.
DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY[
        'fleet', 'driver', 'fleet_member', 'api_key', 'vehicle', 'device', 'device_assignment', 'device_seen',
        'vehicle_latest', 'dead_letter', 'trip', 'stop', 'vehicle_day', 'place', 'fill_up', 'trip_overlay'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY own_fleet ON %I TO keitora_api USING (fleet_id = current_fleet_id())', tenant_table);
        EXECUTE format('CREATE POLICY every_fleet ON %I TO keitora_ingestor USING (true)', tenant_table);
        EXECUTE format('GRANT SELECT ON %I TO keitora_api', tenant_table);
    END LOOP;
END
$$;

GRANT SELECT ON sample, service_heartbeat TO keitora_api;
GRANT INSERT, UPDATE ON fill_up, place, trip_overlay TO keitora_api;

GRANT SELECT ON fleet, driver, vehicle, device, device_assignment TO keitora_ingestor;
GRANT SELECT, UPDATE ON device_registry TO keitora_ingestor; -- holding a row shared needs the right to update it
GRANT SELECT, INSERT, UPDATE, DELETE ON
    sample, boot_clock, dead_letter, device_seen, vehicle_latest, derive_touch, service_heartbeat,
    derive_state, derive_checkpoint, trip, stop, vehicle_day
TO keitora_ingestor;

-- Who a key belongs to must be asked before the fleet is known; this answers for one token and nothing else.
CREATE FUNCTION authenticate_key(presented_sha256 bytea)
RETURNS TABLE (api_key_id integer, fleet_id integer, role text, driver_id integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
    SELECT k.api_key_id, k.fleet_id, k.role, k.driver_id
    FROM public.api_key AS k
    WHERE k.token_sha256 = presented_sha256
      AND k.revoked_at IS NULL
      AND (k.expires_at IS NULL OR k.expires_at > now());
END;
REVOKE ALL ON FUNCTION authenticate_key(bytea) FROM public;
GRANT EXECUTE ON FUNCTION authenticate_key(bytea) TO keitora_api;

-- Which schema this is, for /healthz.
GRANT SELECT ON alembic_version TO keitora_api;

-- How the installation fares as a whole, for /metrics: counts over all fleets, nothing of any one.
CREATE FUNCTION installation_gauges()
RETURNS TABLE (
    vehicle_count bigint, device_count bigint, dead_letter_count bigint, derive_waiting_count bigint,
    newest_sample_at timestamptz
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
    SELECT (SELECT count(*) FROM public.vehicle WHERE archived_at IS NULL),
           (SELECT count(*) FROM public.device),
           (SELECT count(*) FROM public.dead_letter),
           (SELECT count(DISTINCT vehicle_id) FROM public.derive_touch),
           (SELECT max(sampled_at) FROM public.vehicle_latest);
END;
REVOKE ALL ON FUNCTION installation_gauges() FROM public;
GRANT EXECUTE ON FUNCTION installation_gauges() TO keitora_api;
