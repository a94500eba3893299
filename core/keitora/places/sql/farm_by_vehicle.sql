-- A fleet's local days, in buckets, by truck: what was done on the farm's own ground, the rest is road.
SELECT
    date_trunc(%(bucket)s, d.local_date::timestamp) AT TIME ZONE f.time_zone AS bucket_at,
    date_trunc(%(bucket)s, d.local_date::timestamp)::date AS bucket_local_date,
    d.vehicle_id, v.name AS vehicle_name,
    coalesce(sum(farm.distance_m), 0) AS farm_m,
    greatest(0, coalesce(sum(d.distance_m), 0) + coalesce(sum(c.distance_m), 0) - coalesce(sum(farm.distance_m), 0))
        AS road_m,
    coalesce(sum(farm.inside_s), 0) AS farm_s,
    coalesce(sum(farm.moving_s), 0) AS farm_moving_s,
    greatest(0, coalesce(sum(d.moving_s), 0) - coalesce(sum(farm.moving_s), 0)) AS road_moving_s,
    sum(farm.engine_on_s) FILTER (WHERE farm.engine_known_s > 0) AS farm_engine_on_s,
    sum(farm.fuel_l * coalesce(told.fuel_l / nullif(d.fuel_l, 0), 1)) FILTER (WHERE farm.fuel_known_s > 0) AS farm_fuel_l
FROM fleet AS f
JOIN vehicle AS v USING (fleet_id)
JOIN vehicle_day AS d USING (fleet_id, vehicle_id)
LEFT JOIN farm_day AS farm USING (fleet_id, vehicle_id, local_date)
LEFT JOIN unnest(%(change_vehicles)s::integer[], %(change_dates)s::date[], %(change_m)s::float8[])
    AS c (vehicle_id, local_date, distance_m) ON c.vehicle_id = d.vehicle_id AND c.local_date = d.local_date
LEFT JOIN LATERAL told_fuel(
    d.vehicle_id, d.local_date::timestamp AT TIME ZONE f.time_zone, d.fuel_l, d.fuel_plus_minus_l,
    d.measured_l, d.maf_l, d.speed_density_l, d.absolute_load_l, d.road_load_l
) AS told ON farm.fuel_known_s > 0
WHERE f.fleet_id = %(fleet_id)s
  AND (%(vehicle_ids)s::integer[] IS NULL OR d.vehicle_id = ANY (%(vehicle_ids)s))
  AND (%(from_at)s::timestamptz IS NULL OR d.local_date >= (%(from_at)s AT TIME ZONE f.time_zone)::date)
  AND (%(to_at)s::timestamptz IS NULL OR d.local_date::timestamp AT TIME ZONE f.time_zone < %(to_at)s)
GROUP BY f.time_zone, bucket_local_date, bucket_at, d.vehicle_id, v.name
ORDER BY bucket_at, d.vehicle_id
