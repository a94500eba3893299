-- Parts of days and months that nothing changed of since they were made, with no word of people on which trips there are.
part AS (
    SELECT m.number, p.*
    FROM month AS m
    JOIN stat_month AS p ON p.month = m.month
    WHERE p.fleet_id = %(fleet_id)s AND p.basis = %(basis)s
    UNION ALL
    SELECT d.number, p.*, (p.trip_count > 0)::integer
    FROM day AS d
    JOIN stat_part AS p ON p.local_date = d.local_date
    WHERE p.fleet_id = %(fleet_id)s AND p.basis = %(basis)s AND p.local_date = ANY (%(loose_dates)s::date[])
      AND NOT d.in_month
),
piece_episode AS (
    SELECT NULL::integer AS vehicle_id, NULL::date AS local_date, NULL::integer AS driver_id, NULL::text AS purpose,
        NULL::text AS kind, NULL::bigint AS count
    WHERE false
),
