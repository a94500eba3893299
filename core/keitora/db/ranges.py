"""Rows that hold for a time, learnt anew as a whole and stored so that only what differs is written.

What follows from such rows is made anew where they change (0014_stat_parts.sql); a row that is as it was must not look
like a change.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from psycopg import Connection, sql

_OPEN: Final = {
    "valid_from": sql.SQL("'-infinity'::timestamptz"),
    "valid_to": sql.SQL("'infinity'::timestamptz"),
}


def replace_ranges(
    conn: Connection[Any], table: str, *, vehicle_id: int, key: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Make `rows` all that a table has of a truck. Rows are told apart by `key`; the caller commits.

    All rows name the same columns, `vehicle_id` among them. A moment `valid_from` or `valid_to` of None has no bound.
    """
    name = sql.Identifier(table)
    kept = [sql.SQL("({})").format(sql.SQL(", ").join(_value(column, row[column]) for column in key)) for row in rows]
    among = sql.SQL("AND ({key}) NOT IN (VALUES {kept})").format(key=_names(key), kept=sql.SQL(", ").join(kept))
    forget = sql.SQL("DELETE FROM {table} WHERE vehicle_id = {vehicle_id} {among}").format(
        table=name, vehicle_id=vehicle_id, among=among if kept else sql.SQL("")
    )
    conn.execute(forget)
    for row in rows:
        others = [column for column in row if column not in {"vehicle_id", *key}]
        conn.execute(
            sql.SQL(
                "INSERT INTO {table} AS old ({columns}) VALUES ({values}) ON CONFLICT (vehicle_id, {key}) DO UPDATE"
                " SET {sets} WHERE ({olds}) IS DISTINCT FROM ({news})"
            ).format(
                table=name,
                columns=_names(list(row)),
                values=sql.SQL(", ").join(_value(column, value) for column, value in row.items()),
                key=_names(key),
                sets=sql.SQL(", ").join(
                    sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column)) for column in others
                ),
                olds=sql.SQL(", ").join(sql.Identifier("old", column) for column in others),
                news=sql.SQL(", ").join(sql.Identifier("excluded", column) for column in others),
            )
        )


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _value(column: str, value: Any) -> sql.Composable:
    if value is None and column in _OPEN:
        return _OPEN[column]
    return sql.Literal(value)
