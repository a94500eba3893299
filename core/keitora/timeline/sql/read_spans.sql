-- Everything that tells what a truck did within [from_at, to_at), as spans. The levels are those of model.Level.
WITH truck AS (
    SELECT vehicle_id, fleet_id, name FROM vehicle
    WHERE fleet_id = %(fleet_id)s AND archived_at IS NULL
      AND (%(vehicle_ids)s::integer[] IS NULL OR vehicle_id = ANY (%(vehicle_ids)s))
)
SELECT t.vehicle_id, truck.name AS vehicle_name, 4 AS level, t.started_at, t.ended_at
FROM truck JOIN trip AS t USING (fleet_id, vehicle_id)
WHERE t.started_at < %(to_at)s AND t.ended_at > %(from_at)s
UNION ALL
SELECT s.vehicle_id, truck.name, 1, s.started_at, s.ended_at
FROM truck JOIN stop AS s USING (fleet_id, vehicle_id)
WHERE s.started_at < %(to_at)s AND (s.ended_at IS NULL OR s.ended_at > %(from_at)s)
UNION ALL
SELECT i.vehicle_id, truck.name, 3, i.started_at, i.ended_at
FROM truck JOIN idling AS i USING (fleet_id, vehicle_id)
WHERE i.started_at < %(to_at)s AND (i.ended_at IS NULL OR i.ended_at > %(from_at)s)
UNION ALL
SELECT e.vehicle_id, truck.name, 0, e.opened_at, e.closed_at
FROM truck JOIN episode AS e USING (fleet_id, vehicle_id)
WHERE e.kind = 'silent' AND e.opened_at < %(to_at)s AND (e.closed_at IS NULL OR e.closed_at > %(from_at)s)
UNION ALL
-- A stop that lasts is known as far as its truck was heard of: silence for a day is shown as such.
SELECT l.vehicle_id, truck.name, 0, l.sampled_at + interval '1 day', NULL
FROM truck JOIN vehicle_latest AS l USING (fleet_id, vehicle_id)
WHERE l.sampled_at < %(now)s - interval '1 day' AND l.sampled_at + interval '1 day' < %(to_at)s
