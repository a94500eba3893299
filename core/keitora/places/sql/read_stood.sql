-- Where a fleet's trucks stood, and how long: stops within about ten metres together, for a yard has a thousand a year.
SELECT
    avg(s.lat) AS lat, avg(s.lon) AS lon, count(*) AS stop_count, array_agg(DISTINCT s.vehicle_id) AS vehicle_ids,
    sum(s.lasted_s) AS stood_s, max(s.lasted_s) AS longest_s, min(s.started_at) AS first_at, max(s.started_at) AS last_at
FROM (
    SELECT
        vehicle_id, started_at, lat, lon,
        extract(epoch FROM coalesce(ended_at, %(now)s) - started_at)::double precision AS lasted_s
    FROM stop
    WHERE fleet_id = %(fleet_id)s AND started_at >= %(since)s AND lat IS NOT NULL AND lon IS NOT NULL
      AND coalesce(ended_at, %(now)s) > started_at
) AS s
GROUP BY round(s.lat * 10000), round(s.lon * 10000)
