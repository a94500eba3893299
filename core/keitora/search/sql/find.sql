-- What of a fleet holds a word, whatever the case of its letters; a few of each kind. Notes come with where they belong.
SELECT * FROM (
    (
        SELECT 1 AS rank, 'vehicle' AS kind, v.vehicle_id AS id, v.name AS title, v.plate AS detail,
            v.vehicle_id, NULL::timestamptz AS at
        FROM vehicle AS v
        WHERE v.fleet_id = %(fleet_id)s AND v.archived_at IS NULL
          AND concat_ws(' ', v.name, v.plate, v.maker, v.model, v.chassis_code) ILIKE %(pattern)s
        ORDER BY v.name LIMIT %(limit)s
    ) UNION ALL (
        SELECT 2, 'place', p.place_id, p.name, p.kind, NULL, NULL
        FROM place AS p
        WHERE p.fleet_id = %(fleet_id)s AND p.archived_at IS NULL AND p.name ILIKE %(pattern)s
        ORDER BY p.name LIMIT %(limit)s
    ) UNION ALL (
        SELECT 3, 'driver', d.driver_id, d.name, NULL, NULL, NULL
        FROM driver AS d
        WHERE d.fleet_id = %(fleet_id)s AND d.archived_at IS NULL AND d.name ILIKE %(pattern)s
        ORDER BY d.name LIMIT %(limit)s
    ) UNION ALL (
        SELECT 4, 'trip_note', o.trip_overlay_id, o.note, v.name, o.vehicle_id, t.started_at
        FROM trip_overlay AS o
        JOIN vehicle AS v USING (fleet_id, vehicle_id)
        JOIN LATERAL (
            SELECT trip.started_at, trip.ended_at FROM trip
            WHERE trip.fleet_id = o.fleet_id AND trip.vehicle_id = o.vehicle_id AND trip.started_at <= o.anchor_at
            ORDER BY trip.started_at DESC LIMIT 1
        ) AS t ON t.ended_at >= o.anchor_at
        WHERE o.fleet_id = %(fleet_id)s AND o.withdrawn_at IS NULL AND o.note ILIKE %(pattern)s
          AND %(with_notes)s
        ORDER BY o.anchor_at DESC LIMIT %(limit)s
    ) UNION ALL (
        SELECT 5, 'fill_up', f.fill_up_id, concat_ws(' · ', f.station, f.note), v.name, f.vehicle_id, f.filled_at
        FROM fill_up AS f
        JOIN vehicle AS v USING (fleet_id, vehicle_id)
        WHERE f.fleet_id = %(fleet_id)s AND f.withdrawn_at IS NULL
          AND concat_ws(' · ', f.station, f.note) ILIKE %(pattern)s AND %(with_notes)s
        ORDER BY f.filled_at DESC LIMIT %(limit)s
    ) UNION ALL (
        SELECT 6, 'upkeep', u.upkeep_task_id, u.name, v.name, u.vehicle_id, NULL
        FROM upkeep_task AS u
        JOIN vehicle AS v USING (fleet_id, vehicle_id)
        WHERE u.fleet_id = %(fleet_id)s AND u.archived_at IS NULL AND u.name ILIKE %(pattern)s
        ORDER BY u.upkeep_task_id LIMIT %(limit)s
    )
) AS found
ORDER BY rank, at DESC NULLS FIRST, title, id
