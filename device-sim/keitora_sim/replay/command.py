"""`keitora replay`: arguments, progress, and what is said at the end."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from keitora.access.wallet import Wallet, names_user, with_login
from keitora.clock import utc_now
from keitora.devices.model import Source
from keitora.errors import KeitoraError
from keitora.fleets.console import chosen_fleet, open_database
from keitora.local.state import mqtt_url, running
from keitora.vehicles.model import ENERGIES
from keitora.wire.slug import slug
from keitora.wire.topics import is_device_key
from keitora_sim.logins import logins_file
from keitora_sim.recording import RecordingError
from keitora_sim.registration import Truck, ensure_device, ensure_truck
from keitora_sim.replay.files import READERS, Recording, load
from keitora_sim.replay.readers.mapping import Mapping, parse_mapping
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.sender import TIMEOUT_S, Delivery, Progress, Report, send_drive, send_fixes
from keitora_sim.replay.shift import begun, ended

_OWNTRACKS = "owntracks"
_NOW: Final = "now"


@dataclass(frozen=True, slots=True)
class _Target:
    vehicle_id: int
    device_key: str
    source: Source
    url: str
    zone: ZoneInfo


def run(argv: list[str], description: str) -> int:
    """Replay the files named in `argv`; 0 if all of it was acknowledged, 1 otherwise."""
    arguments = _parser(description).parse_args(argv)
    options = Options(time_zone=_zone(arguments.time_zone), mapping=_mapping(arguments.mapping))
    recordings = _dated([load(path, arguments.format, options) for path in arguments.files], arguments)
    target = _register(arguments)
    speedup = 1.0 if arguments.begin == _NOW else arguments.speedup
    how = Delivery(speedup=speedup, timeout_s=arguments.timeout)
    is_whole = True
    for recording in recordings:
        report = _send(recording, target, how)
        _tell(recording, report)
        is_whole = is_whole and not report.unacknowledged_count
    print(f"Trips appear within seconds: see GET /v1/trips?vehicle={target.vehicle_id}")
    if state := running():
        day = min(recording.drive.rows[0].sampled_at for recording in recordings).astimezone(target.zone).date()
        print(f"On the map: {state.api.url}/#day={day}")
    return 0 if is_whole else 1


def _parser(description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="keitora replay", description=description)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="recordings; .gz is unpacked")
    parser.add_argument("--as", dest="format", required=True, choices=READERS, help="what kind of recordings they are")
    parser.add_argument("--vehicle", required=True, metavar="NAME", help="the truck they become; made if new")
    parser.add_argument("--fleet", metavar="NAME", help="its fleet; may be left out if there is only one")
    parser.add_argument("--device", metavar="KEY", help="the logger they come from (made from the truck's name)")
    parser.add_argument("--speedup", type=_positive, metavar="N", help="N times real time (as fast as acknowledged)")
    when = parser.add_mutually_exclusive_group()
    when.add_argument("--begin", type=_when, metavar="TIME|now", help="move it to begin then; now: in real time")
    when.add_argument("--end", type=_when, metavar="TIME|now", help="move it so that its last row is then")
    parser.add_argument("--time-zone", metavar="ZONE", help="of times without one, e.g. Asia/Tokyo (the format's own)")
    parser.add_argument("--mapping", type=Path, metavar="FILE.toml", help="what the columns are, for --as csv")
    parser.add_argument("--energy", choices=ENERGIES, default="petrol", help="of a new truck (%(default)s)")
    parser.add_argument(
        "--displacement-cc", type=_positive, metavar="CC", help="of a new truck; fuel from MAP needs it"
    )
    parser.add_argument(
        "--timeout", type=_positive, default=TIMEOUT_S, metavar="S", help="wait for a next answer (%(default)g s)"
    )
    return parser


def _dated(recordings: list[Recording], arguments: argparse.Namespace) -> list[Recording]:
    """Return recordings at the times they are to have. Raises KeitoraError where they would lie in the future."""
    if arguments.begin is None and arguments.end is None:
        return recordings
    if arguments.begin == _NOW and arguments.speedup not in {None, 1.0}:
        raise KeitoraError("a drive that begins now is sent in real time; --end now goes with any --speedup")
    if arguments.end is not None:
        return ended(recordings, utc_now() if arguments.end == _NOW else arguments.end)
    return begun(recordings, utc_now() if arguments.begin == _NOW else arguments.begin)


def _when(text: str) -> datetime | str:
    if text == _NOW:
        return text
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is no time; write now or 2026-04-01T09:00+09:00") from error
    return at.astimezone()


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise KeitoraError(f"no time zone '{name}'; names look like Asia/Tokyo") from error


def _mapping(path: Path | None) -> Mapping | None:
    try:
        return parse_mapping(path.read_text("utf-8")) if path else None
    except (OSError, UnicodeDecodeError) as error:
        raise RecordingError(f"{path}: cannot be read: {error}") from error


def _register(arguments: argparse.Namespace) -> _Target:
    """Look the truck and its logger up, make what is missing, and say so."""
    url = mqtt_url()
    source: Source = "owntracks" if arguments.format == _OWNTRACKS else "native"
    default_key = f"{slug(arguments.vehicle)}-replay" + ("/phone" if source == _OWNTRACKS else "")
    device_key: str = arguments.device or default_key
    if source == "native" and not is_device_key(device_key):
        raise KeitoraError(f"'{device_key}' cannot be a device's key: 3 to 32 of a-z, 0-9 and hyphen")
    truck = Truck(
        name=arguments.vehicle,
        source=source,
        device_key=device_key,
        energy=arguments.energy,
        displacement_cc=arguments.displacement_cc,
    )
    with open_database() as conn:
        fleet = chosen_fleet(conn, arguments.fleet)
        vehicle, is_new = ensure_truck(conn, fleet_id=fleet.fleet_id, truck=truck)
        if not names_user(url):
            device = ensure_device(conn, vehicle, truck)
            # A key of our own making is nobody's else; a named one may be a real logger's, which must not be cut off.
            login = Wallet(logins_file()).ensure(conn, device, may_renew=arguments.device is None)
            url = with_login(url, login)
    what = "made" if is_new else "found"
    print(f"{fleet.name}: truck {vehicle.vehicle_id} '{vehicle.name}' {what}, device {device_key}")
    if not is_new and truck.displacement_cc not in {None, vehicle.displacement_cc}:
        print(f"  its displacement stays {vehicle.displacement_cc or 'unknown'}; --displacement-cc is for new trucks")
    return _Target(vehicle.vehicle_id, device_key, source, url, ZoneInfo(fleet.time_zone))


def _send(recording: Recording, target: _Target, how: Delivery) -> Report:
    drive = recording.drive
    with _shown(drive.name) as on_progress:
        if target.source == _OWNTRACKS:
            return send_fixes(drive, url=target.url, device_key=target.device_key, how=how, on_progress=on_progress)
        return send_drive(
            drive, url=target.url, device_key=target.device_key, boot=recording.boot, how=how, on_progress=on_progress
        )


@contextmanager
def _shown(name: str) -> Iterator[Progress]:
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
            print(f"{name}: {done} of {total} messages committed", file=sys.stderr)

    return tell


def _tell(recording: Recording, report: Report) -> None:
    drive = recording.drive
    again = f", {report.resent_count} sent again" if report.resent_count else ""
    print(f"{drive.name}: {report.row_count} rows in {report.message_count} messages{again}")
    print(
        f"  from {report.first_at:%Y-%m-%d %H:%M:%S} to {report.last_at:%Y-%m-%d %H:%M:%S} UTC, boot {recording.boot}"
    )
    for reason, count in drive.skipped.items():
        print(f"  skipped {count}: {reason}")
    if report.unacknowledged_count:
        print(
            f"  {report.unacknowledged_count} messages were not acknowledged as committed: is the ingestor running?"
            " Send the file again then; what arrived is not counted twice.",
            file=sys.stderr,
        )
