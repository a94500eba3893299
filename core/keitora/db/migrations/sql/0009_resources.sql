SET LOCAL lock_timeout = '5s';

-- Work that comes round: by the calendar, by distance, by hours of the engine; whichever is first.
CREATE TABLE upkeep_task (
    upkeep_task_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fleet_id       integer NOT NULL,
    vehicle_id     integer NOT NULL,
    kind           text NOT NULL CHECK (kind IN (
                       'inspection', 'legal_check', 'insurance', 'oil', 'tyres', 'battery', 'belt', 'brakes', 'other')),
    name           text NOT NULL CHECK (name <> ''),
    every_months   integer CHECK (every_months BETWEEN 1 AND 240),
    every_km       double precision CHECK (every_km BETWEEN 100 AND 1000000),
    every_hours_h  double precision CHECK (every_hours_h BETWEEN 1 AND 100000),
    due_on         date,
    counts_from    date NOT NULL,
    entered_by     text NOT NULL,
    entered_at     timestamptz NOT NULL DEFAULT now(),
    changed_by     text,
    changed_at     timestamptz,
    archived_at    timestamptz,
    CHECK (num_nonnulls(every_months, every_km, every_hours_h, due_on) > 0),
    UNIQUE (fleet_id, upkeep_task_id),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
CREATE INDEX upkeep_task_fleet ON upkeep_task (fleet_id, vehicle_id) WHERE archived_at IS NULL;
COMMENT ON COLUMN upkeep_task.due_on IS 'A date that is given, such as the one on an inspection certificate; counts until it is done';
COMMENT ON COLUMN upkeep_task.counts_from IS 'From when intervals count as long as it was never done';

-- When it was done. Rows are added and withdrawn, never changed.
CREATE TABLE upkeep_done (
    upkeep_done_id  integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fleet_id        integer NOT NULL,
    upkeep_task_id  integer NOT NULL,
    done_on         date NOT NULL,
    next_due_on     date,
    total_price     numeric(14, 2) CHECK (total_price >= 0),
    currency        text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    workshop        text,
    note            text,
    entered_by      text NOT NULL,
    entered_at      timestamptz NOT NULL DEFAULT now(),
    withdrawn_by    text,
    withdrawn_at    timestamptz,
    CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL)),
    FOREIGN KEY (fleet_id, upkeep_task_id) REFERENCES upkeep_task (fleet_id, upkeep_task_id)
);
CREATE INDEX upkeep_done_task ON upkeep_done (upkeep_task_id, done_on) WHERE withdrawn_at IS NULL;
COMMENT ON COLUMN upkeep_done.next_due_on IS 'The date the new certificate gives; else the interval counts from done_on';

-- Writes that bring their own key: what was answered, so that a repeated request is answered the same.
CREATE TABLE idempotent_answer (
    fleet_id        integer NOT NULL REFERENCES fleet,
    idempotency_key text NOT NULL,
    request_sha256  bytea NOT NULL CHECK (length(request_sha256) = 32),
    body            jsonb,
    answered_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (fleet_id, idempotency_key)
);
CREATE INDEX idempotent_answer_age ON idempotent_answer (answered_at);

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['upkeep_task', 'upkeep_done', 'idempotent_answer'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY own_fleet ON %I TO keitora_api USING (fleet_id = current_fleet_id())', tenant_table);
        EXECUTE format('CREATE POLICY every_fleet ON %I TO keitora_ingestor USING (true)', tenant_table);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO keitora_api', tenant_table);
    END LOOP;
END
$$;
GRANT DELETE ON idempotent_answer TO keitora_api;
