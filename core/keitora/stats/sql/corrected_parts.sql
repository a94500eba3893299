-- Parts as people corrected them, and of days that something changed of since their parts were made: worked out now.
change AS MATERIALIZED (
    SELECT * FROM unnest(
        %(change_vehicles)s::integer[], %(change_dates)s::date[], %(change_counts)s::integer[], %(change_m)s::float8[]
    ) AS c (vehicle_id, local_date, trip_count, distance_m)
),
stale AS MATERIALIZED (
    SELECT m.vehicle_id, d.at::date AS local_date
    FROM stat_stale AS m
    CROSS JOIN LATERAL generate_series(
        greatest(m.from_date, %(from_date)s::date)::timestamp,
        least(m.to_date, %(to_date)s::date)::timestamp - interval '1 day', interval '1 day'
    ) AS d (at)
    WHERE m.fleet_id = %(fleet_id)s AND m.from_date < %(to_date)s AND m.to_date > %(from_date)s
    UNION
    SELECT a.vehicle_id, a.local_date
    FROM unnest(%(apart_vehicles)s::integer[], %(apart_dates)s::date[]) AS a (vehicle_id, local_date)
    UNION
    SELECT c.vehicle_id, c.local_date FROM change AS c
),
piece AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(pieces)s) AS p (
        vehicle_id integer, started_at timestamptz, from_at timestamptz, to_at timestamptz, local_date date,
        is_first boolean, driver_id integer, purpose text, distance_m float8, moving_s float8, idle_s float8,
        gap_s float8, engine_known_s float8, engine_on_s float8, max_speed_kmh float8, fuel_l float8,
        fuel_plus_minus_l float8, measured_l float8, maf_l float8, speed_density_l float8, absolute_load_l float8,
        road_load_l float8, fuel_known_s float8, energy_kwh float8, cost float8, cost_plus_minus float8,
        idle_cost float8, co2_kg float8
    )
),
-- What happened as one piece ends and the next begins is the next one's.
piece_episode AS (
    SELECT e.vehicle_id, e.local_date, e.driver_id, e.purpose, e.kind, count(*) AS count
    FROM (
        SELECT DISTINCT ON (p.vehicle_id, e.kind, e.opened_at)
            p.vehicle_id, p.driver_id, p.purpose, e.kind, e.opened_at,
            (e.opened_at AT TIME ZONE b.time_zone)::date AS local_date
        FROM bounds AS b
        CROSS JOIN piece AS p
        JOIN episode AS e
            ON e.vehicle_id = p.vehicle_id AND e.opened_at BETWEEN p.from_at AND p.to_at AND e.fleet_id = b.fleet_id
        ORDER BY p.vehicle_id, e.kind, e.opened_at, p.from_at DESC
    ) AS e
    GROUP BY e.vehicle_id, e.local_date, e.driver_id, e.purpose, e.kind
),
stale_month AS MATERIALIZED (
    SELECT DISTINCT s.vehicle_id, m.number, m.month
    FROM stale AS s JOIN month AS m ON m.month = date_trunc('month', s.local_date)::date
),
part AS (
    SELECT m.number, p.*
    FROM month AS m
    JOIN stat_month AS p ON p.month = m.month
    WHERE p.fleet_id = %(fleet_id)s AND p.basis = %(basis)s
      AND (p.vehicle_id, p.month) NOT IN (SELECT s.vehicle_id, s.month FROM stale_month AS s)
    UNION ALL
    SELECT d.number, p.*, (p.trip_count > 0)::integer
    FROM day AS d
    JOIN stat_part AS p ON p.local_date = d.local_date
    WHERE p.fleet_id = %(fleet_id)s AND p.basis = %(basis)s AND p.local_date = ANY (%(loose_dates)s::date[])
      AND NOT d.in_month
      AND (p.vehicle_id, p.local_date) NOT IN (SELECT s.vehicle_id, s.local_date FROM stale AS s)
    UNION ALL
    SELECT m.number, p.*, (p.trip_count > 0)::integer
    FROM stale_month AS m
    JOIN stat_part AS p
        ON p.vehicle_id = m.vehicle_id AND p.local_date >= m.month
        AND p.local_date < (m.month + interval '1 month')::date
    WHERE p.fleet_id = %(fleet_id)s AND p.basis = %(basis)s
      AND (p.vehicle_id, p.local_date) NOT IN (SELECT s.vehicle_id, s.local_date FROM stale AS s)
    UNION ALL
    SELECT
        d.number, p.vehicle_id, p.local_date, p.fleet_id, p.basis, p.driver_id, p.purpose, p.place_id,
        p.trip_count + coalesce(c.trip_count, 0), p.visit_count, p.inside_s, said.distance_m,
        p.moving_s, p.idle_s, p.gap_s, p.engine_known_s, p.engine_on_s, p.max_speed_kmh,
        p.fuel_l, p.fuel_plus_minus_l, p.measured_l, p.maf_l, p.speed_density_l, p.absolute_load_l, p.road_load_l,
        p.fuel_known_s,
        CASE WHEN said.is_changed AND p.economy_l IS NOT NULL THEN said.distance_m ELSE p.economy_m END, p.economy_l,
        p.energy_kwh, p.cost, p.cost_plus_minus, p.idle_cost, p.co2_kg,
        CASE WHEN said.is_changed AND p.cost IS NOT NULL THEN said.distance_m ELSE p.cost_m END, p.episode_counts,
        (p.trip_count + coalesce(c.trip_count, 0) > 0)::integer
    FROM stale
    JOIN day AS d ON d.local_date = stale.local_date
    CROSS JOIN LATERAL {live} AS p
    LEFT JOIN change AS c ON c.vehicle_id = p.vehicle_id AND c.local_date = p.local_date
    CROSS JOIN LATERAL (
        SELECT
            c.distance_m <> 0 AS is_changed,
            CASE WHEN c.distance_m <> 0 THEN coalesce(p.distance_m, 0) + c.distance_m ELSE p.distance_m END AS distance_m
    ) AS said
    WHERE p.fleet_id = %(fleet_id)s
    UNION ALL
    SELECT
        d.number, p.vehicle_id, p.local_date, NULL, 'trips', p.driver_id, p.purpose, NULL, p.is_first::integer, NULL, NULL,
        p.distance_m, p.moving_s, p.idle_s, p.gap_s, p.engine_known_s, p.engine_on_s, p.max_speed_kmh,
        p.fuel_l, p.fuel_plus_minus_l, p.measured_l, p.maf_l, p.speed_density_l, p.absolute_load_l, p.road_load_l,
        p.fuel_known_s, CASE WHEN known.enough THEN p.distance_m END, CASE WHEN known.enough THEN p.fuel_l END,
        p.energy_kwh, p.cost, p.cost_plus_minus, p.idle_cost, p.co2_kg,
        CASE WHEN p.cost IS NOT NULL THEN p.distance_m END, NULL, NULL
    FROM piece AS p
    JOIN day AS d ON d.local_date = p.local_date
    CROSS JOIN LATERAL (
        SELECT p.distance_m IS NOT NULL AND is_fuel_known(p.fuel_l, p.fuel_known_s, p.engine_on_s) AS enough
    ) AS known
),
