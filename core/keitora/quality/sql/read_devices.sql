-- A fleet's devices: which truck each is on, when it was heard, and its counts of the fleet's last seven days of arrival.
SELECT
    d.device_id, d.source, d.device_key, d.note, d.created_at,
    a.vehicle_id, v.name AS vehicle_name, lower(a.during) AS on_vehicle_since,
    s.last_received_at, s.last_sampled_at,
    q.message_count, q.row_count, q.new_count, q.event_count, q.late_row_count, q.undated_row_count,
    q.unsynchronised_row_count, coalesce(r.refused, '{}') AS refused_counts,
    coalesce(m.missing_count, 0)::bigint AS missing_count,
    coalesce(l.dead_letter_count, 0)::bigint AS dead_letter_count, l.newest_reason
FROM device AS d
JOIN fleet AS f ON f.fleet_id = d.fleet_id
LEFT JOIN device_assignment AS a ON a.fleet_id = d.fleet_id AND a.device_id = d.device_id AND a.during @> %(now)s
LEFT JOIN vehicle AS v ON v.fleet_id = a.fleet_id AND v.vehicle_id = a.vehicle_id
LEFT JOIN device_seen AS s ON s.fleet_id = d.fleet_id AND s.device_id = d.device_id
LEFT JOIN LATERAL (
    SELECT
        sum(y.message_count)::bigint AS message_count, sum(y.row_count)::bigint AS row_count,
        sum(y.new_count)::bigint AS new_count, sum(y.event_count)::bigint AS event_count,
        sum(y.late_row_count)::bigint AS late_row_count, sum(y.uptime_row_count)::bigint AS undated_row_count,
        sum(y.unsynchronised_row_count)::bigint AS unsynchronised_row_count
    FROM device_day AS y
    WHERE y.fleet_id = d.fleet_id AND y.device_id = d.device_id AND y.local_date > (%(now)s AT TIME ZONE f.time_zone)::date - 7
) AS q ON true
LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(key, total) AS refused FROM (
        SELECT one.key, sum(one.value::bigint) AS total
        FROM device_day AS y, jsonb_each_text(y.refused_counts) AS one
        WHERE y.fleet_id = d.fleet_id AND y.device_id = d.device_id AND y.local_date > (%(now)s AT TIME ZONE f.time_zone)::date - 7
        GROUP BY one.key
    ) AS summed
) AS r ON true
LEFT JOIN LATERAL (
    SELECT sum(count_missing(b.numbers) + b.given_up_count) AS missing_count FROM device_boot AS b
    WHERE b.fleet_id = d.fleet_id AND b.device_id = d.device_id AND b.last_heard_at > %(now)s - interval '7 days'
) AS m ON true
LEFT JOIN LATERAL (
    SELECT sum(x.received_count) AS dead_letter_count,
        (array_agg(x.reason ORDER BY x.last_received_at DESC))[1] AS newest_reason
    FROM dead_letter AS x
    WHERE x.fleet_id = d.fleet_id AND x.source = d.source AND x.device_key = d.device_key
      AND x.last_received_at > %(now)s - interval '7 days'
) AS l ON true
WHERE d.fleet_id = %(fleet_id)s AND (%(after)s::integer IS NULL OR d.device_id > %(after)s)
ORDER BY d.device_id
LIMIT %(limit)s
