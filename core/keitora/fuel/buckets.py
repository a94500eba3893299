"""Which bucket of local days a caller means. Pure."""

import re
from typing import Final

from keitora.errors import KeitoraError
from keitora.fuel.model import Bucket

_NAMES: Final[dict[str, Bucket]] = {"day": "day", "week": "week", "month": "month"}
_INTERVAL: Final = re.compile(r"([1-9][0-9]{0,5})(ms|s|m|h|d|w|M|y)")
_DAYS: Final = {"ms": 0, "s": 0, "m": 0, "h": 0, "d": 1, "w": 7, "M": 30, "y": 365}


def parse_bucket(text: str) -> Bucket:
    """Read `day`, `week`, `month`, or an interval as Grafana writes it (`1h`, `1d`, `1w`, `1M`).

    An interval becomes the largest bucket not longer than it; anything shorter than a week is a day, because a day is
    the finest there is. Raises KeitoraError for anything else.
    """
    if text in _NAMES:
        return _NAMES[text]
    found = _INTERVAL.fullmatch(text)
    if not found:
        raise KeitoraError("a bucket is day, week or month, or an interval such as 1d, 1w, 1M")
    days = int(found[1]) * _DAYS[found[2]]
    if days < 7:
        return "day"
    return "week" if days < 28 else "month"
