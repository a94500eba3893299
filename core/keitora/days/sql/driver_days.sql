-- Trips' shares of local days by driver. The newest entry that names a driver at a moment within the trip counts.
SELECT
    share.local_date, who.driver_id, who.name AS driver_name,
    (count(*) FILTER (WHERE share.local_date = (t.started_at AT TIME ZONE f.time_zone)::date))::integer AS trip_count,
    sum(share.distance_m) AS distance_m,
    sum(share.moving_s) AS moving_s,
    sum(share.idle_s) AS idle_s,
    sum(share.engine_known_s) AS engine_known_s,
    sum(share.engine_on_s) AS engine_on_s,
    sum(share.fuel_l) AS fuel_l,
    sum(share.energy_kwh) AS energy_kwh
FROM fleet AS f
JOIN trip_day AS share USING (fleet_id)
JOIN trip AS t USING (fleet_id, vehicle_id, started_at)
LEFT JOIN LATERAL (
    SELECT d.driver_id, d.name
    FROM trip_overlay AS o JOIN driver AS d USING (fleet_id, driver_id)
    WHERE o.fleet_id = t.fleet_id AND o.vehicle_id = t.vehicle_id
      AND o.anchor_at BETWEEN t.started_at AND t.ended_at AND o.withdrawn_at IS NULL
    ORDER BY o.entered_at DESC, o.trip_overlay_id DESC LIMIT 1
) AS who ON true
WHERE f.fleet_id = %(fleet_id)s AND share.local_date >= %(from_date)s AND share.local_date < %(to_date)s
GROUP BY share.local_date, who.driver_id, who.name
ORDER BY share.local_date, who.name, who.driver_id
