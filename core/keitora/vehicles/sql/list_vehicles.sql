-- The fleet's trucks that are in service, or those put away, by name.
SELECT
    vehicle_id, fleet_id, name, plate, maker, model, chassis_code, energy,
    displacement_cc, volumetric_efficiency, fuel_density_gpl, tank_l, battery_kwh, kerb_kg,
    built_on, induction, has_fuel_cut, archived_at
FROM vehicle
WHERE fleet_id = %(fleet_id)s AND (archived_at IS NOT NULL) = %(archived)s
ORDER BY name, vehicle_id
