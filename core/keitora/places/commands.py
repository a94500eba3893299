"""`keitora place`."""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from keitora.errors import KeitoraError
from keitora.fleets.console import chosen_fleet, open_database
from keitora.places.geojson import drafts_from_geojson, places_to_geojson
from keitora.places.kml import MAX_BYTES, kml_to_geojson
from keitora.places.model import PLACE_KINDS, Circle, Place, PlaceDraft, PlaceKind
from keitora.places.queries import add_place, drop_place, list_places, update_place
from keitora.places.shapes import ShapeError, checked

_BY = "command line"
_ASKED = "The past is being looked through."


def place(argv: list[str]) -> int:
    """Name places, one by one or from a map program's file (GeoJSON, KML); rename, list and remove them."""
    arguments = _parser().parse_args(argv)
    done: int = arguments.run(arguments)
    return done


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="keitora place", description=place.__doc__)
    actions = parser.add_subparsers(required=True, metavar="list|add|import|rename|remove")

    listing = actions.add_parser("list", help="the fleet's places")
    listing.add_argument("--geojson", action="store_true", help="as a GeoJSON file for map programs")
    listing.set_defaults(run=_list)

    adding = actions.add_parser("add", help="name a circle; outlines are imported")
    adding.add_argument("name", metavar="NAME")
    adding.add_argument("--at", required=True, metavar="LAT,LON", help="its centre (degrees)")
    adding.add_argument("--radius-m", type=float, default=80, metavar="M", help="its radius (default: 80)")
    _add_nature(adding)
    adding.set_defaults(run=_add)

    bring = actions.add_parser("import", help="name all places of a GeoJSON, KML or KMZ file, or none if one is wrong")
    bring.add_argument("file", type=Path, metavar="FILE")
    bring.add_argument("--name-by", metavar="PROPERTY", help="which property is the name (default: name, or title)")
    bring.add_argument("--radius-m", type=float, metavar="M", help="of points that tell none")
    bring.add_argument("--update", action="store_true", help="change places of these names instead of refusing")
    _add_nature(bring)
    bring.set_defaults(run=_import)

    renaming = actions.add_parser("rename", help="give a place another name; its visits stay as they are")
    renaming.add_argument("name", metavar="NAME")
    renaming.add_argument("new_name", metavar="NEW_NAME")
    renaming.set_defaults(run=_rename)

    removing = actions.add_parser("remove", help="take a place's name away; its visits go with it")
    removing.add_argument("name", metavar="NAME")
    removing.set_defaults(run=_remove)
    for action in (listing, adding, bring, renaming, removing):
        action.add_argument("--fleet", help="whose; may be left out if there is only one")
    return parser


def _add_nature(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kind", choices=PLACE_KINDS, help="what it is (default: other)")
    parser.add_argument(
        "--on-farm",
        action=argparse.BooleanOptionalAction,
        help="whether it is the farm's own ground (default: fields are)",
    )
    parser.add_argument(
        "--excuses-idling",
        action="store_const",
        const=True,
        help="an engine must run there: a lift, a pump, a cooled load",
    )


def _list(arguments: argparse.Namespace) -> int:
    with open_database() as conn:
        places = list_places(conn, fleet_id=chosen_fleet(conn, arguments.fleet).fleet_id)
    if arguments.geojson:
        print(json.dumps(places_to_geojson(places), ensure_ascii=False, indent=1))
        return 0
    for one in places:
        size = f"{one.shape.radius_m:.0f} m about" if isinstance(one.shape, Circle) else f"{one.area_m2:,.0f} m²"
        print(f"{one.name:<24} {one.kind:<9} {'on farm' if one.on_farm else 'road':<8} {size}")
    if not places:
        print("No place has a name yet.")
    return 0


def _add(arguments: argparse.Namespace) -> int:
    kind: PlaceKind = arguments.kind or "other"
    draft = PlaceDraft(
        name=_checked_name(arguments.name),
        shape=checked(_circle(arguments.at, arguments.radius_m)),
        kind=kind,
        on_farm=kind == "field" if arguments.on_farm is None else arguments.on_farm,
        excuses_idling=bool(arguments.excuses_idling),
    )
    with open_database() as conn:
        add_place(conn, fleet_id=chosen_fleet(conn, arguments.fleet).fleet_id, draft=draft, by=_BY)
    print(f"{draft.name} is named. {_ASKED}")
    return 0


def _import(arguments: argparse.Namespace) -> int:
    told = {name: getattr(arguments, name) for name in ("kind", "on_farm", "radius_m", "excuses_idling")}
    defaults = {name: value for name, value in told.items() if value is not None}
    try:
        drafts = drafts_from_geojson(read_features(arguments.file), name_by=arguments.name_by, defaults=defaults)
    except ShapeError as error:
        raise KeitoraError(f"{arguments.file}: {error}") from error
    with open_database() as conn:
        fleet_id = chosen_fleet(conn, arguments.fleet).fleet_id
        known = {one.name: one for one in list_places(conn, fleet_id=fleet_id)}
        changed = {one.name: one for one in drafts if one.name in known and one != _draft_of(known[one.name])}
        if changed and not arguments.update:
            raise KeitoraError(f"there are other places of these names: {', '.join(changed)}; --update changes them")
        new = [one for one in drafts if one.name not in known]
        for draft in new:
            add_place(conn, fleet_id=fleet_id, draft=draft, by=_BY)
        for name, draft in changed.items():
            update_place(conn, fleet_id=fleet_id, place_id=known[name].place_id, draft=draft, by=_BY)
    same_count = len(drafts) - len(new) - len(changed)
    print(f"{len(new)} places named, {len(changed)} changed, {same_count} were there already. {_ASKED}")
    return 0


def _rename(arguments: argparse.Namespace) -> int:
    name = _checked_name(arguments.new_name)
    with open_database() as conn:
        fleet_id, found = _chosen(conn, arguments)
        draft = replace(_draft_of(found), name=name)
        update_place(conn, fleet_id=fleet_id, place_id=found.place_id, draft=draft, by=_BY)
    print(f"{found.name} is named {name} now.")
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    with open_database() as conn:
        fleet_id, found = _chosen(conn, arguments)
        drop_place(conn, fleet_id=fleet_id, place_id=found.place_id, by=_BY)
    print(f"{found.name} has no name any more.")
    return 0


def read_features(path: Path) -> dict[str, Any]:
    """Return the features of a GeoJSON, KML or KMZ file. Raises KeitoraError if it is none, or cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise KeitoraError(f"{path}: {error.strerror}") from error
    if path.suffix.lower() in {".kml", ".kmz"} or content.lstrip()[:1] == b"<":
        return kml_to_geojson(content)
    if len(content) > MAX_BYTES:
        raise ShapeError(f"a file of places has at most {MAX_BYTES // 1_000_000} MB")
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except ValueError as error:
        raise ShapeError(f"this is neither GeoJSON nor KML: {error}") from error
    if not isinstance(found, dict):
        raise ShapeError("places are imported from a GeoJSON FeatureCollection")
    return found


def _chosen(conn: psycopg.Connection, arguments: argparse.Namespace) -> tuple[int, Place]:
    fleet_id = chosen_fleet(conn, arguments.fleet).fleet_id
    for one in list_places(conn, fleet_id=fleet_id):
        if one.name == arguments.name:
            return fleet_id, one
    raise KeitoraError(f"there is no place named '{arguments.name}'")


def _draft_of(found: Place) -> PlaceDraft:
    return PlaceDraft(
        name=found.name,
        shape=found.shape,
        kind=found.kind,
        on_farm=found.on_farm,
        exit_margin_m=found.exit_margin_m,
        dwell_s=found.dwell_s,
        away_s=found.away_s,
        excuses_idling=found.excuses_idling,
    )


def _circle(at: str, radius_m: float) -> Circle:
    try:
        lat, lon = map(float, at.split(","))
    except ValueError as error:
        raise KeitoraError(f"'{at}' is not LAT,LON, such as 36.65,138.18") from error
    return Circle(lat, lon, radius_m)


def _checked_name(name: str) -> str:
    stripped = name.strip()
    if not 1 <= len(stripped) <= 100:
        raise KeitoraError("a place needs a name of 1 to 100 letters")
    return stripped
