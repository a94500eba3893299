-- A fleet's stops; the statement in queries.py goes on from here.
SELECT
    s.vehicle_id, v.name AS vehicle_name, s.started_at, s.ended_at,
    greatest(0, extract(epoch FROM coalesce(s.ended_at, l.sampled_at, s.started_at) - s.started_at))::double precision
        AS lasted_s,
    s.lat, s.lon, CASE WHEN s.engine_known_s > 0 THEN s.engine_on_s END AS engine_on_s, s.engine_known_s,
    told.fuel_l, told.plus_minus_l AS fuel_plus_minus_l
FROM stop AS s
JOIN vehicle AS v USING (fleet_id, vehicle_id)
LEFT JOIN vehicle_latest AS l USING (fleet_id, vehicle_id)
CROSS JOIN LATERAL told_fuel(
    s.vehicle_id, s.started_at, s.fuel_l, s.fuel_plus_minus_l,
    s.measured_l, s.maf_l, s.speed_density_l, s.absolute_load_l, s.road_load_l
) AS told
WHERE s.fleet_id = %(fleet_id)s
