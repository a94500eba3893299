-- Close the books of trucks whose samples are older than they are kept: at the newest settled state of that age, or where
-- the truck stands if it was not heard since. What lies in weeks that end before the next sample may go then. A truck
-- waits while something older is to be derived still. Only trucks whose state this transaction has locked.
WITH week AS MATERIALIZED (
    SELECT range_end FROM timescaledb_information.chunks WHERE hypertable_name = 'sample'
),
held AS MATERIALIZED (
    SELECT d.vehicle_id, d.fleet_id, d.last_sample_at, d.state, h.kept_from
    FROM fleet AS f
    CROSS JOIN LATERAL (SELECT nullif(coalesce(f.keep_samples_days, %(keep_days)s::integer), 0) AS days) AS k
    CROSS JOIN LATERAL (SELECT %(now)s - make_interval(days => k.days) AS kept_from) AS h
    JOIN derive_state AS d USING (fleet_id)
    WHERE k.days > 0 AND d.vehicle_id = ANY (%(held)s)
),
due AS (
    SELECT h.vehicle_id, h.fleet_id, s.closed_at, w.before
    FROM held AS h
    LEFT JOIN closed_books AS b USING (vehicle_id)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN h.last_sample_at <= h.kept_from THEN h.last_sample_at ELSE (
            SELECT max(c.last_sample_at) FROM derive_checkpoint AS c
            WHERE c.vehicle_id = h.vehicle_id AND c.last_sample_at <= h.kept_from
        ) END AS closed_at
    ) AS s
    CROSS JOIN LATERAL (
        SELECT max(week.range_end) AS before FROM week
        WHERE week.range_end <= h.kept_from AND week.range_end <= coalesce(
            (SELECT min(n.sampled_at) FROM sample AS n WHERE n.vehicle_id = h.vehicle_id AND n.sampled_at > s.closed_at),
            'infinity'
        )
    ) AS w
    WHERE s.closed_at IS NOT NULL AND w.before > coalesce(b.dropped_before, '-infinity')
      AND EXISTS (SELECT FROM sample AS o WHERE o.vehicle_id = h.vehicle_id AND o.sampled_at < w.before)
),
closed AS (
    INSERT INTO closed_books AS b (vehicle_id, fleet_id, closed_at, dropped_before)
    SELECT vehicle_id, fleet_id, closed_at, before FROM due
    WHERE NOT EXISTS (
        SELECT FROM derive_touch AS t WHERE t.vehicle_id = due.vehicle_id AND t.touched_from <= due.closed_at
    )
    ON CONFLICT (vehicle_id) DO UPDATE SET
        closed_at = greatest(b.closed_at, excluded.closed_at), dropped_before = excluded.dropped_before
    RETURNING vehicle_id, closed_at
),
-- The state that folds begin with from now on stands among the checkpoints; those before it lead nowhere any more.
kept AS (
    INSERT INTO derive_checkpoint (vehicle_id, last_sample_at, state)
    SELECT c.vehicle_id, c.closed_at, h.state FROM closed AS c
    JOIN held AS h ON h.vehicle_id = c.vehicle_id AND h.last_sample_at = c.closed_at
    ON CONFLICT DO NOTHING
),
forgotten AS (
    DELETE FROM derive_checkpoint AS p USING closed AS c
    WHERE p.vehicle_id = c.vehicle_id AND p.last_sample_at < c.closed_at
)
SELECT count(*) FROM closed
