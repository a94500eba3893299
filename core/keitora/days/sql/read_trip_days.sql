-- The days of a fleet's derived trips that began within [from_at, to_at], trip by trip, day by day.
SELECT
    d.vehicle_id, d.started_at, d.local_date, d.distance_m, d.moving_s, d.idle_s, d.engine_known_s, d.engine_on_s,
    told.fuel_l, told.energy_kwh, told.cost, told.co2_kg
FROM trip_day AS d
JOIN told_trip_day AS told USING (fleet_id, vehicle_id, started_at, local_date)
JOIN trip AS t USING (fleet_id, vehicle_id, started_at)
WHERE d.fleet_id = %(fleet_id)s AND t.started_at BETWEEN %(from_at)s AND %(to_at)s
ORDER BY d.vehicle_id, d.started_at, d.local_date
