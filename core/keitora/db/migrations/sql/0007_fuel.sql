SET LOCAL lock_timeout = '5s';

-- What the estimates know of an engine beside its displacement.
ALTER TABLE vehicle
    ADD induction text NOT NULL DEFAULT 'natural' CHECK (induction IN ('natural', 'supercharged', 'turbo')),
    ADD has_fuel_cut boolean;
COMMENT ON COLUMN vehicle.has_fuel_cut IS 'Injection cuts fuel on the overrun, a carburettor does not; NULL is unknown';

-- Litres as each method estimated them. They are never changed by a calibration: a factor applies when they are read.
DO $$
DECLARE
    derived_table text;
BEGIN
    FOREACH derived_table IN ARRAY ARRAY['trip', 'stop', 'vehicle_day', 'trip_day'] LOOP
        EXECUTE format(
            'ALTER TABLE %I
                ADD measured_l double precision NOT NULL DEFAULT 0,
                ADD maf_l double precision NOT NULL DEFAULT 0,
                ADD speed_density_l double precision NOT NULL DEFAULT 0,
                ADD absolute_load_l double precision NOT NULL DEFAULT 0,
                ADD road_load_l double precision NOT NULL DEFAULT 0', derived_table);
    END LOOP;
END
$$;
ALTER TABLE trip
    DROP CONSTRAINT trip_fuel_method_check,
    ADD CHECK (fuel_method IN ('measured', 'maf', 'speed_density', 'absolute_load', 'road_load'));

-- Fill-ups as typed. A removed one is withdrawn, not deleted; `confirmed` holds the kinds of question answered with yes.
ALTER TABLE fill_up
    ALTER volume_l TYPE double precision,
    ADD trip_km double precision CHECK (trip_km >= 0),
    ADD photo_ref text,
    ADD lat double precision CHECK (lat BETWEEN -90 AND 90),
    ADD lon double precision CHECK (lon BETWEEN -180 AND 180),
    ADD confirmed text[] NOT NULL DEFAULT '{}',
    ADD withdrawn_at timestamptz,
    ADD withdrawn_by text;
COMMENT ON COLUMN fill_up.trip_km IS 'The trip meter at the pump, to check the odometer by';
COMMENT ON COLUMN fill_up.lat IS 'Where the phone was when it was typed, or the pump';
GRANT SELECT ON fill_up TO keitora_ingestor;

-- What the litres of a method are multiplied by when they are read, learnt from full tanks. Made anew from fill-ups and
-- trips at any time; ranges of one method do not overlap.
CREATE TABLE fuel_factor (
    vehicle_id        integer NOT NULL,
    fleet_id          integer NOT NULL,
    method            text NOT NULL
                      CHECK (method IN ('measured', 'maf', 'speed_density', 'absolute_load', 'road_load')),
    valid_from        timestamptz NOT NULL,
    valid_to          timestamptz NOT NULL,
    factor            double precision NOT NULL CHECK (factor > 0),
    uncertainty_ratio double precision NOT NULL CHECK (uncertainty_ratio > 0),
    tank_count        integer NOT NULL,
    PRIMARY KEY (vehicle_id, method, valid_from),
    CHECK (valid_to > valid_from),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
COMMENT ON COLUMN fuel_factor.uncertainty_ratio IS 'Nine times of ten the true factor lies within so much of this one';

-- Tanks that fit no factor: a leak, a theft, a wrong entry, a missed one.
CREATE TABLE fuel_jump (
    vehicle_id integer NOT NULL,
    fleet_id   integer NOT NULL,
    method     text NOT NULL,
    from_at    timestamptz NOT NULL,
    to_at      timestamptz NOT NULL,
    direction  text NOT NULL CHECK (direction IN ('more', 'less')),
    expected_l double precision NOT NULL,
    filled_l   double precision NOT NULL,
    PRIMARY KEY (vehicle_id, method, from_at),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);

-- Trucks whose factors are to be learnt anew: somebody entered or took back a fill-up, or what was driven before it changed.
CREATE TABLE fuel_learning (
    vehicle_id integer PRIMARY KEY REFERENCES vehicle,
    due        boolean NOT NULL
);
CREATE FUNCTION note_fill_up() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
BEGIN
    INSERT INTO public.fuel_learning (vehicle_id, due) VALUES (NEW.vehicle_id, true)
    ON CONFLICT (vehicle_id) DO UPDATE SET due = true;
    RETURN NULL;
END
$$;
CREATE TRIGGER fill_up_noted AFTER INSERT OR UPDATE ON fill_up FOR EACH ROW EXECUTE FUNCTION note_fill_up();

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['fuel_factor', 'fuel_jump'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY own_fleet ON %I TO keitora_api USING (fleet_id = current_fleet_id())', tenant_table);
        EXECUTE format('CREATE POLICY every_fleet ON %I TO keitora_ingestor USING (true)', tenant_table);
        EXECUTE format('GRANT SELECT ON %I TO keitora_api', tenant_table);
    END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON fuel_factor, fuel_jump, fuel_learning TO keitora_ingestor;

-- The one place that applies factors: litres and their +- as they are told, from litres by method and when.
-- A method without a factor counts as estimated, with the uncertainty the row was stored with.
CREATE FUNCTION told_fuel(
    of_vehicle integer, at timestamptz, fuel_l double precision, plus_minus_l double precision,
    measured_l double precision, maf_l double precision, speed_density_l double precision,
    absolute_load_l double precision, road_load_l double precision
)
RETURNS TABLE (fuel_l double precision, plus_minus_l double precision, calibrated_ratio double precision)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        CASE WHEN told_fuel.fuel_l IS NULL THEN NULL
             WHEN count(f.factor) = 0 THEN told_fuel.fuel_l ELSE sum(m.litres * coalesce(f.factor, 1)) END,
        CASE WHEN told_fuel.fuel_l IS NULL THEN NULL
             WHEN count(f.factor) = 0 THEN told_fuel.plus_minus_l
             ELSE sum(m.litres * CASE WHEN f.factor IS NULL THEN m.uncalibrated
                 ELSE f.factor * sqrt(f.uncertainty_ratio ^ 2 + m.calibrated ^ 2) END) END,
        coalesce(sum(m.litres) FILTER (WHERE f.factor IS NOT NULL) / nullif(sum(m.litres), 0), 0)
    FROM (VALUES
        ('measured', told_fuel.measured_l, 0.05, 0.04),
        ('maf', told_fuel.maf_l, 0.13, 0.10),
        ('speed_density', told_fuel.speed_density_l, 0.20, 0.10),
        ('absolute_load', told_fuel.absolute_load_l, 0.20, 0.12),
        ('road_load', told_fuel.road_load_l, 0.35, 0.20)
    ) AS m (method, litres, uncalibrated, calibrated)
    LEFT JOIN public.fuel_factor AS f
        ON f.vehicle_id = told_fuel.of_vehicle AND f.method = m.method
        AND told_fuel.at >= f.valid_from AND told_fuel.at < f.valid_to
    WHERE m.litres > 0;
END;
-- The litres by method are not there yet: every truck is folded anew.
UPDATE derive_state SET state = NULL, rules_version = '';
DELETE FROM derive_checkpoint;
INSERT INTO derive_touch (vehicle_id, touched_from, touched_to)
SELECT vehicle_id, timestamptz '2010-01-01Z', last_sample_at FROM derive_state WHERE last_sample_at IS NOT NULL;
