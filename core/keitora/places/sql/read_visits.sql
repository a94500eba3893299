-- A fleet's visits that touch a time, newest first.
SELECT
    s.vehicle_id, v.name AS vehicle_name, s.place_id, p.name AS place_name, p.kind AS place_kind, p.on_farm,
    s.entered_at, s.left_at, s.inside_s, s.away_s, s.moving_s,
    CASE WHEN s.engine_known_s > 0 THEN s.engine_on_s END AS engine_on_s,
    s.distance_m,
    told.fuel_l,
    CASE WHEN s.energy_known_s > 0 THEN s.energy_kwh END AS energy_kwh,
    s.gap_s, money.cost
FROM visit AS s
JOIN vehicle AS v USING (fleet_id, vehicle_id)
JOIN place AS p USING (fleet_id, place_id)
JOIN fleet AS f USING (fleet_id)
CROSS JOIN LATERAL (
    SELECT (s.entered_at AT TIME ZONE f.time_zone)::date AS local_date
) AS day
CROSS JOIN LATERAL (
    SELECT CASE WHEN s.fuel_known_s > 0 THEN s.fuel_l * told_ratio(s.vehicle_id, day.local_date) END AS fuel_l,
           CASE WHEN s.energy_known_s > 0 THEN s.energy_kwh END AS energy_kwh
) AS told
CROSS JOIN LATERAL told_cost(s.vehicle_id, day.local_date, told.fuel_l, NULL, NULL, told.energy_kwh) AS money
WHERE s.fleet_id = %(fleet_id)s AND s.is_visit AND p.archived_at IS NULL
  AND (%(vehicle_ids)s::integer[] IS NULL OR s.vehicle_id = ANY (%(vehicle_ids)s))
  AND (%(place_ids)s::integer[] IS NULL OR s.place_id = ANY (%(place_ids)s))
  AND (%(to_at)s::timestamptz IS NULL OR s.entered_at < %(to_at)s)
  AND (%(from_at)s::timestamptz IS NULL OR s.left_at IS NULL OR s.left_at > %(from_at)s)
  AND (%(after_at)s::timestamptz IS NULL
       OR (s.entered_at, s.vehicle_id, s.place_id)
          < (%(after_at)s, %(after_vehicle_id)s::integer, %(after_place_id)s::integer))
ORDER BY s.entered_at DESC, s.vehicle_id DESC, s.place_id DESC
LIMIT %(limit)s
