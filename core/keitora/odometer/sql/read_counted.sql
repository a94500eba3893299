-- What was counted of a truck until a moment, kilometres driven or hours run: the days up to its own, without what the
-- trace has of its own day after it.
SELECT (
    coalesce((
        SELECT sum(CASE %(instrument)s WHEN 'odometer' THEN d.distance_m / 1000 ELSE d.engine_on_s / 3600 END)
        FROM trace_day AS d
        WHERE d.fleet_id = f.fleet_id AND d.vehicle_id = %(vehicle_id)s
          AND d.local_date <= (%(at)s AT TIME ZONE f.time_zone)::date
    ), 0) - coalesce((
        SELECT sum(CASE %(instrument)s WHEN 'odometer' THEN l.distance_m / 1000::double precision
                                       ELSE l.engine_on_s / 3600::double precision END)
        FROM trace AS l
        WHERE l.fleet_id = f.fleet_id AND l.vehicle_id = %(vehicle_id)s AND l.at > %(at)s
          AND l.at < ((%(at)s AT TIME ZONE f.time_zone)::date + 1)::timestamp AT TIME ZONE f.time_zone
    ), 0)
)::double precision AS counted
FROM fleet AS f WHERE f.fleet_id = %(fleet_id)s
