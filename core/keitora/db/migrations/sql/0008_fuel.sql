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

-- The litres by method are not there yet: every truck is folded anew.
UPDATE derive_state SET state = NULL, rules_version = '';
DELETE FROM derive_checkpoint;
INSERT INTO derive_touch (vehicle_id, touched_from, touched_to)
SELECT vehicle_id, timestamptz '2010-01-01Z', last_sample_at FROM derive_state WHERE last_sample_at IS NOT NULL;
