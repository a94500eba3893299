-- What was counted of a truck until a moment: kilometres driven or hours run.
SELECT coalesce(
    sum(CASE %(instrument)s WHEN 'odometer' THEN l.distance_m / 1000 ELSE l.engine_on_s / 3600 END), 0
)::double precision AS counted
FROM trace AS l
WHERE l.fleet_id = %(fleet_id)s AND l.vehicle_id = %(vehicle_id)s AND l.at <= %(at)s
