"""What an OsmAnd or Traccar Client request says of its sender, and what of it is the message. Pure."""

from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlencode

from keitora.errors import DecodeError
from keitora_ingestor.decode.bounds import Bounds, open_body
from keitora_ingestor.decode.osmand import ID_KEYS, form_of, is_json, names_of
from keitora_ingestor.receive.guard import Login

SOURCE: Final = "osmand"
KEY: Final = "key"


@dataclass(frozen=True, slots=True)
class OsmandRequest:
    """What the sender calls itself, the password it showed in the form, and the message without that password."""

    names: frozenset[str]
    key: str | None
    payload: bytes

    @classmethod
    def read(cls, query: str, body: bytes, bounds: Bounds) -> Self:
        """Return a request's parts. What cannot be read is left to the decoder, which says why."""
        fields = _fields(query.encode(errors="replace"))
        try:
            opened = open_body(body, bounds)
        except DecodeError:
            return cls(_names(fields), fields.get(KEY), body)
        if is_json(opened):
            return cls(_names(fields) | _json_names(opened), fields.get(KEY), body)
        fields |= _fields(opened)
        message = {name: value for name, value in fields.items() if name != KEY}
        return cls(_names(fields), fields.get(KEY), urlencode(message).encode())

    def login(self) -> Login | None:
        """Return the login of a sender that shows device and password in the form, or None."""
        if self.key is None or len(self.names) != 1:
            return None
        return Login(next(iter(self.names)), self.key, SOURCE)


def _fields(form: bytes) -> dict[str, str]:
    try:
        return form_of(form)
    except DecodeError:
        return {}


def _names(fields: dict[str, str]) -> frozenset[str]:
    return frozenset(value for name, value in fields.items() if name in ID_KEYS)


def _json_names(body: bytes) -> frozenset[str]:
    try:
        return frozenset(names_of(body))
    except DecodeError:
        return frozenset()
