"""What an error while writing says: bury this message, or wait for the database."""

import psycopg
import pytest
from psycopg import errors

from keitora_ingestor.blame import is_messages_fault


@pytest.mark.parametrize(
    "error",
    [
        errors.NumericValueOutOfRange(),
        errors.UntranslatableCharacter(),
        errors.CheckViolation(),
        errors.ProgramLimitExceeded(),
        errors.InternalError_(),
        psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes"),
        ValueError("a fault of ours"),
        UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_in_a_message_is_its_fault(error: Exception) -> None:
    assert is_messages_fault(error)


@pytest.mark.parametrize(
    "error",
    [
        psycopg.OperationalError("server closed the connection unexpectedly"),
        psycopg.InterfaceError("the connection is closed"),
        errors.DiskFull(),
        errors.OutOfMemory(),
        errors.TooManyConnections(),
        errors.AdminShutdown(),
        errors.CannotConnectNow(),
        errors.DeadlockDetected(),
        errors.LockNotAvailable(),
        errors.QueryCanceled(),
        errors.ReadOnlySqlTransaction(),
        errors.IoError(),
        errors.DataCorrupted(),
        errors.UndefinedTable(),
        errors.InsufficientPrivilege(),
        MemoryError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_wrong_with_the_moment_or_the_installation_buries_nothing(error: Exception) -> None:
    assert not is_messages_fault(error)
