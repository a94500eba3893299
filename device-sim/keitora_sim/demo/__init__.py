"""The demo fleet: the scenario `demo`, registered and lived in real time for ever."""
