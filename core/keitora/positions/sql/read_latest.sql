-- The newest values of the fleet's trucks in service, the one heard of longest ago first. Trucks never heard of are
-- left out. vehicle_ids: only these; NULL: all.
SELECT
    v.vehicle_id, v.name AS vehicle_name, l.sampled_at,
    l.position_at, l.lat, l.lon, l.altitude_m, l.heading_deg, l.accuracy_m,
    CASE WHEN s.by_satellite THEN l.position_at ELSE l.speed_at END AS speed_at,
    CASE WHEN s.by_satellite THEN l.gnss_speed_kmh ELSE l.speed_kmh END AS speed_kmh,
    l.engine_at, l.engine_rpm, l.coolant_at, l.coolant_temp_c,
    l.battery_at, l.battery_v, l.fuel_level_at, l.fuel_level_pct, l.soc_at, l.soc_pct
FROM vehicle AS v
JOIN vehicle_latest AS l USING (fleet_id, vehicle_id)
-- The wheels' speed counts unless they have not been heard while the satellite receiver was.
CROSS JOIN LATERAL (
    SELECT l.gnss_speed_kmh IS NOT NULL
       AND l.position_at > coalesce(l.speed_at, '-infinity') + interval '10 seconds' AS by_satellite
) AS s
WHERE v.fleet_id = %(fleet_id)s
  AND v.archived_at IS NULL
  AND (%(vehicle_ids)s::integer[] IS NULL OR v.vehicle_id = ANY (%(vehicle_ids)s))
ORDER BY l.sampled_at, v.vehicle_id
