"""What the ingestor counts and tells."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from prometheus_client import generate_latest

from keitora.samples.queries import Stored
from keitora_ingestor.metrics import Metrics
from keitora_ingestor.outcome import Outcome

NOW = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)


class Intake:
    connected = True
    retained_count = 2
    passed_over_count = 0
    waiting_count = 5
    unacknowledged_count = 9


def outcome() -> Outcome:
    return Outcome(
        stored=[Stored(1, 18, NOW, NOW)],
        message_count=3,
        row_count=20,
        newest_ms={7: round((NOW - timedelta(seconds=2)).timestamp() * 1000)},
        format_counts=Counter(native=2, owntracks=1),
        reason_counts=Counter(bad_json=1),
        refused_value_count=4,
        cpu_s={"store": 0.5},
    )


def test_counts_are_shown_to_prometheus() -> None:
    metrics = Metrics(Intake())
    metrics.note(outcome(), now=NOW)
    page = generate_latest(metrics.registry).decode()

    for line in (
        'keitora_ingest_messages_total{format="native"} 2.0',
        'keitora_ingest_dead_letters_total{reason="bad_json"} 1.0',
        "keitora_ingest_rows_total 20.0",
        'keitora_ingest_writer_cpu_seconds_total{stage="store"} 0.5',
        "keitora_ingest_samples_total 18.0",
        "keitora_ingest_refused_values_total 4.0",
        'keitora_ingest_lag_seconds_bucket{le="2.0"} 1.0',
        'keitora_ingest_lag_seconds_bucket{le="1.0"} 0.0',
        "keitora_ingest_waiting_messages 5.0",
        "keitora_ingest_unacknowledged_messages 9.0",
        "keitora_ingest_retained_messages 2.0",
        "keitora_ingest_broker_connected 1.0",
    ):
        assert line in page


def test_the_pace_is_of_the_time_since_it_was_last_told() -> None:
    metrics = Metrics(Intake())

    first = metrics.pace(100.0)
    metrics.note(outcome(), now=NOW)
    second = metrics.pace(104.0)
    third = metrics.pace(105.0)

    assert first == {"waiting_messages": 5}
    assert second == {"waiting_messages": 5, "samples_per_s": 4.5, "lag_s": 2.0}
    assert third == {"waiting_messages": 5, "samples_per_s": 0.0}


def test_the_log_line_tells_what_is_new_since_the_last_one() -> None:
    metrics = Metrics(Intake())
    metrics.note(outcome(), now=NOW)

    assert metrics.news() == (
        "18 samples of 1 devices, 2.0 s behind the trucks' clocks (median); "
        "1 messages kept aside, see: keitora dead-letters list"
    )
    assert metrics.news() is None
