"""What Grafana does with the rows before a panel shows them. Pure."""

from collections.abc import Mapping, Sequence
from typing import Literal

from keitora_dashboards.query import Json


def only_known(field: str) -> Json:
    """Return: leave out the rows where the field is null."""
    known = {"fieldName": field, "config": {"id": "isNotNull", "options": {}}}
    return {"id": "filterByValue", "options": {"type": "include", "match": "all", "filters": [known]}}


def sum_by(field: str, numbers: Sequence[str]) -> Json:
    """Return: one row for each value of the field, with the sums of the numbers as `NAME (sum)`."""
    fields: Json = {field: {"operation": "groupby", "aggregations": []}}
    fields |= {number: {"operation": "aggregate", "aggregations": ["sum"]} for number in numbers}
    return {"id": "groupBy", "options": {"fields": fields}}


def count_by(field: str, counted: str) -> Json:
    """Return: one row for each value of the field, with the number of rows as `NAME (count)`."""
    fields: Json = {
        field: {"operation": "groupby", "aggregations": []},
        counted: {"operation": "aggregate", "aggregations": ["count"]},
    }
    return {"id": "groupBy", "options": {"fields": fields}}


def divide(field: str) -> Json:
    """Return: a frame for each value of the field, which becomes the label of the others."""
    return {
        "id": "partitionByValues",
        "options": {"fields": [field], "keepFields": False, "naming": {"asLabels": True}},
    }


def sort(field: str, direction: Literal["up", "down"]) -> Json:
    """Return: the rows in the order of a field."""
    return {"id": "sortBy", "options": {"fields": {}, "sort": [{"field": field, "desc": direction == "down"}]}}


def arrange(order: Sequence[str], *, names: Mapping[str, str] | None = None, drop: Sequence[str] = ()) -> Json:
    """Return: the fields in this order, with these names, without those dropped."""
    return {
        "id": "organize",
        "options": {
            "indexByName": {field: place for place, field in enumerate(order)},
            "renameByName": dict(names or {}),
            "excludeByName": dict.fromkeys(drop, True),
            "includeByName": {},
        },
    }
