-- The newest values of the fleet's trucks in service, the one heard of longest ago first. Trucks never heard of are
-- left out. vehicle_ids: only these; NULL: all.
SELECT
    v.vehicle_id, v.name AS vehicle_name, l.sampled_at,
    l.position_at, l.lat, l.lon, l.altitude_m, l.heading_deg, l.accuracy_m,
    CASE WHEN s.by_satellite THEN l.position_at ELSE l.speed_at END AS speed_at,
    CASE WHEN s.by_satellite THEN l.gnss_speed_kmh WHEN r.speed_repeated THEN NULL ELSE l.speed_kmh END AS speed_kmh,
    l.engine_at, CASE WHEN r.rpm_repeated THEN NULL ELSE l.engine_rpm END AS engine_rpm, l.coolant_at, l.coolant_temp_c,
    l.battery_at, l.battery_v, l.fuel_level_at, l.fuel_level_pct, l.soc_at, l.soc_pct,
    coalesce((SELECT c.ended_at IS NULL FROM charge AS c
              WHERE c.vehicle_id = v.vehicle_id ORDER BY c.started_at DESC LIMIT 1), false) AS is_charging
FROM vehicle AS v
JOIN vehicle_latest AS l USING (fleet_id, vehicle_id)
-- A dongle that repeats what the engine's computer once said does not know it: a running engine trembles.
CROSS JOIN LATERAL (
    SELECT l.speed_kmh > 0 AND l.speed_at > l.news_at + interval '60 seconds' AS speed_repeated,
           l.engine_rpm > 0 AND l.engine_at > l.news_at + interval '60 seconds' AS rpm_repeated
) AS r
-- The wheels' speed counts unless it is not heard, or only repeated, while the satellite receiver is heard.
CROSS JOIN LATERAL (
    SELECT l.gnss_speed_kmh IS NOT NULL
       AND (l.position_at > coalesce(l.speed_at, '-infinity') + interval '10 seconds'
            OR (r.speed_repeated AND l.position_at > l.speed_at - interval '60 seconds')) AS by_satellite
) AS s
WHERE v.fleet_id = %(fleet_id)s
  AND v.archived_at IS NULL
  AND (%(vehicle_ids)s::integer[] IS NULL OR v.vehicle_id = ANY (%(vehicle_ids)s))
ORDER BY l.sampled_at, v.vehicle_id
