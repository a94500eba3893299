-- What part of a trip's sums lay before a moment in it, and where the truck was then. The leg under way is shared by time.
WITH leg AS (
    SELECT
        t.*,
        CASE WHEN t.lasted_s > 0 THEN
            1 - least(1, greatest(0, extract(epoch FROM t.at - %(at)s)::double precision / t.lasted_s))
        ELSE (t.at <= %(at)s)::integer END AS share
    FROM trace AS t
    WHERE t.fleet_id = %(fleet_id)s AND t.vehicle_id = %(vehicle_id)s
      AND t.at > %(from_at)s AND t.at <= %(to_at)s
)
SELECT
    coalesce(sum(lasted_s * share) / nullif(sum(lasted_s), 0), 0) AS time,
    coalesce(sum(distance_m * share) / nullif(sum(distance_m), 0), 0) AS distance,
    coalesce(sum(moving_s * share) / nullif(sum(moving_s), 0), 0) AS moving,
    coalesce(sum(engine_on_s * share) / nullif(sum(engine_on_s), 0), 0) AS engine,
    coalesce(sum(fuel_l * share) / nullif(sum(fuel_l), 0), 0) AS fuel,
    (SELECT lat FROM leg ORDER BY abs(extract(epoch FROM at - %(at)s)) LIMIT 1) AS lat,
    (SELECT lon FROM leg ORDER BY abs(extract(epoch FROM at - %(at)s)) LIMIT 1) AS lon
FROM leg
HAVING sum(lasted_s) > 0
