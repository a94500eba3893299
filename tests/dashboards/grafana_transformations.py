"""What Grafana's transformations make of the fields, as far as our dashboards use them."""

from typing import Any

from tests.dashboards.infinity import Field, Json


def transform(fields: list[Field], transformations: list[Json]) -> list[Field]:
    """Apply the transformations of a panel, in order."""
    for transformation in transformations:
        if fields:
            fields = _KNOWN[transformation["id"]](fields, transformation["options"])
    return fields


def _named(fields: list[Field], name: str) -> Field:
    found = [field for field in fields if field.name == name]
    assert found, f"no field '{name}' among {[field.name for field in fields]}"
    return found[0]


def _rows(fields: list[Field], rows: list[int]) -> list[Field]:
    return [Field(field.name, field.type, [field.values[row] for row in rows], field.labels) for field in fields]


def _sum(values: list[Any]) -> float:
    return sum((value for value in values if value is not None), 0.0)


def _filter(fields: list[Field], options: Json) -> list[Field]:
    assert options["type"] == "include"
    kept = list(range(len(fields[0].values)))
    for rule in options["filters"]:
        assert rule["config"]["id"] == "isNotNull"
        values = _named(fields, rule["fieldName"]).values
        kept = [row for row in kept if values[row] is not None]
    return _rows(fields, kept)


def _group(fields: list[Field], options: Json) -> list[Field]:
    chosen = options["fields"]
    (key,) = [name for name, how in chosen.items() if how["operation"] == "groupby"]
    values = _named(fields, key).values
    groups = list(dict.fromkeys(values))
    made = [Field(key, "string", groups)]
    for name, how in chosen.items():
        if how["operation"] == "aggregate":
            (how_much,) = how["aggregations"]
            numbers = _named(fields, name).values
            grouped = [[n for n, v in zip(numbers, values, strict=True) if v == group] for group in groups]
            found = [_sum(some) if how_much == "sum" else float(len(some)) for some in grouped]
            assert how_much in {"sum", "count"}
            made.append(Field(f"{name} ({how_much})", "number", found))
    return made


def _organize(fields: list[Field], options: Json) -> list[Field]:
    for name in (*options["indexByName"], *options["renameByName"], *options["excludeByName"]):
        _named(fields, name)
    order = options["indexByName"]
    kept = [field for field in fields if not options["excludeByName"].get(field.name)]
    return sorted(kept, key=lambda field: order.get(field.name, len(order)))


def _partition(fields: list[Field], options: Json) -> list[Field]:
    assert options["naming"] == {"asLabels": True}
    (by,) = options["fields"]
    keys = _named(fields, by).values
    made = []
    for key in dict.fromkeys(keys):
        rows = [row for row, found in enumerate(keys) if found == key]
        for field in fields:
            if field.name != by:
                own = [field.values[row] for row in rows]
                made.append(Field(field.name, field.type, own, (*field.labels, (by, key))))
    return made


def _sort(fields: list[Field], options: Json) -> list[Field]:
    (by,) = options["sort"]
    values = _named(fields, by["field"]).values
    return _rows(fields, sorted(range(len(values)), key=lambda row: values[row], reverse=by["desc"]))


_KNOWN = {
    "filterByValue": _filter,
    "groupBy": _group,
    "organize": _organize,
    "partitionByValues": _partition,
    "sortBy": _sort,
}
