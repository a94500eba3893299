"""The HTTP receiver's settings, from the environment (prefix `KEITORA_`)."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from keitora.settings import DatabaseSettings, IngestSettings


class ReceiveSettings(IngestSettings, DatabaseSettings):
    """Where phones and loggers without MQTT are received, and how much of them at a time."""

    receive_host: str = Field(default="127.0.0.1", description="Address the HTTP receiver listens on")
    receive_port: int = Field(default=8090, ge=0, le=65535, description="Port the HTTP receiver listens on")
    receive_tls_cert_file: Path | None = Field(default=None, description="Certificate chain (PEM): receive by HTTPS")
    receive_tls_key_file: Path | None = Field(default=None, description="The certificate's private key (PEM)")
    receive_trusted_proxies: str = Field(
        default="127.0.0.1", description="Addresses of reverse proxies whose X-Forwarded-For is believed, by commas"
    )
    receive_wait_s: float = Field(default=20, gt=0, description="How long a request waits for its commit (s)")
    receive_queue_messages: int = Field(default=1000, ge=1, description="Messages that may wait for their commit")
    receive_queue_bytes: int = Field(default=32 * 1024 * 1024, ge=1, description="Their bytes together")
    receive_connections: int = Field(default=500, ge=1, description="Connections at once; more are answered 503")
    receive_connections_each: int = Field(
        default=100, ge=1, description="Connections at once from one address that is no trusted proxy"
    )
    receive_head_timeout_s: float = Field(default=10, gt=0, description="How long a request's headers may take (s)")
    receive_body_timeout_s: float = Field(default=20, gt=0, description="How long a request's body may take (s)")
    receive_credential_cache_s: float = Field(
        default=30, ge=0, description="How long a checked password is remembered; a revoked one works so long (s)"
    )

    @model_validator(mode="after")
    def _certificate_and_key(self) -> Self:
        if (self.receive_tls_cert_file is None) != (self.receive_tls_key_file is None):
            raise ValueError("receive_tls_cert_file and receive_tls_key_file are set together")
        return self

    @property
    def proxies(self) -> frozenset[str]:
        """The addresses of trusted reverse proxies."""
        return frozenset(address.strip() for address in self.receive_trusted_proxies.split(",") if address.strip())
