SET LOCAL lock_timeout = '5s';

-- What managers change of a truck.
GRANT UPDATE (
    name, plate, maker, model, chassis_code, built_on, energy, displacement_cc, volumetric_efficiency, induction,
    has_fuel_cut, tank_l, battery_kwh, kerb_kg, archived_at
) ON vehicle TO keitora_api;

-- Whoever stores what follows of a truck holds its key until he commits: of a fold of years, for minutes. A name that is
-- part of a key could not be changed meanwhile. An index with a condition is no key; the condition holds of every name.
ALTER TABLE vehicle DROP CONSTRAINT vehicle_fleet_id_name_key;
CREATE UNIQUE INDEX vehicle_name ON vehicle (fleet_id, name) WHERE name <> '';

-- Litres, kilowatt-hours and all that is summed from them follow from these: the truck is folded anew from the beginning.
-- Where its samples end, its newest values tell, even before it was folded for the first time.
CREATE FUNCTION derive_vehicle_anew() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
BEGIN
    INSERT INTO public.derive_touch (vehicle_id, touched_from, touched_to)
    SELECT NEW.vehicle_id, timestamptz '2010-01-01Z', known.to_at
    FROM (SELECT greatest(
        (SELECT last_sample_at FROM public.derive_state WHERE vehicle_id = NEW.vehicle_id),
        (SELECT sampled_at FROM public.vehicle_latest WHERE vehicle_id = NEW.vehicle_id)
    ) AS to_at) AS known
    WHERE known.to_at IS NOT NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER vehicle_changed
    AFTER UPDATE OF energy, displacement_cc, volumetric_efficiency, fuel_density_gpl, induction, has_fuel_cut, kerb_kg
    ON vehicle FOR EACH ROW
    WHEN (
        (OLD.energy, OLD.displacement_cc, OLD.volumetric_efficiency, OLD.fuel_density_gpl, OLD.induction,
         OLD.has_fuel_cut, OLD.kerb_kg)
        IS DISTINCT FROM
        (NEW.energy, NEW.displacement_cc, NEW.volumetric_efficiency, NEW.fuel_density_gpl, NEW.induction,
         NEW.has_fuel_cut, NEW.kerb_kg)
    )
    EXECUTE FUNCTION derive_vehicle_anew();

-- What is learnt from fill-ups and charges hangs on these, for a rename on none; and what the fleet pays for a litre, on
-- which of its trucks run on what.
DROP TRIGGER vehicle_noted ON vehicle;
CREATE TRIGGER vehicle_added AFTER INSERT ON vehicle FOR EACH ROW EXECUTE FUNCTION note_fill_up();
CREATE TRIGGER vehicle_noted AFTER UPDATE OF tank_l, battery_kwh ON vehicle
    FOR EACH ROW WHEN ((OLD.tank_l, OLD.battery_kwh) IS DISTINCT FROM (NEW.tank_l, NEW.battery_kwh))
    EXECUTE FUNCTION note_fill_up();
CREATE TRIGGER vehicle_energy_noted AFTER UPDATE OF energy ON vehicle
    FOR EACH ROW WHEN (OLD.energy <> NEW.energy) EXECUTE FUNCTION note_price();
