"""What the client can enter, each thing once: the same request with the same `idempotency_key` counts once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from keitora_client.door import Door
from keitora_client.entries import ChargeEntry, FillUp, Kept, NewCharge, NewFillUp, VehicleChange
from keitora_client.models import Episode, Vehicle


class Writing(Door):
    """What can be entered. Without a key of yours each call takes a new one."""

    def enter_fill_up(self, new: NewFillUp, *, idempotency_key: str | None = None) -> FillUp:
        """Enter a fill-up and return it, with what looks mistyped about it."""
        return FillUp.model_validate(self._write("POST", "/v1/fill-ups", _said(new), idempotency_key))

    def enter_fill_ups(self, new: Sequence[NewFillUp], *, idempotency_key: str | None = None) -> Kept[FillUp]:
        """Enter up to 1000 fill-ups, or none: ApiError.errors names every wrong row. Those known add nothing."""
        body = {"items": [_said(one) for one in new]}
        return Kept[FillUp].model_validate(self._write("POST", "/v1/fill-ups/bulk", body, idempotency_key))

    def take_fill_up_back(self, fill_up_id: int, *, idempotency_key: str | None = None) -> None:
        """Take a fill-up back; it stays on record."""
        self._write("DELETE", f"/v1/fill-ups/{fill_up_id}", None, idempotency_key)

    def enter_charge(self, new: NewCharge, *, idempotency_key: str | None = None) -> ChargeEntry:
        """Enter what a charge drew and cost."""
        return ChargeEntry.model_validate(self._write("POST", "/v1/charges", _said(new), idempotency_key))

    def enter_charges(self, new: Sequence[NewCharge], *, idempotency_key: str | None = None) -> Kept[ChargeEntry]:
        """Enter up to 1000 entries about charges, or none. Those known add nothing."""
        body = {"items": [_said(one) for one in new]}
        return Kept[ChargeEntry].model_validate(self._write("POST", "/v1/charges/bulk", body, idempotency_key))

    def change_vehicle(self, vehicle_id: int, changes: VehicleChange, *, idempotency_key: str | None = None) -> Vehicle:
        """Change what is given of a truck, and return it. What follows from it is made anew, which takes a while."""
        said = changes.model_dump(mode="json", exclude_unset=True)
        return Vehicle.model_validate(self._write("PATCH", f"/v1/vehicles/{vehicle_id}", said, idempotency_key))

    def enter_odometer(
        self,
        vehicle_id: int,
        *,
        read_at: datetime,
        odometer_km: float | None = None,
        engine_hours_h: float | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        """Enter what a truck's instruments read."""
        said = {"read_at": read_at.isoformat(), "odometer_km": odometer_km, "engine_hours_h": engine_hours_h}
        self._write("POST", f"/v1/vehicles/{vehicle_id}/odometer", said, idempotency_key)

    def describe_trip(
        self,
        trip_id: str,
        *,
        purpose: str | None = None,
        driver_id: int | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        """Say what a trip was for, who drove, or anything else."""
        said = {"action": "describe", "purpose": purpose, "driver_id": driver_id, "note": note}
        body = {name: value for name, value in said.items() if value is not None}
        self._write("POST", f"/v1/trips/{trip_id}/overlay", body, idempotency_key)

    def acknowledge(self, episode_id: str, *, note: str | None = None, idempotency_key: str | None = None) -> Episode:
        """Note that an episode was seen, and return it."""
        path = f"/v1/episodes/{episode_id}/acknowledge"
        return Episode.model_validate(self._write("POST", path, {"note": note}, idempotency_key))


def _said(new: NewFillUp | NewCharge) -> dict[str, Any]:
    return new.model_dump(mode="json", exclude_none=True)
