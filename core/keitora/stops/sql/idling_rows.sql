-- A fleet's idlings; the statement in queries.py goes on from here.
SELECT
    s.vehicle_id, v.name AS vehicle_name, s.started_at, s.ended_at, s.lasted_s, s.lat, s.lon,
    s.lasted_s AS engine_on_s, s.lasted_s AS engine_known_s, s.fuel_l, s.fuel_plus_minus_l
FROM idling AS s
JOIN vehicle AS v USING (fleet_id, vehicle_id)
WHERE s.fleet_id = %(fleet_id)s
