"""Episodes: what is wrong, or was, with its evidence. Opened and closed with debounce, so that alarms are few."""
