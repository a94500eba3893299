SET LOCAL lock_timeout = '5s';

-- stat_part added up by whole local months: what a year by month or truck is read from. A month that a mark of stat_stale
-- touches is not read (sum_parts.sql), and made anew together with its days.
CREATE TABLE stat_month (LIKE stat_part INCLUDING COMMENTS, used_day_count integer);
ALTER TABLE stat_month RENAME COLUMN local_date TO month;
ALTER TABLE stat_month
    ADD UNIQUE NULLS NOT DISTINCT (vehicle_id, month, basis, driver_id, purpose, place_id),
    ADD FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id),
    ADD CHECK (month = date_trunc('month', month));
CREATE INDEX stat_month_read ON stat_month (fleet_id, basis, month);
COMMENT ON COLUMN stat_month.month IS 'The first of its local days';
COMMENT ON COLUMN stat_month.used_day_count IS 'Days with a trip; of the basis days alone';

ALTER TABLE stat_month ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_fleet ON stat_month TO keitora_api USING (fleet_id = current_fleet_id());
CREATE POLICY every_fleet ON stat_month TO keitora_ingestor USING (true);
GRANT SELECT ON stat_month TO keitora_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON stat_month TO keitora_ingestor;

-- A truck's month, as the rows of its days say.
CREATE FUNCTION month_parts(of_vehicle integer, of_month date)
RETURNS SETOF stat_month
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH part AS MATERIALIZED (
        SELECT p.* FROM public.stat_part AS p
        WHERE p.vehicle_id = of_vehicle AND p.local_date >= of_month
          AND p.local_date < (of_month + interval '1 month')::date
        ORDER BY p.local_date  -- added up in this order, to the last digit
    ),
    happened AS (
        SELECT k.basis, k.driver_id, k.purpose, k.place_id, jsonb_object_agg(k.kind, k.count) AS counts
        FROM (
            SELECT p.basis, p.driver_id, p.purpose, p.place_id, e.kind, sum(e.count::bigint) AS count
            FROM part AS p CROSS JOIN LATERAL jsonb_each_text(p.episode_counts) AS e (kind, count)
            GROUP BY p.basis, p.driver_id, p.purpose, p.place_id, e.kind
        ) AS k
        GROUP BY k.basis, k.driver_id, k.purpose, k.place_id
    ),
    summed AS (
        SELECT
            p.fleet_id, p.basis, p.driver_id, p.purpose, p.place_id,
            sum(p.trip_count)::integer AS trip_count, sum(p.visit_count)::integer AS visit_count,
            sum(p.inside_s) AS inside_s, sum(p.distance_m) AS distance_m, sum(p.moving_s) AS moving_s,
            sum(p.idle_s) AS idle_s, sum(p.gap_s) AS gap_s, sum(p.engine_known_s) AS engine_known_s,
            sum(p.engine_on_s) AS engine_on_s, max(p.max_speed_kmh) AS max_speed_kmh, sum(p.fuel_l) AS fuel_l,
            sum(p.fuel_plus_minus_l) AS plus_minus_l, sum(p.measured_l) AS measured_l, sum(p.maf_l) AS maf_l,
            sum(p.speed_density_l) AS speed_density_l, sum(p.absolute_load_l) AS absolute_load_l,
            sum(p.road_load_l) AS road_load_l, sum(p.fuel_known_s) AS fuel_known_s, sum(p.economy_m) AS economy_m,
            sum(p.economy_l) FILTER (WHERE p.distance_m IS NOT NULL) AS economy_l, sum(p.energy_kwh) AS energy_kwh,
            sum(p.cost) AS cost, sum(p.cost_plus_minus) AS cost_plus_minus, sum(p.idle_cost) AS idle_cost,
            sum(p.co2_kg) AS co2_kg, sum(p.cost_m) AS cost_m,
            (count(*) FILTER (WHERE p.trip_count > 0))::integer AS used_day_count
        FROM part AS p
        GROUP BY p.fleet_id, p.basis, p.driver_id, p.purpose, p.place_id
    )
    SELECT
        of_vehicle, of_month, s.fleet_id, s.basis, s.driver_id, s.purpose, s.place_id, s.trip_count, s.visit_count,
        s.inside_s, s.distance_m, s.moving_s, s.idle_s, s.gap_s, s.engine_known_s, s.engine_on_s, s.max_speed_kmh,
        s.fuel_l, s.plus_minus_l, s.measured_l, s.maf_l, s.speed_density_l, s.absolute_load_l, s.road_load_l,
        s.fuel_known_s, s.economy_m, s.economy_l, s.energy_kwh, s.cost, s.cost_plus_minus, s.idle_cost, s.co2_kg,
        s.cost_m, h.counts, CASE WHEN s.basis = 'days' THEN s.used_day_count END
    FROM summed AS s
    LEFT JOIN happened AS h
        ON h.basis = s.basis AND h.driver_id IS NOT DISTINCT FROM s.driver_id
        AND h.purpose IS NOT DISTINCT FROM s.purpose AND h.place_id IS NOT DISTINCT FROM s.place_id;
END;
REVOKE EXECUTE ON FUNCTION month_parts FROM PUBLIC;
GRANT EXECUTE ON FUNCTION month_parts TO keitora_ingestor;

INSERT INTO stat_month
SELECT made.*
FROM (SELECT DISTINCT vehicle_id, date_trunc('month', local_date)::date AS month FROM stat_part) AS m
CROSS JOIN LATERAL month_parts(m.vehicle_id, m.month) AS made;
