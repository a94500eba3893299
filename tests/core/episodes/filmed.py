"""A recorded drive whose manoeuvres were filmed, as a logger samples it once a second."""

import csv
import gzip
import json
import math
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from keitora.books.sample import Sample
from tests.core.episodes.crafted import START_MS


class Manoeuvre(NamedTuple):
    """What the driver was told to do hard, and when (seconds from the start)."""

    name: str
    begin_s: float
    end_s: float


def aggressive_manoeuvres(path: Path) -> list[Manoeuvre]:
    """The manoeuvres the driver was told to make hard."""
    rows = list(csv.reader(path.read_text("utf-8").splitlines()))[1:]
    return [Manoeuvre(name, float(begin), float(end)) for name, begin, end in rows if "nao_agressiv" not in name]


def sampled_each_second(folder: Path) -> list[Sample]:
    """One mean a second, turned into the truck's frame.

    On a straight road most of what is felt is along it. Which way along it the truck faced, the earth's frame does not
    say; the name of the nearest manoeuvre does: braking pushes back, accelerating forward.
    """
    mean = _felt_each_second(folder)
    manoeuvres = aggressive_manoeuvres(folder / "groundTruth.csv")
    forward, left = {}, {}
    for begun, (east, north) in mean.items():
        near = [mean[other] for other in range(begun - 15, begun + 16) if other in mean]
        angle = 0.5 * math.atan2(2 * sum(x * y for x, y in near), sum(x * x - y * y for x, y in near))
        forward[begun] = east * math.cos(angle) + north * math.sin(angle)
        left[begun] = -east * math.sin(angle) + north * math.cos(angle)
    faces = {one: _faces(one, forward) for one in manoeuvres}
    samples = []
    for begun in sorted(mean):
        sign = faces[min(manoeuvres, key=lambda one: abs((one.begin_s + one.end_s) / 2 - begun))]
        samples.append(
            Sample(
                at_ms=START_MS + begun * 1000,
                device_id=1,
                speed_kmh=40.0,
                accel_forward_ms2=sign * forward[begun],
                accel_left_ms2=sign * left[begun],
            )
        )
    assert all(later.at_ms > earlier.at_ms for earlier, later in pairwise(samples))
    return samples


def _felt_each_second(folder: Path) -> dict[int, tuple[float, float]]:
    zero_ns = json.loads((folder / "viagem.json").read_text("utf-8"))["firstCollectionUptimeNanos"]
    seconds: dict[int, list[tuple[float, float]]] = {}
    with gzip.open(folder / "aceleracaoLinear_terra.csv.gz", "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            begun = int((int(row["uptimeNanos"]) - zero_ns) / 1e9)
            seconds.setdefault(begun, []).append((float(row["x"]), float(row["y"])))
    return {begun: (fmean(x for x, _ in felt), fmean(y for _, y in felt)) for begun, felt in seconds.items()}


def _faces(manoeuvre: Manoeuvre, forward: dict[int, float]) -> int:
    pushed = sum(forward.get(second, 0.0) for second in range(int(manoeuvre.begin_s), int(manoeuvre.end_s) + 1))
    if manoeuvre.name.startswith("freada"):
        return -1 if pushed > 0 else 1
    return -1 if manoeuvre.name.startswith("aceleracao") and pushed < 0 else 1
