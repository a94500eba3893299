"""The score as a table, and as JSON."""

from dataclasses import asdict

from rich.table import Table

from keitora_sim.score.model import Errors, Score


def as_json(score: Score) -> dict[str, object]:
    """Return the score as `--json` prints it."""
    return asdict(score)


def table(score: Score) -> Table:
    """Return the score of each truck, and of all together in the last line."""
    drawn = Table(title="score")
    for name in (
        "truck",
        "trips",
        "precision",
        "recall",
        "edges s",
        "distance %",
        "litres %",
        "kWh %",
        "events found/false",
    ):
        drawn.add_column(name, justify="left" if name == "truck" else "right")
    for name, part in (*score.trucks.items(), ("all", score)):
        drawn.add_row(
            name,
            f"{part.matched_trips}/{part.true_trips}" + (f" (+{part.unseen_trips})" if part.unseen_trips else ""),
            _ratio(part.trip_precision_ratio),
            _ratio(part.trip_recall_ratio),
            _both(part.edge_s),
            _both(part.distance_pct),
            _both(part.fuel_pct),
            _both(part.energy_pct),
            _events(part),
            end_section=len(score.trucks) > 0 and name == list(score.trucks)[-1],
        )
    drawn.caption = "errors: median / 90th percentile; with a sign: of the sum; (+n): trips no logger saw whole"
    return drawn


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _both(errors: Errors) -> str:
    if errors.median is None or errors.p90 is None:
        return "–"
    total = "" if errors.total_pct is None else f" ({errors.total_pct:+.1f})"
    return f"{errors.median:.1f} / {errors.p90:.1f}{total}"


def _events(score: Score) -> str:
    if score.events is None:
        return "not offered"
    true = sum(one.true_count for one in score.events.values())
    found = sum(one.found_count for one in score.events.values())
    return f"{found} of {true} / {sum(one.false_count for one in score.events.values())}"
