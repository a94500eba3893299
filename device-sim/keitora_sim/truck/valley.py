"""The valley that farms and orchards are in: drawn by hand, at a plausible place in the mountains of central Japan."""

from typing import Final

from keitora_sim.truck.road import Network, Place, Road

VALLEY: Final = Network(
    lat=36.1,
    lon=138.0,
    places={
        "farm": Place(0, 0, 762),
        "village": Place(1450, -650, 741),
        "bridge": Place(2100, -1650, 722),
        "cooperative": Place(3150, -1500, 726),
        "market": Place(4400, -2700, 704),
        "station": Place(5700, -4100, 690),
        "clinic": Place(2700, -3500, 708),
        "riverside": Place(2300, -5000, 683),
        "customer-east": Place(6900, -1800, 741),
        "school": Place(2300, 500, 758),
        "sawmill": Place(900, 3200, 846),
        "orchard": Place(-1300, 1800, 858),
        "terraces": Place(-2700, 700, 903),
        "hamlet": Place(-3100, 3000, 979),
        "pass": Place(-900, 4800, 1068),
    },
    roads=(
        Road("farm", "village", 40, 90, 3),
        Road("village", "bridge", 40, 60, 2),
        Road("bridge", "cooperative", 50, 40, 1),
        Road("cooperative", "market", 50, 70, 2),
        Road("market", "station", 50, 80, 2),
        Road("bridge", "clinic", 40, 90, 3),
        Road("clinic", "riverside", 40, 70, 2),
        Road("clinic", "market", 50, 60, 2),
        Road("riverside", "station", 60, 110, 2),
        Road("market", "customer-east", 60, 130, 3, 4.0),
        Road("village", "school", 30, 60, 2),
        Road("school", "sawmill", 40, 120, 4, 4.0),
        Road("school", "cooperative", 40, 80, 2),
        Road("farm", "orchard", 30, 110, 5, 3.0),
        Road("orchard", "terraces", 30, 90, 5, 3.0),
        Road("farm", "terraces", 30, 140, 5, 4.0),
        Road("terraces", "hamlet", 30, 130, 6, 4.0),
        Road("orchard", "sawmill", 30, 100, 4, 4.0),
        Road("sawmill", "pass", 40, 150, 6, 5.0),
        Road("hamlet", "pass", 30, 140, 6, 5.0),
    ),
)
