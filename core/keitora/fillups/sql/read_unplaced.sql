-- A truck's fill-ups that have a place, and where it stood or drove within ten minutes of them.
SELECT
    u.fill_up_id, u.filled_at, u.lat, u.lon, u.presence, l.sampled_at AS derived_to,
    coalesce(s.ats, '{}') AS ats, coalesce(s.lats, '{}') AS lats, coalesce(s.lons, '{}') AS lons
FROM fill_up AS u
LEFT JOIN vehicle_latest AS l USING (fleet_id, vehicle_id)
CROSS JOIN LATERAL (
    SELECT array_agg(at ORDER BY at) AS ats, array_agg(lat ORDER BY at) AS lats, array_agg(lon ORDER BY at) AS lons
    FROM (
        SELECT at, lat, lon FROM trace
        WHERE vehicle_id = u.vehicle_id AND lat IS NOT NULL
          AND at BETWEEN u.filled_at - interval '10 minutes' AND u.filled_at + interval '10 minutes'
        UNION ALL
        SELECT greatest(started_at, u.filled_at - interval '10 minutes'), lat, lon FROM stop
        WHERE vehicle_id = u.vehicle_id AND lat IS NOT NULL
          AND started_at <= u.filled_at + interval '10 minutes'
          AND coalesce(ended_at, 'infinity') >= u.filled_at - interval '10 minutes'
    ) AS seen
) AS s
WHERE u.vehicle_id = %(vehicle_id)s AND u.lat IS NOT NULL AND u.lon IS NOT NULL AND u.withdrawn_at IS NULL
ORDER BY u.filled_at
