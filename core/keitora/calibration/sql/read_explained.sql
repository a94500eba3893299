-- A trip's litres by method, the factor each is multiplied by at the time, and how far it can be off.
SELECT
    m.method, m.litres, f.factor, f.uncertainty_ratio, f.tank_count
FROM trip AS t
CROSS JOIN LATERAL (VALUES
    ('measured', t.measured_l), ('maf', t.maf_l), ('speed_density', t.speed_density_l),
    ('absolute_load', t.absolute_load_l), ('road_load', t.road_load_l)
) AS m (method, litres)
LEFT JOIN fuel_factor AS f
    ON f.vehicle_id = t.vehicle_id AND f.method = m.method AND t.started_at >= f.valid_from AND t.started_at < f.valid_to
WHERE t.vehicle_id = %(vehicle_id)s AND t.started_at >= %(from_at)s AND t.started_at < %(to_at)s AND m.litres > 0
ORDER BY m.litres DESC
