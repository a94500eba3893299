-- Where trips may begin as people see them: where a derived trip does, and where one is split. Either is no start if a
-- merge took it away, which only `apply` can tell. The statements in queries.py go on from here with ORDER BY and LIMIT.
SELECT s.vehicle_id, s.started_at FROM (
    SELECT t.vehicle_id, t.started_at FROM trip AS t WHERE t.fleet_id = %(fleet_id)s
    UNION
    SELECT o.vehicle_id, o.anchor_at FROM trip_overlay AS o
    WHERE o.fleet_id = %(fleet_id)s AND o.action = 'split' AND o.withdrawn_at IS NULL
) AS s
WHERE (%(vehicle_ids)s::integer[] IS NULL OR s.vehicle_id = ANY (%(vehicle_ids)s))
  AND (%(from_at)s::timestamptz IS NULL OR s.started_at >= %(from_at)s)
  AND (%(to_at)s::timestamptz IS NULL OR s.started_at < %(to_at)s)
