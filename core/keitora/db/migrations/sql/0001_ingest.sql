-- What a device's uptime counter read at the Unix epoch, per boot: dates the rows it sent before it knew the time.
CREATE TABLE boot_clock (
    device_id        integer NOT NULL REFERENCES device,
    boot             bigint NOT NULL,
    epoch_at_zero_ms bigint NOT NULL,
    quality          smallint NOT NULL CHECK (quality BETWEEN 0 AND 3),
    learnt_uptime_ms bigint NOT NULL,
    PRIMARY KEY (device_id, boot)
);
COMMENT ON COLUMN boot_clock.epoch_at_zero_ms IS 'Unix time (ms) at which this boot''s uptime was zero';
COMMENT ON COLUMN boot_clock.learnt_uptime_ms IS 'Uptime at which it was learnt; the earliest good one counts, so order of arrival does not matter';

CREATE TABLE dead_letter (
    dead_letter_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_sha256    bytea NOT NULL UNIQUE CHECK (length(message_sha256) = 32),
    fleet_id          integer REFERENCES fleet,
    source            text,
    device_key        text,
    topic             text NOT NULL,
    payload           bytea NOT NULL,
    reason            text NOT NULL,
    detail            text NOT NULL,
    received_count    integer NOT NULL DEFAULT 1,
    first_received_at timestamptz NOT NULL,
    last_received_at  timestamptz NOT NULL
);
CREATE INDEX dead_letter_received ON dead_letter (last_received_at);
CREATE INDEX dead_letter_device ON dead_letter (source, device_key);
COMMENT ON TABLE dead_letter IS 'Messages that could not be stored whole, with the reason; the same message again is counted, not kept twice.';

CREATE TABLE device_seen (
    device_id        integer PRIMARY KEY REFERENCES device,
    fleet_id         integer NOT NULL,
    last_received_at timestamptz NOT NULL,
    last_sampled_at  timestamptz,
    message_count    bigint NOT NULL DEFAULT 0,
    sample_count     bigint NOT NULL DEFAULT 0,
    refused_count    bigint NOT NULL DEFAULT 0,
    state            jsonb,
    FOREIGN KEY (fleet_id, device_id) REFERENCES device (fleet_id, device_id)
);
COMMENT ON COLUMN device_seen.refused_count IS 'Values that could not be true; they are kept in sample.extra under "refused"';

-- Each group of values carries its own time, so an old message never overwrites a newer value.
CREATE TABLE vehicle_latest (
    vehicle_id     integer PRIMARY KEY,
    fleet_id       integer NOT NULL,
    sampled_at     timestamptz NOT NULL,
    position_at    timestamptz,
    lat            double precision,
    lon            double precision,
    altitude_m     real,
    heading_deg    real,
    accuracy_m     real,
    gnss_speed_kmh real,
    speed_at       timestamptz,
    speed_kmh      real,
    engine_at      timestamptz,
    engine_rpm     real,
    coolant_at     timestamptz,
    coolant_temp_c real,
    battery_at     timestamptz,
    battery_v      real,
    fuel_level_at  timestamptz,
    fuel_level_pct real,
    soc_at         timestamptz,
    soc_pct        real,
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);

-- What the deriver has to look at again: appended with the samples, in their transaction; removed with the result.
CREATE TABLE derive_touch (
    derive_touch_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vehicle_id      integer NOT NULL,
    touched_from    timestamptz NOT NULL,
    touched_to      timestamptz NOT NULL
);
CREATE INDEX derive_touch_vehicle ON derive_touch (vehicle_id);

CREATE TABLE service_heartbeat (
    service  text NOT NULL,
    instance text NOT NULL,
    beat_at  timestamptz NOT NULL,
    detail   jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (service, instance)
);
