-- Litres estimated for a truck between two moments, by method: trips and stops, those that reach across an end in part.
-- A part is measured by the trace's litres (a fill-up in mid-trip divides the trip where it was), else by time.
WITH piece AS (
    SELECT started_at, ended_at, engine_on_s, fuel_known_s,
           measured_l, maf_l, speed_density_l, absolute_load_l, road_load_l
    FROM trip WHERE vehicle_id = %(vehicle_id)s AND started_at < %(to_at)s AND ended_at > %(from_at)s
    UNION ALL
    SELECT started_at, coalesce(ended_at, greatest(started_at, %(to_at)s)), engine_on_s, fuel_known_s,
           measured_l, maf_l, speed_density_l, absolute_load_l, road_load_l
    FROM stop WHERE vehicle_id = %(vehicle_id)s AND started_at < %(to_at)s AND coalesce(ended_at, 'infinity') > %(from_at)s
), shared AS (
    SELECT piece.*, CASE
        WHEN started_at >= %(from_at)s AND ended_at <= %(to_at)s THEN 1
        ELSE coalesce(
            (
                SELECT sum(fuel_l) FILTER (WHERE at > %(from_at)s AND at <= %(to_at)s) / nullif(sum(fuel_l), 0)
                FROM trace WHERE vehicle_id = %(vehicle_id)s AND at > piece.started_at AND at <= piece.ended_at
            ),
            extract(epoch FROM least(ended_at, %(to_at)s) - greatest(started_at, %(from_at)s))
                / nullif(extract(epoch FROM ended_at - started_at), 0),
            0
        ) END AS share
    FROM piece
)
SELECT
    coalesce(sum(measured_l * share), 0)::float8 AS measured_l,
    coalesce(sum(maf_l * share), 0)::float8 AS maf_l,
    coalesce(sum(speed_density_l * share), 0)::float8 AS speed_density_l,
    coalesce(sum(absolute_load_l * share), 0)::float8 AS absolute_load_l,
    coalesce(sum(road_load_l * share), 0)::float8 AS road_load_l,
    coalesce(sum(engine_on_s * share), 0)::float8 AS engine_on_s,
    coalesce(sum(fuel_known_s * share), 0)::float8 AS fuel_known_s
FROM shared
