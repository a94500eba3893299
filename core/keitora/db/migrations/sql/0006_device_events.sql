SET LOCAL lock_timeout = '5s';

CREATE TABLE device_event (
    device_event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fleet_id        integer NOT NULL,
    device_id       integer NOT NULL,
    vehicle_id      integer NOT NULL,
    at              timestamptz NOT NULL,
    kind            text NOT NULL CHECK (kind ~ '^[a-z][a-z0-9_]{1,31}$'),
    detail          jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(detail) = 'object'),
    boot            bigint,
    sequence        bigint NOT NULL,
    clock_quality   smallint NOT NULL CHECK (clock_quality BETWEEN 0 AND 3),
    received_at     timestamptz NOT NULL,
    UNIQUE NULLS NOT DISTINCT (device_id, boot, sequence),
    FOREIGN KEY (fleet_id, device_id) REFERENCES device (fleet_id, device_id),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
CREATE INDEX device_event_vehicle ON device_event (vehicle_id, at);
CREATE INDEX device_event_fleet ON device_event (fleet_id, at);
COMMENT ON TABLE device_event IS 'What a device says has happened: a crash, a trouble code, a driver''s card. The kinds stand in docs/reference/events.md.';
COMMENT ON COLUMN device_event.vehicle_id IS 'The truck the device was on at that time';
COMMENT ON COLUMN device_event.sequence IS 'Native: its number, shared with the rows of the boot. Other formats: a hash of what identifies it';

ALTER TABLE device_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_fleet ON device_event TO keitora_api USING (fleet_id = current_fleet_id());
CREATE POLICY every_fleet ON device_event TO keitora_ingestor USING (true);
GRANT SELECT ON device_event TO keitora_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON device_event TO keitora_ingestor;
