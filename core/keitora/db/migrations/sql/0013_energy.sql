SET LOCAL lock_timeout = '5s';

-- What a drive drew of the traction battery by its state of charge, and the litres used while the truck stood.
ALTER TABLE trip
    ADD energy_method text CHECK (energy_method IN ('measured', 'soc')),
    ADD soc_from_pct double precision,
    ADD soc_to_pct double precision,
    ADD hv_voltage_v double precision;
COMMENT ON COLUMN trip.energy_kwh IS 'Measured; where energy_method is soc it follows from soc_used_pct by the battery learnt (told_energy)';
DO $$
DECLARE
    derived_table text;
BEGIN
    FOREACH derived_table IN ARRAY ARRAY['trip', 'vehicle_day', 'trip_day'] LOOP
        EXECUTE format(
            'ALTER TABLE %I
                ADD soc_used_pct double precision NOT NULL DEFAULT 0,
                ADD soc_moment_pct2 double precision NOT NULL DEFAULT 0,
                ADD idle_l double precision NOT NULL DEFAULT 0', derived_table);
    END LOOP;
END
$$;

-- Derived as trips are: any row may be removed and made again.
CREATE TABLE charge (
    vehicle_id    integer NOT NULL,
    started_at    timestamptz NOT NULL,
    fleet_id      integer NOT NULL,
    ended_at      timestamptz,
    heard_at      timestamptz NOT NULL,
    lat           double precision,
    lon           double precision,
    from_soc_pct  double precision,
    to_soc_pct    double precision,
    measured_kwh  double precision,
    hv_voltage_v  double precision,
    rules_version text NOT NULL,
    PRIMARY KEY (vehicle_id, started_at),
    CHECK (ended_at > started_at),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
CREATE INDEX charge_fleet_started ON charge (fleet_id, started_at);
COMMENT ON COLUMN charge.ended_at IS 'NULL while it lasts, as far as is known';
COMMENT ON COLUMN charge.measured_kwh IS 'What arrived in the battery; NULL where its power was not sampled';

CREATE TABLE tank_level (
    vehicle_id    integer NOT NULL,
    started_at    timestamptz NOT NULL,
    fleet_id      integer NOT NULL,
    ended_at      timestamptz NOT NULL,
    lat           double precision,
    lon           double precision,
    first_pct     double precision NOT NULL,
    last_pct      double precision NOT NULL,
    reading_count integer NOT NULL,
    rules_version text NOT NULL,
    PRIMARY KEY (vehicle_id, started_at),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
COMMENT ON TABLE tank_level IS 'The tank''s level over each time the truck stood; what lies between two was driven, filled in or taken out';

-- Learnt from the rows above and from entries, made anew at any time.
CREATE TABLE tank_event (
    vehicle_id integer NOT NULL,
    from_at    timestamptz NOT NULL,
    fleet_id   integer NOT NULL,
    to_at      timestamptz NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('refuel', 'loss')),
    volume_l   double precision NOT NULL CHECK (volume_l > 0),
    plus_minus_l double precision NOT NULL,
    from_pct   double precision NOT NULL,
    to_pct     double precision NOT NULL,
    lat        double precision,
    lon        double precision,
    PRIMARY KEY (vehicle_id, from_at),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
CREATE INDEX tank_event_fleet ON tank_event (fleet_id, from_at);

CREATE TABLE pack (
    vehicle_id         integer NOT NULL,
    valid_from         timestamptz NOT NULL,
    valid_to           timestamptz NOT NULL,
    fleet_id           integer NOT NULL,
    kwh_a_pct_at_half  double precision NOT NULL CHECK (kwh_a_pct_at_half > 0),
    slope_ratio_a_pct  double precision NOT NULL,
    uncertainty_ratio  double precision NOT NULL,
    swing_count        integer NOT NULL,
    PRIMARY KEY (vehicle_id, valid_from),
    CHECK (valid_to > valid_from),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
COMMENT ON TABLE pack IS 'What a per cent of charge holds, by quarter of a year; swing_count 0: from the nominal capacity';

-- Prices people enter. A removed one is withdrawn, not deleted.
CREATE TABLE fuel_price (
    fuel_price_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fleet_id      integer NOT NULL REFERENCES fleet,
    energy        text NOT NULL CHECK (energy IN ('petrol', 'diesel', 'lpg')),
    valid_from    date NOT NULL,
    price_per_l     numeric(12, 4) NOT NULL CHECK (price_per_l >= 0),
    tax_per_l       numeric(12, 4) CHECK (tax_per_l >= 0),
    currency      text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    note          text,
    entered_by    text NOT NULL,
    entered_at    timestamptz NOT NULL DEFAULT now(),
    withdrawn_at  timestamptz,
    withdrawn_by  text
);
CREATE INDEX fuel_price_fleet ON fuel_price (fleet_id, energy, valid_from);
CREATE TABLE tariff (
    tariff_id    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fleet_id     integer NOT NULL REFERENCES fleet,
    place_id     integer,
    name         text NOT NULL CHECK (name <> ''),
    valid_from   date NOT NULL,
    currency     text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    otherwise_per_kwh numeric(12, 4) NOT NULL CHECK (otherwise_per_kwh >= 0),
    bands        jsonb NOT NULL DEFAULT '[]',
    co2_kg_per_kwh double precision CHECK (co2_kg_per_kwh >= 0),
    entered_by   text NOT NULL,
    entered_at   timestamptz NOT NULL DEFAULT now(),
    withdrawn_at timestamptz,
    withdrawn_by text,
    FOREIGN KEY (fleet_id, place_id) REFERENCES place (fleet_id, place_id)
);
COMMENT ON COLUMN tariff.place_id IS 'Where it holds; NULL: wherever no other does';
COMMENT ON COLUMN tariff.co2_kg_per_kwh IS 'What the supplier''s current stands for, as it says; NULL is unknown';

ALTER TABLE fleet ADD country text CHECK (country ~ '^[A-Z]{2}$');
COMMENT ON COLUMN fleet.country IS 'ISO 3166, for factors of CO2; NULL: by the currency';

-- What a litre and a kilowatt-hour of a truck cost, and stand for in CO2, on each local day. Learnt from prices, fill-ups,
-- tariffs and charges; ranges of a truck do not overlap. The one place that money and CO2 are computed from.
CREATE TABLE running_rate (
    vehicle_id     integer NOT NULL,
    valid_from     date NOT NULL,
    valid_to       date NOT NULL,
    fleet_id       integer NOT NULL,
    currency       text NOT NULL,
    price_per_l      double precision,
    price_per_kwh    double precision,
    co2_kg_per_l     double precision,
    co2_kg_per_kwh   double precision,
    source         text NOT NULL,
    PRIMARY KEY (vehicle_id, valid_from),
    CHECK (valid_to > valid_from),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
COMMENT ON COLUMN running_rate.price_per_kwh IS 'Of a kilowatt-hour used from the battery: losses of charging are in it';
COMMENT ON COLUMN running_rate.source IS 'Where the price comes from: prices, own_fill_ups, fleet_fill_ups, charges, tariff or none';

-- Where the truck was when a fill-up was entered for it.
ALTER TABLE fill_up ADD presence text CHECK (presence IN ('there', 'elsewhere', 'unknown'));

ALTER TABLE fuel_learning
    ADD learnt_at timestamptz,
    ADD later boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN fuel_learning.later IS 'It has told what can be learnt from: once in five minutes is often enough';

-- A change of what is typed has the trucks it speaks of learnt anew; what was learnt itself must not.
DROP TRIGGER fill_up_noted ON fill_up;
CREATE TRIGGER fill_up_added AFTER INSERT ON fill_up FOR EACH ROW EXECUTE FUNCTION note_fill_up();
CREATE TRIGGER fill_up_changed
    AFTER UPDATE OF filled_at, volume_l, energy_kwh, total_price, currency, odometer_km, trip_km, is_full, missed_before,
        lat, lon, confirmed, withdrawn_at ON fill_up
    FOR EACH ROW EXECUTE FUNCTION note_fill_up();
CREATE FUNCTION note_price() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
BEGIN
    INSERT INTO public.fuel_learning (vehicle_id, due)
    SELECT vehicle_id, true FROM public.vehicle WHERE fleet_id = NEW.fleet_id
    ON CONFLICT (vehicle_id) DO UPDATE SET due = true;
    RETURN NULL;
END
$$;
CREATE TRIGGER fuel_price_noted AFTER INSERT OR UPDATE ON fuel_price FOR EACH ROW EXECUTE FUNCTION note_price();
CREATE TRIGGER tariff_noted AFTER INSERT OR UPDATE ON tariff FOR EACH ROW EXECUTE FUNCTION note_price();
CREATE TRIGGER fleet_noted AFTER UPDATE OF country, currency ON fleet FOR EACH ROW EXECUTE FUNCTION note_price();
CREATE TRIGGER vehicle_noted AFTER INSERT OR UPDATE OF energy, tank_l, battery_kwh ON vehicle
    FOR EACH ROW EXECUTE FUNCTION note_fill_up();

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['charge', 'tank_level', 'tank_event', 'pack', 'running_rate', 'fuel_price', 'tariff'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY own_fleet ON %I TO keitora_api USING (fleet_id = current_fleet_id())', tenant_table);
        EXECUTE format('CREATE POLICY every_fleet ON %I TO keitora_ingestor USING (true)', tenant_table);
        EXECUTE format('GRANT SELECT ON %I TO keitora_api, keitora_ingestor', tenant_table);
    END LOOP;
END
$$;
GRANT INSERT, UPDATE, DELETE ON charge, tank_level, tank_event, pack, running_rate TO keitora_ingestor;
GRANT INSERT, UPDATE ON fuel_price, tariff TO keitora_api;
GRANT UPDATE (presence) ON fill_up TO keitora_ingestor;

-- The one place that turns a state of charge into energy: what was measured, else by the battery as learnt at the time.
CREATE FUNCTION told_energy(
    of_vehicle integer, at timestamptz, measured_kwh double precision,
    soc_used_pct double precision, soc_moment_pct2 double precision
)
RETURNS TABLE (energy_kwh double precision, plus_minus_kwh double precision)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        CASE WHEN told_energy.soc_used_pct = 0 AND told_energy.soc_moment_pct2 = 0 THEN told_energy.measured_kwh
             WHEN p.drawn_kwh IS NULL THEN NULL
             ELSE coalesce(told_energy.measured_kwh, 0) + p.drawn_kwh END,
        CASE WHEN told_energy.soc_used_pct = 0 AND told_energy.soc_moment_pct2 = 0 THEN 0.02 * abs(told_energy.measured_kwh)
             ELSE 0.02 * abs(coalesce(told_energy.measured_kwh, 0)) + abs(p.drawn_kwh) * p.uncertainty_ratio END
    FROM (SELECT 1) AS one
    LEFT JOIN LATERAL (
        SELECT kwh_a_pct_at_half * ((1 - 50 * slope_ratio_a_pct) * told_energy.soc_used_pct
               + slope_ratio_a_pct * told_energy.soc_moment_pct2) AS drawn_kwh, uncertainty_ratio
        FROM public.pack
        WHERE vehicle_id = told_energy.of_vehicle AND told_energy.at >= valid_from AND told_energy.at < valid_to
    ) AS p ON true;
END;

-- The one place that multiplies litres and kilowatt-hours by what they cost and stand for, on the local day they were used.
CREATE FUNCTION told_cost(
    of_vehicle integer, on_date date, fuel_l double precision, plus_minus_l double precision, idle_l double precision,
    energy_kwh double precision
)
RETURNS TABLE (
    cost double precision, cost_plus_minus double precision, idle_cost double precision, currency text,
    co2_kg double precision
)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        CASE WHEN r.fuel_cost IS NULL THEN r.energy_cost ELSE r.fuel_cost + coalesce(r.energy_cost, 0) END,
        CASE WHEN r.fuel_cost IS NULL THEN NULL ELSE told_cost.plus_minus_l * r.price_per_l END,
        told_cost.idle_l * r.price_per_l,
        r.currency,
        CASE WHEN r.fuel_kg IS NULL THEN r.energy_kg ELSE r.fuel_kg + coalesce(r.energy_kg, 0) END
    FROM (SELECT 1) AS one
    LEFT JOIN LATERAL (
        SELECT rate.currency, rate.price_per_l,
               told_cost.fuel_l * rate.price_per_l AS fuel_cost, told_cost.energy_kwh * rate.price_per_kwh AS energy_cost,
               told_cost.fuel_l * rate.co2_kg_per_l AS fuel_kg, told_cost.energy_kwh * rate.co2_kg_per_kwh AS energy_kg
        FROM public.running_rate AS rate
        WHERE rate.vehicle_id = told_cost.of_vehicle
          AND rate.valid_from <= told_cost.on_date
        ORDER BY rate.valid_from DESC LIMIT 1  -- a truck's rates leave no hole
    ) AS r ON true;
END;

-- What the litres of a truck's day are multiplied by when they are told: for rows that keep no litres by method.
CREATE FUNCTION told_ratio(of_vehicle integer, on_date date)
RETURNS double precision
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT coalesce((
        SELECT told.fuel_l / nullif(d.fuel_l, 0)
        FROM public.vehicle_day AS d
        JOIN public.fleet AS f USING (fleet_id)
        CROSS JOIN LATERAL public.told_fuel(
            d.vehicle_id, d.local_date::timestamp AT TIME ZONE f.time_zone, d.fuel_l, d.fuel_plus_minus_l,
            d.measured_l, d.maf_l, d.speed_density_l, d.absolute_load_l, d.road_load_l
        ) AS told
        WHERE d.vehicle_id = told_ratio.of_vehicle AND d.local_date = told_ratio.on_date
    ), 1);
END;

-- Trucks' days with all that is told of them: what statistics add up.
CREATE VIEW told_day WITH (security_invoker = true) AS
SELECT
    d.fleet_id, d.vehicle_id, d.local_date, fuel.fuel_l, fuel.plus_minus_l AS fuel_plus_minus_l,
    fuel.calibrated_ratio AS fuel_calibrated_ratio, d.idle_l * coalesce(fuel.fuel_l / nullif(d.fuel_l, 0), 1) AS idle_l,
    energy.energy_kwh, energy.plus_minus_kwh AS energy_plus_minus_kwh,
    money.cost, money.cost_plus_minus, money.idle_cost, money.currency, money.co2_kg
FROM vehicle_day AS d
JOIN fleet AS f USING (fleet_id)
CROSS JOIN LATERAL (SELECT d.local_date::timestamp AT TIME ZONE f.time_zone AS at) AS day
CROSS JOIN LATERAL told_fuel(
    d.vehicle_id, day.at, d.fuel_l, d.fuel_plus_minus_l,
    d.measured_l, d.maf_l, d.speed_density_l, d.absolute_load_l, d.road_load_l
) AS fuel
CROSS JOIN LATERAL told_energy(d.vehicle_id, day.at, d.energy_kwh, d.soc_used_pct, d.soc_moment_pct2) AS energy
CROSS JOIN LATERAL told_cost(
    d.vehicle_id, d.local_date, fuel.fuel_l, fuel.plus_minus_l,
    d.idle_l * coalesce(fuel.fuel_l / nullif(d.fuel_l, 0), 1), energy.energy_kwh
) AS money;

-- Trips' shares of local days with all that is told of them; a trip's are their sums.
CREATE VIEW told_trip_day WITH (security_invoker = true) AS
SELECT
    d.fleet_id, d.vehicle_id, d.started_at, d.local_date, fuel.fuel_l, fuel.plus_minus_l AS fuel_plus_minus_l,
    fuel.calibrated_ratio AS fuel_calibrated_ratio, d.idle_l * coalesce(fuel.fuel_l / nullif(d.fuel_l, 0), 1) AS idle_l,
    energy.energy_kwh, energy.plus_minus_kwh AS energy_plus_minus_kwh,
    money.cost, money.cost_plus_minus, money.idle_cost, money.currency, money.co2_kg
FROM trip_day AS d
CROSS JOIN LATERAL told_fuel(
    d.vehicle_id, d.started_at, d.fuel_l, d.fuel_plus_minus_l,
    d.measured_l, d.maf_l, d.speed_density_l, d.absolute_load_l, d.road_load_l
) AS fuel
CROSS JOIN LATERAL told_energy(d.vehicle_id, d.started_at, d.energy_kwh, d.soc_used_pct, d.soc_moment_pct2) AS energy
CROSS JOIN LATERAL told_cost(
    d.vehicle_id, d.local_date, fuel.fuel_l, fuel.plus_minus_l,
    d.idle_l * coalesce(fuel.fuel_l / nullif(d.fuel_l, 0), 1), energy.energy_kwh
) AS money;
GRANT SELECT ON told_day, told_trip_day TO keitora_api, keitora_ingestor;

-- What is used and charged is not there yet: every truck is folded anew, and learnt from anew.
INSERT INTO fuel_learning (vehicle_id, due) SELECT vehicle_id, true FROM vehicle
ON CONFLICT (vehicle_id) DO UPDATE SET due = true;
UPDATE derive_state SET state = NULL, rules_version = '';
DELETE FROM derive_checkpoint;
INSERT INTO derive_touch (vehicle_id, touched_from, touched_to)
SELECT vehicle_id, timestamptz '2010-01-01Z', last_sample_at FROM derive_state WHERE last_sample_at IS NOT NULL;
