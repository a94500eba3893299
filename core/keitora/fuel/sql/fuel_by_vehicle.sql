-- A fleet's local days, in buckets, by truck. Bounds: the days that [from_at, to_at) touches in the fleet's time zone.
-- What people corrected about trips (see docs/explanation/trips.md) is added to the days it belongs to.
-- An error of a truck's fuel is mostly the same every day (its engine's data), so its ± add up.
SELECT
    date_trunc(%(bucket)s, d.local_date::timestamp) AT TIME ZONE f.time_zone AS bucket_at,
    date_trunc(%(bucket)s, d.local_date::timestamp)::date AS bucket_local_date,
    d.vehicle_id, v.name AS vehicle_name,
    sum(d.trip_count + coalesce(c.trip_count, 0))::integer AS trip_count,
    sum(said.distance_m) AS distance_m,
    sum(d.moving_s) AS moving_s,
    sum(d.idle_s) AS idle_s,
    sum(d.gap_s) AS gap_s,
    sum(d.engine_known_s) AS engine_known_s,
    sum(d.engine_on_s) AS engine_on_s,
    max(d.max_speed_kmh) AS max_speed_kmh,
    sum(told.fuel_l) AS fuel_l,
    sum(told.plus_minus_l) AS fuel_plus_minus_l,
    sum(d.measured_l) AS measured_l,
    sum(d.maf_l) AS maf_l,
    sum(d.speed_density_l) AS speed_density_l,
    sum(d.absolute_load_l) AS absolute_load_l,
    sum(d.road_load_l) AS road_load_l,
    sum(d.fuel_known_s) AS fuel_known_s,
    sum(said.distance_m) FILTER (WHERE known.enough) AS economy_m,
    sum(told.fuel_l) FILTER (WHERE known.enough) AS economy_l,
    sum(energy.energy_kwh) AS energy_kwh
FROM fleet AS f
JOIN vehicle AS v USING (fleet_id)
JOIN vehicle_day AS d USING (fleet_id, vehicle_id)
LEFT JOIN unnest(
    %(change_vehicles)s::integer[], %(change_dates)s::date[], %(change_counts)s::integer[], %(change_m)s::float8[]
) AS c (vehicle_id, local_date, trip_count, distance_m) ON c.vehicle_id = d.vehicle_id AND c.local_date = d.local_date
CROSS JOIN LATERAL (
    SELECT CASE WHEN c.distance_m IS NULL OR c.distance_m = 0 THEN d.distance_m
                ELSE coalesce(d.distance_m, 0) + c.distance_m END AS distance_m
) AS said
CROSS JOIN LATERAL (
    SELECT d.fuel_l IS NOT NULL AND said.distance_m IS NOT NULL AND d.engine_on_s > 0
        AND d.fuel_known_s >= %(known_enough)s * d.engine_on_s AS enough
) AS known
CROSS JOIN LATERAL told_fuel(
    d.vehicle_id, d.local_date::timestamp AT TIME ZONE f.time_zone, d.fuel_l, d.fuel_plus_minus_l,
    d.measured_l, d.maf_l, d.speed_density_l, d.absolute_load_l, d.road_load_l
) AS told
CROSS JOIN LATERAL told_energy(
    d.vehicle_id, d.local_date::timestamp AT TIME ZONE f.time_zone, d.energy_kwh, d.soc_used_pct, d.soc_moment_pct2
) AS energy
WHERE f.fleet_id = %(fleet_id)s
  AND (%(vehicle_ids)s::integer[] IS NULL OR d.vehicle_id = ANY (%(vehicle_ids)s))
  AND (%(from_at)s::timestamptz IS NULL OR d.local_date >= (%(from_at)s AT TIME ZONE f.time_zone)::date)
  AND (%(to_at)s::timestamptz IS NULL OR d.local_date::timestamp AT TIME ZONE f.time_zone < %(to_at)s)
GROUP BY f.time_zone, bucket_local_date, bucket_at, d.vehicle_id, v.name
ORDER BY bucket_at, d.vehicle_id
