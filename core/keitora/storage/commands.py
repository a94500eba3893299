"""`keitora storage`: how samples are kept, and doing now what is done now and then."""

import argparse
from typing import Any

import psycopg
from psycopg import Connection

from keitora.clock import utc_now
from keitora.db.edition import ask_edition
from keitora.db.session import CONNECT_WITHIN_S
from keitora.errors import KeitoraError
from keitora.local.state import database_url
from keitora.settings import StorageSettings
from keitora.storage.packing import compress_all, drop_unfinished, read_compression, tighten_next, unpack
from keitora.storage.queries import read_stored
from keitora.storage.retention import drop_old, list_kept
from keitora.storage.tidy import told


def storage(argv: list[str]) -> int:
    """Show how samples are kept and what they take; pack old weeks and drop what is too old now; undo compression."""
    parser = argparse.ArgumentParser(prog="keitora storage", description=storage.__doc__)
    actions = parser.add_subparsers(dest="action", metavar="show|tidy|unpack")
    actions.add_parser("show", help="edition, size, how long samples are kept (the default)")
    actions.add_parser("tidy", help="pack old weeks and drop samples that are too old, now")
    actions.add_parser("unpack", help="decompress everything: the Apache edition cannot read compressed samples")
    action = parser.parse_args(argv).action
    settings = StorageSettings()
    with psycopg.connect(database_url(), autocommit=True, connect_timeout=CONNECT_WITHIN_S) as conn:
        if action == "tidy":
            _tidy(conn, settings)
        elif action == "unpack":
            _unpack(conn)
        else:
            _show(conn, settings)
    return 0


def _show(conn: Connection[Any], settings: StorageSettings) -> None:
    edition, found = ask_edition(conn), read_stored(conn)
    print(f"TimescaleDB {edition.timescale_version}, {edition.name} edition")
    each = "" if found.bytes_each is None else f", {found.bytes_each:.0f} bytes each with their indexes"
    print(f"about {found.sample_count:,} samples in {found.chunk_count} weeks, {found.size_bytes / 1e6:,.1f} MB{each}")
    word = "compressed" if edition.can_compress else "with a dense index"
    policy = read_compression(conn).policy_days if edition.can_compress else settings.pack_samples_after_days
    after = f"weeks older than {policy} days are to be" if policy else "old weeks are not to be"
    print(f"{found.packed_count} weeks are {word}; {after}")
    for one in list_kept(conn, keep_days=settings.keep_samples_days):
        kept = f"{one.keep_samples_days} days" if one.keep_samples_days else "for ever"
        source = "" if one.is_own_setting else ", as the installation says"
        closed = f"; books closed until {one.closed_until:%Y-%m-%d %H:%M}Z" if one.closed_until else ""
        print(f"{one.fleet_name}: samples are kept {kept}{source}{closed}")


def _tidy(conn: Connection[Any], settings: StorageSettings) -> None:
    print(told(drop_old(conn, keep_days=settings.keep_samples_days, now=utc_now())))
    days = settings.pack_samples_after_days
    if not days:
        print("old weeks are not packed: KEITORA_PACK_SAMPLES_AFTER_DAYS is 0")
    elif ask_edition(conn).can_compress:
        print(f"{compress_all(conn, before_days=days)} weeks older than {days} days are compressed")
        conn.execute("ANALYZE sample")  # a week that was compressed is not counted until then
    else:
        drop_unfinished(conn)
        conn.execute("ANALYZE sample")
        count = 0
        while tighten_next(conn, after_days=days):
            count += 1
        print(f"{count} indexes of weeks older than {days} days were made dense")


def _unpack(conn: Connection[Any]) -> None:
    if not ask_edition(conn).can_read_compressed:
        raise KeitoraError("only the Community edition can read what is compressed; start that one first")
    print(f"{unpack(conn)} weeks decompressed, and none is compressed any more until the next keitora migrate")
