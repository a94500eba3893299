"""The client: a method for each thing, lists as iterators over all their pages."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from keitora_client.door import PAGE, checked, chosen, given, times
from keitora_client.entries import Charge, FillUp
from keitora_client.models import (
    Day,
    Device,
    Episode,
    Fleet,
    Hit,
    NamedPlace,
    Position,
    Stat,
    Stop,
    Track,
    Trip,
    Upkeep,
    Vehicle,
    Visit,
)
from keitora_client.writing import Writing

Bucket = Literal["day", "week", "month", "year", "total"]
GroupBy = Literal["none", "vehicle", "driver", "purpose", "place"]
TableName = Literal["trips", "days", "fill-ups"]


class Keitora(Writing):
    """One fleet's data, by the address of the API and a key. Use it in a `with` block, or call `close`.

    A choice of trucks, drivers, places or purposes that is None is all of them; of an empty one nothing comes.
    Every method raises ApiError where the API answers with a problem, httpx2.HTTPError where it does not answer.
    """

    def fleet(self) -> Fleet:
        """Return the fleet the key opens."""
        return Fleet.model_validate(self._get("/v1/fleet"))

    def vehicles(self, *, archived: bool = False) -> list[Vehicle]:
        """Return the trucks in service, or those that are put away, by name."""
        return list(self._items(Vehicle, "/v1/vehicles", archived=archived))

    def vehicle(self, vehicle_id: int) -> Vehicle:
        """Return one truck, in service or put away."""
        return Vehicle.model_validate(self._get(f"/v1/vehicles/{vehicle_id}"))

    def positions(self, *, vehicle_ids: Sequence[int] | None = None) -> list[Position]:
        """Return the trucks' newest values, the one heard of longest ago first."""
        return list(self._items(Position, "/v1/positions/latest", vehicle=chosen(vehicle_ids)))

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
            **times(from_at, to_at),
            vehicle=chosen(vehicle_ids),
            driver=chosen(driver_ids),
            purpose=chosen(purposes),
            order="desc" if newest_first else "asc",
            limit=PAGE,
        )

    def trip(self, trip_id: str) -> Trip:
        """Return one trip."""
        return Trip.model_validate(self._get(f"/v1/trips/{trip_id}"))

    def track(self, trip_id: str) -> Track:
        """Return the line a trip drew."""
        return Track.model_validate(self._get(f"/v1/trips/{trip_id}/track"))

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
            **times(from_at, to_at),
            bucket=bucket,
            group_by=group_by,
            vehicle=chosen(vehicle_ids),
        )

    def episodes(
        self, *, from_at: datetime | None = None, to_at: datetime | None = None, is_open: bool | None = None
    ) -> Iterator[Episode]:
        """Yield what was wrong with the trucks, oldest first."""
        return self._items(Episode, "/v1/episodes", **times(from_at, to_at), open=is_open, order="asc", limit=PAGE)

    def upkeep(self) -> list[Upkeep]:
        """Return what is due on the trucks, what is due first first."""
        return list(self._items(Upkeep, "/v1/upkeep"))

    def days(
        self,
        *,
        from_at: datetime | None = None,
        to_at: datetime | None = None,
        vehicle_ids: Sequence[int] | None = None,
    ) -> Iterator[Day]:
        """Yield the trucks' local days that [from_at, to_at) touches, newest first."""
        return self._items(Day, "/v1/days", **times(from_at, to_at), vehicle=chosen(vehicle_ids), limit=PAGE)

    def stops(
        self,
        *,
        from_at: datetime | None = None,
        to_at: datetime | None = None,
        vehicle_ids: Sequence[int] | None = None,
    ) -> Iterator[Stop]:
        """Yield where trucks stood within [from_at, to_at), newest first."""
        return self._items(Stop, "/v1/stops", **times(from_at, to_at), vehicle=chosen(vehicle_ids), limit=PAGE)

    def visits(
        self,
        *,
        from_at: datetime | None = None,
        to_at: datetime | None = None,
        vehicle_ids: Sequence[int] | None = None,
        place_ids: Sequence[int] | None = None,
    ) -> Iterator[Visit]:
        """Yield the visits to named places within [from_at, to_at), newest first."""
        asked = {**times(from_at, to_at), "vehicle": chosen(vehicle_ids), "place": chosen(place_ids)}
        return self._items(Visit, "/v1/visits", **asked, limit=PAGE)

    def places(self) -> list[NamedPlace]:
        """Return the places that have a name."""
        return list(self._items(NamedPlace, "/v1/places"))

    def fill_ups(
        self,
        *,
        from_at: datetime | None = None,
        to_at: datetime | None = None,
        vehicle_ids: Sequence[int] | None = None,
    ) -> Iterator[FillUp]:
        """Yield the fill-ups within [from_at, to_at), oldest first."""
        return self._items(FillUp, "/v1/fill-ups", **times(from_at, to_at), vehicle=chosen(vehicle_ids), limit=PAGE)

    def charges(
        self,
        *,
        from_at: datetime | None = None,
        to_at: datetime | None = None,
        vehicle_ids: Sequence[int] | None = None,
    ) -> Iterator[Charge]:
        """Yield the charges of electric trucks within [from_at, to_at), oldest first."""
        return self._items(Charge, "/v1/charges", **times(from_at, to_at), vehicle=chosen(vehicle_ids), limit=PAGE)

    def devices(self) -> Iterator[Device]:
        """Yield the fleet's loggers and phones, by number."""
        return self._items(Device, "/v1/devices", limit=PAGE)

    def search(self, words: str) -> list[Hit]:
        """Return the trucks, places, drivers and notes that hold a text."""
        return list(self._items(Hit, "/v1/search", q=words))

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
        query = given({**times(from_at, to_at), "lang": language})
        with self._http.stream("GET", f"/v1/exports/{table}{path.suffix}", params=query) as answer:
            if answer.is_error:
                answer.read()
            checked(answer)
            with path.open("wb") as file:
                for piece in answer.iter_bytes():
                    file.write(piece)
