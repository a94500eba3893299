-- How well a device delivers, by the fleet's local day of arrival: counts that only ever grow, one upsert a batch.
CREATE TABLE device_day (
    device_id                integer NOT NULL,
    fleet_id                 integer NOT NULL,
    local_date               date NOT NULL,
    message_count            bigint NOT NULL DEFAULT 0,
    event_count              bigint NOT NULL DEFAULT 0,
    row_count                bigint NOT NULL DEFAULT 0,
    new_count                bigint NOT NULL DEFAULT 0,
    late_row_count           bigint NOT NULL DEFAULT 0,
    uptime_row_count         bigint NOT NULL DEFAULT 0,
    unsynchronised_row_count bigint NOT NULL DEFAULT 0,
    network_row_count        bigint NOT NULL DEFAULT 0,
    satellite_row_count      bigint NOT NULL DEFAULT 0,
    refused_counts           jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (device_id, local_date),
    FOREIGN KEY (fleet_id, device_id) REFERENCES device (fleet_id, device_id)
);
COMMENT ON TABLE device_day IS 'Counts of a device and a local day of arrival. docs/reference/device-quality.md says what each one means.';
COMMENT ON COLUMN device_day.refused_counts IS 'How many values of each column, and rows for each reason, were refused';

-- Which row numbers of a boot have come. A gap closes when the backlog that fills it arrives.
CREATE TABLE device_boot (
    device_id      integer NOT NULL,
    fleet_id       integer NOT NULL,
    boot           bigint NOT NULL,
    numbers        int8multirange NOT NULL,
    given_up_count bigint NOT NULL DEFAULT 0,
    added_count    bigint NOT NULL,
    last_heard_at  timestamptz NOT NULL,
    PRIMARY KEY (device_id, boot),
    FOREIGN KEY (fleet_id, device_id) REFERENCES device (fleet_id, device_id)
);
COMMENT ON COLUMN device_boot.given_up_count IS 'Missing numbers of gaps that are no longer remembered, because there were too many of them';

COMMENT ON COLUMN device_boot.added_count IS 'How many numbers the last batch added: what it brought that had not come before';

-- Sums two objects of counts, key by key.
CREATE FUNCTION add_counts(a jsonb, b jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN b = '{}'::jsonb THEN a ELSE (
        SELECT jsonb_object_agg(key, total) FROM (
            SELECT key, sum(value::bigint)::bigint AS total
            FROM (SELECT * FROM jsonb_each_text(a) UNION ALL SELECT * FROM jsonb_each_text(b)) AS counts
            GROUP BY key
        ) AS summed
    ) END;
END;

-- How many numbers a multirange holds, and how many are missing between its first and its last.
CREATE FUNCTION count_numbers(numbers int8multirange) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT coalesce(sum(upper(part) - lower(part)), 0)::bigint FROM unnest(numbers) AS part;
END;
CREATE FUNCTION count_missing(numbers int8multirange) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(upper(numbers) - lower(numbers), 0) - count_numbers(numbers);

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['device_day', 'device_boot'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY own_fleet ON %I TO keitora_api USING (fleet_id = current_fleet_id())', tenant_table);
        EXECUTE format('CREATE POLICY every_fleet ON %I TO keitora_ingestor USING (true)', tenant_table);
        EXECUTE format('GRANT SELECT ON %I TO keitora_api', tenant_table);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO keitora_ingestor', tenant_table);
    END LOOP;
END
$$;
