"""The user's files that decoders need, read at the start."""

import tomllib
from pathlib import Path

from keitora.errors import SetupError
from keitora.settings import IngestSettings
from keitora_ingestor.decode.mapping_file import compile_mapping
from keitora_ingestor.decode.table import Table, table_of


def load_table(settings: IngestSettings) -> Table:
    """Return the formats to read. Raises SetupError that names file, place and way out if a file is at fault."""
    mapping = None
    if settings.mapping_file is not None:
        mapping = compile_mapping(_text(settings.mapping_file), file=str(settings.mapping_file))
    passphrases = {} if settings.owntracks_keys_file is None else _passphrases(settings.owntracks_keys_file)
    return table_of(mapping=mapping, passphrases=passphrases)


def _passphrases(path: Path) -> dict[str, str]:
    try:
        found = tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise SetupError(f"{path}: this is not TOML: {error}; correct that place") from error
    if wrong := [key for key, value in found.items() if not isinstance(value, str)]:
        raise SetupError(f'{path}: {wrong[0]}: write each phone as "user/device" = "passphrase"')
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"{path}: cannot be read: {error}") from error
