SET LOCAL lock_timeout = '5s';

-- A place is a circle about (lat, lon), or a polygon, near whose middle (lat, lon) then lies.
ALTER TABLE place
    DROP CONSTRAINT place_kind_check,
    ADD CONSTRAINT place_kind_check CHECK (kind IN ('base', 'field', 'customer', 'fuel', 'private', 'other')),
    ALTER COLUMN radius_m DROP NOT NULL,
    ALTER COLUMN radius_m TYPE double precision,
    ADD COLUMN outline jsonb,
    ADD COLUMN area_m2 double precision,
    ADD COLUMN on_farm boolean NOT NULL DEFAULT false,
    ADD COLUMN exit_margin_m double precision NOT NULL DEFAULT 30 CHECK (exit_margin_m BETWEEN 0 AND 1000),
    ADD COLUMN dwell_s integer NOT NULL DEFAULT 180 CHECK (dwell_s BETWEEN 0 AND 86400),
    ADD COLUMN away_s integer NOT NULL DEFAULT 180 CHECK (away_s BETWEEN 0 AND 86400),
    ADD COLUMN entered_by text NOT NULL DEFAULT '',
    ADD COLUMN changed_by text,
    ADD COLUMN changed_at timestamptz,
    ADD CONSTRAINT place_shape_check CHECK ((radius_m IS NULL) <> (outline IS NULL)),
    ADD CONSTRAINT place_fleet_key UNIQUE (fleet_id, place_id),
    DROP CONSTRAINT place_fleet_id_name_key;
UPDATE place SET area_m2 = pi() * radius_m ^ 2;
ALTER TABLE place ALTER COLUMN area_m2 SET NOT NULL;
CREATE UNIQUE INDEX place_name ON place (fleet_id, name) WHERE archived_at IS NULL;
COMMENT ON COLUMN place.outline IS 'GeoJSON geometry of a polygon';
COMMENT ON COLUMN place.exit_margin_m IS 'How far outside its border a truck must be before it has left';
COMMENT ON COLUMN place.dwell_s IS 'A shorter stay is passing by';
COMMENT ON COLUMN place.away_s IS 'A truck that comes back sooner had not left';
COMMENT ON COLUMN place.on_farm IS 'The farm''s own ground: what is driven there is not on a public road';

-- Every stay of a truck at a place, also those too short to be a visit: a stay that may go on must be remembered.
CREATE TABLE visit (
    vehicle_id     integer NOT NULL,
    place_id       integer NOT NULL,
    entered_at     timestamptz NOT NULL,
    fleet_id       integer NOT NULL,
    left_at        timestamptz,
    is_visit       boolean NOT NULL,
    inside_s       double precision NOT NULL,
    away_s         double precision NOT NULL,
    moving_s       double precision NOT NULL,
    engine_on_s    double precision NOT NULL,
    engine_known_s double precision NOT NULL,
    distance_m     double precision NOT NULL,
    fuel_l         double precision NOT NULL,
    fuel_known_s   double precision NOT NULL,
    energy_kwh     double precision NOT NULL,
    energy_known_s double precision NOT NULL,
    gap_s          double precision NOT NULL,
    away_ms        bigint[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (vehicle_id, place_id, entered_at),
    CHECK (left_at >= entered_at),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id),
    FOREIGN KEY (fleet_id, place_id) REFERENCES place (fleet_id, place_id)
);
CREATE INDEX visit_fleet_entered ON visit (fleet_id, entered_at) WHERE is_visit;
CREATE INDEX visit_place ON visit (place_id, entered_at);
CREATE INDEX visit_during ON visit USING gist (vehicle_id, tstzrange(entered_at, left_at, '[]'));
COMMENT ON COLUMN visit.left_at IS 'NULL while the truck is there';
COMMENT ON COLUMN visit.is_visit IS 'It lasted as long as the place''s dwell_s; else the truck passed by';
COMMENT ON COLUMN visit.away_ms IS 'When it was out of the place within the stay: from, to, from, to … (Unix ms)';

CREATE TABLE visit_cursor (
    vehicle_id integer PRIMARY KEY REFERENCES vehicle,
    last_at    timestamptz NOT NULL
);
COMMENT ON TABLE visit_cursor IS 'Up to which point of a truck''s trace its visits are known';

CREATE TABLE trace_cell (
    vehicle_id integer NOT NULL REFERENCES vehicle,
    cell       integer NOT NULL,
    from_at    timestamptz NOT NULL,
    to_at      timestamptz NOT NULL,
    PRIMARY KEY (vehicle_id, cell, from_at)
);
CREATE INDEX trace_cell_to ON trace_cell (vehicle_id, to_at);
COMMENT ON TABLE trace_cell IS 'When a truck was in which hundredth of a degree: what of its trace a place may touch';

CREATE TABLE farm_day (
    vehicle_id     integer NOT NULL,
    local_date     date NOT NULL,
    fleet_id       integer NOT NULL,
    inside_s       double precision NOT NULL,
    moving_s       double precision NOT NULL,
    engine_on_s    double precision NOT NULL,
    engine_known_s double precision NOT NULL,
    distance_m     double precision NOT NULL,
    fuel_l         double precision NOT NULL,
    fuel_known_s   double precision NOT NULL,
    energy_kwh     double precision NOT NULL,
    energy_known_s double precision NOT NULL,
    gap_s          double precision NOT NULL,
    PRIMARY KEY (vehicle_id, local_date),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
CREATE INDEX farm_day_fleet ON farm_day (fleet_id, local_date);
COMMENT ON TABLE farm_day IS 'The part of a truck''s local day on visits to the farm''s own ground; the rest is public road';

-- Places whose visits a truck has to be asked for anew: a row for each truck of the fleet, whoever changed the place.
CREATE TABLE place_touch (
    place_touch_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fleet_id       integer NOT NULL,
    vehicle_id     integer NOT NULL REFERENCES vehicle,
    place_id       integer NOT NULL
);
CREATE INDEX place_touch_vehicle ON place_touch (vehicle_id);
CREATE INDEX place_touch_place ON place_touch (place_id);

CREATE FUNCTION touch_place() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
BEGIN
    INSERT INTO public.place_touch (fleet_id, vehicle_id, place_id)
    SELECT NEW.fleet_id, vehicle_id, NEW.place_id FROM public.vehicle WHERE fleet_id = NEW.fleet_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER place_named AFTER INSERT ON place FOR EACH ROW EXECUTE FUNCTION touch_place();
CREATE TRIGGER place_changed
    AFTER UPDATE OF lat, lon, radius_m, outline, on_farm, exit_margin_m, dwell_s, away_s, archived_at ON place
    FOR EACH ROW EXECUTE FUNCTION touch_place();
INSERT INTO place_touch (fleet_id, vehicle_id, place_id)
SELECT fleet_id, vehicle_id, place_id FROM place JOIN vehicle USING (fleet_id);

-- What people say of trips: describe, merge, split, correct. Rows are added and withdrawn, never changed.
ALTER TABLE trip_overlay
    ADD COLUMN action text NOT NULL DEFAULT 'describe' CHECK (action IN ('describe', 'merge', 'split', 'correct')),
    ADD COLUMN other_at timestamptz,
    ADD COLUMN corrected_start_at timestamptz,
    ADD COLUMN corrected_end_at timestamptz,
    ADD COLUMN corrected_distance_m double precision CHECK (corrected_distance_m BETWEEN 0 AND 5000000),
    ADD COLUMN withdrawn_by text,
    ADD COLUMN idempotency_key text,
    ADD CONSTRAINT trip_overlay_merge_check CHECK ((action = 'merge') = (other_at IS NOT NULL)),
    ADD CONSTRAINT trip_overlay_withdrawn_check CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL)),
    ADD CONSTRAINT trip_overlay_idempotency UNIQUE (fleet_id, idempotency_key);
COMMENT ON COLUMN trip_overlay.anchor_at IS
    'A moment inside the trip; of a merge: inside the earlier one; of a split: where the trip is cut';
COMMENT ON COLUMN trip_overlay.other_at IS 'Of a merge: a moment inside the later trip';

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['visit', 'farm_day', 'place_touch'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY own_fleet ON %I TO keitora_api USING (fleet_id = current_fleet_id())', tenant_table);
        EXECUTE format('CREATE POLICY every_fleet ON %I TO keitora_ingestor USING (true)', tenant_table);
        EXECUTE format('GRANT SELECT ON %I TO keitora_api', tenant_table);
    END LOOP;
END
$$;
GRANT SELECT ON place TO keitora_ingestor;
GRANT SELECT, INSERT, UPDATE, DELETE ON visit, visit_cursor, trace_cell, farm_day, place_touch TO keitora_ingestor;
