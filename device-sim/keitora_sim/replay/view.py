"""What a replay shows while it sends, and says at the end."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from keitora.clock import utc_now
from keitora.settings import IngestSettings
from keitora_sim.replay.files import Recording
from keitora_sim.replay.sender import Progress, Report


@contextmanager
def shown(name: str) -> Iterator[Progress]:
    """Yield what shows progress: a bar on a terminal, else a line for every tenth."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _tenths(name)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=console) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _tenths(name: str) -> Progress:
    told = 0

    def tell(done: int, total: int) -> None:
        nonlocal told
        tenth = done * 10 // total
        if tenth > told:
            told = tenth
            print(f"{name}: {done} of {total} rows committed", file=sys.stderr)

    return tell


def tell(recording: Recording, report: Report) -> None:
    """Say what was sent of a recording, and what of it is not what its owner may expect."""
    drive = recording.drive
    again = f", {report.resent_count} sent again" if report.resent_count else ""
    print(f"{drive.name}: {report.row_count} rows in {report.message_count} messages{again}")
    print(
        f"  from {report.first_at:%Y-%m-%d %H:%M:%S} to {report.last_at:%Y-%m-%d %H:%M:%S} UTC, boot {recording.boot}"
    )
    for reason, count in drive.skipped.items():
        print(f"  skipped {count}: {reason}")
    for note in drive.notes:
        print(f"  {note}")
    bounds = IngestSettings()
    first_at, last_at = bounds.earliest_sample_at, utc_now() + timedelta(seconds=bounds.future_tolerance_s)
    if report.first_at < first_at or report.last_at > last_at:
        count = sum(not first_at <= row.sampled_at <= last_at for row in drive.rows)
        print(
            f"  {count} rows lie before {first_at:%Y} or in the future: to the server these are clock errors, which it"
            " keeps aside (keitora dead-letters); --begin TIME moves a recording"
        )
    if report.unacknowledged_count:
        print(f"  {report.unacknowledged_count} messages were not acknowledged as committed", file=sys.stderr)
