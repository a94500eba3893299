-- Derived rows are a pure function of the samples and the rules: any of them may be removed and made again.
CREATE TABLE derive_state (
    vehicle_id     integer PRIMARY KEY,
    fleet_id       integer NOT NULL,
    last_sample_at timestamptz,
    rules_version  text NOT NULL DEFAULT '',
    state          jsonb,
    derived_at     timestamptz,
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
CREATE TABLE derive_checkpoint (
    vehicle_id     integer NOT NULL REFERENCES vehicle,
    last_sample_at timestamptz NOT NULL,
    state          jsonb NOT NULL,
    PRIMARY KEY (vehicle_id, last_sample_at)
);
COMMENT ON TABLE derive_checkpoint IS 'The fold''s state at settled moments: where to go back to when older samples arrive.';

CREATE TABLE trip (
    vehicle_id        integer NOT NULL,
    started_at        timestamptz NOT NULL,
    fleet_id          integer NOT NULL,
    ended_at          timestamptz NOT NULL,
    start_lat         double precision,
    start_lon         double precision,
    end_lat           double precision,
    end_lon           double precision,
    distance_m        double precision,
    distance_source   text NOT NULL CHECK (distance_source IN ('odometer', 'vehicle_speed', 'gnss_path', 'unknown')),
    distance_second_m double precision,
    moving_s          double precision NOT NULL,
    idle_s            double precision NOT NULL,
    gap_s             double precision NOT NULL,
    max_speed_kmh     double precision,
    climb_m           double precision,
    engine_on_s       double precision NOT NULL,
    fuel_l            double precision,
    fuel_plus_minus_l double precision,
    fuel_method       text CHECK (fuel_method IN ('measured', 'maf', 'speed_density')),
    fuel_known_s      double precision NOT NULL,
    energy_kwh        double precision,
    sample_count      bigint NOT NULL,
    rules_version     text NOT NULL,
    PRIMARY KEY (vehicle_id, started_at),
    CHECK (ended_at >= started_at),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
CREATE INDEX trip_fleet_started ON trip (fleet_id, started_at);

CREATE TABLE stop (
    vehicle_id        integer NOT NULL,
    started_at        timestamptz NOT NULL,
    fleet_id          integer NOT NULL,
    ended_at          timestamptz,
    lat               double precision,
    lon               double precision,
    engine_on_s       double precision NOT NULL,
    fuel_l            double precision,
    fuel_plus_minus_l double precision,
    fuel_known_s      double precision NOT NULL,
    rules_version     text NOT NULL,
    PRIMARY KEY (vehicle_id, started_at),
    CHECK (ended_at > started_at),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
CREATE INDEX stop_fleet_started ON stop (fleet_id, started_at);
COMMENT ON COLUMN stop.ended_at IS 'NULL while the truck still stands there';

CREATE TABLE vehicle_day (
    vehicle_id        integer NOT NULL,
    local_date        date NOT NULL,
    fleet_id          integer NOT NULL,
    trip_count        integer NOT NULL,
    distance_m        double precision NOT NULL,
    moving_s          double precision NOT NULL,
    idle_s            double precision NOT NULL,
    gap_s             double precision NOT NULL,
    engine_on_s       double precision NOT NULL,
    max_speed_kmh     double precision,
    fuel_l            double precision,
    fuel_plus_minus_l double precision,
    fuel_known_s      double precision NOT NULL,
    energy_kwh        double precision,
    sample_count      bigint NOT NULL,
    rules_version     text NOT NULL,
    PRIMARY KEY (vehicle_id, local_date),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
CREATE INDEX vehicle_day_fleet ON vehicle_day (fleet_id, local_date);
COMMENT ON TABLE vehicle_day IS 'A truck''s day in its fleet''s time zone: its trips'' shares of that day, and the fuel used standing.';
