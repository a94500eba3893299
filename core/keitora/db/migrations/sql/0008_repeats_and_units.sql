ALTER TABLE device ADD COLUMN units jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN device.units IS 'Units the device has announced for its values, by their name; empty for devices whose format fixes them';
GRANT UPDATE (units) ON device TO keitora_ingestor;

ALTER TABLE vehicle_latest ADD COLUMN news_at timestamptz;
COMMENT ON COLUMN vehicle_latest.news_at IS 'When the speed or the engine speed was last another than before: a dongle that repeats itself knows neither';
UPDATE vehicle_latest SET news_at = greatest(speed_at, engine_at);
