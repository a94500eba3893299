SELECT
    vehicle_id, fleet_id, name, plate, maker, model, chassis_code, energy,
    displacement_cc, volumetric_efficiency, fuel_density_gpl, tank_l, battery_kwh, kerb_kg,
    built_on, induction, has_fuel_cut, archived_at
FROM vehicle
WHERE fleet_id = %(fleet_id)s AND name = %(name)s
