"""What dashboards are called, and what each is for."""

from collections.abc import Mapping
from typing import Final

from keitora_dashboards.messages.model import Message

PAGES: Final[Mapping[str, Message]] = {
    "overview": Message("Fleet now", "車両の現況"),
    "overview.about": Message(
        "Where the trucks are, what they do, what is wrong, and what today has taken.",
        "車両の現在地と状態、異常、今日の走行と燃料。",
    ),
    "over-time": Message("Fleet over time", "車両全体の推移"),
    "over-time.about": Message(
        "What the trucks drove, used and idled over weeks and months, and which of them most.",
        "週・月ごとの走行・燃料・アイドリングと、車両ごとの順位。",
    ),
    "truck-page": Message("Truck", "車両"),
    "truck-page.about": Message(
        "One truck: how it is now, its days, its economy with its uncertainty, its battery, its trips.",
        "一台の車両の現況、日々の走行、誤差付きの燃費、バッテリー、運行。",
    ),
    "trip": Message("Trip", "運行"),
    "trip.about": Message(
        "One trip: its way, its speed, its halts, and how its fuel is known. Opened from a list of trips.",
        "一回の運行の経路・速度・停車と、燃料の算出根拠。運行一覧から開きます。",
    ),
    "trips-page": Message("Trips", "運行一覧"),
    "trips-page.about": Message(
        "Every trip of the time range; filter by any column, and click its beginning to see its way.",
        "期間内のすべての運行。どの列でも絞り込め、開始時刻を押すと経路を表示します。",
    ),
    "fuel-page": Message("Fuel and energy", "燃料・電力"),
    "fuel-page.about": Message(
        "What the trucks used, what was put in, and how far each number can be trusted.",
        "使用量、給油、そして各数値の確かさ。",
    ),
    "drivers-page": Message("Drivers", "運転者"),
    "drivers-page.about": Message(
        "Who drove how far and how long, by what people have entered of trips.",
        "誰がどれだけ運転したか（運行への入力に基づく）。",
    ),
    "places-page": Message("Places", "場所"),
    "places-page.about": Message(
        "Where the time went: visits to named places, and the farm against the road.",
        "登録した場所で過ごした時間と、農場内・公道の内訳。",
    ),
    "upkeep-page": Message("Upkeep and alerts", "整備・警報"),
    "upkeep-page.about": Message(
        "What is wrong now, what was wrong, and which battery will soon not start its engine.",
        "現在の異常、過去の異常、まもなく始動できなくなるバッテリー。",
    ),
    "quality-page": Message("Data quality", "データ品質"),
    "quality-page.about": Message(
        "What is missing or doubtful, so that every other number can be judged.",
        "欠落や疑わしいデータ。ほかの数値の確かさを判断するために。",
    ),
    "service-page": Message("Service health", "システムの状態"),
    "service-page.about": Message(
        "Whether Keitora itself is well, and how long its disk will last.",
        "Keitora自体が正常か、ディスクがいつまでもつか。",
    ),
}
