"""All kinds of episodes, in the order they are told."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from keitora.episodes.battery import WEAK_BATTERY, WEAK_CRANKING
from keitora.episodes.bounds import OUT_OF_AREA, OUT_OF_HOURS
from keitora.episodes.driverless import DRIVERLESS
from keitora.episodes.harsh import HARSH_ACCELERATION, HARSH_BRAKING, HARSH_CORNERING
from keitora.episodes.heat import HEATING_UP, OVERHEATING
from keitora.episodes.lamp import TROUBLE_CODE, WARNING_LAMP
from keitora.episodes.learnt import FUEL_LOSS, TANK_MISMATCH
from keitora.episodes.levels import LOW_CHARGE, LOW_FUEL
from keitora.episodes.model import Kind, Meaning
from keitora.episodes.revs import COLD_REV, OVER_REV
from keitora.episodes.silence import SILENT
from keitora.episodes.speeding import OVER_SPEED
from keitora.episodes.towed import POWER_CUT, TOWED

MEANINGS: Final[Mapping[Kind, Meaning]] = MappingProxyType(
    {
        one.kind: one
        for one in (
            OVERHEATING,
            HEATING_UP,
            OVER_REV,
            COLD_REV,
            WARNING_LAMP,
            TROUBLE_CODE,
            WEAK_BATTERY,
            WEAK_CRANKING,
            POWER_CUT,
            TOWED,
            SILENT,
            DRIVERLESS,
            OUT_OF_AREA,
            OUT_OF_HOURS,
            LOW_FUEL,
            LOW_CHARGE,
            FUEL_LOSS,
            TANK_MISMATCH,
            OVER_SPEED,
            HARSH_ACCELERATION,
            HARSH_BRAKING,
            HARSH_CORNERING,
        )
    }
)
