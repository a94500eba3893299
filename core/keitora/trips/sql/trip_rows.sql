-- A fleet's trips; the statements in queries.py go on from here with AND, ORDER BY and LIMIT.
SELECT
    t.vehicle_id, v.name AS vehicle_name, t.started_at, t.ended_at,
    t.start_lat, t.start_lon, t.end_lat, t.end_lon,
    t.distance_m, t.distance_source, t.distance_second_m,
    t.moving_s, t.idle_s, t.gap_s, t.max_speed_kmh, t.climb_m, t.engine_known_s, t.engine_on_s,
    told.fuel_l, told.plus_minus_l AS fuel_plus_minus_l, told.calibrated_ratio AS fuel_calibrated_ratio,
    t.measured_l, t.maf_l, t.speed_density_l, t.absolute_load_l, t.road_load_l,
    t.fuel_method, t.fuel_known_s,
    energy.energy_kwh, energy.plus_minus_kwh AS energy_plus_minus_kwh, t.energy_method, t.soc_from_pct, t.soc_to_pct,
    standing.idle_l, money.cost, money.cost_plus_minus, money.idle_cost, money.co2_kg,
    l.sampled_at AS newest_sample_at, f.trip_end_s,
    NOT EXISTS (
        SELECT FROM trip AS later WHERE later.vehicle_id = t.vehicle_id AND later.started_at > t.started_at
    ) AS is_latest
FROM trip AS t
JOIN vehicle AS v USING (fleet_id, vehicle_id)
JOIN fleet AS f USING (fleet_id)
LEFT JOIN vehicle_latest AS l USING (fleet_id, vehicle_id)
CROSS JOIN LATERAL told_fuel(
    t.vehicle_id, t.started_at, t.fuel_l, t.fuel_plus_minus_l,
    t.measured_l, t.maf_l, t.speed_density_l, t.absolute_load_l, t.road_load_l
) AS told
CROSS JOIN LATERAL told_energy(
    t.vehicle_id, t.started_at, t.energy_kwh, t.soc_used_pct, t.soc_moment_pct2
) AS energy
CROSS JOIN LATERAL (
    SELECT t.idle_l * coalesce(told.fuel_l / nullif(t.fuel_l, 0), 1) AS idle_l
) AS standing
CROSS JOIN LATERAL told_cost(
    t.vehicle_id, (t.started_at AT TIME ZONE f.time_zone)::date, told.fuel_l, told.plus_minus_l, standing.idle_l,
    energy.energy_kwh
) AS money
WHERE t.fleet_id = %(fleet_id)s
