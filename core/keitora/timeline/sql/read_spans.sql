-- A kind of span of the trucks. They follow one another: what began before the last one that began before from_at is over by
-- then, and is not looked at.
    SELECT s.vehicle_id, {level} AS level, s.started_at, s.ended_at
    FROM truck JOIN {table} AS s USING (fleet_id, vehicle_id)
    WHERE s.started_at < %(to_at)s AND (s.ended_at IS NULL OR s.ended_at > %(from_at)s)
      AND s.started_at >= coalesce((SELECT max(b.started_at) FROM {table} AS b
                                    WHERE b.vehicle_id = truck.vehicle_id AND b.started_at <= %(from_at)s),
                                   %(from_at)s)
    UNION ALL
