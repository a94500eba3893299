-- Where a fleet's trucks stood, and how long.
SELECT
    vehicle_id, started_at AS at, lat, lon,
    extract(epoch FROM coalesce(ended_at, %(now)s) - started_at)::double precision AS lasted_s
FROM stop
WHERE fleet_id = %(fleet_id)s AND started_at >= %(since)s AND lat IS NOT NULL AND lon IS NOT NULL
  AND coalesce(ended_at, %(now)s) > started_at
