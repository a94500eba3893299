-- What each truck that burns fuel used, was filled with, and holds more than before, over some of its fleet's local days.
WITH bounds AS (
    SELECT fleet_id, %(from_date)s::date::timestamp AT TIME ZONE time_zone AS from_at,
           %(to_date)s::date::timestamp AT TIME ZONE time_zone AS to_at
    FROM fleet WHERE fleet_id = %(fleet_id)s
)
SELECT
    v.vehicle_id, v.name AS vehicle_name, used.fuel_l AS used_l, used.plus_minus_l AS used_plus_minus_l,
    CASE WHEN levels.count > 1 THEN (levels.last_pct - levels.first_pct) * v.tank_l / 100 END::float8 AS level_change_l,
    coalesce(filled.volume_l, 0)::float8 AS filled_l
FROM bounds AS b
JOIN vehicle AS v USING (fleet_id)
CROSS JOIN LATERAL (
    SELECT sum(fuel_l) AS fuel_l, sum(fuel_plus_minus_l) AS plus_minus_l FROM told_day
    WHERE told_day.fleet_id = b.fleet_id AND told_day.vehicle_id = v.vehicle_id
      AND local_date >= %(from_date)s AND local_date < %(to_date)s
) AS used
CROSS JOIN LATERAL (
    SELECT count(*) AS count, (array_agg(first_pct ORDER BY started_at))[1] AS first_pct,
           (array_agg(last_pct ORDER BY started_at DESC))[1] AS last_pct
    FROM tank_level
    WHERE tank_level.vehicle_id = v.vehicle_id AND started_at >= b.from_at AND started_at < b.to_at
) AS levels
CROSS JOIN LATERAL (
    SELECT sum(volume_l) AS volume_l FROM fill_up
    WHERE fill_up.vehicle_id = v.vehicle_id AND withdrawn_at IS NULL AND filled_at >= b.from_at AND filled_at < b.to_at
) AS filled
WHERE v.energy <> 'electric' AND v.archived_at IS NULL
  AND (%(vehicle_ids)s::integer[] IS NULL OR v.vehicle_id = ANY (%(vehicle_ids)s))
ORDER BY v.vehicle_id
