"""A message, and how one is made of the definitions of numbers. Pure."""

from typing import Final, NamedTuple

from keitora.definitions import definition


class Message(NamedTuple):
    """What people read, in each language."""

    en: str
    ja: str


def defining(*keys: str, en: str = "", ja: str = "") -> Message:
    """Return the sentences that define numbers, and what else a panel has to say of them."""
    told = [definition(key) for key in keys]
    return Message(" ".join([*(one.en for one in told), en]).strip(), "".join([*(one.ja for one in told), ja]))


def named(key: str) -> Message:
    """Return what a number is called."""
    return Message(definition(key).name_en, definition(key).name_ja)


WHOLE_DAYS_EN: Final = "Every local day of the fleet that the time range touches counts whole."
WHOLE_DAYS_JA: Final = "期間にかかる日は、その日全体を数えます。"
BUCKETS_EN: Final = "By local day; by week for more than 31 days, by month for more than half a year."
BUCKETS_JA: Final = "日ごと、31日を超える期間は週ごと、半年を超える期間は月ごと。"
