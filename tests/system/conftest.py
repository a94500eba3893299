"""The ingestor's yard serves the tests of the whole as well."""

from tests.ingestor.conftest import yard

__all__ = ["yard"]
