-- What trucks did on visits to a fleet's places, in spans of its local days; a visit counts on the day it began. A place
-- inside another has its own visits beside those of the larger one, so places do not add up to a fleet.
WITH span AS (
    SELECT * FROM unnest(%(numbers)s::integer[], %(from_dates)s::date[], %(to_dates)s::date[])
        AS s (number, from_date, to_date)
),
stay AS (
    SELECT s.number, v.*, told.told_l, told.told_kwh, money.cost, money.co2_kg
    FROM fleet AS f
    CROSS JOIN span AS s
    JOIN visit AS v
        ON v.fleet_id = f.fleet_id AND v.is_visit
        AND v.entered_at >= s.from_date::timestamp AT TIME ZONE f.time_zone
        AND v.entered_at < s.to_date::timestamp AT TIME ZONE f.time_zone
    CROSS JOIN LATERAL (SELECT (v.entered_at AT TIME ZONE f.time_zone)::date AS local_date) AS day
    LEFT JOIN vehicle_day AS d ON d.vehicle_id = v.vehicle_id AND d.local_date = day.local_date
    LEFT JOIN LATERAL told_fuel(
        d.vehicle_id, day.local_date::timestamp AT TIME ZONE f.time_zone, d.fuel_l, d.fuel_plus_minus_l,
        d.measured_l, d.maf_l, d.speed_density_l, d.absolute_load_l, d.road_load_l
    ) AS whole ON true
    CROSS JOIN LATERAL (
        SELECT CASE WHEN v.fuel_known_s > 0 THEN v.fuel_l * coalesce(whole.fuel_l / nullif(d.fuel_l, 0), 1) END AS told_l,
               CASE WHEN v.energy_known_s > 0 THEN v.energy_kwh END AS told_kwh
    ) AS told
    CROSS JOIN LATERAL told_cost(v.vehicle_id, day.local_date, told.told_l, NULL, NULL, told.told_kwh) AS money
    WHERE f.fleet_id = %(fleet_id)s
      AND (%(vehicle_ids)s::integer[] IS NULL OR v.vehicle_id = ANY (%(vehicle_ids)s))
      AND (%(place_ids)s::integer[] IS NULL OR v.place_id = ANY (%(place_ids)s))
),
happened AS (
    SELECT number, place_id, jsonb_object_agg(kind, count) AS counts FROM (
        SELECT stay.number, stay.place_id, e.kind, count(*) AS count
        FROM stay
        JOIN episode AS e
            ON e.vehicle_id = stay.vehicle_id AND e.opened_at >= stay.entered_at
            AND e.opened_at <= coalesce(stay.left_at, 'infinity') AND e.fleet_id = %(fleet_id)s
        GROUP BY 1, 2, 3
    ) AS kinds
    GROUP BY number, place_id
)
SELECT
    stay.number, stay.place_id::text AS key, p.name,
    NULL::integer AS trip_count, count(*)::integer AS visit_count, sum(stay.inside_s) AS inside_s,
    sum(stay.distance_m) AS distance_m, sum(stay.moving_s) AS moving_s, NULL::double precision AS idle_s,
    sum(stay.gap_s) AS gap_s, sum(stay.engine_known_s) AS engine_known_s, sum(stay.engine_on_s) AS engine_on_s,
    NULL::double precision AS max_speed_kmh,
    sum(stay.told_l) AS fuel_l, NULL::double precision AS fuel_plus_minus_l,
    0::double precision AS measured_l, 0::double precision AS maf_l, 0::double precision AS speed_density_l,
    0::double precision AS absolute_load_l, 0::double precision AS road_load_l,
    sum(stay.fuel_known_s) AS fuel_known_s,
    NULL::double precision AS economy_m, NULL::double precision AS economy_l,
    sum(stay.told_kwh) AS energy_kwh,
    sum(stay.cost) AS cost, NULL::double precision AS cost_plus_minus, NULL::double precision AS idle_cost,
    sum(stay.co2_kg) AS co2_kg, sum(stay.distance_m) FILTER (WHERE stay.cost IS NOT NULL) AS cost_m,
    coalesce((SELECT h.counts FROM happened AS h WHERE h.number = stay.number AND h.place_id = stay.place_id), '{}')
        AS episode_counts
FROM stay
JOIN place AS p ON p.fleet_id = %(fleet_id)s AND p.place_id = stay.place_id AND p.archived_at IS NULL
GROUP BY stay.number, stay.place_id, p.name
ORDER BY stay.number, stay.place_id
