from datetime import UTC, datetime, timedelta
from typing import Any

from keitora.fillups.model import FillUp, NewFillUp

START = datetime(2026, 4, 1, 3, tzinfo=UTC)


def fill(number: int, volume_l: float, odometer_km: float | None, **changes: Any) -> FillUp:
    values: dict[str, Any] = {
        "fill_up_id": number, "vehicle_id": 1, "filled_at": START + timedelta(days=7 * number), "volume_l": volume_l,
        "total_price": None, "currency": "JPY", "odometer_km": odometer_km, "trip_km": None, "is_full": True,
        "missed_before": False, "station": None, "note": None, "photo_ref": None, "lat": None, "lon": None,
        "entered_by": "test",
    }  # fmt: skip
    return FillUp(**{**values, **changes})


def stored(number: int, new: NewFillUp) -> FillUp:
    return FillUp(
        fill_up_id=number, vehicle_id=1, entered_by="test", **{name: getattr(new, name) for name in new.__slots__}
    )
