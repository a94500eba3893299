"""Statistics: what was driven and used, in buckets of local days, by truck, driver, purpose or place."""
