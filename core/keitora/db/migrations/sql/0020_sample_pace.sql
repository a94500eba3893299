SET LOCAL lock_timeout = '5s';

-- How many samples a day come now, by the days they were taken on: each truck's of the last 35 days, by the days since
-- its first sample if that is not so long ago. So a truck's first day is not thinned by the days before it, and what is
-- brought in of old counts for the days it is of, not for today. A truck's first 24 hours count as a day.
-- in_ranges: how many samples the days of these ranges have. Over all fleets, and of no use for telling one.
CREATE FUNCTION sample_pace(ranges tstzmultirange, OUT samples_per_day float8, OUT in_ranges bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
    WITH heard AS (
        SELECT d.vehicle_id, d.sample_count, d.local_date > (now() - interval '35 days')::date AS is_recent,
               sample_pace.ranges @> (d.local_date::timestamp AT TIME ZONE 'UTC') AS is_in
        FROM public.vehicle AS v JOIN public.vehicle_day AS d USING (vehicle_id)
        WHERE d.local_date > (now() - interval '43 days')::date
    ),
    truck AS (
        SELECT h.vehicle_id, sum(h.sample_count) FILTER (WHERE h.is_recent) AS recent,
               sum(h.sample_count) FILTER (WHERE h.is_in) AS in_ranges
        FROM heard AS h GROUP BY h.vehicle_id
    )
    SELECT sum(t.recent / greatest(1, least(35, extract(epoch FROM now() - f.first_at) / 86400))), sum(t.in_ranges)::bigint
    FROM truck AS t
    CROSS JOIN LATERAL (
        SELECT least((SELECT min(s.started_at) FROM public.stop AS s WHERE s.vehicle_id = t.vehicle_id),
                     (SELECT min(r.started_at) FROM public.trip AS r WHERE r.vehicle_id = t.vehicle_id)) AS first_at
    ) AS f;
END;
REVOKE ALL ON FUNCTION sample_pace(tstzmultirange) FROM public;
GRANT EXECUTE ON FUNCTION sample_pace(tstzmultirange) TO keitora_api;
