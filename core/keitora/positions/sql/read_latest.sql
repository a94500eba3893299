-- The newest values of the fleet's trucks in service, the one heard of longest ago first. Trucks never heard of are
-- left out. vehicle_ids: only these; NULL: all.
SELECT
    v.vehicle_id, v.name AS vehicle_name, l.sampled_at,
    l.position_at, l.lat, l.lon, l.altitude_m, l.heading_deg, l.accuracy_m,
    l.speed_at, l.speed_kmh, l.engine_at, l.engine_rpm, l.coolant_at, l.coolant_temp_c,
    l.battery_at, l.battery_v, l.fuel_level_at, l.fuel_level_pct, l.soc_at, l.soc_pct
FROM vehicle AS v
JOIN vehicle_latest AS l USING (fleet_id, vehicle_id)
WHERE v.fleet_id = %(fleet_id)s
  AND v.archived_at IS NULL
  AND (%(vehicle_ids)s::integer[] IS NULL OR v.vehicle_id = ANY (%(vehicle_ids)s))
ORDER BY l.sampled_at, v.vehicle_id
