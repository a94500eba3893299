SET LOCAL lock_timeout = '5s';

-- What each local day adds to a truck's own odometer and engine hours. Kept beside the trace, so that what they show is
-- read from days and not from years of points.
CREATE TABLE trace_day (
    vehicle_id  integer NOT NULL,
    local_date  date NOT NULL,
    fleet_id    integer NOT NULL,
    distance_m  double precision NOT NULL,
    engine_on_s double precision NOT NULL,
    PRIMARY KEY (vehicle_id, local_date),
    FOREIGN KEY (fleet_id, vehicle_id) REFERENCES vehicle (fleet_id, vehicle_id)
);
COMMENT ON TABLE trace_day IS 'Sums of the points of trace by local day.';

INSERT INTO trace_day
SELECT t.vehicle_id, (t.at AT TIME ZONE f.time_zone)::date, t.fleet_id,
    sum(t.distance_m::double precision ORDER BY t.at), sum(t.engine_on_s::double precision ORDER BY t.at)
FROM trace AS t JOIN fleet AS f USING (fleet_id)
GROUP BY 1, 2, 3;

ALTER TABLE trace_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_fleet ON trace_day TO keitora_api USING (fleet_id = current_fleet_id());
CREATE POLICY every_fleet ON trace_day TO keitora_ingestor USING (true);
GRANT SELECT ON trace_day TO keitora_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON trace_day TO keitora_ingestor;
