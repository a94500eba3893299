-- The fleet's trucks that are in service, by name.
SELECT
    vehicle_id, fleet_id, name, plate, maker, model, chassis_code, energy,
    displacement_cc, volumetric_efficiency, fuel_density_gpl, tank_l, battery_kwh, kerb_kg
FROM vehicle
WHERE fleet_id = %(fleet_id)s AND archived_at IS NULL
ORDER BY name, vehicle_id
