-- A trip's simplified line in time order. Points without a place are steps of its sums only.
SELECT
    0 AS device_id, l.at AS sampled_at, l.lat, l.lon, NULL::real AS accuracy_m, l.speed_kmh, l.altitude_m
FROM trace AS l
WHERE l.fleet_id = %(fleet_id)s
  AND l.vehicle_id = %(vehicle_id)s
  AND l.at BETWEEN %(started_at)s AND %(ended_at)s
  AND l.lat IS NOT NULL
ORDER BY l.at
