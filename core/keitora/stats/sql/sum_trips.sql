-- What was driven and used on trips in spans of a fleet's local days, by what people say of the trips. From the trips'
-- shares of their days. Trips that were merged, split or corrected come as `pieces`, made by the rules of
-- docs/explanation/trips.md; of all others the newest word on driver and on purpose counts.
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
        f.time_zone, min(s.from_date) AS from_date, max(s.to_date) AS to_date,
        min(s.from_date)::timestamp AT TIME ZONE f.time_zone AS from_at,
        max(s.to_date)::timestamp AT TIME ZONE f.time_zone AS to_at
    FROM fleet AS f CROSS JOIN span AS s
    WHERE f.fleet_id = %(fleet_id)s
    GROUP BY f.time_zone
),
piece AS (
    SELECT * FROM jsonb_to_recordset(%(pieces)s) AS p (
        vehicle_id integer, started_at timestamptz, from_at timestamptz, to_at timestamptz, local_date date,
        is_first boolean, driver_id integer, purpose text, distance_m float8, moving_s float8, idle_s float8,
        gap_s float8, engine_known_s float8, engine_on_s float8, max_speed_kmh float8, fuel_l float8,
        fuel_plus_minus_l float8, measured_l float8, maf_l float8, speed_density_l float8, absolute_load_l float8,
        road_load_l float8, fuel_known_s float8, energy_kwh float8, cost float8, cost_plus_minus float8,
        idle_cost float8, co2_kg float8
    )
),
touched AS (
    SELECT * FROM unnest(%(touched_vehicles)s::integer[], %(touched_starts)s::timestamptz[]) AS t (vehicle_id, started_at)
),
word AS (
    SELECT
        o.vehicle_id, t.started_at,
        (array_agg(o.driver_id ORDER BY o.entered_at DESC, o.trip_overlay_id DESC)
            FILTER (WHERE o.driver_id IS NOT NULL))[1] AS driver_id,
        (array_agg(o.purpose ORDER BY o.entered_at DESC, o.trip_overlay_id DESC)
            FILTER (WHERE o.purpose IS NOT NULL))[1] AS purpose
    FROM bounds AS b
    JOIN trip_overlay AS o
        ON o.fleet_id = %(fleet_id)s AND o.action = 'describe' AND o.withdrawn_at IS NULL
        AND o.anchor_at >= b.from_at - interval '10 days' AND o.anchor_at < b.to_at + interval '10 days'
    CROSS JOIN LATERAL (
        SELECT trip.started_at, trip.ended_at FROM trip
        WHERE trip.vehicle_id = o.vehicle_id AND trip.started_at <= o.anchor_at
        ORDER BY trip.started_at DESC LIMIT 1
    ) AS t
    WHERE t.ended_at >= o.anchor_at
    GROUP BY o.vehicle_id, t.started_at
),
share AS (
    SELECT
        d.vehicle_id, d.started_at, d.started_at AS from_at, t.ended_at AS to_at, d.local_date,
        d.local_date = (t.started_at AT TIME ZONE b.time_zone)::date AS is_first,
        w.driver_id, w.purpose, d.distance_m, d.moving_s, d.idle_s, d.gap_s, d.engine_known_s, d.engine_on_s,
        t.max_speed_kmh, told.fuel_l, told.fuel_plus_minus_l,
        d.measured_l, d.maf_l, d.speed_density_l, d.absolute_load_l, d.road_load_l, d.fuel_known_s, told.energy_kwh,
        told.cost, told.cost_plus_minus, told.idle_cost, told.co2_kg
    FROM bounds AS b
    JOIN trip_day AS d
        ON d.fleet_id = %(fleet_id)s AND d.local_date >= b.from_date AND d.local_date < b.to_date
    JOIN trip AS t ON t.vehicle_id = d.vehicle_id AND t.started_at = d.started_at
    LEFT JOIN word AS w ON w.vehicle_id = d.vehicle_id AND w.started_at = d.started_at
    JOIN told_trip_day AS told
        ON told.vehicle_id = d.vehicle_id AND told.started_at = d.started_at AND told.local_date = d.local_date
    WHERE NOT EXISTS (
        SELECT FROM touched WHERE touched.vehicle_id = d.vehicle_id AND touched.started_at = d.started_at
    )
    UNION ALL SELECT * FROM piece
),
chosen AS (
    SELECT
        share.*,
        CASE %(group_by)s WHEN 'driver' THEN share.driver_id::text WHEN 'purpose' THEN share.purpose
                          WHEN 'vehicle' THEN share.vehicle_id::text END AS key,
        share.fuel_l IS NOT NULL AND share.distance_m IS NOT NULL AND share.engine_on_s > 0
            AND share.fuel_known_s >= %(known_enough)s * share.engine_on_s AS enough
    FROM share
    WHERE (%(vehicle_ids)s::integer[] IS NULL OR share.vehicle_id = ANY (%(vehicle_ids)s))
      AND (%(driver_ids)s::integer[] IS NULL OR coalesce(share.driver_id, 0) = ANY (%(driver_ids)s))
      AND (%(purposes)s::text[] IS NULL OR share.purpose = ANY (%(purposes)s))
),
part AS (
    SELECT
        s.number, c.vehicle_id, c.key,
        count(*) FILTER (WHERE c.is_first)::integer AS trip_count,
        sum(c.distance_m) AS distance_m,
        sum(c.moving_s) AS moving_s, sum(c.idle_s) AS idle_s, sum(c.gap_s) AS gap_s,
        sum(c.engine_known_s) AS engine_known_s, sum(c.engine_on_s) AS engine_on_s,
        max(c.max_speed_kmh) AS max_speed_kmh,
        sum(c.fuel_l) AS fuel_l, sum(c.fuel_plus_minus_l) AS plus_minus_l,
        sum(c.measured_l) AS measured_l, sum(c.maf_l) AS maf_l, sum(c.speed_density_l) AS speed_density_l,
        sum(c.absolute_load_l) AS absolute_load_l, sum(c.road_load_l) AS road_load_l,
        sum(c.fuel_known_s) AS fuel_known_s,
        sum(c.distance_m) FILTER (WHERE c.enough) AS economy_m, sum(c.fuel_l) FILTER (WHERE c.enough) AS economy_l,
        sum(c.energy_kwh) AS energy_kwh,
        sum(c.cost) AS cost, sum(c.cost_plus_minus) AS cost_plus_minus, sum(c.idle_cost) AS idle_cost,
        sum(c.co2_kg) AS co2_kg, sum(c.distance_m) FILTER (WHERE c.cost IS NOT NULL) AS cost_m
    FROM chosen AS c
    JOIN day AS s ON s.local_date = c.local_date
    GROUP BY s.number, c.vehicle_id, c.key
),
-- Each episode with its trip first, and only then with what is told of the trip: the other way round every episode
-- would be held against every trip of its truck.
occurred AS MATERIALIZED (
    SELECT
        e.vehicle_id, t.started_at, e.opened_at, e.kind, (e.opened_at AT TIME ZONE b.time_zone)::date AS local_date
    FROM bounds AS b
    JOIN episode AS e ON e.fleet_id = %(fleet_id)s AND e.opened_at >= b.from_at AND e.opened_at < b.to_at
    CROSS JOIN LATERAL (
        SELECT trip.started_at FROM trip
        WHERE trip.vehicle_id = e.vehicle_id AND trip.started_at <= e.opened_at
        ORDER BY trip.started_at DESC LIMIT 1
    ) AS t
),
told AS MATERIALIZED (SELECT DISTINCT vehicle_id, started_at, from_at, to_at, key FROM chosen),
happened AS (
    SELECT number, key, jsonb_object_agg(kind, count) AS counts FROM (
        SELECT s.number, c.key, e.kind, count(*) AS count
        FROM occurred AS e
        JOIN told AS c
            ON c.vehicle_id = e.vehicle_id AND c.started_at = e.started_at
            AND e.opened_at BETWEEN c.from_at AND c.to_at
        JOIN day AS s ON s.local_date = e.local_date
        GROUP BY 1, 2, 3
    ) AS kinds
    GROUP BY number, key
)
SELECT
    summed.*,
    CASE %(group_by)s WHEN 'driver' THEN d.name WHEN 'vehicle' THEN v.name END AS name,
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
LEFT JOIN vehicle AS v
    ON %(group_by)s = 'vehicle' AND v.fleet_id = %(fleet_id)s AND v.vehicle_id::text = summed.key
LEFT JOIN driver AS d
    ON %(group_by)s = 'driver' AND d.fleet_id = %(fleet_id)s AND d.driver_id::text = summed.key
LEFT JOIN happened AS h ON h.number = summed.number AND h.key IS NOT DISTINCT FROM summed.key
ORDER BY summed.number, length(summed.key) NULLS LAST, summed.key
