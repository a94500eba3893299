-- What was driven and used in spans of a fleet's local days, by group. From the rows made beforehand (stat_part); days
-- that something changed of since are worked out now. What people corrected about trips (docs/explanation/trips.md) comes as
-- changes to days, or as trips that are told apart: their days are `apart`, and `pieces` take the trips' place.
-- A truck's error of fuel is mostly the same every day (its engine's data), so its ± add up; those of different trucks
-- have nothing to do with each other and add up by squares.
WITH bounds AS MATERIALIZED (
    SELECT f.fleet_id, f.time_zone FROM fleet AS f WHERE f.fleet_id = %(fleet_id)s
),
span AS MATERIALIZED (
    SELECT
        (s.number - 1)::integer AS number, s.from_date, s.to_date,
        s.from_date::timestamp AT TIME ZONE b.time_zone AS from_at, s.to_date::timestamp AT TIME ZONE b.time_zone AS to_at
    FROM bounds AS b
    CROSS JOIN unnest(%(from_dates)s::date[], %(to_dates)s::date[]) WITH ORDINALITY AS s (from_date, to_date, number)
),
-- Each day of the spans; `in_month`: its whole month lies in the span, and is read as one.
day AS MATERIALIZED (
    SELECT *
    FROM unnest(%(numbers)s::integer[], %(dates)s::date[], %(in_months)s::boolean[]) AS d (number, local_date, in_month)
),
month AS MATERIALIZED (
    SELECT DISTINCT d.number, date_trunc('month', d.local_date)::date AS month FROM day AS d WHERE d.in_month
),
{parts}-- By truck first, for the ± of its fuel.
truck AS (
    SELECT
        p.number, p.vehicle_id,
        CASE %(group_by)s WHEN 'vehicle' THEN p.vehicle_id::text WHEN 'driver' THEN p.driver_id::text
                          WHEN 'purpose' THEN p.purpose WHEN 'place' THEN p.place_id::text END AS key,
        sum(p.trip_count) AS trip_count, sum(p.visit_count) AS visit_count,
        sum(p.inside_s) AS inside_s, sum(p.distance_m) AS distance_m,
        sum(p.moving_s) AS moving_s, sum(p.idle_s) AS idle_s, sum(p.gap_s) AS gap_s,
        sum(p.engine_known_s) AS engine_known_s, sum(p.engine_on_s) AS engine_on_s,
        max(p.max_speed_kmh) AS max_speed_kmh,
        sum(p.fuel_l) AS fuel_l, sum(p.fuel_plus_minus_l) AS plus_minus_l,
        sum(p.measured_l) AS measured_l, sum(p.maf_l) AS maf_l, sum(p.speed_density_l) AS speed_density_l,
        sum(p.absolute_load_l) AS absolute_load_l, sum(p.road_load_l) AS road_load_l,
        sum(p.fuel_known_s) AS fuel_known_s,
        sum(p.economy_m) AS economy_m, sum(p.economy_l) FILTER (WHERE p.distance_m IS NOT NULL) AS economy_l,
        sum(p.energy_kwh) AS energy_kwh,
        sum(p.cost) AS cost, sum(p.cost_plus_minus) AS cost_plus_minus, sum(p.idle_cost) AS idle_cost,
        sum(p.co2_kg) AS co2_kg,
        sum(p.cost_m) AS cost_m,
        CASE WHEN %(basis)s = 'days' THEN sum(p.used_day_count) END AS used_day_count,
        jsonb_agg(p.episode_counts) FILTER (WHERE p.episode_counts IS NOT NULL) AS counted
    FROM part AS p
    WHERE (%(vehicle_ids)s::integer[] IS NULL OR p.vehicle_id = ANY (%(vehicle_ids)s))
      -- By driver everybody is read, for the trucks' own economy; who is chosen is told in the end.
      AND (%(driver_ids)s::integer[] IS NULL OR %(group_by)s = 'driver'
           OR coalesce(p.driver_id, 0) = ANY (%(driver_ids)s))
      AND (%(purposes)s::text[] IS NULL OR p.purpose = ANY (%(purposes)s))
      AND (%(place_ids)s::integer[] IS NULL OR p.place_id = ANY (%(place_ids)s))
    GROUP BY p.number, p.vehicle_id, key
),
-- What a truck takes for the distance with everybody; a truck with one driver has nobody to be compared with.
shared_truck AS (
    SELECT t.number, t.vehicle_id, sum(t.economy_l) / sum(t.economy_m) AS l_per_m
    FROM truck AS t
    WHERE %(group_by)s = 'driver' AND t.economy_m > 0 AND t.economy_l > 0
    GROUP BY t.number, t.vehicle_id
    HAVING count(*) > 1
),
-- The days on which a truck could have been used: from the first anything is known of it until it was put away.
usable AS (
    SELECT
        s.number, CASE WHEN %(group_by)s = 'vehicle' THEN v.vehicle_id::text END AS key,
        sum(least(s.to_date, put.away_date) - greatest(s.from_date, first.local_date)) AS day_count
    FROM bounds AS b
    JOIN vehicle AS v ON v.fleet_id = b.fleet_id
    CROSS JOIN LATERAL (SELECT min(d.local_date) AS local_date FROM vehicle_day AS d WHERE d.vehicle_id = v.vehicle_id) AS first
    CROSS JOIN LATERAL (SELECT (v.archived_at AT TIME ZONE b.time_zone)::date + 1 AS away_date) AS put
    JOIN span AS s
        ON greatest(s.from_date, first.local_date) < least(s.to_date, put.away_date)
    WHERE %(basis)s = 'days' AND first.local_date IS NOT NULL
      AND (%(vehicle_ids)s::integer[] IS NULL OR v.vehicle_id = ANY (%(vehicle_ids)s))
    GROUP BY 1, 2
),
happened AS (
    SELECT number, key, jsonb_object_agg(kind, count) AS counts FROM (
        SELECT number, key, kind, sum(count) AS count FROM (
            SELECT t.number, t.key, e.kind, e.count::bigint AS count
            FROM truck AS t
            CROSS JOIN LATERAL jsonb_array_elements(t.counted) AS one (counts)
            CROSS JOIN LATERAL jsonb_each_text(one.counts) AS e (kind, count)
            UNION ALL
            SELECT
                s.number, CASE %(group_by)s WHEN 'vehicle' THEN e.vehicle_id::text WHEN 'driver' THEN e.driver_id::text
                                            WHEN 'purpose' THEN e.purpose END, e.kind, e.count
            FROM piece_episode AS e JOIN day AS s ON s.local_date = e.local_date
            WHERE (%(vehicle_ids)s::integer[] IS NULL OR e.vehicle_id = ANY (%(vehicle_ids)s))
              AND (%(driver_ids)s::integer[] IS NULL OR coalesce(e.driver_id, 0) = ANY (%(driver_ids)s))
              AND (%(purposes)s::text[] IS NULL OR e.purpose = ANY (%(purposes)s))
            UNION ALL
            SELECT
                s.number, CASE WHEN %(group_by)s = 'vehicle' THEN e.vehicle_id::text END, e.kind, count(*)
            FROM span AS s
            JOIN episode AS e ON e.fleet_id = %(fleet_id)s AND e.opened_at >= s.from_at AND e.opened_at < s.to_at
            WHERE %(basis)s = 'days' AND (%(vehicle_ids)s::integer[] IS NULL OR e.vehicle_id = ANY (%(vehicle_ids)s))
            GROUP BY 1, 2, 3
        ) AS every
        GROUP BY number, key, kind
    ) AS kinds
    GROUP BY number, key
)
SELECT
    summed.*, u.day_count AS usable_day_count, coalesce(v.name, d.name, p.name) AS name, coalesce(h.counts, '{}') AS episode_counts
FROM (
    SELECT
        t.number, t.key,
        sum(t.trip_count)::integer AS trip_count, sum(t.visit_count)::integer AS visit_count,
        sum(t.inside_s) AS inside_s, sum(t.distance_m) AS distance_m,
        sum(t.moving_s) AS moving_s, sum(t.idle_s) AS idle_s, sum(t.gap_s) AS gap_s,
        sum(t.engine_known_s) AS engine_known_s, sum(t.engine_on_s) AS engine_on_s,
        max(t.max_speed_kmh) AS max_speed_kmh,
        sum(t.fuel_l) AS fuel_l, sqrt(sum(t.plus_minus_l ^ 2)) AS fuel_plus_minus_l,
        sum(t.measured_l) AS measured_l, sum(t.maf_l) AS maf_l, sum(t.speed_density_l) AS speed_density_l,
        sum(t.absolute_load_l) AS absolute_load_l, sum(t.road_load_l) AS road_load_l,
        sum(t.fuel_known_s) AS fuel_known_s,
        sum(t.economy_m) AS economy_m, sum(t.economy_l) AS economy_l, sum(t.energy_kwh) AS energy_kwh,
        sum(t.cost) AS cost, sqrt(sum(t.cost_plus_minus ^ 2)) AS cost_plus_minus, sum(t.idle_cost) AS idle_cost,
        sum(t.co2_kg) AS co2_kg, sum(t.cost_m) AS cost_m, sum(t.used_day_count)::integer AS used_day_count,
        sum(t.economy_m) FILTER (WHERE t.economy_l > 0 AND s.l_per_m IS NOT NULL) AS compared_m,
        sum(t.economy_l) FILTER (WHERE t.economy_m > 0 AND s.l_per_m IS NOT NULL) AS compared_l,
        sum(t.economy_m * s.l_per_m) FILTER (WHERE t.economy_l > 0) AS everybodys_l
    FROM truck AS t
    LEFT JOIN shared_truck AS s ON s.number = t.number AND s.vehicle_id = t.vehicle_id
    WHERE %(driver_ids)s::integer[] IS NULL OR %(group_by)s <> 'driver'
       OR coalesce(t.key, '0') = ANY (%(driver_ids)s::integer[]::text[])
    GROUP BY t.number, t.key
) AS summed
LEFT JOIN vehicle AS v
    ON %(group_by)s = 'vehicle' AND v.fleet_id = %(fleet_id)s AND v.vehicle_id::text = summed.key
LEFT JOIN driver AS d
    ON %(group_by)s = 'driver' AND d.fleet_id = %(fleet_id)s AND d.driver_id::text = summed.key
LEFT JOIN place AS p
    ON %(group_by)s = 'place' AND p.fleet_id = %(fleet_id)s AND p.place_id::text = summed.key
LEFT JOIN usable AS u ON u.number = summed.number AND coalesce(u.key, '') = coalesce(summed.key, '')
LEFT JOIN happened AS h ON h.number = summed.number AND coalesce(h.key, '') = coalesce(summed.key, '')
WHERE %(group_by)s <> 'place' OR p.archived_at IS NULL
ORDER BY summed.number, length(summed.key) NULLS LAST, summed.key
