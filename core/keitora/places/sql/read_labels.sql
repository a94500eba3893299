-- At which place a truck was at a moment: the smallest of those it was at. Also stays too short for a visit count.
SELECT m.vehicle_id, m.at, p.place_id, p.name, p.excuses_idling
FROM unnest(%(vehicle_ids)s::integer[], %(ats)s::timestamptz[]) AS m (vehicle_id, at)
CROSS JOIN LATERAL (
    SELECT place.place_id, place.name, bool_or(place.excuses_idling) OVER () AS excuses_idling
    FROM visit JOIN place USING (fleet_id, place_id)
    WHERE visit.fleet_id = %(fleet_id)s AND visit.vehicle_id = m.vehicle_id AND place.archived_at IS NULL
      AND tstzrange(visit.entered_at, visit.left_at, '[]') @> m.at
    ORDER BY place.area_m2, place.place_id
    LIMIT 1
) AS p
