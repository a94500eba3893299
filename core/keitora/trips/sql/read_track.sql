-- A trip's positions in time order. Samples have no row-level security: the join with vehicle keeps fleets apart.
SELECT
    s.device_id, s.sampled_at, s.lat, s.lon, s.accuracy_m,
    coalesce(s.speed_kmh, s.gnss_speed_kmh) AS speed_kmh, s.altitude_m
FROM vehicle AS v
JOIN sample AS s USING (vehicle_id)
WHERE v.fleet_id = %(fleet_id)s
  AND v.vehicle_id = %(vehicle_id)s
  AND s.sampled_at BETWEEN %(started_at)s AND %(ended_at)s
  AND s.lat IS NOT NULL AND s.lon IS NOT NULL
ORDER BY s.sampled_at, s.device_id, s.row_key
