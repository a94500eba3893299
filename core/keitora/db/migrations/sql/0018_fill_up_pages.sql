-- Fill-ups are told in pages by time: in this order, for a fleet has thousands of them.
CREATE INDEX fill_up_fleet_filled ON fill_up (fleet_id, filled_at, fill_up_id)
    WHERE withdrawn_at IS NULL AND volume_l IS NOT NULL;
