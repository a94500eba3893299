"""The catalogue: each message in English and in Japanese, side by side, so that neither is forgotten."""

from typing import Final, NamedTuple


class Message(NamedTuple):
    """What people read, in each language."""

    en: str
    ja: str


MESSAGES: Final = {
    "datasource": Message("Data source", "データソース"),
    "truck": Message("Truck", "車両"),
    "dashboards": Message("Fleet dashboards", "ダッシュボード一覧"),
    "unknown": Message("–", "–"),
    "no-trips": Message("No trips in this time range", "この期間の運行はありません"),
    "no-fuel": Message("No known fuel in this time range", "この期間の燃料データはありません"),
    "no-positions": Message("No truck has sent a position yet", "位置を送信した車両はまだありません"),
    "overview": Message("Fleet overview", "車両全体の状況"),
    "overview.about": Message(
        en="Where the trucks are, and what they drove and used in the time range.",
        ja="車両の現在地と、選択した期間の走行・燃料の状況。",
    ),
    "distance": Message("Distance", "走行距離"),
    "distance.about": Message(
        en="Kilometres of all trips of the chosen trucks, by the best source of each trip (odometer, wheel "
        "speed, satellite path). Every local day of the fleet that the time range touches counts whole.",
        ja="選択した車両の全運行の走行距離。運行ごとに最も確かな方法（オドメーター、車速、GNSS軌跡）で求めた値の"
        "合計。期間にかかる日は、その日全体を数えます。",
    ),
    "fuel": Message("Fuel used", "燃料使用量"),
    "fuel.about": Message(
        en="Litres used, standing with the engine on included, as far as they are known: trucks and times "
        "without engine data are left out. Every local day of the fleet that the time range touches counts "
        "whole.",
        ja="使用した燃料（アイドリングを含む）。分かっている分だけの合計で、エンジンデータのない車両や時間は含み"
        "ません。期間にかかる日は、その日全体を数えます。",
    ),
    "economy": Message("Fuel economy", "燃費"),
    "economy.about": Message(
        en="Kilometres by litres, over those days of each truck on which 95 % or more of its engine's running "
        "time has known fuel; other days count neither way.",
        ja="走行距離÷燃料。エンジン稼働時間の95 %以上で燃料が分かっている車両・日だけを対象とし、それ以外の日は"
        "距離・燃料とも数えません。",
    ),
    "trips": Message("Trips", "運行回数"),
    "trips.about": Message(
        en="Number of trips, each counted on the local day it began; a trip ends after 300 s without movement "
        "or data. Every local day that the time range touches counts whole.",
        ja="運行の回数。開始した日に数えます。動きまたはデータが300秒途絶えると運行の終了とみなします。"
        "期間にかかる日は、その日全体を数えます。",
    ),
    "positions": Message("Where the trucks are", "車両の現在地"),
    "positions.about": Message(
        en="Last known position of each chosen truck, whatever the time range. Moving: 3 km/h or more within "
        "the last 60 s; silent: no data for 300 s; standing: neither.",
        ja="選択した車両の最後に分かった位置（期間に関係なく）。走行中：直近60秒以内に3 km/h以上。通信なし：300"
        "秒間データなし。停車中：そのどちらでもない。",
    ),
    "fuel-by-day": Message("Fuel by day and truck", "車両別・日別の燃料使用量"),
    "fuel-by-day.about": Message(
        en="Litres each truck used on each local day of the fleet, standing included, as far as they are known; "
        "by week for more than 92 days, by month for more than two years.",
        ja="各車両が1日に使用した燃料（アイドリングを含む）。分かっている分だけを表示します。92日を超える期間は"
        "週ごと、2年を超える期間は月ごと。",
    ),
    "economy-by-truck": Message("Fuel economy by truck", "車両別の燃費"),
    "economy-by-truck.about": Message(
        en="Kilometres by litres of each truck, best first, over the days on which 95 % or more of its engine's "
        "running time has known fuel. Trucks without such a day are left out.",
        ja="車両ごとの走行距離÷燃料（良い順）。エンジン稼働時間の95 %以上で燃料が分かっている日だけを対象とし、"
        "該当する日のない車両は表示しません。",
    ),
    "distance-by-truck": Message("Distance by truck", "車両別の走行距離"),
    "distance-by-truck.about": Message(
        en="Kilometres of each truck, most first. Every local day of the fleet that the time range touches "
        "counts whole.",
        ja="車両ごとの走行距離（多い順）。期間にかかる日は、その日全体を数えます。",
    ),
    "trip-list": Message("Trips in detail", "運行一覧"),
    "trip-list.about": Message(
        en="The trips that began in the time range, newest first, 500 at most. Fuel has its uncertainty (±) and "
        "the method most of it comes from; what is not known is –. The truck's name shows only that truck.",
        ja="期間内に始まった運行（新しい順、最大500件）。燃料には誤差（±）と主な算出方法を示し、分からない値は「"
        "–」とします。車両名を押すとその車両だけを表示します。",
    ),
    "only-this-truck": Message("Only this truck", "この車両だけを表示"),
    "state": Message("State", "状態"),
    "state.moving": Message("moving", "走行中"),
    "state.standing": Message("standing", "停車中"),
    "state.silent": Message("silent", "通信なし"),
    "seen": Message("Last heard of", "最終受信"),
    "speed": Message("Speed", "速度"),
    "battery": Message("12 V battery", "12 Vバッテリー"),
    "latitude": Message("Latitude", "緯度"),
    "longitude": Message("Longitude", "経度"),
    "started": Message("Began", "開始"),
    "duration": Message("Duration", "所要時間"),
    "idle": Message("Idle", "アイドリング"),
    "distance-source": Message("Distance from", "距離の出所"),
    "distance-source.odometer": Message("odometer", "オドメーター"),
    "distance-source.vehicle_speed": Message("wheel speed", "車速"),
    "distance-source.gnss_path": Message("satellite path", "GNSS軌跡"),
    "distance-source.unknown": Message("not known", "不明"),
    "plus-minus": Message("±", "±"),
    "fuel-method": Message("Fuel from", "燃料の算出方法"),
    "fuel-method.measured": Message("measured rate", "実測"),
    "fuel-method.maf": Message("air mass", "吸入空気量"),
    "fuel-method.speed_density": Message("manifold pressure", "吸気圧"),
    "max-speed": Message("Top speed", "最高速度"),
}
