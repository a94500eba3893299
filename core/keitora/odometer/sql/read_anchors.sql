-- Readings of a truck's instrument, each with what had been counted by then: the days up to its own, without what the
-- trace has of its own day after it.
WITH moment AS (
    SELECT r.read_at AS at,
        CASE %(instrument)s WHEN 'odometer' THEN r.odometer_km ELSE r.engine_hours_h END AS reading
    FROM odometer_reading AS r
    WHERE r.fleet_id = %(fleet_id)s AND r.vehicle_id = %(vehicle_id)s AND r.withdrawn_at IS NULL
    UNION ALL
    SELECT d.odometer_at, d.odometer_km FROM vehicle_day AS d
    WHERE d.fleet_id = %(fleet_id)s AND d.vehicle_id = %(vehicle_id)s AND %(instrument)s = 'odometer'
), step AS (
    SELECT m.at, m.reading, (m.at AT TIME ZONE f.time_zone)::date AS local_date, f.time_zone, 0::double precision AS step
    FROM moment AS m JOIN fleet AS f ON f.fleet_id = %(fleet_id)s
    WHERE m.at IS NOT NULL AND m.reading IS NOT NULL
    UNION ALL
    SELECT NULL, NULL, d.local_date, NULL,
        CASE %(instrument)s WHEN 'odometer' THEN d.distance_m / 1000 ELSE d.engine_on_s / 3600 END
    FROM trace_day AS d WHERE d.fleet_id = %(fleet_id)s AND d.vehicle_id = %(vehicle_id)s
), counted AS (
    SELECT step.*, sum(step.step) OVER (ORDER BY step.local_date) AS by_day FROM step
)
SELECT c.at, c.reading, c.by_day - coalesce(later.step, 0) AS counted
FROM counted AS c
CROSS JOIN LATERAL (
    SELECT sum(CASE %(instrument)s WHEN 'odometer' THEN l.distance_m / 1000::double precision
                                   ELSE l.engine_on_s / 3600::double precision END) AS step
    FROM trace AS l
    WHERE l.vehicle_id = %(vehicle_id)s AND l.fleet_id = %(fleet_id)s
      AND l.at > c.at AND l.at < (c.local_date + 1)::timestamp AT TIME ZONE c.time_zone
) AS later
WHERE c.at IS NOT NULL
ORDER BY c.at
