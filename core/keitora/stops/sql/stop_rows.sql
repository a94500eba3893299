-- A fleet's stops; the statement in queries.py goes on from here.
SELECT
    s.vehicle_id, v.name AS vehicle_name, s.started_at, s.ended_at,
    greatest(0, extract(epoch FROM coalesce(s.ended_at, l.sampled_at, s.started_at) - s.started_at))::double precision
        AS lasted_s,
    s.lat, s.lon, CASE WHEN s.engine_known_s > 0 THEN s.engine_on_s END AS engine_on_s, s.engine_known_s,
    s.fuel_l, s.fuel_plus_minus_l
FROM stop AS s
JOIN vehicle AS v USING (fleet_id, vehicle_id)
LEFT JOIN vehicle_latest AS l USING (fleet_id, vehicle_id)
WHERE s.fleet_id = %(fleet_id)s
