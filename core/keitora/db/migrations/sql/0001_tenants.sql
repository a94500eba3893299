CREATE TABLE fleet (
    fleet_id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL UNIQUE CHECK (name <> ''),
    time_zone  text NOT NULL DEFAULT 'Asia/Tokyo',
    currency   text NOT NULL DEFAULT 'JPY' CHECK (currency ~ '^[A-Z]{3}$'),
    locale     text NOT NULL DEFAULT 'ja' CHECK (locale IN ('ja', 'en')),
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE fleet IS 'A business or farm: the tenant. Every other table names its fleet.';

CREATE TABLE app_user (
    user_id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email         text NOT NULL UNIQUE CHECK (email = lower(email)),
    display_name  text NOT NULL,
    password_hash text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    disabled_at   timestamptz
);
COMMENT ON TABLE app_user IS 'A person who can sign in; belongs to fleets through fleet_member.';

CREATE TABLE driver (
    driver_id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fleet_id    integer NOT NULL REFERENCES fleet,
    name        text NOT NULL CHECK (name <> ''),
    created_at  timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    UNIQUE (fleet_id, name),
    UNIQUE (fleet_id, driver_id)
);

CREATE TABLE fleet_member (
    fleet_id  integer NOT NULL REFERENCES fleet,
    user_id   integer NOT NULL REFERENCES app_user,
    role      text NOT NULL CHECK (role IN ('manager', 'driver')),
    driver_id integer,
    joined_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (fleet_id, user_id),
    FOREIGN KEY (fleet_id, driver_id) REFERENCES driver (fleet_id, driver_id)
);

CREATE TABLE api_key (
    api_key_id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fleet_id     integer NOT NULL REFERENCES fleet,
    name         text NOT NULL,
    role         text NOT NULL CHECK (role IN ('manager', 'driver', 'viewer')),
    driver_id    integer,
    token_sha256 bytea NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz,
    revoked_at   timestamptz,
    FOREIGN KEY (fleet_id, driver_id) REFERENCES driver (fleet_id, driver_id),
    CHECK ((role = 'driver') = (driver_id IS NOT NULL))
);
COMMENT ON TABLE api_key IS 'Bearer keys. Only the SHA-256 of a random 256-bit token is kept.';

CREATE TABLE vehicle (
    vehicle_id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fleet_id              integer NOT NULL REFERENCES fleet,
    name                  text NOT NULL CHECK (name <> ''),
    plate                 text,
    maker                 text,
    model                 text,
    chassis_code          text,
    built_on              date,
    energy                text NOT NULL DEFAULT 'petrol'
                          CHECK (energy IN ('petrol', 'diesel', 'lpg', 'hybrid', 'electric')),
    displacement_cc       real CHECK (displacement_cc BETWEEN 50 AND 20000),
    volumetric_efficiency real CHECK (volumetric_efficiency BETWEEN 0.3 AND 2),
    fuel_density_gpl      real NOT NULL DEFAULT 745 CHECK (fuel_density_gpl BETWEEN 500 AND 1000),
    tank_l                real CHECK (tank_l BETWEEN 1 AND 1000),
    battery_kwh           real CHECK (battery_kwh BETWEEN 1 AND 1000),
    kerb_kg               real CHECK (kerb_kg BETWEEN 100 AND 10000),
    created_at            timestamptz NOT NULL DEFAULT now(),
    archived_at           timestamptz,
    UNIQUE (fleet_id, name),
    UNIQUE (fleet_id, vehicle_id)
);
COMMENT ON COLUMN vehicle.displacement_cc IS 'Unknown means: no fuel from manifold pressure, rather than a guess.';

CREATE TABLE device (
    device_id     integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fleet_id      integer NOT NULL REFERENCES fleet,
    source        text NOT NULL CHECK (source ~ '^[a-z][a-z0-9_]{1,30}$'),
    device_key    text NOT NULL,
    note          text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (source, device_key),
    UNIQUE (fleet_id, device_id)
);
COMMENT ON COLUMN device.device_key IS 'As its topic names it: native <dev>, owntracks <user>/<device>; source is the wire format.';

CREATE TABLE device_assignment (
    fleet_id   integer NOT NULL,
    device_id  integer NOT NULL,
    vehicle_id integer NOT NULL,
    during     tstzrange NOT NULL CHECK (NOT isempty(during)),
    EXCLUDE USING gist (device_id WITH =, during WITH &&),
    FOREIGN KEY (fleet_id, device_id) REFERENCES device (fleet_id, device_id),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
CREATE INDEX device_assignment_vehicle ON device_assignment (vehicle_id);
COMMENT ON TABLE device_assignment IS 'Which truck a device was on, when. One truck may carry several devices at once.';

-- Counts every change of devices and their trucks. An ingestor holds the row shared while it stores a batch, so what it
-- remembers of devices is exact: a change waits for batches under way, and the next batch sees it.
CREATE TABLE device_registry (
    version bigint NOT NULL,
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row)
);
INSERT INTO device_registry (version) VALUES (1);

CREATE FUNCTION count_registry_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
BEGIN
    UPDATE public.device_registry SET version = version + 1;
    RETURN NULL;
END
$$;
CREATE TRIGGER device_changed AFTER INSERT OR UPDATE OR DELETE ON device
    FOR EACH STATEMENT EXECUTE FUNCTION count_registry_change();
CREATE TRIGGER device_assignment_changed AFTER INSERT OR UPDATE OR DELETE ON device_assignment
    FOR EACH STATEMENT EXECUTE FUNCTION count_registry_change();
