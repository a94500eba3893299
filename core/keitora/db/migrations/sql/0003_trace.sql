SET LOCAL lock_timeout = '5s';

-- The simplified line of a truck. Sums are over the time since the point before. Made by the fold, removed and made again
-- like every derived row; handed-out points never change while samples come in order, so they are copied straight in.
CREATE TABLE trace (
    vehicle_id      integer NOT NULL,
    at              timestamptz NOT NULL,
    fleet_id        integer NOT NULL,
    lat             double precision,
    lon             double precision,
    altitude_m      real,
    speed_kmh       real,
    kind            text NOT NULL CHECK (kind IN ('drive', 'stand')),
    lasted_s        double precision NOT NULL CHECK (lasted_s >= 0),
    distance_m      real NOT NULL,
    moving_s        real NOT NULL,
    engine_on_s     real NOT NULL,
    engine_known_s  real NOT NULL,
    fuel_l          real NOT NULL,
    fuel_known_s    real NOT NULL,
    energy_kwh      real NOT NULL,
    energy_known_s  real NOT NULL,
    gap_s           double precision NOT NULL,
    PRIMARY KEY (vehicle_id, at),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
CREATE INDEX trace_place ON trace (vehicle_id, lat, lon);
COMMENT ON TABLE trace IS 'A truck''s simplified line: no believed fix of a drive lies further than 8 m from it at its moment.';
COMMENT ON COLUMN trace.lat IS 'NULL where the place is not known';
COMMENT ON COLUMN trace.gap_s IS 'The part of lasted_s without data';
COMMENT ON COLUMN trace.fuel_l IS 'What is known to have been used; fuel_known_s tells for how much of the engine''s running';

CREATE TABLE idling (
    vehicle_id        integer NOT NULL,
    started_at        timestamptz NOT NULL,
    fleet_id          integer NOT NULL,
    ended_at          timestamptz,
    lasted_s          double precision NOT NULL,
    lat               double precision,
    lon               double precision,
    fuel_l            double precision,
    fuel_plus_minus_l double precision,
    fuel_known_s      double precision NOT NULL,
    rules_version     text NOT NULL,
    PRIMARY KEY (vehicle_id, started_at),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
CREATE INDEX idling_fleet_started ON idling (fleet_id, started_at);
COMMENT ON TABLE idling IS 'The engine running while the truck stood, for fleet.idling_s or longer, in a trip or between trips.';
COMMENT ON COLUMN idling.ended_at IS 'NULL while it lasts';

CREATE TABLE trip_day (
    vehicle_id        integer NOT NULL,
    started_at        timestamptz NOT NULL,
    local_date        date NOT NULL,
    fleet_id          integer NOT NULL,
    distance_m        double precision,
    moving_s          double precision NOT NULL,
    idle_s            double precision NOT NULL,
    gap_s             double precision NOT NULL,
    engine_known_s    double precision NOT NULL,
    engine_on_s       double precision NOT NULL,
    fuel_l            double precision,
    fuel_plus_minus_l double precision,
    fuel_known_s      double precision NOT NULL,
    energy_kwh        double precision,
    rules_version     text NOT NULL,
    PRIMARY KEY (vehicle_id, started_at, local_date),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
CREATE INDEX trip_day_fleet ON trip_day (fleet_id, local_date);
COMMENT ON TABLE trip_day IS 'A trip''s share of each local day it touches; over its days they add up to the trip.';

ALTER TABLE trip ADD engine_known_s double precision NOT NULL DEFAULT 0;
ALTER TABLE stop ADD engine_known_s double precision NOT NULL DEFAULT 0;
ALTER TABLE vehicle_day
    ADD engine_known_s double precision NOT NULL DEFAULT 0,
    ADD odometer_km double precision,
    ADD odometer_at timestamptz,
    ALTER distance_m DROP NOT NULL;
COMMENT ON COLUMN vehicle_day.distance_m IS 'NULL where nothing could tell a distance';
COMMENT ON COLUMN vehicle_day.odometer_km IS 'The car''s own odometer, as last told on that day';

-- The fold's rules that a fleet may set.
ALTER TABLE fleet
    ADD trip_end_s integer NOT NULL DEFAULT 300 CHECK (trip_end_s BETWEEN 60 AND 3600),
    ADD idling_s integer NOT NULL DEFAULT 300 CHECK (idling_s BETWEEN 60 AND 7200);
COMMENT ON COLUMN fleet.trip_end_s IS 'A trip ends with its last movement before so long without movement or data (s)';
COMMENT ON COLUMN fleet.idling_s IS 'The engine running while the truck stands is told as idling from so long on (s)';

-- What an instrument in the truck read: anchors of the own odometer and of the engine hours.
CREATE TABLE odometer_reading (
    odometer_reading_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fleet_id            integer NOT NULL,
    vehicle_id          integer NOT NULL,
    read_at             timestamptz NOT NULL,
    odometer_km         double precision CHECK (odometer_km BETWEEN 0 AND 10000000),
    engine_hours_h      double precision CHECK (engine_hours_h BETWEEN 0 AND 1000000),
    source              text NOT NULL DEFAULT 'hand' CHECK (source IN ('hand', 'fill_up', 'workshop')),
    entered_by          text NOT NULL,
    entered_at          timestamptz NOT NULL DEFAULT now(),
    withdrawn_at        timestamptz,
    CHECK (odometer_km IS NOT NULL OR engine_hours_h IS NOT NULL),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
CREATE INDEX odometer_reading_vehicle ON odometer_reading (vehicle_id, read_at);

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['trace', 'idling', 'trip_day', 'odometer_reading'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY own_fleet ON %I TO keitora_api USING (fleet_id = current_fleet_id())', tenant_table);
        EXECUTE format('CREATE POLICY every_fleet ON %I TO keitora_ingestor USING (true)', tenant_table);
        EXECUTE format('GRANT SELECT ON %I TO keitora_api', tenant_table);
    END LOOP;
END
$$;
GRANT INSERT, UPDATE ON odometer_reading TO keitora_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON trace, idling, trip_day TO keitora_ingestor;
GRANT SELECT ON odometer_reading TO keitora_ingestor;

-- States of an earlier shape say nothing any more; every truck is folded anew by the version of the rules.
UPDATE derive_state SET state = NULL, rules_version = '';
DELETE FROM derive_checkpoint;
INSERT INTO derive_touch (vehicle_id, touched_from, touched_to)
SELECT vehicle_id, timestamptz '2010-01-01Z', last_sample_at FROM derive_state WHERE last_sample_at IS NOT NULL;
