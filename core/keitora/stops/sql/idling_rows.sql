-- A fleet's idlings; the statement in queries.py goes on from here.
SELECT
    s.vehicle_id, v.name AS vehicle_name, s.started_at, s.ended_at, s.lasted_s, s.lat, s.lon,
    s.lasted_s AS engine_on_s, s.lasted_s AS engine_known_s,
    s.fuel_l * told.ratio AS fuel_l, s.fuel_plus_minus_l * told.ratio AS fuel_plus_minus_l
FROM idling AS s
JOIN vehicle AS v USING (fleet_id, vehicle_id)
JOIN fleet AS f USING (fleet_id)
CROSS JOIN LATERAL (
    SELECT told_ratio(s.vehicle_id, (s.started_at AT TIME ZONE f.time_zone)::date) AS ratio
) AS told
WHERE s.fleet_id = %(fleet_id)s
