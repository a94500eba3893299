"""The demo fleet: eight trucks of a farm in a valley, registered and driven in real time."""
