-- What was driven and used in spans of a fleet's local days: by truck, or all together. From the trucks' days alone.
-- What people corrected about trips (docs/explanation/trips.md) is added to the days it belongs to.
-- A truck's error of fuel is mostly the same every day (its engine's data), so its ± add up; those of different trucks
-- have nothing to do with each other and add up by squares.
WITH span AS (
    SELECT * FROM unnest(%(numbers)s::integer[], %(from_dates)s::date[], %(to_dates)s::date[])
        AS s (number, from_date, to_date)
),
-- Day by day, so that rows are found by their date instead of every row being held against every span.
day AS MATERIALIZED (
    SELECT s.number, d.at::date AS local_date
    FROM span AS s
    CROSS JOIN generate_series(s.from_date::timestamp, s.to_date::timestamp - interval '1 day', interval '1 day') AS d (at)
),
bounds AS (
    SELECT
        f.fleet_id, f.time_zone, min(s.from_date) AS from_date, max(s.to_date) AS to_date,
        min(s.from_date)::timestamp AT TIME ZONE f.time_zone AS from_at,
        max(s.to_date)::timestamp AT TIME ZONE f.time_zone AS to_at
    FROM fleet AS f CROSS JOIN span AS s
    WHERE f.fleet_id = %(fleet_id)s
    GROUP BY f.fleet_id, f.time_zone
),
-- Most trucks have no factors; then what is told is what is stored, and nothing need be asked row by row.
calibrated AS MATERIALIZED (SELECT DISTINCT vehicle_id FROM fuel_factor WHERE fleet_id = %(fleet_id)s),
change AS (
    SELECT * FROM unnest(
        %(change_vehicles)s::integer[], %(change_dates)s::date[], %(change_counts)s::integer[], %(change_m)s::float8[]
    ) AS c (vehicle_id, local_date, trip_count, distance_m)
),
part AS (
    SELECT
        s.number, d.vehicle_id, CASE WHEN %(group_by)s = 'vehicle' THEN d.vehicle_id::text END AS key,
        sum(d.trip_count + coalesce(c.trip_count, 0))::integer AS trip_count,
        sum(said.distance_m) AS distance_m,
        sum(d.moving_s) AS moving_s, sum(d.idle_s) AS idle_s, sum(d.gap_s) AS gap_s,
        sum(d.engine_known_s) AS engine_known_s, sum(d.engine_on_s) AS engine_on_s,
        max(d.max_speed_kmh) AS max_speed_kmh,
        sum(told.fuel_l) AS fuel_l, sum(told.plus_minus_l) AS plus_minus_l,
        sum(d.measured_l) AS measured_l, sum(d.maf_l) AS maf_l, sum(d.speed_density_l) AS speed_density_l,
        sum(d.absolute_load_l) AS absolute_load_l, sum(d.road_load_l) AS road_load_l,
        sum(d.fuel_known_s) AS fuel_known_s,
        sum(said.distance_m) FILTER (WHERE known.enough) AS economy_m,
        sum(told.fuel_l) FILTER (WHERE known.enough) AS economy_l,
        sum(energy.energy_kwh) AS energy_kwh,
        sum(money.cost) AS cost, sum(money.cost_plus_minus) AS cost_plus_minus, sum(money.idle_cost) AS idle_cost,
        sum(money.co2_kg) AS co2_kg, sum(said.distance_m) FILTER (WHERE money.cost IS NOT NULL) AS cost_m
    FROM bounds AS f
    JOIN vehicle_day AS d
        ON d.fleet_id = f.fleet_id AND d.local_date >= f.from_date AND d.local_date < f.to_date
    JOIN day AS s ON s.local_date = d.local_date
    LEFT JOIN change AS c ON c.vehicle_id = d.vehicle_id AND c.local_date = d.local_date
    CROSS JOIN LATERAL (
        SELECT CASE WHEN c.distance_m IS NULL OR c.distance_m = 0 THEN d.distance_m
                    ELSE coalesce(d.distance_m, 0) + c.distance_m END AS distance_m
    ) AS said
    CROSS JOIN LATERAL (
        SELECT d.fuel_l IS NOT NULL AND said.distance_m IS NOT NULL AND d.engine_on_s > 0
            AND d.fuel_known_s >= %(known_enough)s * d.engine_on_s AS enough
    ) AS known
    LEFT JOIN calibrated AS k ON k.vehicle_id = d.vehicle_id
    CROSS JOIN LATERAL (
        SELECT d.fuel_l, d.fuel_plus_minus_l AS plus_minus_l WHERE k.vehicle_id IS NULL
        UNION ALL
        SELECT t.fuel_l, t.plus_minus_l FROM told_fuel(
            d.vehicle_id, d.local_date::timestamp AT TIME ZONE f.time_zone, d.fuel_l, d.fuel_plus_minus_l,
            d.measured_l, d.maf_l, d.speed_density_l, d.absolute_load_l, d.road_load_l
        ) AS t WHERE k.vehicle_id IS NOT NULL
    ) AS told
    CROSS JOIN LATERAL told_energy(
        d.vehicle_id, d.local_date::timestamp AT TIME ZONE f.time_zone, d.energy_kwh, d.soc_used_pct, d.soc_moment_pct2
    ) AS energy
    CROSS JOIN LATERAL told_cost(
        d.vehicle_id, d.local_date, told.fuel_l, told.plus_minus_l,
        d.idle_l * coalesce(told.fuel_l / nullif(d.fuel_l, 0), 1), energy.energy_kwh
    ) AS money
    WHERE %(vehicle_ids)s::integer[] IS NULL OR d.vehicle_id = ANY (%(vehicle_ids)s)
    GROUP BY s.number, d.vehicle_id
),
happened AS (
    SELECT number, key, jsonb_object_agg(kind, count) AS counts FROM (
        SELECT s.number, CASE WHEN %(group_by)s = 'vehicle' THEN e.vehicle_id::text END AS key, e.kind, count(*) AS count
        FROM bounds AS f
        JOIN episode AS e ON e.fleet_id = f.fleet_id AND e.opened_at >= f.from_at AND e.opened_at < f.to_at
        JOIN day AS s ON s.local_date = (e.opened_at AT TIME ZONE f.time_zone)::date
        WHERE %(vehicle_ids)s::integer[] IS NULL OR e.vehicle_id = ANY (%(vehicle_ids)s)
        GROUP BY 1, 2, 3
    ) AS kinds
    GROUP BY number, key
)
SELECT
    summed.*, CASE WHEN summed.key IS NOT NULL THEN v.name END AS name,
    coalesce(h.counts, '{}') AS episode_counts
FROM (
    SELECT
        p.number, p.key,
        sum(p.trip_count)::integer AS trip_count,
        NULL::integer AS visit_count, NULL::double precision AS inside_s,
        sum(p.distance_m) AS distance_m, sum(p.moving_s) AS moving_s, sum(p.idle_s) AS idle_s, sum(p.gap_s) AS gap_s,
        sum(p.engine_known_s) AS engine_known_s, sum(p.engine_on_s) AS engine_on_s,
        max(p.max_speed_kmh) AS max_speed_kmh,
        sum(p.fuel_l) AS fuel_l, sqrt(sum(p.plus_minus_l ^ 2)) AS fuel_plus_minus_l,
        sum(p.measured_l) AS measured_l, sum(p.maf_l) AS maf_l, sum(p.speed_density_l) AS speed_density_l,
        sum(p.absolute_load_l) AS absolute_load_l, sum(p.road_load_l) AS road_load_l,
        sum(p.fuel_known_s) AS fuel_known_s,
        sum(p.economy_m) AS economy_m, sum(p.economy_l) AS economy_l,
        sum(p.energy_kwh) AS energy_kwh,
        sum(p.cost) AS cost, sqrt(sum(p.cost_plus_minus ^ 2)) AS cost_plus_minus, sum(p.idle_cost) AS idle_cost,
        sum(p.co2_kg) AS co2_kg, sum(p.cost_m) AS cost_m
    FROM part AS p
    GROUP BY p.number, p.key
) AS summed
LEFT JOIN vehicle AS v ON v.fleet_id = %(fleet_id)s AND v.vehicle_id = summed.key::integer
LEFT JOIN happened AS h ON h.number = summed.number AND h.key IS NOT DISTINCT FROM summed.key
ORDER BY summed.number, summed.key::integer NULLS LAST
