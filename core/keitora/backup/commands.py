"""`keitora backup` and `keitora restore`."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from keitora.backup.archive import reading
from keitora.backup.keep import prune
from keitora.backup.load import check
from keitora.backup.load import restore as bring_back
from keitora.backup.save import files_of, save
from keitora.clock import utc_now
from keitora.errors import SetupError
from keitora.local import state
from keitora.local.paths import Home


def backup(argv: list[str]) -> int:
    """Write everything into one file: the database, devices' credentials included; on one box the passwords too."""
    parser = argparse.ArgumentParser(prog="keitora backup", description=backup.__doc__)
    parser.add_argument("file", type=Path, nargs="?", help="file, or folder for keitora-DATE.zip (default: here)")
    parser.add_argument(
        "--include", type=Path, action="append", default=[], metavar="PATH", help="keep this file or folder as well"
    )
    parser.add_argument(
        "--keep", type=_count, metavar="N", help="afterwards remove all but the newest N backups of that folder"
    )
    parser.add_argument(
        "--check", action="store_true", help="then bring it back beside the database and compare counts"
    )
    parser.add_argument("--quiet", action="store_true", help="no line for each table")
    arguments = parser.parse_args(argv)
    now = utc_now()
    path = arguments.file or Path()
    if path.is_dir():
        path /= f"keitora-{now:%Y-%m-%d-%H%M%S}.zip"
    url = state.database_url()
    running = state.running()
    extra = files_of(Home(running.home)) if running and running.database.url == url else []
    extra += [found for given in arguments.include for found in _included(given)]
    tell = _silent if arguments.quiet else print
    with _explained():
        made = save(url, path, extra=extra, now=now, tell=tell)
        if arguments.check:
            check(url, path, tell=_silent)
    size_mb = path.stat().st_size / 1e6
    proven = ", brought back and counted" if arguments.check else ""
    told = f"{made.row_count:,} rows of {len(made.tables)} tables, {len(made.files)} files, {size_mb:.1f} MB"
    print(f"{path}: {told}{proven}")
    if arguments.keep:
        for old in prune(path, arguments.keep):
            print(f"{old} removed; the newest {arguments.keep} are kept")
    return 0


def restore(argv: list[str]) -> int:
    """Bring a backup back. It is filled into a database of its own and counted before it takes the old one's place."""
    parser = argparse.ArgumentParser(prog="keitora restore", description=restore.__doc__)
    parser.add_argument("file", type=Path, help="what keitora backup wrote")
    parser.add_argument("--check", action="store_true", help="only prove that it can be brought back; change nothing")
    parser.add_argument(
        "--replace", action="store_true", help="even if the database holds something; that is kept aside"
    )
    parser.add_argument("--files-to", type=Path, metavar="FOLDER", help="write the files beside the database there")
    arguments = parser.parse_args(argv)
    url = state.database_url()
    with _explained():
        if arguments.check:
            found, aside = check(url, arguments.file, tell=print), None
        else:
            found, aside = bring_back(url, arguments.file, replace=arguments.replace, now=utc_now(), tell=print)
    done = "can be" if arguments.check else "were"
    print(f"{found.row_count:,} rows of {found.made_at:%Y-%m-%d %H:%M} UTC {done} brought back")
    if aside:
        print(f"What was there before is kept as the database {aside}; drop it when nothing is missing.")
    if arguments.files_to:
        with reading(arguments.file) as archive:
            for written in archive.extract_files(arguments.files_to):
                print(f"{written} written")
    elif found.files and not arguments.check:
        print(f"The backup also holds {', '.join(found.files)}: --files-to FOLDER writes them.")
    return 0


def _included(path: Path) -> list[tuple[Path, str]]:
    """Return a file, or a folder's files, each with the name under which it is kept."""
    if path.is_file():
        return [(path, path.name)]
    if not path.is_dir():
        raise SetupError(f"there is no file or folder {path}")
    inside = sorted(file for file in path.rglob("*") if file.is_file())
    return [(file, str(Path(path.resolve().name, file.relative_to(path)))) for file in inside]


def _count(word: str) -> int:
    number = int(word)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _silent(_: str) -> None:
    pass


@contextmanager
def _explained() -> Iterator[None]:
    """Turn errors of the database into ours."""
    try:
        yield
    except psycopg.errors.UndefinedTable as error:
        raise SetupError("the database has no schema yet; run: keitora migrate") from error
    except psycopg.Error as error:
        raise SetupError(f"the database refused: {error}") from error
