"""The eight trucks of the demo: which of the list each is, what is fitted to it, where it goes, who drives it."""

from dataclasses import dataclass
from typing import Final

from keitora_sim.registration import Truck
from keitora_sim.truck.model import Logger, Spec
from keitora_sim.truck.variants import variants

FLEET_NAME: Final = "Keitora demo farm"
TIME_ZONE: Final = "Asia/Tokyo"
DRIVERS: Final = ("Sato Haruka", "Tanaka Kenji", "Suzuki Yui", "Yamamoto Daichi")

_LOWLAND: Final = ("farm", "village", "cooperative", "market", "customer-east", "station", "riverside", "clinic")
_HIGHLAND: Final = ("farm", "orchard", "terraces", "hamlet", "sawmill", "school", "village")


@dataclass(frozen=True, slots=True)
class DemoTruck:
    """A truck as the owner enters it, and as it is."""

    listed: Truck
    spec: Spec


def _truck(  # what the owner knows beside what the simulator knows
    key: str,
    variant: str,
    logger: Logger,
    *,
    name: str,
    plate: str,
    rounds: tuple[str, ...],
    load_kg: float = 150.0,
    temper: float = 1.0,
    rest_share: float = 0.25,
) -> DemoTruck:
    what = variants()[variant]
    spec = Spec(
        key,
        logger,
        kerb_kg=what.kerb_kg,
        load_kg=load_kg,
        drag_area_m2=what.drag_area_m2,
        engine=what.engine,
        motor=what.motor,
        temper=temper,
        rest_share=rest_share,
        rounds=rounds,
    )
    is_phone = logger is Logger.PHONE
    listed = Truck(
        name=name,
        source="owntracks" if is_phone else "native",
        device_key=f"demo/{key}" if is_phone else f"demo-{key}",
        energy="electric" if what.motor else "petrol",
        displacement_cc=what.displacement_cc,
        plate=plate,
        maker=what.maker,
        model=what.model,
        chassis_code=what.chassis_code,
        tank_l=what.tank_l,
        battery_kwh=what.battery_kwh,
        kerb_kg=what.kerb_kg,
    )
    return DemoTruck(listed, spec)


TRUCKS: Final[tuple[DemoTruck, ...]] = (
    _truck("carry-da16t", "carry-da16t", Logger.OBD_MAP, name="Carry 1", plate="松本 480 あ 11-01", rounds=_LOWLAND),
    _truck(
        "hijet-s510p",
        "hijet-s510p-cvt",
        Logger.OBD_MAP,
        name="Hijet 2",
        plate="松本 480 い 22-02",
        rounds=_HIGHLAND,
        temper=1.1,
    ),
    _truck(
        "acty-ha9", "acty-ha8", Logger.OBD_MAF, name="Acty 3", plate="松本 480 う 33-03", rounds=_LOWLAND, load_kg=220
    ),
    _truck(
        "sambar-tt2",
        "sambar-tt2-sc",
        Logger.OBD_MAP,
        name="Sambar 4",
        plate="松本 480 え 44-04",
        rounds=_HIGHLAND,
        rest_share=0.35,
    ),
    _truck(
        "carry-dd51t",
        "carry-dd51t",
        Logger.PHONE,
        name="Old Carry 5 (1993)",
        plate="松本 41 お 55-05",
        rounds=_HIGHLAND,
        temper=0.9,
    ),
    _truck(
        "old-carry-6",
        "carry-dd51t",
        Logger.TRACKER,
        name="Old Carry 6",
        plate="松本 41 か 66-06",
        rounds=_LOWLAND,
        rest_share=0.35,
    ),
    _truck(
        "minicab-u68t",
        "minicab-miev",
        Logger.EV,
        name="Minicab EV 7",
        plate="松本 480 き 77-07",
        rounds=_LOWLAND,
        temper=0.95,
    ),
    _truck(
        "sambar-tt1",
        "sambar-tt1",
        Logger.KLINE,
        name="Sambar 8",
        plate="松本 480 く 88-08",
        rounds=_HIGHLAND,
        rest_share=0.5,
    ),
)
"""A name and its key stay together from version to version: a demo that was running goes on."""
