-- At which place a truck was at a moment: the smallest of those it was at. Also stays too short for a visit count.
SELECT m.vehicle_id, m.at, p.place_id, p.name, p.excuses_idling
FROM unnest(%(vehicle_ids)s::integer[], %(ats)s::timestamptz[]) AS m (vehicle_id, at)
CROSS JOIN LATERAL (
    SELECT place.place_id, place.name, bool_or(place.excuses_idling) OVER () AS excuses_idling
    FROM places_at(%(fleet_id)s, m.vehicle_id, m.at) AS was JOIN place USING (place_id)
    WHERE place.fleet_id = %(fleet_id)s AND place.archived_at IS NULL
    ORDER BY place.area_m2, place.place_id
    LIMIT 1
) AS p
