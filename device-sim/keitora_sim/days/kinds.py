"""The kinds of day there are. Each is a function of chance: no two delivery rounds are the same."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import Final

from keitora_sim.days.holidays import Country
from keitora_sim.days.plan import Action, Charge, Creep, Driver, Go, Load, Plan, Stay

_DELIVERIES: Final = 40
POOL_DRIVERS: Final = (
    Driver("Sato Haruka", 0.85),
    Driver("Tanaka Kenji", 1.0),
    Driver("Suzuki Yui", 0.95),
    Driver("Yamamoto Daichi", 1.3, 0.15),
    Driver("Kobayashi Ren", 1.2, 0.5),
)
"""Five members of a cooperative, from smooth to harsh."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of day: where it takes place, where the truck stands at night, its plan, and whose holidays are kept."""

    network: str
    home: str
    plan: Callable[[Random], Plan]
    country: Country = "jp"


def _start(rng: Random) -> list[Action]:
    return [Stay(rng.randint(8, 40), is_on=True)]


def _snake(corner: str) -> tuple[int, int]:
    """Return a corner's turn on a round that goes up one street and down the next."""
    row, column = int(corner[-2]), int(corner[-1])
    return row, -column if row % 2 else column


def delivery(rng: Random) -> Plan:
    """Return forty parcels: a loaded start at the depot, a minute or two at each door, lunch, the rest, and back."""
    corners = [f"corner-{row}{column}" for row in range(6) for column in range(8)]
    stops = sorted(rng.sample(corners, _DELIVERIES), key=_snake)
    actions: list[Action] = [Load(330), *_start(rng)]
    for index, stop in enumerate(stops):
        actions += [Go(stop), Stay(rng.randint(35, 170), is_on=rng.random() < 0.2), Load(330 - 8 * index)]
        if index == _DELIVERIES // 2:
            actions.append(Stay(rng.randint(2400, 3300)))
    return Plan(rng.randint(8 * 60, 9 * 60), (*actions, Load(0), Go("depot"), Stay(30, is_on=True)))


def orchard(rng: Random) -> Plan:
    """Return a day in the orchard: up, creeping between the rows, lunch at the farm, and the terraces after it."""
    actions: list[Action] = [Load(60), *_start(rng), Go("orchard"), Stay(rng.randint(200, 900))]
    for _ in range(rng.randint(2, 3)):
        actions += [Creep(rng.randint(3, 6), rng.uniform(45, 90)), Stay(rng.randint(900, 2700))]
    actions += [Load(rng.uniform(150, 320)), Go("farm"), Stay(rng.randint(3000, 4500)), Load(40), Go("terraces")]
    actions += [
        Stay(rng.randint(600, 1500)),
        Creep(rng.randint(2, 4), rng.uniform(30, 60)),
        Stay(rng.randint(1200, 3000)),
    ]
    return Plan(rng.randint(6 * 60, 7 * 60), (*actions, Load(rng.uniform(50, 200)), Go("farm"), Stay(40, is_on=True)))


def market(rng: Random) -> Plan:
    """Return a market run: loaded to the wholesale market before dawn, unloading, breakfast, and home empty."""
    actions = [
        Load(350),
        *_start(rng),
        Go("market"),
        Stay(rng.randint(1500, 3000)),
        Load(0),
        Go("diner"),
        Stay(rng.randint(1200, 2400)),
        Go("farm"),
        Stay(rng.randint(5400, 9000)),
        Load(120),
        Go("shed"),
        Stay(rng.randint(500, 1500)),
        Go("farm"),
    ]
    return Plan(rng.randint(3 * 60 + 20, 4 * 60), tuple(actions))


def valley(rng: Random) -> Plan:
    """Return a round over the hills, most of it without mobile coverage."""
    actions: list[Action] = [Load(100), *_start(rng)]
    for place in ("sawmill", "pass", "hamlet", "terraces"):
        actions += [Go(place), Stay(rng.randint(420, 1800)), Load(rng.uniform(50, 300))]
    return Plan(rng.randint(7 * 60, 9 * 60), (*actions, Go("farm"), Stay(20, is_on=True)))


def landscaper(rng: Random) -> Plan:
    """Return six gardens along roads posted at 35 mph, mowers on the bed."""
    gardens = rng.sample(("church", "nursery", "mill", "lake", "school", "orchard-lane", "ridge"), 6)
    actions: list[Action] = [Load(260), *_start(rng)]
    for garden in gardens:
        actions += [Go(garden), Stay(rng.randint(1500, 4000))]
    return Plan(rng.randint(7 * 60, 7 * 60 + 40), (*actions, Go("yard"), Stay(15, is_on=True)))


def pool(rng: Random) -> Plan:
    """Return a day of the cooperative's truck: five people take it, each in his own way."""
    places = ("village", "market", "clinic", "customer-east", "farm", "riverside", "school")
    actions: list[Action] = []
    for driver in rng.sample(POOL_DRIVERS, len(POOL_DRIVERS)):
        actions += [driver, Load(rng.uniform(0, 250)), *_start(rng)]
        for place in rng.sample(places, rng.randint(1, 2)):
            actions += [Go(place), Stay(rng.randint(200, 1400))]
        actions += [Go("cooperative"), Stay(rng.randint(900, 2400))]
    return Plan(rng.randint(8 * 60, 8 * 60 + 30), tuple(actions))


def lunch_van(rng: Random) -> Plan:
    """Return a day of school lunches on battery: out before noon, the empty boxes after it, then on the cable."""
    schools = ("corner-13", "corner-26", "corner-34", "corner-41", "corner-55")
    actions: list[Action] = [Load(280), *_start(rng)]
    for school in schools:
        actions += [Go(school), Stay(rng.randint(360, 700))]
    actions += [Load(0), Go("kitchen"), Stay(rng.randint(2400, 3600))]
    for school in schools:
        actions += [Go(school), Stay(rng.randint(200, 420)), Load(60)]
    return Plan(rng.randint(10 * 60, 10 * 60 + 30), (*actions, Go("kitchen"), Stay(120), Charge(3.0)))


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "delivery": Kind("town", "depot", delivery),
        "orchard": Kind("valley", "farm", orchard),
        "market": Kind("basin", "farm", market),
        "valley": Kind("valley", "farm", valley),
        "landscaper": Kind("county", "yard", landscaper, "us"),
        "pool": Kind("valley", "cooperative", pool),
        "lunch-van": Kind("town", "kitchen", lunch_van),
    }
)
"""All kinds by name, as scenarios call them."""
