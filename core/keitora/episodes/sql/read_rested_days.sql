-- The rested battery of every truck in service, day by day.
SELECT v.vehicle_id, v.name AS vehicle_name, d.local_date, d.rest_battery_v, d.rest_ambient_temp_c
FROM vehicle AS v
JOIN vehicle_day AS d USING (fleet_id, vehicle_id)
WHERE v.fleet_id = %(fleet_id)s AND v.archived_at IS NULL
  AND d.rest_battery_v IS NOT NULL AND d.local_date > %(after_date)s
ORDER BY v.name, v.vehicle_id, d.local_date
