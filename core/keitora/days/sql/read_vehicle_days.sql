-- A fleet's trucks day by day, newest first, with what people corrected about trips added to the days it belongs to.
SELECT
    d.vehicle_id, v.name AS vehicle_name, d.local_date, d.trip_count + coalesce(c.trip_count, 0) AS trip_count,
    CASE WHEN c.distance_m IS NULL OR c.distance_m = 0 THEN d.distance_m
         ELSE coalesce(d.distance_m, 0) + c.distance_m END AS distance_m,
    d.moving_s, d.idle_s, d.gap_s, d.engine_known_s, d.engine_on_s, d.max_speed_kmh,
    told.fuel_l, told.fuel_plus_minus_l, d.fuel_known_s, told.energy_kwh, told.energy_plus_minus_kwh, told.idle_l,
    told.cost, told.cost_plus_minus, told.idle_cost, told.co2_kg,
    d.odometer_km, d.odometer_at, d.rest_battery_v, d.rest_ambient_temp_c
FROM fleet AS f
JOIN vehicle AS v USING (fleet_id)
JOIN vehicle_day AS d USING (fleet_id, vehicle_id)
-- Row by row, by its key: the planner would otherwise compare all days with all where it has no statistics yet.
CROSS JOIN LATERAL (
    SELECT * FROM told_day AS t
    WHERE t.fleet_id = d.fleet_id AND t.vehicle_id = d.vehicle_id AND t.local_date = d.local_date
    OFFSET 0
) AS told
LEFT JOIN unnest(
    %(change_vehicles)s::integer[], %(change_dates)s::date[], %(change_counts)s::integer[], %(change_m)s::float8[]
) AS c (vehicle_id, local_date, trip_count, distance_m) ON c.vehicle_id = d.vehicle_id AND c.local_date = d.local_date
WHERE f.fleet_id = %(fleet_id)s
  AND (%(vehicle_ids)s::integer[] IS NULL OR d.vehicle_id = ANY (%(vehicle_ids)s))
  AND (%(from_at)s::timestamptz IS NULL OR d.local_date >= (%(from_at)s AT TIME ZONE f.time_zone)::date)
  AND (%(to_at)s::timestamptz IS NULL OR d.local_date::timestamp AT TIME ZONE f.time_zone < %(to_at)s)
  AND (%(after_date)s::date IS NULL OR (d.local_date, d.vehicle_id) < (%(after_date)s, %(after_vehicle_id)s::integer))
ORDER BY d.local_date DESC, d.vehicle_id DESC
LIMIT %(limit)s
