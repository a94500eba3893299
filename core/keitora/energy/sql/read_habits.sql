-- A fleet's electric trucks: the newest state of charge, and what the trips of the last 90 days used.
SELECT
    v.vehicle_id, v.name AS vehicle_name, v.battery_kwh, l.soc_at, l.soc_pct,
    coalesce(
        (
            SELECT array_agg(ARRAY[t.distance_m / 1000, told.energy_kwh] ORDER BY t.started_at)
            FROM trip AS t
            CROSS JOIN LATERAL told_energy(
                t.vehicle_id, t.started_at, t.energy_kwh, t.soc_used_pct, t.soc_moment_pct2
            ) AS told
            WHERE t.vehicle_id = v.vehicle_id AND t.started_at > %(now)s::timestamptz - interval '90 days'
              AND t.distance_m IS NOT NULL AND told.energy_kwh IS NOT NULL
        ), '{}'
    ) AS trips
FROM vehicle AS v
LEFT JOIN vehicle_latest AS l USING (fleet_id, vehicle_id)
WHERE v.fleet_id = %(fleet_id)s AND v.energy = 'electric' AND v.archived_at IS NULL
ORDER BY v.vehicle_id
