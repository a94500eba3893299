-- What people enter. Never touched by the deriver; each row has an author and a time.
CREATE TABLE place (
    place_id    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fleet_id    integer NOT NULL REFERENCES fleet,
    name        text NOT NULL CHECK (name <> ''),
    kind        text NOT NULL DEFAULT 'other' CHECK (kind IN ('base', 'field', 'customer', 'fuel', 'other')),
    lat         double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
    lon         double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
    radius_m    real NOT NULL CHECK (radius_m BETWEEN 10 AND 50000),
    created_at  timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    UNIQUE (fleet_id, name)
);

CREATE TABLE fill_up (
    fill_up_id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fleet_id         integer NOT NULL,
    vehicle_id       integer NOT NULL,
    filled_at        timestamptz NOT NULL,
    volume_l         real CHECK (volume_l > 0),
    energy_kwh       real CHECK (energy_kwh > 0),
    total_price      numeric(14, 2) CHECK (total_price >= 0),
    currency         text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    odometer_km      double precision CHECK (odometer_km >= 0),
    is_full          boolean NOT NULL DEFAULT true,
    missed_before    boolean NOT NULL DEFAULT false,
    station          text,
    note             text,
    entered_by       text NOT NULL,
    entered_at       timestamptz NOT NULL DEFAULT now(),
    idempotency_key  text,
    CHECK ((volume_l IS NULL) <> (energy_kwh IS NULL)),
    UNIQUE (fleet_id, idempotency_key),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
CREATE INDEX fill_up_vehicle ON fill_up (vehicle_id, filled_at);

-- An overlay holds to a moment inside the trip it speaks of, not to the trip's row: the row may be remade at any time
-- and its edges may move, the entry finds the trip that contains `anchor_at`.
CREATE TABLE trip_overlay (
    trip_overlay_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fleet_id        integer NOT NULL,
    vehicle_id      integer NOT NULL,
    anchor_at       timestamptz NOT NULL,
    purpose         text CHECK (purpose IN ('work', 'farm', 'private', 'commute')),
    driver_id       integer,
    note            text,
    entered_by      text NOT NULL,
    entered_at      timestamptz NOT NULL DEFAULT now(),
    withdrawn_at    timestamptz,
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id),
    FOREIGN KEY (fleet_id, driver_id) REFERENCES driver (fleet_id, driver_id)
);
CREATE INDEX trip_overlay_vehicle ON trip_overlay (vehicle_id, anchor_at);
