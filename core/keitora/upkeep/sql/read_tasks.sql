-- A fleet's upkeep with when it was done last, and what each truck has driven since and of late, from its days.
SELECT
    t.upkeep_task_id, t.vehicle_id, v.name AS vehicle_name, t.kind, t.name, t.every_months, t.every_km, t.every_hours_h,
    t.due_on, t.counts_from, done.done_on, done.next_due_on,
    coalesce(driven.since_m, 0) AS since_m, coalesce(driven.since_engine_s, 0) AS since_engine_s,
    coalesce(driven.recent_m, 0) AS recent_m, coalesce(driven.recent_engine_s, 0) AS recent_engine_s
FROM upkeep_task AS t
JOIN vehicle AS v USING (fleet_id, vehicle_id)
LEFT JOIN LATERAL (
    SELECT d.done_on, d.next_due_on FROM upkeep_done AS d
    WHERE d.fleet_id = t.fleet_id AND d.upkeep_task_id = t.upkeep_task_id AND d.withdrawn_at IS NULL
    ORDER BY d.done_on DESC, d.upkeep_done_id DESC LIMIT 1
) AS done ON true
LEFT JOIN LATERAL (
    SELECT
        sum(d.distance_m) FILTER (WHERE d.local_date > coalesce(done.done_on, t.counts_from)) AS since_m,
        sum(d.engine_on_s) FILTER (WHERE d.local_date > coalesce(done.done_on, t.counts_from)) AS since_engine_s,
        sum(d.distance_m) FILTER (WHERE d.local_date > %(today)s::date - %(habit_days)s) AS recent_m,
        sum(d.engine_on_s) FILTER (WHERE d.local_date > %(today)s::date - %(habit_days)s) AS recent_engine_s
    FROM vehicle_day AS d
    WHERE d.fleet_id = t.fleet_id AND d.vehicle_id = t.vehicle_id AND d.local_date <= %(today)s
      AND d.local_date > least(coalesce(done.done_on, t.counts_from), %(today)s::date - %(habit_days)s)
      AND (t.every_km IS NOT NULL OR t.every_hours_h IS NOT NULL)
) AS driven ON true
WHERE t.fleet_id = %(fleet_id)s AND t.archived_at IS NULL AND v.archived_at IS NULL
  AND (%(vehicle_ids)s::integer[] IS NULL OR t.vehicle_id = ANY (%(vehicle_ids)s))
  AND (%(upkeep_task_id)s::integer IS NULL OR t.upkeep_task_id = %(upkeep_task_id)s)
ORDER BY t.upkeep_task_id
