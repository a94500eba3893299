-- The legs of a truck's trace that may touch a rectangle: of the times it was in the cells about it, those whose own
-- rectangle meets it. Runs that overlap or meet are looked at as one.
WITH part AS (
    SELECT row_number() OVER () AS number, lower(during) AS from_at, upper(during) AS to_at
    FROM (
        SELECT unnest(range_agg(tstzrange(from_at, to_at, '[]'))) AS during
        FROM trace_cell WHERE vehicle_id = %(vehicle_id)s AND cell = ANY (%(cells)s)
    ) AS merged
),
leg AS (
    SELECT
        t.*,
        lag(t.at) OVER course AS start_at, lag(t.lat) OVER course AS start_lat, lag(t.lon) OVER course AS start_lon
    FROM part AS p
    CROSS JOIN LATERAL (
        SELECT * FROM trace WHERE vehicle_id = %(vehicle_id)s AND at BETWEEN p.from_at AND p.to_at AND lat IS NOT NULL
        ORDER BY at OFFSET 0 -- one look into the index for each part, however many parts the planner expects
    ) AS t
    WINDOW course AS (PARTITION BY p.number ORDER BY t.at)
)
SELECT
    (extract(epoch FROM start_at) * 1000)::bigint, start_lat, start_lon,
    (extract(epoch FROM at) * 1000)::bigint, lat, lon, altitude_m, speed_kmh,
    kind, lasted_s, distance_m, moving_s, engine_on_s, engine_known_s, fuel_l, fuel_known_s, energy_kwh, energy_known_s,
    gap_s
FROM leg
WHERE start_at IS NOT NULL
  AND least(start_lon, lon) <= %(east)s AND greatest(start_lon, lon) >= %(west)s
  AND least(start_lat, lat) <= %(north)s AND greatest(start_lat, lat) >= %(south)s
ORDER BY at
