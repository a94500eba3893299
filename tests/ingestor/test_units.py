"""A device that sends miles: what it announced once holds for what it sends later."""

import json
from datetime import timedelta

from tests.ingestor.conftest import NOW, Yard

SPEED = "obd2mqtt/A1B2C3D4E5F6_speed"
ANNOUNCEMENT = "homeassistant/sensor/obd2mqtt/A1B2C3D4E5F6_speed/config"


def announced(unit: str) -> bytes:
    return json.dumps({"stat_t": SPEED, "unit_of_meas": unit}).encode()


def speeds(yard: Yard) -> list[float]:
    return [round(speed, 3) for (speed,) in yard.rows("SELECT speed_kmh FROM sample ORDER BY sampled_at")]


def test_an_announced_unit_holds_in_its_own_batch_and_in_later_ones(yard: Yard) -> None:
    yard.device("A1B2C3D4E5F6", source="obd2mqtt")

    yard.send_timed([(NOW, ANNOUNCEMENT, announced("mph")), (NOW + timedelta(seconds=1), SPEED, b"30")])
    yard.send(SPEED, b"40", received_at=NOW + timedelta(seconds=5))

    assert speeds(yard) == [48.28, 64.374]


def test_a_profile_that_is_changed_to_metric_is_believed(yard: Yard) -> None:
    yard.device("A1B2C3D4E5F6", source="obd2mqtt")
    yard.send(ANNOUNCEMENT, announced("mph"))

    yard.send(ANNOUNCEMENT, announced("km/h"))
    yard.send(SPEED, b"40")

    assert speeds(yard) == [40]


def test_another_device_is_not_meant(yard: Yard) -> None:
    yard.device("A1B2C3D4E5F6", source="obd2mqtt")
    yard.device("FFFFFFFFFFFF", source="obd2mqtt")

    yard.send(ANNOUNCEMENT, announced("mph"))
    yard.send("obd2mqtt/FFFFFFFFFFFF_speed", b"40")

    assert speeds(yard) == [40]
