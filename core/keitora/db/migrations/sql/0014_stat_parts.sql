SET LOCAL lock_timeout = '5s';

-- What statistics add up, ready made: a truck's local day; of its trips that day, those of one driver and purpose; of its
-- visits begun that day, those to one place. Each row is what the functions below say of today's trips, entries, factors
-- and rates: it may be thrown away at any time. Where stat_stale has a day, its rows are not read (sum_parts.sql).
CREATE TABLE stat_part (
    vehicle_id        integer NOT NULL,
    local_date        date NOT NULL,
    fleet_id          integer NOT NULL,
    basis             text NOT NULL CHECK (basis IN ('days', 'trips', 'visits')),
    driver_id         integer,
    purpose           text,
    place_id          integer,
    trip_count        integer,
    visit_count       integer,
    inside_s          double precision,
    distance_m        double precision,
    moving_s          double precision NOT NULL,
    idle_s            double precision,
    gap_s             double precision NOT NULL,
    engine_known_s    double precision NOT NULL,
    engine_on_s       double precision NOT NULL,
    max_speed_kmh     double precision,
    fuel_l            double precision,
    fuel_plus_minus_l double precision,
    measured_l        double precision NOT NULL,
    maf_l             double precision NOT NULL,
    speed_density_l   double precision NOT NULL,
    absolute_load_l   double precision NOT NULL,
    road_load_l       double precision NOT NULL,
    fuel_known_s      double precision NOT NULL,
    economy_m         double precision,
    economy_l         double precision,
    energy_kwh        double precision,
    cost              double precision,
    cost_plus_minus   double precision,
    idle_cost         double precision,
    co2_kg            double precision,
    cost_m            double precision,
    episode_counts    jsonb,
    UNIQUE NULLS NOT DISTINCT (vehicle_id, local_date, basis, driver_id, purpose, place_id),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
CREATE INDEX stat_part_read ON stat_part (fleet_id, basis, local_date);
COMMENT ON COLUMN stat_part.basis IS 'What is counted: the whole day, its trips, or the visits that began on it';
COMMENT ON COLUMN stat_part.economy_l IS 'Fuel of days or trips'' days on which it is known nearly all the time the engine ran';
COMMENT ON COLUMN stat_part.episode_counts IS 'By kind; of days, episodes are counted where they are asked for';

-- Days of trucks that something changed of since their rows above were made. One is added with the change itself, in its
-- transaction, and never looked at by it: nobody waits for whoever makes the rows anew.
CREATE TABLE stat_stale (
    stat_stale_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vehicle_id    integer NOT NULL,
    fleet_id      integer NOT NULL,
    from_date     date NOT NULL,
    to_date       date NOT NULL,
    CHECK (to_date > from_date),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
CREATE INDEX stat_stale_read ON stat_stale (fleet_id);
COMMENT ON COLUMN stat_stale.to_date IS 'Not stale any more; infinity: all there is from from_date on';

CREATE INDEX trip_day_date ON trip_day (vehicle_id, local_date);

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['stat_part', 'stat_stale'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY own_fleet ON %I TO keitora_api USING (fleet_id = current_fleet_id())', tenant_table);
        EXECUTE format('CREATE POLICY every_fleet ON %I TO keitora_ingestor USING (true)', tenant_table);
        EXECUTE format('GRANT SELECT ON %I TO keitora_api', tenant_table);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO keitora_ingestor', tenant_table);
    END LOOP;
END
$$;

-- Entries are looked for by when; those that change which trips there are, in whole years.
CREATE INDEX trip_overlay_when ON trip_overlay (fleet_id, anchor_at) WHERE other_at IS NULL;
CREATE INDEX trip_overlay_merge ON trip_overlay (fleet_id) WHERE other_at IS NOT NULL;
CREATE INDEX trip_overlay_structural ON trip_overlay (fleet_id) WHERE action <> 'describe';

-- At which places a truck was at a moment, also in stays too short for a visit. In the owner's name, because the index of
-- ranges is of no use behind row-level security: its operator might tell what it sees, and so comes after the policy.
-- The policy's rule is here in its place.
CREATE FUNCTION places_at(of_fleet integer, of_vehicle integer, at timestamptz)
RETURNS TABLE (place_id integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
    SELECT v.place_id FROM public.visit AS v
    WHERE v.vehicle_id = of_vehicle AND tstzrange(v.entered_at, v.left_at, '[]') @> places_at.at
      AND v.fleet_id = of_fleet AND of_fleet = coalesce(public.current_fleet_id(), of_fleet);
END;
REVOKE EXECUTE ON FUNCTION places_at FROM PUBLIC;
GRANT EXECUTE ON FUNCTION places_at TO keitora_api, keitora_ingestor;

-- Who makes the parts must know what is said of trips.
GRANT SELECT ON trip_overlay TO keitora_ingestor;

-- Fuel counts for economy where it is known for so much of the time the engine ran (keitora.fuel.economy.KNOWN_ENOUGH).
CREATE FUNCTION is_fuel_known(fuel_l double precision, fuel_known_s double precision, engine_on_s double precision)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN fuel_l IS NOT NULL AND engine_on_s > 0 AND fuel_known_s >= 0.95 * engine_on_s;

-- A truck's local day with all that is told of it.
CREATE FUNCTION live_day_part(of_vehicle integer, on_date date)
RETURNS SETOF stat_part
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        d.vehicle_id, d.local_date, d.fleet_id, 'days', NULL::integer, NULL::text, NULL::integer,
        d.trip_count, NULL::integer, NULL::double precision, d.distance_m, d.moving_s, d.idle_s, d.gap_s,
        d.engine_known_s, d.engine_on_s, d.max_speed_kmh, told.fuel_l, told.fuel_plus_minus_l,
        d.measured_l, d.maf_l, d.speed_density_l, d.absolute_load_l, d.road_load_l, d.fuel_known_s,
        CASE WHEN known.enough THEN d.distance_m END, CASE WHEN known.enough THEN told.fuel_l END,
        told.energy_kwh, told.cost, told.cost_plus_minus, told.idle_cost, told.co2_kg,
        CASE WHEN told.cost IS NOT NULL THEN d.distance_m END, NULL::jsonb
    FROM public.vehicle_day AS d
    JOIN public.told_day AS told USING (fleet_id, vehicle_id, local_date)
    CROSS JOIN LATERAL (SELECT public.is_fuel_known(d.fuel_l, d.fuel_known_s, d.engine_on_s) AS enough) AS known
    WHERE d.vehicle_id = of_vehicle AND d.local_date = on_date;
END;

-- A truck's trips on a local day, by driver and purpose: of each trip the newest word on either counts. `without`: trips
-- (by their start) that are left out, because people merged, split or corrected them.
CREATE FUNCTION live_trip_parts(of_vehicle integer, on_date date, without timestamptz[])
RETURNS SETOF stat_part
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH zone AS (
        SELECT f.time_zone FROM public.vehicle AS v JOIN public.fleet AS f USING (fleet_id)
        WHERE v.vehicle_id = of_vehicle
    ),
    share AS MATERIALIZED (
        SELECT
            d.*, t.ended_at, t.max_speed_kmh, word.driver_id, word.purpose, told.fuel_l AS told_l,
            told.fuel_plus_minus_l AS told_plus_minus_l, told.energy_kwh AS told_kwh,
            told.cost, told.cost_plus_minus, told.idle_cost, told.co2_kg,
            d.local_date = (d.started_at AT TIME ZONE zone.time_zone)::date AS is_first,
            d.distance_m IS NOT NULL AND public.is_fuel_known(told.fuel_l, d.fuel_known_s, d.engine_on_s) AS enough
        FROM zone
        CROSS JOIN public.trip_day AS d
        JOIN public.trip AS t ON t.vehicle_id = d.vehicle_id AND t.started_at = d.started_at
        JOIN public.told_trip_day AS told
            ON told.vehicle_id = d.vehicle_id AND told.started_at = d.started_at AND told.local_date = d.local_date
        CROSS JOIN LATERAL (
            SELECT
                (array_agg(o.driver_id ORDER BY o.entered_at DESC, o.trip_overlay_id DESC)
                    FILTER (WHERE o.driver_id IS NOT NULL))[1] AS driver_id,
                (array_agg(o.purpose ORDER BY o.entered_at DESC, o.trip_overlay_id DESC)
                    FILTER (WHERE o.purpose IS NOT NULL))[1] AS purpose
            FROM public.trip_overlay AS o
            WHERE o.vehicle_id = t.vehicle_id AND o.action = 'describe' AND o.withdrawn_at IS NULL
              AND o.anchor_at BETWEEN t.started_at AND t.ended_at
              AND NOT EXISTS (
                  SELECT FROM public.trip AS later WHERE later.vehicle_id = t.vehicle_id
                    AND later.started_at > t.started_at AND later.started_at <= o.anchor_at
              )
        ) AS word
        WHERE d.vehicle_id = of_vehicle AND d.local_date = on_date AND NOT d.started_at = ANY (without)
        ORDER BY word.driver_id, word.purpose, d.started_at  -- added up in this order, to the last digit
    ),
    happened AS (
        SELECT driver_id, purpose, jsonb_object_agg(kind, count) AS counts FROM (
            SELECT s.driver_id, s.purpose, e.kind, count(*) AS count
            FROM zone
            JOIN public.episode AS e
                ON e.vehicle_id = of_vehicle AND e.opened_at >= on_date::timestamp AT TIME ZONE zone.time_zone
                AND e.opened_at < (on_date + 1)::timestamp AT TIME ZONE zone.time_zone
            JOIN share AS s ON e.opened_at BETWEEN s.started_at AND s.ended_at
            WHERE NOT EXISTS (
                SELECT FROM public.trip AS later WHERE later.vehicle_id = of_vehicle
                  AND later.started_at > s.started_at AND later.started_at <= e.opened_at
            )
            GROUP BY s.driver_id, s.purpose, e.kind
        ) AS kinds
        GROUP BY driver_id, purpose
    ),
    summed AS (
        SELECT
            s.vehicle_id, s.local_date, s.fleet_id, s.driver_id, s.purpose,
            count(*) FILTER (WHERE s.is_first)::integer AS trip_count, sum(s.distance_m) AS distance_m,
            sum(s.moving_s) AS moving_s, sum(s.idle_s) AS idle_s, sum(s.gap_s) AS gap_s,
            sum(s.engine_known_s) AS engine_known_s, sum(s.engine_on_s) AS engine_on_s,
            max(s.max_speed_kmh) AS max_speed_kmh, sum(s.told_l) AS fuel_l, sum(s.told_plus_minus_l) AS plus_minus_l,
            sum(s.measured_l) AS measured_l, sum(s.maf_l) AS maf_l, sum(s.speed_density_l) AS speed_density_l,
            sum(s.absolute_load_l) AS absolute_load_l, sum(s.road_load_l) AS road_load_l,
            sum(s.fuel_known_s) AS fuel_known_s,
            sum(s.distance_m) FILTER (WHERE s.enough) AS economy_m, sum(s.told_l) FILTER (WHERE s.enough) AS economy_l,
            sum(s.told_kwh) AS energy_kwh, sum(s.cost) AS cost, sum(s.cost_plus_minus) AS cost_plus_minus,
            sum(s.idle_cost) AS idle_cost, sum(s.co2_kg) AS co2_kg,
            sum(s.distance_m) FILTER (WHERE s.cost IS NOT NULL) AS cost_m
        FROM share AS s
        GROUP BY s.vehicle_id, s.local_date, s.fleet_id, s.driver_id, s.purpose
    )
    SELECT
        s.vehicle_id, s.local_date, s.fleet_id, 'trips', s.driver_id, s.purpose, NULL::integer,
        s.trip_count, NULL::integer, NULL::double precision, s.distance_m, s.moving_s, s.idle_s, s.gap_s,
        s.engine_known_s, s.engine_on_s, s.max_speed_kmh, s.fuel_l, s.plus_minus_l,
        s.measured_l, s.maf_l, s.speed_density_l, s.absolute_load_l, s.road_load_l, s.fuel_known_s,
        s.economy_m, s.economy_l, s.energy_kwh, s.cost, s.cost_plus_minus, s.idle_cost, s.co2_kg, s.cost_m, h.counts
    FROM summed AS s
    LEFT JOIN happened AS h
        ON h.driver_id IS NOT DISTINCT FROM s.driver_id AND h.purpose IS NOT DISTINCT FROM s.purpose;
END;

-- A truck's visits that began on a local day, by place. What it did there has no ± of its own, and no idling.
CREATE FUNCTION live_visit_parts(of_vehicle integer, on_date date)
RETURNS SETOF stat_part
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH stay AS MATERIALIZED (
        SELECT v.*, told.fuel_l AS told_l, told.energy_kwh AS told_kwh, money.cost, money.co2_kg
        FROM public.vehicle AS truck
        JOIN public.fleet AS f USING (fleet_id)
        JOIN public.visit AS v
            ON v.vehicle_id = truck.vehicle_id AND v.fleet_id = f.fleet_id AND v.is_visit
            AND v.entered_at >= on_date::timestamp AT TIME ZONE f.time_zone
            AND v.entered_at < (on_date + 1)::timestamp AT TIME ZONE f.time_zone
        CROSS JOIN LATERAL (
            SELECT
                CASE WHEN v.fuel_known_s > 0 THEN v.fuel_l * public.told_ratio(of_vehicle, on_date) END AS fuel_l,
                CASE WHEN v.energy_known_s > 0 THEN v.energy_kwh END AS energy_kwh
        ) AS told
        CROSS JOIN LATERAL public.told_cost(
            v.vehicle_id, on_date, told.fuel_l, NULL::double precision, NULL::double precision, told.energy_kwh
        ) AS money
        WHERE truck.vehicle_id = of_vehicle
        ORDER BY v.place_id, v.entered_at  -- added up in this order, to the last digit
    ),
    happened AS (
        SELECT place_id, jsonb_object_agg(kind, count) AS counts FROM (
            SELECT s.place_id, e.kind, count(*) AS count
            FROM stay AS s
            JOIN public.episode AS e
                ON e.vehicle_id = s.vehicle_id AND e.opened_at >= s.entered_at
                AND e.opened_at <= coalesce(s.left_at, 'infinity')
            GROUP BY s.place_id, e.kind
        ) AS kinds
        GROUP BY place_id
    ),
    summed AS (
        SELECT
            s.vehicle_id, s.fleet_id, s.place_id, count(*)::integer AS visit_count, sum(s.inside_s) AS inside_s,
            sum(s.distance_m) AS distance_m, sum(s.moving_s) AS moving_s, sum(s.gap_s) AS gap_s,
            sum(s.engine_known_s) AS engine_known_s, sum(s.engine_on_s) AS engine_on_s, sum(s.told_l) AS fuel_l,
            sum(s.fuel_known_s) AS fuel_known_s, sum(s.told_kwh) AS energy_kwh, sum(s.cost) AS cost,
            sum(s.co2_kg) AS co2_kg, sum(s.distance_m) FILTER (WHERE s.cost IS NOT NULL) AS cost_m
        FROM stay AS s
        GROUP BY s.vehicle_id, s.fleet_id, s.place_id
    )
    SELECT
        s.vehicle_id, on_date, s.fleet_id, 'visits', NULL::integer, NULL::text, s.place_id,
        NULL::integer, s.visit_count, s.inside_s, s.distance_m, s.moving_s, NULL::double precision, s.gap_s,
        s.engine_known_s, s.engine_on_s, NULL::double precision, s.fuel_l, NULL::double precision,
        0::double precision, 0::double precision, 0::double precision, 0::double precision, 0::double precision,
        s.fuel_known_s, NULL::double precision, NULL::double precision, s.energy_kwh, s.cost, NULL::double precision,
        NULL::double precision, s.co2_kg, s.cost_m, h.counts
    FROM summed AS s
    LEFT JOIN happened AS h USING (place_id);
END;
GRANT EXECUTE ON FUNCTION is_fuel_known, live_day_part, live_trip_parts, live_visit_parts TO keitora_api, keitora_ingestor;

-- Every change of what the functions above read marks the days it may change. The marks are made by the owner: who
-- describes a trip need not be able to write here.
CREATE FUNCTION fleet_date(of_fleet integer, at timestamptz)
RETURNS date
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
    SELECT (fleet_date.at AT TIME ZONE f.time_zone)::date FROM public.fleet AS f WHERE f.fleet_id = of_fleet;
END;

CREATE FUNCTION mark_stale_date() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO public.stat_stale (vehicle_id, fleet_id, from_date, to_date)
        VALUES (OLD.vehicle_id, OLD.fleet_id, OLD.local_date, OLD.local_date + 1);
    END IF;
    IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND (NEW.vehicle_id, NEW.local_date) <> (OLD.vehicle_id, OLD.local_date)) THEN
        INSERT INTO public.stat_stale (vehicle_id, fleet_id, from_date, to_date)
        VALUES (NEW.vehicle_id, NEW.fleet_id, NEW.local_date, NEW.local_date + 1);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER vehicle_day_stales AFTER INSERT OR DELETE ON vehicle_day
    FOR EACH ROW EXECUTE FUNCTION mark_stale_date();
CREATE TRIGGER vehicle_day_changed_stales AFTER UPDATE ON vehicle_day
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION mark_stale_date();
CREATE TRIGGER trip_day_stales AFTER INSERT OR DELETE ON trip_day
    FOR EACH ROW EXECUTE FUNCTION mark_stale_date();
CREATE TRIGGER trip_day_changed_stales AFTER UPDATE ON trip_day
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION mark_stale_date();

-- A trip comes and goes with its days above; here it reaches further, and with it what is said and what happened.
CREATE FUNCTION mark_stale_trip() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
BEGIN
    INSERT INTO public.stat_stale (vehicle_id, fleet_id, from_date, to_date)
    VALUES (NEW.vehicle_id, NEW.fleet_id, public.fleet_date(NEW.fleet_id, NEW.started_at),
            public.fleet_date(NEW.fleet_id, greatest(OLD.ended_at, NEW.ended_at)) + 1);
    RETURN NULL;
END
$$;
CREATE TRIGGER trip_stales AFTER UPDATE OF ended_at, max_speed_kmh ON trip
    FOR EACH ROW WHEN (OLD.ended_at <> NEW.ended_at OR OLD.max_speed_kmh IS DISTINCT FROM NEW.max_speed_kmh)
    EXECUTE FUNCTION mark_stale_trip();

CREATE FUNCTION mark_stale_visit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.is_visit THEN
        INSERT INTO public.stat_stale (vehicle_id, fleet_id, from_date, to_date)
        SELECT OLD.vehicle_id, OLD.fleet_id, on_date, on_date + 1 FROM public.fleet_date(OLD.fleet_id, OLD.entered_at) AS on_date;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.is_visit THEN
        INSERT INTO public.stat_stale (vehicle_id, fleet_id, from_date, to_date)
        SELECT NEW.vehicle_id, NEW.fleet_id, on_date, on_date + 1 FROM public.fleet_date(NEW.fleet_id, NEW.entered_at) AS on_date;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER visit_stales AFTER INSERT OR DELETE ON visit FOR EACH ROW EXECUTE FUNCTION mark_stale_visit();
CREATE TRIGGER visit_changed_stales AFTER UPDATE ON visit
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION mark_stale_visit();

-- An episode counts on its own day, and on that of each visit within which it happened.
CREATE FUNCTION mark_stale_episode() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
    happened public.episode := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    INSERT INTO public.stat_stale (vehicle_id, fleet_id, from_date, to_date)
    SELECT happened.vehicle_id, happened.fleet_id, on_date, on_date + 1
    FROM (
        SELECT public.fleet_date(happened.fleet_id, happened.opened_at) AS on_date
        UNION
        SELECT public.fleet_date(v.fleet_id, v.entered_at) FROM public.visit AS v
        WHERE v.vehicle_id = happened.vehicle_id AND v.is_visit
          AND tstzrange(v.entered_at, v.left_at, '[]') @> happened.opened_at
    ) AS days;
    RETURN NULL;
END
$$;
CREATE TRIGGER episode_stales AFTER INSERT OR DELETE ON episode FOR EACH ROW EXECUTE FUNCTION mark_stale_episode();

-- Which trip is spoken of may be decided by a worker at this very moment: two days on either side hold any.
CREATE FUNCTION mark_stale_overlay() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
BEGIN
    INSERT INTO public.stat_stale (vehicle_id, fleet_id, from_date, to_date)
    SELECT NEW.vehicle_id, NEW.fleet_id, on_date - 2, on_date + 3 FROM public.fleet_date(NEW.fleet_id, NEW.anchor_at) AS on_date;
    RETURN NULL;
END
$$;
CREATE TRIGGER trip_overlay_stales AFTER INSERT OR UPDATE ON trip_overlay
    FOR EACH ROW WHEN (NEW.action = 'describe') EXECUTE FUNCTION mark_stale_overlay();

-- Factors, batteries and rates hold for a time. One whose end alone moved changes only what lies between the two ends.
CREATE FUNCTION mark_stale_range() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
    held public.stat_stale;
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'valid_to' = to_jsonb(NEW) - 'valid_to' THEN
        SELECT NEW.vehicle_id, NEW.fleet_id, least(OLD.valid_to, NEW.valid_to), greatest(OLD.valid_to, NEW.valid_to)
        INTO held.vehicle_id, held.fleet_id, held.from_date, held.to_date;
    ELSIF TG_OP = 'UPDATE' THEN
        SELECT NEW.vehicle_id, NEW.fleet_id, least(OLD.valid_from, NEW.valid_from), greatest(OLD.valid_to, NEW.valid_to)
        INTO held.vehicle_id, held.fleet_id, held.from_date, held.to_date;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT OLD.vehicle_id, OLD.fleet_id, OLD.valid_from, OLD.valid_to
        INTO held.vehicle_id, held.fleet_id, held.from_date, held.to_date;
    ELSE
        SELECT NEW.vehicle_id, NEW.fleet_id, NEW.valid_from, NEW.valid_to
        INTO held.vehicle_id, held.fleet_id, held.from_date, held.to_date;
    END IF;
    -- Bounds may be moments: a day on either side covers the fleet's zone.
    INSERT INTO public.stat_stale (vehicle_id, fleet_id, from_date, to_date)
    VALUES (held.vehicle_id, held.fleet_id, held.from_date - 1, held.to_date + 1);
    RETURN NULL;
END
$$;
DO $$
DECLARE
    ranged text;
BEGIN
    FOREACH ranged IN ARRAY ARRAY['fuel_factor', 'pack', 'running_rate'] LOOP
        EXECUTE format(
            'CREATE TRIGGER %1$s_stales AFTER INSERT OR DELETE ON %1$I FOR EACH ROW EXECUTE FUNCTION mark_stale_range()', ranged
        );
        EXECUTE format(
            'CREATE TRIGGER %1$s_changed_stales AFTER UPDATE ON %1$I FOR EACH ROW'
            ' WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION mark_stale_range()', ranged
        );
    END LOOP;
END
$$;

CREATE FUNCTION mark_stale_fleet() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
BEGIN
    INSERT INTO public.stat_stale (vehicle_id, fleet_id, from_date, to_date)
    SELECT vehicle_id, fleet_id, '-infinity', 'infinity' FROM public.vehicle WHERE fleet_id = NEW.fleet_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER fleet_stales AFTER UPDATE OF time_zone ON fleet
    FOR EACH ROW WHEN (OLD.time_zone <> NEW.time_zone) EXECUTE FUNCTION mark_stale_fleet();

INSERT INTO stat_stale (vehicle_id, fleet_id, from_date, to_date)
SELECT vehicle_id, fleet_id, '-infinity', 'infinity' FROM vehicle;

-- Letting a request in: whom the token belongs to, and his fleet, which the transaction sees from here on. One question
-- instead of three. In the asker's own rights: the policies hold as ever.
CREATE FUNCTION open_key(presented_sha256 bytea)
RETURNS TABLE (
    api_key_id integer, role text, driver_id integer,
    fleet_id integer, name text, time_zone text, currency text, locale text, units text
)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    holder record;
BEGIN
    SELECT * INTO holder FROM authenticate_key(presented_sha256);
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM set_config('keitora.fleet_id', holder.fleet_id::text, true);
    RETURN QUERY
    SELECT holder.api_key_id, holder.role, holder.driver_id, f.fleet_id, f.name, f.time_zone, f.currency, f.locale, f.units
    FROM fleet AS f WHERE f.fleet_id = holder.fleet_id;
END
$$;
CREATE FUNCTION open_session(presented_sha256 bytea)
RETURNS TABLE (
    session_id bigint, person_id integer, login_name text, role text, driver_id integer, is_stale boolean,
    fleet_id integer, name text, time_zone text, currency text, locale text, units text
)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    holder record;
BEGIN
    SELECT * INTO holder FROM authenticate_session(presented_sha256);
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM set_config('keitora.fleet_id', holder.fleet_id::text, true);
    RETURN QUERY
    SELECT
        holder.session_id, holder.person_id, holder.login_name, holder.role, holder.driver_id, holder.is_stale,
        f.fleet_id, f.name, f.time_zone, f.currency, f.locale, f.units
    FROM fleet AS f WHERE f.fleet_id = holder.fleet_id;
END
$$;
REVOKE EXECUTE ON FUNCTION open_key, open_session FROM PUBLIC;
GRANT EXECUTE ON FUNCTION open_key, open_session TO keitora_api;
