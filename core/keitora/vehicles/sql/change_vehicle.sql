UPDATE vehicle SET
    name = %(name)s, plate = %(plate)s, maker = %(maker)s, model = %(model)s, chassis_code = %(chassis_code)s,
    energy = %(energy)s, displacement_cc = %(displacement_cc)s, volumetric_efficiency = %(volumetric_efficiency)s,
    tank_l = %(tank_l)s, battery_kwh = %(battery_kwh)s, kerb_kg = %(kerb_kg)s, built_on = %(built_on)s,
    induction = %(induction)s, has_fuel_cut = %(has_fuel_cut)s,
    archived_at = CASE WHEN %(archived)s THEN coalesce(archived_at, now()) END
WHERE fleet_id = %(fleet_id)s AND vehicle_id = %(vehicle_id)s
RETURNING
    vehicle_id, fleet_id, name, plate, maker, model, chassis_code, energy,
    displacement_cc, volumetric_efficiency, fuel_density_gpl, tank_l, battery_kwh, kerb_kg,
    built_on, induction, has_fuel_cut, archived_at
