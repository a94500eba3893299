SET LOCAL lock_timeout = '5s';

CREATE TABLE device_credential (
    device_id     integer PRIMARY KEY,
    fleet_id      integer NOT NULL,
    username      text NOT NULL UNIQUE CHECK (username ~ '^[A-Za-z0-9._~-]{3,100}$' AND username <> 'ingestor'),
    password_hash text NOT NULL CHECK (password_hash ~ '^[$]7[$][0-9]+[$][A-Za-z0-9+/=]+[$][A-Za-z0-9+/=]+$'),
    created_at    timestamptz NOT NULL DEFAULT now(),
    revoked_at    timestamptz,
    FOREIGN KEY (fleet_id, device_id) REFERENCES device (fleet_id, device_id)
);
COMMENT ON TABLE device_credential IS 'What lets a device in: its user name, and its password as Mosquitto hashes it. A renewed one replaces the old.';

-- A server of the installation's own that forwards many devices of all fleets on one topic: no fleet's.
CREATE TABLE gateway_credential (
    source        text PRIMARY KEY CHECK (source ~ '^[a-z][a-z0-9_]{1,30}$'),
    username      text NOT NULL UNIQUE CHECK (username ~ '^gateway[.][a-z0-9_]+$'),
    password_hash text NOT NULL CHECK (password_hash ~ '^[$]7[$][0-9]+[$][A-Za-z0-9+/=]+[$][A-Za-z0-9+/=]+$'),
    created_at    timestamptz NOT NULL DEFAULT now(),
    revoked_at    timestamptz
);
COMMENT ON TABLE gateway_credential IS 'The user name and password of a forwarder (Traccar) that speaks for every device of its source';

CREATE FUNCTION tell_credential_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public
AS $$
BEGIN
    PERFORM pg_notify('keitora_credential', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER device_credential_changed AFTER INSERT OR UPDATE OR DELETE ON device_credential
    FOR EACH STATEMENT EXECUTE FUNCTION tell_credential_change();
CREATE TRIGGER gateway_credential_changed AFTER INSERT OR UPDATE OR DELETE ON gateway_credential
    FOR EACH STATEMENT EXECUTE FUNCTION tell_credential_change();

ALTER TABLE device_credential ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_fleet ON device_credential TO keitora_api USING (fleet_id = current_fleet_id());
CREATE POLICY every_fleet ON device_credential TO keitora_ingestor USING (true);
-- The API shows who is let in since when; the hashes are no concern of its readers.
GRANT SELECT (device_id, fleet_id, username, created_at, revoked_at) ON device_credential TO keitora_api;
GRANT SELECT ON device_credential, gateway_credential TO keitora_ingestor;

ALTER TABLE device_seen ADD COLUMN flooded_count bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN device_seen.flooded_count IS 'Messages refused because the device sent more than its budget';
