ALTER TABLE device ADD COLUMN units jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN device.units IS 'Units the device has announced for its values, by their name; empty for devices whose format fixes them';
GRANT UPDATE (units) ON device TO keitora_ingestor;
