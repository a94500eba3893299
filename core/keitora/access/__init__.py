"""Who may speak to the broker: a credential for each device, bound to the topics that are its own."""
