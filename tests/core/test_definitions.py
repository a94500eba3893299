"""Each derived number is defined once, in both languages, and shown with that sentence."""

import re
from typing import Any

import pytest
from pydantic import SecretStr

from keitora.definitions import CHAPTERS, DEFINITIONS, Definition
from keitora.episodes.catalogue import MEANINGS
from keitora_api.app import create_app
from keitora_api.settings import ServiceSettings
from keitora_dashboards.catalogue import files

ENTERED_OR_SAMPLED = {
    # Names and numbers of things.
    "id", "entry_id", "vehicle_id", "driver_id", "device_id", "person_id", "fleet_id", "status", "age_s",
    # What the loggers said, as docs/reference/signals.md has it.
    "lat", "lon", "altitude_m", "heading_deg", "accuracy_m", "speed_kmh", "engine_rpm", "coolant_temp_c", "battery_v",
    "fuel_level_pct", "soc_pct", "soc_from_pct", "soc_to_pct", "from_soc_pct", "to_soc_pct", "ambient_temp_c",
    # What people said.
    "corrected_distance_km", "on_farm", "radius_m", "exit_margin_m", "dwell_s", "displacement_cc",
    "volumetric_efficiency", "tank_l", "battery_kwh", "kerb_kg", "has_fuel_cut", "archived",
    "every_months", "every_km", "every_hours_h",
    # Of a file that was sent.
    "kept_count", "new_count",
    # Of a place's outline, and how many trucks there are.
    "area_m2", "is_being_asked", "vehicle_count",
    # Of accounts, and of a logger's way in.
    "is_disabled", "is_this", "lasts_h", "is_encrypted", "host_is_guess", "is_only_here",
}  # fmt: skip
ENTRIES = {
    "Correct",
    "Describe",
    "FillUpAnswer",
    "FillUpEntry",
    "BandAnswer",
    "BandBody",
    "ChargeEntryAnswer",
    "ChargeEntryBody",
    "PriceAnswer",
    "PriceBody",
    "TariffAnswer",
    "TariffBody",
    "PlaceBody",
    "PlaceAnswer",
    "QuestionAnswer",
    "ReadingBody",
    "ReadingOfTruck",
    "UpkeepBody",
    "DoneBody",
    "DoneAnswer",
}
"""Schemas whose numbers are all typed in."""


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    told: dict[str, Any] = create_app(ServiceSettings(database_url=SecretStr("postgresql://nowhere/none"))).openapi()
    made: dict[str, Any] = told["components"]["schemas"]
    return made


def is_number(field: dict[str, Any]) -> bool:
    kinds = {field.get("type"), *(one.get("type") for one in field.get("anyOf", []))}
    return bool(kinds & {"number", "integer", "boolean"})


def starts_with_a_definition(text: str) -> bool:
    return any(text.startswith(one.en) for one in DEFINITIONS.values())


def test_every_derived_number_of_the_api_is_described_by_its_definition(schemas: dict[str, Any]) -> None:
    undefined = [
        f"{schema}.{name}"
        for schema, made in schemas.items()
        if schema not in ENTRIES
        for name, field in made.get("properties", {}).items()
        if is_number(field)
        and name not in ENTERED_OR_SAMPLED
        and not starts_with_a_definition(field.get("description", ""))
    ]

    assert not undefined, "\n".join(undefined)


def test_every_panel_is_described_by_a_definition_in_its_language() -> None:
    import json  # noqa: PLC0415 -- only here

    for name, text in files().items():
        parts = json.loads(text)["panels"]
        for panel in (panel for part in parts for panel in part.get("panels", [part])):
            sentences = [one.ja if name.endswith("-ja.json") else one.en for one in DEFINITIONS.values()]
            assert any(one in panel["description"] for one in sentences), (name, panel["title"])


@pytest.mark.parametrize("one", DEFINITIONS.values(), ids=lambda one: one.key)
def test_no_definition_is_unused(one: Definition, schemas: dict[str, Any]) -> None:
    told = [field.get("description", "") for made in schemas.values() for field in made.get("properties", {}).values()]
    told += [made.get("description", "") for made in schemas.values()]
    told += files().values()

    assert any(one.en in text for text in told)


def test_no_two_numbers_share_a_key_a_name_or_a_sentence() -> None:
    everything = [one for chapter in CHAPTERS.values() for one in chapter]

    for attribute in ("key", "name_en", "name_ja", "en", "ja"):
        texts = [getattr(one, attribute) for one in everything]
        assert len(set(texts)) == len(texts), attribute


@pytest.mark.parametrize("one", [*DEFINITIONS.values(), *MEANINGS.values()], ids=lambda one: one.name_en)
def test_a_definition_is_a_sentence_in_each_language(one: Definition) -> None:
    assert re.fullmatch(r"[A-Z].*\.", one.en)
    assert one.ja.endswith("。")
    assert not re.search(r"[ぁ-んァ-ン一-龥]", one.en)
    assert re.search(r"[ぁ-んァ-ン]", one.ja)
