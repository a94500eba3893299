"""Tables as CSV and as XLSX."""

import asyncio
import csv
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from zoneinfo import ZoneInfo

import xlsxwriter

from keitora_api.exports.columns import Cell, Language, Table
from keitora_api.exports.rows import Page

_BOM: Final = "\ufeff"
"""Spreadsheets take a file without it for one of the machine's old encoding, and spoil Japanese."""
_CHUNK_BYTES: Final = 65_536
_LAST_LINE: Final = 1_048_575
"""An XLSX sheet has 1,048,576 lines and drops what comes after: the table goes on in another sheet."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a text begins that a spreadsheet may run, after OWASP's page on CSV injection; the wide ones in Japan too."""


async def csv_text(table: Table, pages: AsyncIterator[Page], language: Language, zone: ZoneInfo) -> AsyncIterator[str]:
    """Yield a table as CSV (RFC 4180, UTF-8 with a byte order mark): first the headings, then page after page.

    Moments are local times of the zone in the heading. A text that a spreadsheet would run as a formula gets an
    apostrophe before it.
    """
    yield _BOM + _lines([[column.title(language, zone) for column in table]])
    async for page in pages:
        yield _lines([[_plain(column.cell(row), zone) for column in table] for row in page])


async def xlsx_bytes(
    table: Table, pages: AsyncIterator[Page], language: Language, zone: ZoneInfo
) -> AsyncIterator[bytes]:
    """Yield a table as an XLSX workbook. It is written to a file row by row and sent from there: memory stays flat."""
    with TemporaryDirectory(prefix="keitora-export-") as folder:
        path = Path(folder) / "table.xlsx"
        book = xlsxwriter.Workbook(
            path, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": folder}
        )
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        titles = [column.title(language, zone) for column in table]
        sheet, line = _begun(book, titles), 1
        async for page in pages:
            cells = [[column.cell(row) for column in table] for row in page]
            while cells:
                if line > _LAST_LINE:
                    sheet, line = _begun(book, titles), 1
                here = cells[: _LAST_LINE + 1 - line]
                await asyncio.to_thread(_write, sheet, line, here, zone, moment)
                line, cells = line + len(here), cells[len(here) :]
        await asyncio.to_thread(book.close)
        with path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, _CHUNK_BYTES):
                yield piece


def _begun(book: Any, titles: Sequence[str]) -> Any:
    """Return a new sheet with its headings, which stay in view."""
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(titles) - 1, 16)
    for number, title in enumerate(titles):
        sheet.write_string(0, number, title, bold)
    return sheet


def _write(sheet: Any, line: int, rows: Sequence[Sequence[Cell]], zone: ZoneInfo, moment: Any) -> None:
    for offset, cells in enumerate(rows):
        for number, cell in enumerate(cells):
            if isinstance(cell, datetime):
                sheet.write_datetime(line + offset, number, cell.astimezone(zone).replace(tzinfo=None), moment)
            elif isinstance(cell, str):
                sheet.write_string(line + offset, number, cell)
            elif cell is not None:
                sheet.write_number(line + offset, number, cell)


def _lines(rows: Sequence[Sequence[Any]]) -> str:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _plain(cell: Cell, zone: ZoneInfo) -> str | float | int | None:
    if isinstance(cell, datetime):
        return cell.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
