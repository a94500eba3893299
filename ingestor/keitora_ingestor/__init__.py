"""The ingestor: MQTT in, samples and what follows from them out."""
