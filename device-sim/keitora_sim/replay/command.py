"""`keitora replay`: arguments, and the way from files to what is sent."""

import argparse
import sys
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from keitora.clock import utc_now
from keitora.errors import KeitoraError
from keitora.fleets.console import chosen_fleet, open_database
from keitora.local.state import running
from keitora.vehicles.model import ENERGIES
from keitora_sim.recording import RecordingError
from keitora_sim.replay.files import FORMATS, OWNTRACKS, Recording, load
from keitora_sim.replay.readers.mapping import Mapping, parse_mapping
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.rows import span
from keitora_sim.replay.sender import TIMEOUT_S, Delivery, Report, send_drive, send_fixes
from keitora_sim.replay.shift import begun, ended, require_clock
from keitora_sim.replay.target import Target, registered
from keitora_sim.replay.view import shown, tell

_NOW: Final = "now"


def run(argv: list[str], description: str) -> int:
    """Replay the files named in `argv`; 0 if all of it was acknowledged, 1 if not, 130 if it was stopped."""
    arguments = _parser(description).parse_args(argv)
    if arguments.begin == _NOW and arguments.speedup not in {None, 1.0}:
        raise KeitoraError("a drive that begins now is sent in real time; --end now goes with any --speedup")
    with open_database() as conn:
        fleet = chosen_fleet(conn, arguments.fleet)
    options = Options(_zone(arguments.zone), ZoneInfo(fleet.time_zone), _mapping(arguments.mapping))
    recordings = _dated([load(path, arguments.format, options) for path in arguments.files], arguments)
    target = registered(arguments, fleet, recordings)
    speedup = 1.0 if arguments.begin == _NOW else arguments.speedup
    is_moved = arguments.begin is not None or arguments.end is not None
    how = Delivery(speedup=speedup, is_live=is_moved, timeout_s=arguments.timeout)
    try:
        done = [_replayed(recording, target, how) for recording in recordings]
    except KeyboardInterrupt:
        print(f"\nStopped. {_again(arguments, recordings)}", file=sys.stderr)
        return 130
    if not all(done):
        print(f"Is the ingestor running? {_again(arguments, recordings)}", file=sys.stderr)
    print(f"Trips appear within seconds: see GET /v1/trips?vehicle={target.vehicle_id}")
    if state := running():
        day = min(recording.drive.rows[0].sampled_at for recording in recordings).astimezone(target.zone).date()
        print(f"On the map: {state.api.url}/#day={day}")
    return 0 if all(done) else 1


def _again(arguments: argparse.Namespace, recordings: list[Recording]) -> str:
    """Say how to go on: what was moved to 'now' must be moved to the same time again, else it would be there twice."""
    said = "Send the same again to go on; what arrived is not counted twice."
    if arguments.begin == _NOW:
        first_at = min(span(recording.drive.rows)[0] for recording in recordings)
        return f"{said} In place of --begin now: --begin {first_at.isoformat()}"
    if arguments.end == _NOW:
        last_at = max(span(recording.drive.rows)[1] for recording in recordings)
        return f"{said} In place of --end now: --end {last_at.isoformat()}"
    return said


def _parser(description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="keitora replay", description=description)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="recordings; .gz is unpacked")
    parser.add_argument("--as", dest="format", choices=FORMATS, help="their kind (else their beginning shows it)")
    parser.add_argument("--vehicle", required=True, metavar="NAME", help="the truck they become; made if new")
    parser.add_argument("--fleet", metavar="NAME", help="its fleet; may be left out if there is only one")
    parser.add_argument("--device", metavar="KEY", help="the logger they come from (made from the truck's name)")
    parser.add_argument("--speedup", type=_positive, metavar="N", help="N times real time (as fast as acknowledged)")
    when = parser.add_mutually_exclusive_group()
    when.add_argument("--begin", type=_when, metavar="TIME|now", help="move it to begin then; now: in real time")
    when.add_argument("--end", type=_when, metavar="TIME|now", help="move it so that its last row is then")
    parser.add_argument(
        "--zone", "--time-zone", metavar="ZONE", help="of times that name none, e.g. Asia/Tokyo (the fleet's)"
    )
    parser.add_argument("--mapping", type=Path, metavar="FILE.toml", help="what the columns of any other CSV are")
    parser.add_argument("--energy", choices=ENERGIES, help="of a new truck (what the recording shows)")
    parser.add_argument("--battery-kwh", type=_positive, metavar="KWH", help="of a new electric truck: usable capacity")
    parser.add_argument(
        "--displacement-cc", type=_positive, metavar="CC", help="of a new truck; fuel from MAP needs it"
    )
    parser.add_argument(
        "--timeout", type=_positive, default=TIMEOUT_S, metavar="S", help="wait for a next answer (%(default)g s)"
    )
    return parser


def _dated(recordings: list[Recording], arguments: argparse.Namespace) -> list[Recording]:
    """Return recordings at the times they are to have.

    Raises KeitoraError where they would begin in the future, or where nobody says when they were.
    """
    if arguments.begin is None and arguments.end is None:
        require_clock(recordings)
        return recordings
    now = utc_now()
    if arguments.end is not None:
        moved = ended(recordings, now if arguments.end == _NOW else arguments.end)
    else:
        moved = begun(recordings, now if arguments.begin == _NOW else arguments.begin)
    if min(recording.drive.rows[0].sampled_at for recording in moved) > now:
        raise KeitoraError("it would begin in the future")
    return moved


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


def _replayed(recording: Recording, target: Target, how: Delivery) -> bool:
    """Send a recording and say what became of it; False if not all of it was acknowledged."""
    report = _send(recording, target, how)
    tell(recording, report)
    return not report.unacknowledged_count


def _send(recording: Recording, target: Target, how: Delivery) -> Report:
    drive = recording.drive
    with shown(drive.name) as on_progress:
        if target.source == OWNTRACKS:
            return send_fixes(drive, url=target.url, device_key=target.device_key, how=how, on_progress=on_progress)
        return send_drive(
            drive, url=target.url, device_key=target.device_key, boot=recording.boot, how=how, on_progress=on_progress
        )
