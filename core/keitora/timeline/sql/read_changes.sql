-- Each truck's state at from_at or when it is first known, and every change before to_at. The levels are those of
-- model.Level. step: tell even pieces of the zone's local time, each by the most awake thing done in it; NULL: exactly.
WITH truck AS (
    SELECT vehicle_id, fleet_id, name FROM vehicle
    WHERE fleet_id = %(fleet_id)s AND archived_at IS NULL
      AND (%(vehicle_ids)s::integer[] IS NULL OR vehicle_id = ANY (%(vehicle_ids)s))
),
span AS (
    {spans}
    SELECT e.vehicle_id, 0, e.opened_at, e.closed_at
    FROM truck JOIN episode AS e USING (fleet_id, vehicle_id)
    WHERE e.kind = 'silent' AND e.opened_at < %(to_at)s AND (e.closed_at IS NULL OR e.closed_at > %(from_at)s)
    UNION ALL
    -- A stop that lasts is known as far as its truck was heard of: silence for a day is shown as such.
    SELECT l.vehicle_id, 0, l.sampled_at + interval '1 day', NULL
    FROM truck JOIN vehicle_latest AS l USING (fleet_id, vehicle_id)
    WHERE l.sampled_at < %(now)s - interval '1 day' AND l.sampled_at + interval '1 day' < %(to_at)s
),
laid AS (
    SELECT vehicle_id, level,
           range_agg(tstzrange(greatest(started_at, %(from_at)s),
                               greatest(least(ended_at, %(to_at)s), started_at, %(from_at)s))) AS during
    FROM span GROUP BY vehicle_id, level
),
by_truck AS (
    SELECT vehicle_id,
           coalesce(range_agg(during) FILTER (WHERE level = 0), '{}') AS silent,
           coalesce(range_agg(during) FILTER (WHERE level = 1), '{}') AS standing,
           coalesce(range_agg(during) FILTER (WHERE level = 2), '{}') AS charging,
           coalesce(range_agg(during) FILTER (WHERE level = 3), '{}') AS idling,
           coalesce(range_agg(during) FILTER (WHERE level = 4), '{}') AS driving
    FROM laid GROUP BY vehicle_id
),
-- A silence hides everything; an idling lies inside a trip or a stop and hides it; else the more awake is true.
shown AS (
    SELECT vehicle_id, level, during
    FROM by_truck CROSS JOIN LATERAL (VALUES
        (0, silent),
        (3, idling - silent),
        (4, driving - silent - idling),
        (2, charging - silent - idling - driving),
        (1, standing - silent - idling - driving - charging)
    ) AS painted (level, during)
),
stepped AS (
    SELECT vehicle_id, level,
           CASE WHEN %(step)s::interval IS NULL THEN during ELSE (
               SELECT range_agg(tstzrange(begins, greatest(ends, begins)))
               FROM unnest(during) AS r
               CROSS JOIN LATERAL (SELECT
                   time_bucket(%(step)s, lower(r) AT TIME ZONE %(zone)s) AT TIME ZONE %(zone)s AS first_at,
                   (time_bucket(%(step)s, (upper(r) - interval '1 microsecond') AT TIME ZONE %(zone)s)
                    + %(step)s::interval) AT TIME ZONE %(zone)s AS last_at
               ) AS clock
               -- What the clock shows twice is read as its second time; a piece begins and ends with the first. `again`
               -- is the moment at which the clock showed the same by what it was set to a day before.
               CROSS JOIN LATERAL (SELECT
                   first_at - (interval '24 hours' - ((first_at AT TIME ZONE %(zone)s)
                               - ((first_at - interval '24 hours') AT TIME ZONE %(zone)s))) AS first_again_at,
                   last_at - (interval '24 hours' - ((last_at AT TIME ZONE %(zone)s)
                              - ((last_at - interval '24 hours') AT TIME ZONE %(zone)s))) AS last_again_at
               ) AS before
               CROSS JOIN LATERAL (SELECT
                   least(greatest(CASE WHEN first_again_at AT TIME ZONE %(zone)s = first_at AT TIME ZONE %(zone)s
                                  THEN first_again_at ELSE first_at END, %(from_at)s), %(to_at)s) AS begins,
                   least(CASE WHEN last_again_at AT TIME ZONE %(zone)s = last_at AT TIME ZONE %(zone)s
                              AND last_again_at >= upper(r)
                         THEN last_again_at ELSE last_at END, %(to_at)s) AS ends
               ) AS piece
           ) END AS during
    FROM shown
),
again AS (
    SELECT vehicle_id,
           coalesce(range_agg(during) FILTER (WHERE level = 0), '{}') AS silent,
           coalesce(range_agg(during) FILTER (WHERE level = 1), '{}') AS standing,
           coalesce(range_agg(during) FILTER (WHERE level = 2), '{}') AS charging,
           coalesce(range_agg(during) FILTER (WHERE level = 3), '{}') AS idling,
           coalesce(range_agg(during) FILTER (WHERE level = 4), '{}') AS driving
    FROM stepped GROUP BY vehicle_id
),
told AS (
    SELECT vehicle_id, level, lower(r) AS at
    FROM again CROSS JOIN LATERAL (VALUES
        (4, driving),
        (3, idling - driving),
        (2, charging - driving - idling),
        (1, standing - driving - idling - charging),
        (0, silent - driving - idling - charging - standing)
    ) AS painted (level, during) CROSS JOIN LATERAL unnest(painted.during) AS r
    UNION ALL
    -- Where nothing holds any more, nothing is known.
    SELECT vehicle_id, NULL, upper(r)
    FROM again CROSS JOIN LATERAL unnest(silent + standing + charging + idling + driving) AS r
)
SELECT told.at, told.vehicle_id, truck.name, told.level
FROM told JOIN truck USING (vehicle_id)
WHERE told.at < %(to_at)s
ORDER BY told.at, told.vehicle_id
