-- The charges of some trucks, each within a time, and those before and after that might take an entry from them: one
-- follows the other without a pause that is longer than `apart`.
WITH RECURSIVE asked AS (
    SELECT * FROM unnest(%(vehicle_ids)s::integer[], %(from_ats)s::timestamptz[], %(to_ats)s::timestamptz[])
        AS asked (vehicle_id, from_at, to_at)
), before AS (
    SELECT vehicle_id, from_at AS at FROM asked
    UNION ALL
    SELECT before.vehicle_id, c.started_at
    FROM before
    CROSS JOIN LATERAL (
        SELECT charge.started_at, charge.heard_at FROM charge
        WHERE charge.vehicle_id = before.vehicle_id AND charge.started_at < before.at
        ORDER BY charge.started_at DESC LIMIT 1
    ) AS c
    WHERE c.heard_at >= before.at - %(apart)s::interval
), after AS (
    SELECT vehicle_id, to_at AS at FROM asked
    UNION ALL
    SELECT after.vehicle_id, c.started_at
    FROM after
    JOIN charge AS reached ON reached.vehicle_id = after.vehicle_id AND reached.started_at = after.at
    CROSS JOIN LATERAL (
        SELECT charge.started_at FROM charge
        WHERE charge.vehicle_id = after.vehicle_id AND charge.started_at > after.at
        ORDER BY charge.started_at LIMIT 1
    ) AS c
    WHERE c.started_at <= reached.heard_at + %(apart)s::interval
), whole AS (
    SELECT vehicle_id, min(at) AS from_at, max(at) AS to_at
    FROM (SELECT vehicle_id, at FROM before UNION ALL SELECT vehicle_id, at FROM after) AS edges
    GROUP BY vehicle_id
)
SELECT c.vehicle_id, c.started_at, c.ended_at, c.heard_at, c.lat, c.lon, c.from_soc_pct, c.to_soc_pct, c.measured_kwh,
       c.hv_voltage_v
FROM whole
JOIN charge AS c ON c.vehicle_id = whole.vehicle_id AND c.started_at BETWEEN whole.from_at AND whole.to_at
WHERE c.fleet_id = %(fleet_id)s
ORDER BY c.started_at, c.vehicle_id
