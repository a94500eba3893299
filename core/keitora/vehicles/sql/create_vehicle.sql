INSERT INTO vehicle (
    fleet_id, name, plate, maker, model, chassis_code, energy,
    displacement_cc, volumetric_efficiency, tank_l, battery_kwh, kerb_kg,
    built_on, induction, has_fuel_cut
)
VALUES (
    %(fleet_id)s, %(name)s, %(plate)s, %(maker)s, %(model)s, %(chassis_code)s, %(energy)s,
    %(displacement_cc)s, %(volumetric_efficiency)s, %(tank_l)s, %(battery_kwh)s, %(kerb_kg)s,
    %(built_on)s, %(induction)s, %(has_fuel_cut)s
)
ON CONFLICT (fleet_id, name) WHERE name <> '' DO NOTHING
RETURNING
    vehicle_id, fleet_id, name, plate, maker, model, chassis_code, energy,
    displacement_cc, volumetric_efficiency, fuel_density_gpl, tank_l, battery_kwh, kerb_kg,
    built_on, induction, has_fuel_cut, archived_at
