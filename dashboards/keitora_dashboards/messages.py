"""The catalogue: each message in English and in Japanese, side by side, so that neither is forgotten."""

from typing import Final, NamedTuple

from keitora.definitions import definition


class Message(NamedTuple):
    """What people read, in each language."""

    en: str
    ja: str


def _defining(*keys: str, en: str = "", ja: str = "") -> Message:
    """Return the sentences that define numbers, and what else a panel has to say of them."""
    told = [definition(key) for key in keys]
    return Message(" ".join([*(one.en for one in told), en]).strip(), "".join([*(one.ja for one in told), ja]))


_WHOLE_DAYS_EN: Final = "Every local day of the fleet that the time range touches counts whole."
_WHOLE_DAYS_JA: Final = "期間にかかる日は、その日全体を数えます。"

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
    "distance.about": _defining("distance", en=_WHOLE_DAYS_EN, ja=_WHOLE_DAYS_JA),
    "fuel": Message("Fuel used", "燃料使用量"),
    "fuel.about": _defining(
        "fuel", en=f"Standing is included. {_WHOLE_DAYS_EN}", ja=f"停車中の分も含みます。{_WHOLE_DAYS_JA}"
    ),
    "economy": Message("Fuel economy", "燃費"),
    "economy.about": _defining("km_per_l"),
    "trips": Message("Trips", "運行回数"),
    "trips.about": _defining("trip_count", "trip", en=_WHOLE_DAYS_EN, ja=_WHOLE_DAYS_JA),
    "positions": Message("Where the trucks are", "車両の現在地"),
    "positions.about": _defining(
        "state",
        en="Shown is each chosen truck's last known position, whatever the time range.",
        ja="選択した車両の最後に分かった位置を、期間に関係なく示します。",
    ),
    "fuel-by-day": Message("Fuel by day and truck", "車両別・日別の燃料使用量"),
    "fuel-by-day.about": _defining(
        "fuel",
        en="Standing is included. By local day; by week for more than 92 days, by month for more than two years.",
        ja="停車中の分も含みます。日ごと、92日を超える期間は週ごと、2年を超える期間は月ごと。",
    ),
    "economy-by-truck": Message("Fuel economy by truck", "車両別の燃費"),
    "economy-by-truck.about": _defining(
        "km_per_l",
        en="Best first; trucks without such a day are left out.",
        ja="良い順。該当する日のない車両は表示しません。",
    ),
    "distance-by-truck": Message("Distance by truck", "車両別の走行距離"),
    "distance-by-truck.about": _defining(
        "distance", en=f"Most first. {_WHOLE_DAYS_EN}", ja=f"多い順。{_WHOLE_DAYS_JA}"
    ),
    "trip-list": Message("Trips in detail", "運行一覧"),
    "trip-list.about": _defining(
        "trip",
        "idle",
        "max_speed",
        en="Shown are those that began in the time range, newest first, 500 at most. Fuel has its uncertainty (±) and "
        "the method most of it comes from; what is not known is –. The truck's name shows only that truck.",
        ja="期間内に始まった運行を新しい順に最大500件示します。燃料には誤差（±）と主な算出方法を示し、分からない値は「"
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
