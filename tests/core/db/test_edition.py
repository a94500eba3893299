"""What is made of the edition and version of TimescaleDB."""

import psycopg
import pytest

from keitora.db.edition import Edition, ask_edition
from keitora.errors import SetupError
from keitora.local.testing import TemporaryPostgres, servers


@pytest.mark.parametrize(
    ("edition", "can_compress", "can_read"),
    [
        (Edition("apache", "2.29.2"), False, False),
        (Edition("community", "2.29.2"), True, True),
        (Edition("community", "2.21.0-rc1"), True, True),
        (Edition("community", "2.19.3"), False, True),
        (Edition("community", "3.0"), True, True),
    ],
)
def test_compression_needs_the_community_edition_and_a_version_that_finds_late_rows_again(
    edition: Edition, can_compress: bool, can_read: bool
) -> None:
    assert (edition.can_compress, edition.can_read_compressed) == (can_compress, can_read)


def test_the_database_says_what_the_files_of_its_server_say(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        assert ask_edition(conn).name == servers().postgres.edition


def test_a_database_without_the_extension_is_told_so(postgres: TemporaryPostgres) -> None:
    with (
        psycopg.connect(postgres.url.rsplit("/", 1)[0] + "/postgres") as conn,
        pytest.raises(SetupError, match="keitora migrate"),
    ):
        ask_edition(conn)
