-- How late the sample came that ended a trip. Samples have no row-level security: the join with vehicle keeps fleets apart.
SELECT m.vehicle_id, m.ended_at, min(s.delay_s)::double precision AS delay_s
FROM unnest(%(vehicle_ids)s::integer[], %(ended_ats)s::timestamptz[]) AS m (vehicle_id, ended_at)
JOIN vehicle AS v ON v.vehicle_id = m.vehicle_id
JOIN sample AS s ON s.vehicle_id = v.vehicle_id AND s.sampled_at = m.ended_at
WHERE v.fleet_id = %(fleet_id)s
GROUP BY m.vehicle_id, m.ended_at
