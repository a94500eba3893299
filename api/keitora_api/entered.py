"""Values people type, with a schema that says what is taken: names, sums of money, dates and times."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, Field, WithJsonSchema
from pydantic.config import JsonDict

_FIRST: Final = date(1970, 1, 1)
_LAST: Final = date(2199, 12, 31)
_YEARS: Final = "^(19[7-9][0-9]|2[01][0-9]{2})-"
_DAYS: Final = f"{_YEARS}(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"

VISIBLE: Final = r"[^\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]"
"""What a name holds: something that can be seen, no space of any script and no control character.

Spelt out, because Python, the database and those who read the schema differ on what `\\s` is.
"""


def _sum_schema(whole_digits: int, decimals: int) -> JsonDict:
    # A binary number has no last decimal for a schema to bound: how many there may be is said in words.
    number: JsonDict = {"type": "number", "minimum": 0, "exclusiveMaximum": 10**whole_digits}
    text: JsonDict = {"type": "string", "pattern": rf"^[0-9]{{1,{whole_digits}}}(\.[0-9]{{1,{decimals}}})?$"}
    return {"anyOf": [number, text]}


Paid = Annotated[
    Decimal, Field(ge=0, max_digits=14, decimal_places=2), WithJsonSchema(_sum_schema(12, 2), mode="validation")
]
"""A sum of money, with up to two decimals."""
PriceOfUnit = Annotated[
    Decimal, Field(ge=0, max_digits=12, decimal_places=4), WithJsonSchema(_sum_schema(8, 4), mode="validation")
]
"""The price of a litre or a kilowatt-hour, with up to four decimals."""


def _of_our_time(at: datetime) -> datetime:
    # At the edge of the calendar, in UTC or a fleet's zone, there is no such time, and who reads it would fail.
    if not _FIRST.year <= at.year <= _LAST.year:
        raise ValueError(f"a time lies in the years {_FIRST.year} to {_LAST.year}")
    return at


Moment = Annotated[AwareDatetime, AfterValidator(_of_our_time), Field(json_schema_extra={"pattern": _YEARS})]
"""A moment from 1970 to 2199: RFC 3339 with an offset or Z."""
Day = Annotated[date, Field(ge=_FIRST, le=_LAST, json_schema_extra={"pattern": _DAYS})]
"""A local date from 1970 to 2199."""
