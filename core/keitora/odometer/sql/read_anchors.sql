-- Readings of a truck's instrument, each with what had been counted by then. One pass over the trace.
WITH moment AS (
    SELECT r.read_at AS at, 0::double precision AS step,
        CASE %(instrument)s WHEN 'odometer' THEN r.odometer_km ELSE r.engine_hours_h END AS reading
    FROM odometer_reading AS r
    WHERE r.fleet_id = %(fleet_id)s AND r.vehicle_id = %(vehicle_id)s AND r.withdrawn_at IS NULL
    UNION ALL
    SELECT d.odometer_at, 0, d.odometer_km FROM vehicle_day AS d
    WHERE d.fleet_id = %(fleet_id)s AND d.vehicle_id = %(vehicle_id)s AND %(instrument)s = 'odometer'
    UNION ALL
    SELECT l.at, CASE %(instrument)s WHEN 'odometer' THEN l.distance_m / 1000 ELSE l.engine_on_s / 3600 END, NULL
    FROM trace AS l WHERE l.fleet_id = %(fleet_id)s AND l.vehicle_id = %(vehicle_id)s
), counted AS (
    SELECT moment.at, moment.reading, sum(moment.step) OVER (ORDER BY moment.at) AS counted FROM moment
)
SELECT counted.at, counted.reading, counted.counted FROM counted
WHERE counted.reading IS NOT NULL AND counted.at IS NOT NULL
ORDER BY counted.at
