"""The catalogue: each message in English and in Japanese, side by side, so that neither is forgotten."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from keitora_dashboards.messages.alerts import ALERTS
from keitora_dashboards.messages.columns import COLUMNS
from keitora_dashboards.messages.model import Message
from keitora_dashboards.messages.pages import PAGES
from keitora_dashboards.messages.panels import PANELS
from keitora_dashboards.messages.words import WORDS

MESSAGES: Final[Mapping[str, Message]] = MappingProxyType({**WORDS, **COLUMNS, **PAGES, **PANELS, **ALERTS})
"""All messages by their ids."""
