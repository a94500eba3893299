-- The first assignment of a device that shares time with a span.
SELECT d.device_key, v.name, lower(a.during), upper(a.during)
FROM device_assignment AS a
JOIN device AS d USING (device_id)
JOIN vehicle AS v USING (vehicle_id)
WHERE a.device_id = %(device_id)s AND a.during && %(during)s
ORDER BY lower(a.during) NULLS FIRST
LIMIT 1
