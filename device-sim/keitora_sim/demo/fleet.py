"""The eight trucks of the demo: what each is, what is fitted to it, where it goes, who drives it."""

from dataclasses import dataclass
from typing import Final

from keitora_sim.registration import Truck
from keitora_sim.truck.model import Engine, Logger, Motor, Spec

FLEET_NAME: Final = "Keitora demo farm"
TIME_ZONE: Final = "Asia/Tokyo"
DRIVERS: Final = ("Sato Haruka", "Tanaka Kenji", "Suzuki Yui", "Yamamoto Daichi")

_LOWLAND: Final = ("farm", "village", "cooperative", "market", "customer-east", "station", "riverside", "clinic")
_HIGHLAND: Final = ("farm", "orchard", "terraces", "hamlet", "sawmill", "school", "village")
_CARBURETTOR: Final = Engine(displacement_cc=657, idle_rpm=950, most_torque_nm=52, indicated_efficiency=0.24, tank_l=32)


@dataclass(frozen=True, slots=True)
class DemoTruck:
    """A truck as the owner enters it, and as it is."""

    listed: Truck
    spec: Spec


def _truck(  # what the owner knows beside what the simulator knows
    spec: Spec,
    *,
    name: str,
    maker: str,
    model: str,
    chassis_code: str,
    plate: str,
    displacement_cc: float | None = None,
    tank_l: float | None = None,
    battery_kwh: float | None = None,
) -> DemoTruck:
    is_phone = spec.logger is Logger.PHONE
    return DemoTruck(
        Truck(
            name=name,
            source="owntracks" if is_phone else "native",
            device_key=f"demo/{spec.key}" if is_phone else f"demo-{spec.key}",
            energy="electric" if spec.motor else "petrol",
            displacement_cc=displacement_cc,
            plate=plate,
            maker=maker,
            model=model,
            chassis_code=chassis_code,
            tank_l=tank_l,
            battery_kwh=battery_kwh,
            kerb_kg=spec.kerb_kg,
        ),
        spec,
    )


TRUCKS: Final[tuple[DemoTruck, ...]] = (
    _truck(
        Spec("carry-da16t", Logger.OBD_MAP, kerb_kg=710, engine=Engine(), rounds=_LOWLAND),
        name="Carry 1",
        maker="Suzuki",
        model="Carry",
        chassis_code="DA16T",
        plate="松本 480 あ 11-01",
        displacement_cc=658,
        tank_l=34,
    ),
    _truck(
        Spec("hijet-s510p", Logger.OBD_MAP, kerb_kg=750, engine=Engine(), rounds=_HIGHLAND, temper=1.1),
        name="Hijet 2",
        maker="Daihatsu",
        model="Hijet Truck",
        chassis_code="S510P",
        plate="松本 480 い 22-02",
        displacement_cc=658,
        tank_l=34,
    ),
    _truck(
        Spec("acty-ha9", Logger.OBD_MAF, kerb_kg=760, load_kg=220, engine=Engine(tank_l=35), rounds=_LOWLAND),
        name="Acty 3",
        maker="Honda",
        model="Acty",
        chassis_code="HA9",
        plate="松本 480 う 33-03",
        displacement_cc=656,
        tank_l=35,
    ),
    _truck(
        Spec("sambar-tt2", Logger.OBD_MAP, kerb_kg=740, engine=Engine(tank_l=40), rounds=_HIGHLAND, rest_share=0.35),
        name="Sambar 4",
        maker="Subaru",
        model="Sambar",
        chassis_code="TT2",
        plate="松本 480 え 44-04",
        displacement_cc=658,
        tank_l=40,
    ),
    _truck(
        Spec("carry-dd51t", Logger.PHONE, kerb_kg=650, engine=_CARBURETTOR, rounds=_HIGHLAND, temper=0.9),
        name="Old Carry 5 (1993)",
        maker="Suzuki",
        model="Carry",
        chassis_code="DD51T",
        plate="松本 41 お 55-05",
        displacement_cc=657,
        tank_l=32,
    ),
    _truck(
        Spec("hijet-s110p", Logger.TRACKER, kerb_kg=680, engine=_CARBURETTOR, rounds=_LOWLAND, rest_share=0.35),
        name="Hijet 6",
        maker="Daihatsu",
        model="Hijet",
        chassis_code="S110P",
        plate="松本 41 か 66-06",
        displacement_cc=659,
        tank_l=37,
    ),
    _truck(
        Spec("minicab-u68t", Logger.EV, kerb_kg=930, motor=Motor(), rounds=_LOWLAND, temper=0.95),
        name="Minicab EV 7",
        maker="Mitsubishi",
        model="Minicab MiEV Truck",
        chassis_code="U68T",
        plate="松本 480 き 77-07",
        battery_kwh=14.5,
    ),
    _truck(
        Spec("minicab-ds16t", Logger.OBD_MAP, kerb_kg=700, engine=Engine(), rounds=_HIGHLAND, rest_share=0.5),
        name="Minicab 8",
        maker="Mitsubishi",
        model="Minicab",
        chassis_code="DS16T",
        plate="松本 480 く 88-08",
        displacement_cc=658,
        tank_l=34,
    ),
)
