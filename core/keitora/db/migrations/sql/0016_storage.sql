SET LOCAL lock_timeout = '5s';

ALTER TABLE fleet ADD COLUMN keep_samples_days integer
    CHECK (keep_samples_days = 0 OR keep_samples_days BETWEEN 31 AND 36500);
COMMENT ON COLUMN fleet.keep_samples_days IS 'Samples older than so many days are dropped; 0 never, null as the installation says';

-- Until when a truck's facts are settled for good, because the samples they were made of are gone or about to go.
CREATE TABLE closed_books (
    vehicle_id     integer PRIMARY KEY,
    fleet_id       integer NOT NULL,
    closed_at      timestamptz NOT NULL,
    dropped_before timestamptz NOT NULL,
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
CREATE INDEX closed_books_fleet ON closed_books (fleet_id);
COMMENT ON TABLE closed_books IS 'What was derived up to closed_at stays as it is; folds begin with the checkpoint of that moment';
COMMENT ON COLUMN closed_books.dropped_before IS 'The truck''s samples before this moment may be dropped';
ALTER TABLE closed_books ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_fleet ON closed_books TO keitora_api USING (fleet_id = current_fleet_id());
CREATE POLICY every_fleet ON closed_books TO keitora_ingestor USING (true);
GRANT SELECT ON closed_books TO keitora_api;
GRANT SELECT, INSERT, UPDATE ON closed_books TO keitora_ingestor;
-- What an ingestor remembers of devices holds until when the books of their trucks are closed.
CREATE TRIGGER closed_books_changed AFTER INSERT OR UPDATE OR DELETE ON closed_books
    FOR EACH STATEMENT EXECUTE FUNCTION count_registry_change();

-- Dropping chunks is for the owner of the table; the worker, who may delete rows anyway, is lent the right.
CREATE FUNCTION drop_samples_before(before timestamptz) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$ SELECT count(*) FROM public.drop_chunks('public.sample', older_than => before) $$;
REVOKE ALL ON FUNCTION drop_samples_before(timestamptz) FROM public;
GRANT EXECUTE ON FUNCTION drop_samples_before(timestamptz) TO keitora_ingestor;

-- The index of a week that is over is made anew, filled to the brim (see keitora/storage/packing.py). PostgreSQL 16 has
-- no such right to give; there the owner does it: keitora storage tidy.
DO $$
BEGIN
    IF current_setting('server_version_num')::integer >= 170000 THEN
        EXECUTE 'GRANT MAINTAIN ON sample TO keitora_ingestor';
    END IF;
END
$$;
