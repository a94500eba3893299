"""What alerts say."""

from collections.abc import Mapping
from typing import Final

from keitora_dashboards.messages.model import Message

ALERTS: Final[Mapping[str, Message]] = {}
