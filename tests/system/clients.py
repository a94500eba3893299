"""Clients that keep asking and writing over HTTP while the service behind it goes and comes back."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from threading import Event, Thread
from typing import Any

import httpx2

PATIENCE_S = 30.0


def asked_once(client: httpx2.Client, path: str, sound: bytes) -> str:
    """Ask and tell what came of it: `whole`, `unavailable`, `refused`, `cut` (an answer begun), `gone`, or `wrong`."""
    begun = False
    try:
        with client.stream("GET", path) as answer:
            begun = True
            body = answer.read()
    except httpx2.ConnectError:
        return "refused"
    except httpx2.TransportError:
        return "cut" if begun else "gone"
    if answer.status_code == 503:
        return "unavailable"
    return "whole" if (answer.status_code, body) == (200, sound) else "wrong"


class Reader:
    """Asks for things that do not change, one after the other, and counts what came of it."""

    def __init__(self, url: str, headers: Mapping[str, str], sound: Mapping[str, bytes]) -> None:
        self.came: Counter[str] = Counter()
        self._url, self._headers, self._sound = url, dict(headers), sound

    def run(self, stop: Event) -> None:
        with httpx2.Client(base_url=self._url, headers=self._headers, timeout=PATIENCE_S) as client:
            while not stop.is_set():
                for path, sound in self._sound.items():
                    came = asked_once(client, path, sound)
                    self.came[came] += 1
                    if came != "whole":
                        stop.wait(0.02)


class Writer:
    """Enters fill-ups one after the other, each with a key of its own and again until it is acknowledged."""

    def __init__(self, url: str, headers: Mapping[str, str], vehicle_id: int, name: str) -> None:
        self.acknowledged: dict[str, int] = {}
        self.repeats = 0
        self.odd: list[str] = []
        self._url, self._headers, self._vehicle_id, self._name = url, dict(headers), vehicle_id, name

    def run(self, stop: Event) -> None:
        with httpx2.Client(base_url=self._url, headers=self._headers, timeout=PATIENCE_S) as client:
            for number in count():
                if stop.is_set():
                    return
                note = f"{self._name} {number}"
                while (fill_up_id := self._entered(client, note)) is None:
                    self.repeats += 1
                    stop.wait(0.02)  # the last one, too, is repeated until it is known to be there
                self.acknowledged[note] = fill_up_id

    def _entered(self, client: httpx2.Client, note: str) -> int | None:
        try:
            answer = enter(client, self._vehicle_id, note)
        except httpx2.TransportError:
            return None
        if answer.status_code != 201:
            if answer.status_code != 503:
                self.odd.append(answer.text)
            return None
        told = answer.json()
        if told["note"] != note:
            self.odd.append(answer.text)
        return int(told["id"])


def enter(client: httpx2.Client, vehicle_id: int, note: str) -> httpx2.Response:
    """Enter a fill-up; its note is the key of the request as well."""
    body: dict[str, Any] = {"vehicle_id": vehicle_id, "filled_at": "2026-11-20T00:00:00Z", "volume_l": 20, "note": note}
    return client.post("/v1/fill-ups", json=body, headers={"Idempotency-Key": note})


@contextmanager
def at_work(*clients: Reader | Writer) -> Iterator[None]:
    """Let clients work as long as the block lasts, each in a thread of its own."""
    stop = Event()
    threads = [Thread(target=client.run, args=[stop]) for client in clients]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(2 * PATIENCE_S)
