"""The client: a method for each thing, lists as iterators over all their pages."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeVar

import httpx2
from pydantic import BaseModel

from keitora_client.errors import ApiError
from keitora_client.models import Episode, Fleet, Position, Stat, Track, Trip, Upkeep, Vehicle

Bucket = Literal["day", "week", "month", "year", "total"]
GroupBy = Literal["none", "vehicle", "driver", "purpose", "place"]
TableName = Literal["trips", "days", "fill-ups"]
Item = TypeVar("Item", bound=BaseModel)

_TIMEOUT_S: Final = 30.0
_PAGE: Final = 500


class Keitora:
    """One fleet's data, by the address of the API and a key. Use it in a `with` block, or call `close`.

    Every method raises ApiError where the API answers with a problem, httpx2.HTTPError where it does not answer.
    """

    def __init__(self, url: str, key: str, *, timeout_s: float = _TIMEOUT_S) -> None:
        self._http = httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def fleet(self) -> Fleet:
        """Return the fleet the key opens."""
        return Fleet.model_validate(self._get("/v1/fleet"))

    def vehicles(self) -> list[Vehicle]:
        """Return the trucks in service, by name."""
        return list(self._items(Vehicle, "/v1/vehicles"))

    def positions(self, *, vehicle_ids: Sequence[int] | None = None) -> list[Position]:
        """Return the trucks' newest values, the one heard of longest ago first."""
        return list(self._items(Position, "/v1/positions/latest", vehicle=_ids(vehicle_ids)))

    def trips(
        self,
        *,
        from_at: datetime | None = None,
        to_at: datetime | None = None,
        vehicle_ids: Sequence[int] | None = None,
        driver_ids: Sequence[int] | None = None,
        purposes: Sequence[str] | None = None,
        newest_first: bool = False,
    ) -> Iterator[Trip]:
        """Yield the trips that began within [from_at, to_at), page after page as they are taken."""
        return self._items(
            Trip,
            "/v1/trips",
            **_times(from_at, to_at),
            vehicle=_ids(vehicle_ids),
            driver=None if driver_ids is None else list(driver_ids),
            purpose=None if purposes is None else list(purposes),
            order="desc" if newest_first else "asc",
            limit=_PAGE,
        )

    def trip(self, trip_id: str) -> Trip:
        """Return one trip."""
        return Trip.model_validate(self._get(f"/v1/trips/{trip_id}"))

    def track(self, trip_id: str) -> Track:
        """Return the line a trip drew."""
        return Track.model_validate(self._get(f"/v1/trips/{trip_id}/track"))

    def describe_trip(
        self,
        trip_id: str,
        *,
        purpose: str | None = None,
        driver_id: int | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        """Say what a trip was for, who drove, or anything else; the same key again says it once."""
        said = {"action": "describe", "purpose": purpose, "driver_id": driver_id, "note": note}
        body = {name: value for name, value in said.items() if value is not None}
        headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
        _checked(self._http.post(f"/v1/trips/{trip_id}/overlay", json=body, headers=headers))

    def stats(
        self,
        *,
        bucket: Bucket = "month",
        group_by: GroupBy = "none",
        from_at: datetime | None = None,
        to_at: datetime | None = None,
        vehicle_ids: Sequence[int] | None = None,
    ) -> Iterator[Stat]:
        """Yield what was driven and used, by bucket of the fleet's local days and by group."""
        return self._items(
            Stat,
            "/v1/stats",
            **_times(from_at, to_at),
            bucket=bucket,
            group_by=group_by,
            vehicle=_ids(vehicle_ids),
        )

    def episodes(
        self, *, from_at: datetime | None = None, to_at: datetime | None = None, is_open: bool | None = None
    ) -> Iterator[Episode]:
        """Yield what was wrong with the trucks, oldest first."""
        return self._items(Episode, "/v1/episodes", **_times(from_at, to_at), open=is_open, order="asc", limit=_PAGE)

    def upkeep(self) -> list[Upkeep]:
        """Return what is due on the trucks, what is due first first."""
        return list(self._items(Upkeep, "/v1/upkeep"))

    def export(
        self,
        table: TableName,
        path: Path,
        *,
        from_at: datetime | None = None,
        to_at: datetime | None = None,
        language: Literal["ja", "en"] | None = None,
    ) -> None:
        """Write a table to a file as it comes; the file's suffix, `.csv` or `.xlsx`, decides its form."""
        query = _given({**_times(from_at, to_at), "lang": language})
        with self._http.stream("GET", f"/v1/exports/{table}{path.suffix}", params=query) as answer:
            if answer.is_error:
                answer.read()
            _checked(answer)
            with path.open("wb") as file:
                for piece in answer.iter_bytes():
                    file.write(piece)

    def _items(self, kind: type[Item], path: str, **query: Any) -> Iterator[Item]:
        cursor: str | None = None
        while True:
            page = self._get(path, **query, cursor=cursor)
            for item in page["items"]:
                yield kind.model_validate(item)
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def _get(self, path: str, **query: Any) -> Any:
        return _checked(self._http.get(path, params=_given(query))).json()


def _checked(answer: httpx2.Response) -> httpx2.Response:
    if not answer.is_error:
        return answer
    told: dict[str, Any] = {}
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        told = answer.json()
    retry_after = answer.headers.get("retry-after", "")
    raise ApiError(
        answer.status_code,
        told.get("type", "about:blank"),
        told.get("detail", answer.reason_phrase),
        errors={part["location"]: part["detail"] for part in told.get("errors", ())},
        retry_after_s=float(retry_after) if retry_after.isdigit() else None,
    )


def _times(from_at: datetime | None, to_at: datetime | None) -> dict[str, Any]:
    return {
        "from": None if from_at is None else from_at.isoformat(),
        "to": None if to_at is None else to_at.isoformat(),
    }


def _ids(vehicle_ids: Sequence[int] | None) -> str | None:
    return None if vehicle_ids is None else ",".join(map(str, vehicle_ids))


def _given(query: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}
