"""Whom our own MQTT clients trust."""

import os
import ssl

from keitora.errors import SetupError


def trust(ca_file: str | os.PathLike[str] | None = None) -> ssl.SSLContext:
    """Return what a TLS client checks the broker by: a file of certificates (KEITORA_MQTT_CA_FILE), else the system's.

    Raises SetupError if the file cannot be read.
    """
    file = ca_file or os.environ.get("KEITORA_MQTT_CA_FILE")
    try:
        return ssl.create_default_context(cafile=file or None)
    except (OSError, ssl.SSLError) as error:
        raise SetupError(f"{file}: no certificates can be read from it: {error}") from error
