"""What people read on the dashboards, in every language, by message id. Pure."""

from dataclasses import dataclass
from typing import Final, Literal

from keitora_dashboards.messages import MESSAGES

Language = Literal["en", "ja"]

LANGUAGES: Final[tuple[Language, ...]] = ("en", "ja")


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one language."""

    language: Language

    def of(self, message_id: str) -> str:
        """Return the text of a message."""
        message = MESSAGES[message_id]
        return message.en if self.language == "en" else message.ja
