"""Values people type, with a schema that says what is taken: sums of money and dates."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Final

from pydantic import Field, WithJsonSchema
from pydantic.config import JsonDict

_FIRST: Final = date(1970, 1, 1)
_LAST: Final = date(2199, 12, 31)
_DAYS: Final = "^(19[7-9][0-9]|2[01][0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"


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
Day = Annotated[date, Field(ge=_FIRST, le=_LAST, json_schema_extra={"pattern": _DAYS})]
"""A local date from 1970 to 2199."""
