SET LOCAL lock_timeout = '5s';

ALTER TABLE place ADD COLUMN excuses_idling boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN place.excuses_idling IS 'An engine must run there: a lift, a pump, a cooled load';

-- A place whose values are written again as they were, with another name, asks for nothing.
DROP TRIGGER place_changed ON place;
CREATE TRIGGER place_changed AFTER UPDATE ON place FOR EACH ROW
    WHEN ((OLD.lat, OLD.lon, OLD.radius_m, OLD.outline, OLD.on_farm, OLD.exit_margin_m, OLD.dwell_s, OLD.away_s,
           OLD.archived_at)
          IS DISTINCT FROM
          (NEW.lat, NEW.lon, NEW.radius_m, NEW.outline, NEW.on_farm, NEW.exit_margin_m, NEW.dwell_s, NEW.away_s,
           NEW.archived_at))
    EXECUTE FUNCTION touch_place();
