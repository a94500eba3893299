"""How the client talks to the API: pages joined, problems raised, writes that count once."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from uuid import uuid4

import httpx2
from pydantic import BaseModel

from keitora_client.errors import ApiError

Item = TypeVar("Item", bound=BaseModel)

_TIMEOUT_S: Final = 30.0
PAGE: Final = 500


class Door:
    """One fleet's data, by the address of the API and a key. Use it in a `with` block, or call `close`.

    Every method raises ApiError where the API answers with a problem, httpx2.HTTPError where it does not answer.
    """

    def __init__(
        self, url: str, key: str, *, timeout_s: float = _TIMEOUT_S, transport: httpx2.BaseTransport | None = None
    ) -> None:
        self._http = httpx2.Client(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=timeout_s, transport=transport
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _items(self, kind: type[Item], path: str, **query: Any) -> Iterator[Item]:
        if [] in query.values():
            return  # To the API an empty choice is all.
        cursor: str | None = None
        while True:
            page = self._get(path, **query, cursor=cursor)
            for item in page["items"]:
                yield kind.model_validate(item)
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def _get(self, path: str, **query: Any) -> Any:
        return checked(self._http.get(path, params=given(query))).json()

    def _write(self, method: str, path: str, body: Mapping[str, Any] | None, key: str | None) -> Any:
        """Send a write and return the answer's body, if it has one.

        It goes with an `Idempotency-Key`. So where the line breaks before the answer is there, it is sent once more: it
        counts once, whether or not it had arrived.
        """
        headers = {"Idempotency-Key": key or str(uuid4())}
        try:
            answer = self._http.request(method, path, json=body, headers=headers)
        except httpx2.TransportError:
            answer = self._http.request(method, path, json=body, headers=headers)
        checked(answer)
        return answer.json() if answer.content else None


def checked(answer: httpx2.Response) -> httpx2.Response:
    """Return an answer as it is. Raises ApiError if it is a problem."""
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


def times(from_at: datetime | None, to_at: datetime | None) -> dict[str, Any]:
    """Return a range of time as it is asked for."""
    return {
        "from": None if from_at is None else from_at.isoformat(),
        "to": None if to_at is None else to_at.isoformat(),
    }


def chosen(values: Sequence[int] | Sequence[str] | None) -> list[int | str] | None:
    """Return a choice as it is asked for; None is all, an empty one nothing."""
    return None if values is None else list(values)


def given(query: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is asked for, without what is not; the values of a list with commas between them."""
    return {
        name: ",".join(map(str, value)) if isinstance(value, list) else value
        for name, value in query.items()
        if value is not None
    }
