"""The catalogue: what is known of kei trucks by chassis code, the class's limits, and when one may be imported."""
