-- The days of some derived trips, with fuel as it is told.
SELECT
    d.vehicle_id, d.started_at, d.started_at AS from_at, t.ended_at AS to_at, d.local_date,
    d.local_date = (t.started_at AT TIME ZONE f.time_zone)::date AS is_first,
    NULL::integer AS driver_id, NULL::text AS purpose,
    d.distance_m, d.moving_s, d.idle_s, d.gap_s, d.engine_known_s, d.engine_on_s, t.max_speed_kmh,
    told.fuel_l, told.fuel_plus_minus_l,
    d.measured_l, d.maf_l, d.speed_density_l, d.absolute_load_l, d.road_load_l, d.fuel_known_s, told.energy_kwh,
    told.cost, told.cost_plus_minus, told.idle_cost, told.co2_kg
FROM fleet AS f
JOIN unnest(%(touched_vehicles)s::integer[], %(touched_starts)s::timestamptz[]) AS w (vehicle_id, started_at) ON true
JOIN trip_day AS d ON d.fleet_id = f.fleet_id AND d.vehicle_id = w.vehicle_id AND d.started_at = w.started_at
JOIN trip AS t ON t.vehicle_id = d.vehicle_id AND t.started_at = d.started_at
JOIN told_trip_day AS told
    ON told.vehicle_id = d.vehicle_id AND told.started_at = d.started_at AND told.local_date = d.local_date
WHERE f.fleet_id = %(fleet_id)s
ORDER BY d.vehicle_id, d.started_at, d.local_date
