-- The simplified lines of several trips, told apart by their place in the question, each in time order.
SELECT
    w.place, l.at AS sampled_at, l.lat, l.lon, l.speed_kmh, l.altitude_m
FROM unnest(%(vehicle_ids)s::integer[], %(started_ats)s::timestamptz[], %(ended_ats)s::timestamptz[])
    WITH ORDINALITY AS w (vehicle_id, started_at, ended_at, place)
JOIN LATERAL (
    SELECT t.at, t.lat, t.lon, t.speed_kmh, t.altitude_m FROM trace AS t
    WHERE t.fleet_id = %(fleet_id)s AND t.vehicle_id = w.vehicle_id
      AND t.at BETWEEN w.started_at AND w.ended_at AND t.lat IS NOT NULL
    OFFSET 0 -- A look into the index for each trip; as one join with all of them it may become a pass over the table.
) AS l ON true
ORDER BY w.place, l.at
