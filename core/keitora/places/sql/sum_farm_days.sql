-- A truck's farm days: its trace over the given times, each leg by the share of its time. Rounded, so that the order in
-- which the database adds up does not show.
WITH span AS (
    SELECT *
    FROM unnest(%(dates)s::date[], %(froms)s::timestamptz[], %(tos)s::timestamptz[]) AS s (local_date, from_at, to_at)
),
part AS (
    SELECT s.local_date, t.*, overlap.lasted_s / t.lasted_s AS share
    FROM span AS s
    CROSS JOIN LATERAL (
        (
            SELECT * FROM trace
            WHERE vehicle_id = %(vehicle_id)s AND at > s.from_at AND at < s.to_at AND lat IS NOT NULL
            ORDER BY at OFFSET 0 -- one look into the index for each span, however many the planner expects
        )
        UNION ALL
        (
            SELECT * FROM trace -- the leg under way at the end
            WHERE vehicle_id = %(vehicle_id)s AND at >= s.to_at AND lat IS NOT NULL
            ORDER BY at LIMIT 1
        )
    ) AS t
    CROSS JOIN LATERAL (
        SELECT extract(
            epoch FROM least(t.at, s.to_at) - greatest(t.at - make_interval(secs => t.lasted_s), s.from_at)
        )::double precision AS lasted_s
    ) AS overlap
    WHERE t.lasted_s > 0 AND overlap.lasted_s > 0
)
INSERT INTO farm_day (
    vehicle_id, fleet_id, local_date, inside_s, moving_s, engine_on_s, engine_known_s, distance_m, fuel_l, fuel_known_s,
    energy_kwh, energy_known_s, gap_s
)
SELECT
    %(vehicle_id)s, %(fleet_id)s, day.local_date,
    day.inside_s,
    coalesce(round(sum(p.moving_s * p.share)::numeric, 3), 0),
    coalesce(round(sum(p.engine_on_s * p.share)::numeric, 3), 0),
    coalesce(round(sum(p.engine_known_s * p.share)::numeric, 3), 0),
    coalesce(round(sum(p.distance_m * p.share)::numeric, 3), 0),
    coalesce(round(sum(p.fuel_l * p.share)::numeric, 6), 0),
    coalesce(round(sum(p.fuel_known_s * p.share)::numeric, 3), 0),
    coalesce(round(sum(p.energy_kwh * p.share)::numeric, 6), 0),
    coalesce(round(sum(p.energy_known_s * p.share)::numeric, 3), 0),
    coalesce(round(sum(p.gap_s * p.share)::numeric, 3), 0)
FROM (
    SELECT local_date, sum(extract(epoch FROM to_at - from_at))::double precision AS inside_s
    FROM span GROUP BY local_date
) AS day
LEFT JOIN part AS p USING (local_date)
GROUP BY day.local_date, day.inside_s
