SET LOCAL lock_timeout = '5s';

ALTER TABLE vehicle_day
    ADD COLUMN rest_battery_v double precision,
    ADD COLUMN rest_ambient_temp_c double precision;
COMMENT ON COLUMN vehicle_day.rest_battery_v IS 'Last voltage of the rested 12 V battery on that day';

-- Derived as trips are: any row may be removed and made again.
CREATE TABLE episode (
    vehicle_id   integer NOT NULL,
    opened_at    timestamptz NOT NULL,
    kind         text NOT NULL CHECK (kind ~ '^[a-z][a-z_]{1,40}$'),
    fleet_id     integer NOT NULL,
    noticed_at   timestamptz NOT NULL,
    closed_at    timestamptz,
    ended_by     text CHECK (ended_by IN ('clear', 'silence', 'more')),
    severity     text NOT NULL CHECK (severity IN ('note', 'warning', 'critical')),
    unit         text NOT NULL,
    bound_value  double precision NOT NULL,
    first_value  double precision NOT NULL,
    last_value   double precision,
    peak_value   double precision NOT NULL,
    mean_value   double precision NOT NULL,
    sample_count bigint NOT NULL CHECK (sample_count > 0),
    lat          double precision,
    lon          double precision,
    rule_version text NOT NULL,
    PRIMARY KEY (vehicle_id, opened_at, kind),
    CHECK (noticed_at >= opened_at AND closed_at >= opened_at),
    CHECK ((closed_at IS NULL) = (ended_by IS NULL)),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
CREATE INDEX episode_fleet_opened ON episode (fleet_id, opened_at, vehicle_id, kind);
CREATE INDEX episode_vehicle_noticed ON episode (vehicle_id, noticed_at);
CREATE INDEX episode_still_open ON episode (fleet_id, opened_at) WHERE closed_at IS NULL;
COMMENT ON TABLE episode IS 'Something that was wrong with a truck, from the first sample that showed it to the first that was clear.';
COMMENT ON COLUMN episode.noticed_at IS 'The sample that made it an episode; whether it was told late is how late that sample arrived';
COMMENT ON COLUMN episode.bound_value IS 'The threshold it passed, in unit';

-- An acknowledgement holds to a moment of the episode, not to its row: the row may be remade and its edges may move.
CREATE TABLE episode_acknowledgement (
    episode_acknowledgement_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fleet_id        integer NOT NULL,
    vehicle_id      integer NOT NULL,
    kind            text NOT NULL,
    anchor_at       timestamptz NOT NULL,
    acknowledged_by text NOT NULL,
    acknowledged_at timestamptz NOT NULL,
    note            text,
    withdrawn_at    timestamptz,
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
CREATE INDEX episode_acknowledgement_anchor ON episode_acknowledgement (vehicle_id, kind, anchor_at);

CREATE TABLE rule_setting (
    rule_setting_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fleet_id   integer NOT NULL REFERENCES fleet,
    vehicle_id integer,
    kind       text NOT NULL,
    is_on      boolean,
    limits     jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(limits) = 'object'),
    entered_by text NOT NULL,
    entered_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (fleet_id, vehicle_id, kind),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
COMMENT ON TABLE rule_setting IS 'What a fleet (vehicle_id NULL) or a truck has set differently from a rule''s defaults.';
COMMENT ON COLUMN rule_setting.is_on IS 'NULL: as the fleet, or else the rule itself, has it';

-- A changed setting asks for the trucks it speaks of to be derived anew.
CREATE FUNCTION touch_ruled_vehicles() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
    changed public.rule_setting := coalesce(NEW, OLD);
BEGIN
    INSERT INTO public.derive_touch (vehicle_id, touched_from, touched_to)
    SELECT vehicle_id, last_sample_at, last_sample_at FROM public.derive_state
    WHERE fleet_id = changed.fleet_id AND (changed.vehicle_id IS NULL OR vehicle_id = changed.vehicle_id)
      AND last_sample_at IS NOT NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER rule_setting_changed AFTER INSERT OR UPDATE OR DELETE ON rule_setting
    FOR EACH ROW EXECUTE FUNCTION touch_ruled_vehicles();

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['episode', 'episode_acknowledgement', 'rule_setting'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY own_fleet ON %I TO keitora_api USING (fleet_id = current_fleet_id())', tenant_table);
        EXECUTE format('CREATE POLICY every_fleet ON %I TO keitora_ingestor USING (true)', tenant_table);
        EXECUTE format('GRANT SELECT ON %I TO keitora_api', tenant_table);
    END LOOP;
END
$$;
GRANT INSERT, UPDATE ON episode_acknowledgement, rule_setting TO keitora_api;
GRANT DELETE ON rule_setting TO keitora_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON episode TO keitora_ingestor;
GRANT SELECT ON rule_setting TO keitora_ingestor;
