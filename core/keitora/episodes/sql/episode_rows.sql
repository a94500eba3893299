-- A fleet's episodes; the statements in queries.py go on from here with AND, ORDER BY and LIMIT. An acknowledgement
-- belongs to the episode its moment lies in, or nearly: late samples may have moved the edges since.
SELECT
    e.vehicle_id, v.name AS vehicle_name, e.kind, e.opened_at, e.noticed_at, e.closed_at, e.ended_by, e.severity,
    e.unit, e.bound_value, e.first_value, e.last_value, e.peak_value, e.mean_value, e.sample_count, e.lat, e.lon,
    told.delay_s, seen.acknowledged_by, seen.acknowledged_at, seen.note
FROM {episodes} AS e
JOIN vehicle AS v USING (fleet_id, vehicle_id)
LEFT JOIN LATERAL (
    SELECT min(s.delay_s) AS delay_s FROM sample AS s
    WHERE s.vehicle_id = v.vehicle_id AND s.sampled_at = e.noticed_at
) AS told ON true
LEFT JOIN LATERAL (
    SELECT a.acknowledged_by, a.acknowledged_at, a.note FROM episode_acknowledgement AS a
    WHERE a.fleet_id = e.fleet_id AND a.vehicle_id = e.vehicle_id AND a.kind = e.kind AND a.withdrawn_at IS NULL
      AND a.anchor_at >= e.opened_at - interval '5 minutes'
      AND a.anchor_at <= coalesce(e.closed_at, 'infinity') + interval '5 minutes'
    ORDER BY a.acknowledged_at DESC, a.episode_acknowledgement_id DESC LIMIT 1
) AS seen ON true
WHERE v.fleet_id = %(fleet_id)s
