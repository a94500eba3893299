"""What panels are called, and what they show: the sentence that defines the number, and how it is counted."""

from collections.abc import Mapping
from typing import Final

from keitora_dashboards.messages.model import (
    BUCKETS_EN,
    BUCKETS_JA,
    WHOLE_DAYS_EN,
    WHOLE_DAYS_JA,
    Message,
    defining,
)

_MOST_EN: Final = f"Most first. {WHOLE_DAYS_EN}"
_MOST_JA: Final = f"多い順。{WHOLE_DAYS_JA}"
_NOW_EN: Final = "Shown is the last value of each chosen truck, whatever the time range."
_NOW_JA: Final = "選択した車両の最後の値を、期間に関係なく示します。"

PANELS: Final[Mapping[str, Message]] = {
    "distance.about": defining("distance", en=WHOLE_DAYS_EN, ja=WHOLE_DAYS_JA),
    "fuel.about": defining(
        "fuel", en=f"Standing is included. {WHOLE_DAYS_EN}", ja=f"停車中の分も含みます。{WHOLE_DAYS_JA}"
    ),
    "energy.about": defining("energy", en=WHOLE_DAYS_EN, ja=WHOLE_DAYS_JA),
    "economy.about": defining("km_per_l"),
    "trips.about": defining("trip_count", "trip", en=WHOLE_DAYS_EN, ja=WHOLE_DAYS_JA),
    "moving.about": defining("moving", en=WHOLE_DAYS_EN, ja=WHOLE_DAYS_JA),
    "idle.about": defining("idle"),
    "duration.about": defining("duration"),
    "max-speed.about": defining("max_speed"),
    "distance-one.about": defining("distance"),
    "fuel-one.about": defining("fuel", "fuel_plus_minus"),
    "economy-one.about": defining("km_per_l"),
    "positions": Message("Where the trucks are", "車両の現在地"),
    "positions.about": defining(
        "state",
        en="Shown is each chosen truck's last known position, whatever the time range; the triangle points where it "
        "went.",
        ja="選択した車両の最後に分かった位置を、期間に関係なく示します。三角の向きは進行方向です。",
    ),
    "by-state": Message("What they do now", "現在の状態の内訳"),
    "by-state.about": defining("state", en="How many of the chosen trucks do so now.", ja="選択した車両の台数です。"),
    "trucks-now": Message("Trucks now", "現在の車両"),
    "trucks-now.about": defining("state", en=_NOW_EN, ja=_NOW_JA),
    "speed-now.about": defining("newest_value", en=_NOW_EN, ja=_NOW_JA),
    "battery-now.about": defining(
        "rest_battery",
        en=f"This is the voltage last measured, running or not. {_NOW_EN}",
        ja=f"こちらは直近の測定値（稼働中を含む）です。{_NOW_JA}",
    ),
    "coolant-now.about": defining(
        "newest_value", en=f"The coolant's last temperature. {_NOW_EN}", ja=f"冷却水温の最後の値。{_NOW_JA}"
    ),
    "tank-now.about": defining(
        "newest_value", en=f"The tank's last level. {_NOW_EN}", ja=f"燃料残量の最後の値。{_NOW_JA}"
    ),
    "charge-now.about": defining(
        "newest_value",
        en=f"The traction battery's last charge. {_NOW_EN}",
        ja=f"駆動用バッテリーの残量の最後の値。{_NOW_JA}",
    ),
    "odometer.about": defining("odometer"),
    "engine-hours.about": defining("engine_hours"),
    "timeline": Message("What the trucks did", "車両の動き"),
    "timeline.about": defining(
        "activity",
        "activity_step",
        en="As derived from the data; where nothing is drawn, nothing is known.",
        ja="データから求めた状態です。何も描かれていない部分は不明です。",
    ),
    "open-episodes": Message("What is wrong now", "現在の異常"),
    "open-episodes.about": defining(
        "episode_open",
        en="Newest first; a click shows the truck at that time. Each kind says under Upkeep and alerts what it means.",
        ja="新しい順。押すとその時刻の車両を表示します。",
    ),
    "episodes": Message("What was wrong", "異常の記録"),
    "episodes.about": defining(
        "bound",
        "peak",
        "late",
        en="Episodes that began in the time range, newest first; a click shows the truck at that time.",
        ja="期間内に始まった出来事を新しい順に示します。押すとその時刻の車両を表示します。",
    ),
    "episodes-by-kind": Message("What was wrong, by kind", "異常の種類別件数"),
    "episodes-by-kind.about": defining(
        "bound", en="How many episodes of each kind began, the most first.", ja="種類ごとの発生件数を多い順に示します。"
    ),
    "silent-trucks": Message("Trucks that should have been heard of", "受信のない車両"),
    "silent-trucks.about": defining("silent", "was_driving"),
    "batteries": Message("12 V batteries", "12 Vバッテリー"),
    "batteries.about": defining("rest_battery", "battery_slope", "battery_days_left"),
    "battery-trend": Message("12 V battery at rest", "12 Vバッテリーの推移"),
    "battery-trend.about": defining(
        "rest_battery", en="A point a day, with the outside temperature.", ja="1日1点、外気温とともに示します。"
    ),
    "driverless": Message("Trips without a driver", "運転者の登録がない運行"),
    "driverless.about": defining("overdue"),
    "fuel-by-day": Message("Fuel by day and truck", "車両別・日別の燃料使用量"),
    "fuel-by-day.about": defining(
        "fuel", en=f"Standing is included. {BUCKETS_EN}", ja=f"停車中の分も含みます。{BUCKETS_JA}"
    ),
    "distance-by-day": Message("Distance by day and truck", "車両別・日別の走行距離"),
    "distance-by-day.about": defining("distance", en=BUCKETS_EN, ja=BUCKETS_JA),
    "idle-by-day": Message("Idle time by day and truck", "車両別・日別のアイドリング時間"),
    "idle-by-day.about": defining("idle", en=BUCKETS_EN, ja=BUCKETS_JA),
    "economy-over-time": Message("Fuel economy over time", "燃費の推移"),
    "economy-over-time.about": defining("km_per_l", en=BUCKETS_EN, ja=BUCKETS_JA),
    "fuel-with-plus-minus": Message("Fuel and its uncertainty", "燃料使用量と誤差"),
    "fuel-with-plus-minus.about": defining("fuel", "fuel_plus_minus", en=BUCKETS_EN, ja=BUCKETS_JA),
    "fuel-trust": Message("How far the fuel is known", "燃料の確かさ"),
    "fuel-trust.about": defining("fuel_known", "fuel_plus_minus", en=BUCKETS_EN, ja=BUCKETS_JA),
    "fuel-known-over-time": Message("How much of the fuel is known", "燃料の把握率の推移"),
    "fuel-known-over-time.about": defining("fuel_known", en=BUCKETS_EN, ja=BUCKETS_JA),
    "economy-by-truck": Message("Fuel economy by truck", "車両別の燃費"),
    "economy-by-truck.about": defining(
        "km_per_l",
        en="Best first; trucks without such a day are left out.",
        ja="良い順。該当する日のない車両は表示しません。",
    ),
    "distance-by-truck": Message("Distance by truck", "車両別の走行距離"),
    "distance-by-truck.about": defining("distance", en=_MOST_EN, ja=_MOST_JA),
    "idle-by-truck": Message("Idle time by truck", "車両別のアイドリング時間"),
    "idle-by-truck.about": defining("idle", en=_MOST_EN, ja=_MOST_JA),
    "gap-by-truck": Message("Missing data by truck", "車両別のデータ欠落時間"),
    "gap-by-truck.about": defining("gap", en=_MOST_EN, ja=_MOST_JA),
    "trips-by-source": Message("Trips by where their distance is from", "走行距離の出所別の運行数"),
    "trips-by-source.about": defining(
        "distance", en="Of the newest 200 trips of the time range.", ja="期間内の新しい運行200件の集計です。"
    ),
    "fuel-by-method": Message("Litres by how they are known", "燃料の算出方法の割合"),
    "fuel-by-method.about": defining(
        "fuel", en="Which share of the litres each method estimated.", ja="各方法で求めた燃料の割合です。"
    ),
    "orphans": Message("Entries that have lost their trip", "運行が見つからない入力"),
    "orphans.about": defining(
        "trip",
        en="What people have entered for trips that are no longer there; nothing is lost, but nothing shows it.",
        ja="対象の運行がなくなった入力です。消えてはいませんが、どこにも反映されません。",
    ),
    "trip-list": Message("Trips in detail", "運行の明細"),
    "trip-list.about": defining(
        "trip",
        "idle",
        "max_speed",
        en="Shown are those that began in the time range, newest first, 500 at most. Fuel has its uncertainty (±) and "
        "the method most of it comes from; what is not known is –. A click on the beginning opens the trip, one on the "
        "truck's name the truck.",
        ja="期間内に始まった運行を新しい順に最大500件示します。燃料には誤差（±）と主な算出方法を示し、分からない値は「"
        "–」とします。開始時刻を押すと運行を、車両名を押すと車両を開きます。",
    ),
    "way": Message("The way, by speed", "経路（速度別）"),
    "way.about": defining(
        "max_speed",
        en="The line is coloured by speed; an orange mark is where the engine idled.",
        ja="線の色は速度、橙色の印はアイドリングした場所です。",
    ),
    "halts": Message("Idling", "アイドリング"),
    "speed-altitude": Message("Speed and altitude", "速度と標高"),
    "speed-altitude.about": defining(
        "gap",
        en="The line is open where there was no data for more than a minute. The cursor is shared with the map.",
        ja="1分を超えてデータがない部分は線が途切れます。カーソルは地図と連動します。",
    ),
    "fuel-reasons": Message("How these numbers were got", "数値の算出根拠"),
    "fuel-reasons.about": defining(
        "fuel",
        "fuel_plus_minus",
        "fuel_known",
        "fuel_calibrated",
        en="A method's column is its share of the litres. `keitora fuel explain` tells the rest.",
        ja="各方法の列は、その方法で求めた燃料の割合です。詳しくは keitora fuel explain で分かります。",
    ),
    "idlings": Message("Idling with the engine on", "アイドリングの記録"),
    "idlings.about": defining("idling"),
    "cost.about": defining("cost", en=WHOLE_DAYS_EN, ja=WHOLE_DAYS_JA),
    "co2.about": defining("co2", en=WHOLE_DAYS_EN, ja=WHOLE_DAYS_JA),
    "idle-cost.about": defining("idle_cost", en=WHOLE_DAYS_EN, ja=WHOLE_DAYS_JA),
    "cost-by-truck": Message("Fuel and electricity cost by truck", "車両別の燃料・電気代"),
    "cost-by-truck.about": defining("cost", en=_MOST_EN, ja=_MOST_JA),
    "cost-by-day": Message("Cost by day and truck", "車両別・日別の燃料・電気代"),
    "cost-by-day.about": defining("cost", en=BUCKETS_EN, ja=BUCKETS_JA),
    "co2-by-day": Message("CO2 by day and truck", "車両別・日別のCO2"),
    "co2-by-day.about": defining("co2", en=BUCKETS_EN, ja=BUCKETS_JA),
    "money": Message("Petrol and electricity in one view", "燃料と電気の費用"),
    "money.about": defining("cost", "cost_per_km", "idle_cost", "co2", en=WHOLE_DAYS_EN, ja=WHOLE_DAYS_JA),
    "factors": Message("What fill-ups have taught", "給油から学んだ係数"),
    "factors.about": defining("fuel_factor", "fuel_factor_plus_minus", "tank_count"),
    "rates": Message("What a litre and a kilowatt-hour cost", "燃料・電気の単価"),
    "rates.about": defining("price_per_l", "price_per_kwh"),
    "neighbours": Message("Before and after", "前後の運行"),
    "neighbours.about": defining(
        "trip",
        en="A click opens the truck's trip before or after this one.",
        ja="押すと、同じ車両の前または次の運行を開きます。",
    ),
    "narrowed": Message(
        "It follows the truck, driver and purpose chosen above, not the place.",
        "上で選んだ車両・運転者・用途の合計です（場所では絞り込みません）。",
    ),
    "charges": Message("Charges", "充電の記録"),
    "charges.about": defining("charge_added", "charge_drawn", "charge_cost"),
    "traction-batteries": Message("Traction batteries", "駆動用バッテリー"),
    "traction-batteries.about": defining("usable_capacity", "fade", "range_left"),
    "tank-events": Message("Refuels and losses by the tank's level", "燃料残量から見た給油と減少"),
    "tank-events.about": defining("refuel", "refuel_plus_minus"),
    "balance": Message("Does the fuel add up?", "燃料の収支"),
    "balance.about": defining("balance_used", "balance_change", "balance_filled", "balance_difference"),
    "fill-ups": Message("Fill-ups", "給油の記録"),
    "fill-ups.about": defining(
        "odometer",
        en="Fill-ups of the time range, with the odometer as it was typed, and what looks mistyped.",
        ja="期間内の給油。走行距離は入力された値で、誤入力と思われるものには確認事項を示します。",
    ),
    "visits": Message("Visits to places", "場所への訪問"),
    "visits.about": defining("visit", "inside"),
    "time-by-place": Message("Time by place", "場所別の滞在時間"),
    "time-by-place.about": defining("inside", en="Most first.", ja="多い順。"),
    "fuel-by-place": Message("Fuel by place", "場所別の燃料使用量"),
    "fuel-by-place.about": defining(
        "fuel", en="Used inside the place, most first.", ja="場所の中で使った分を多い順に示します。"
    ),
    "own-land-km": Message("Driven on the farm", "農場内の走行距離"),
    "own-land-km.about": defining("on_farm", en=_MOST_EN, ja=_MOST_JA),
    "road-km": Message("Driven on the road", "公道の走行距離"),
    "road-km.about": defining("road", en=_MOST_EN, ja=_MOST_JA),
    "own-land-time": Message("Time on the farm", "農場内の時間"),
    "own-land-time.about": defining("on_farm", "inside", en=_MOST_EN, ja=_MOST_JA),
    "places-map": Message("Named places", "登録した場所"),
    "places-map.about": defining("visit", en="Each place at its centre.", ja="各場所の中心を示します。"),
    "suggestions": Message("Places that could be named", "登録できそうな場所"),
    "suggestions.about": defining(
        "stop_count",
        en="Where trucks stood often and no place has a name.",
        ja="よく停車するのに登録されていない場所です。",
    ),
    "distance-by-driver": Message("Distance by driver", "運転者別の走行距離"),
    "distance-by-driver.about": defining("distance", en=_MOST_EN, ja=_MOST_JA),
    "trips-by-driver": Message("Trips by driver", "運転者別の運行回数"),
    "trips-by-driver.about": defining("trip_count", en=_MOST_EN, ja=_MOST_JA),
    "idle-by-driver": Message("Idle time by driver", "運転者別のアイドリング時間"),
    "idle-by-driver.about": defining("idle", en=_MOST_EN, ja=_MOST_JA),
    "fuel-by-driver": Message("Fuel by driver", "運転者別の燃料使用量"),
    "fuel-by-driver.about": defining("fuel", en=_MOST_EN, ja=_MOST_JA),
    "economy-by-driver": Message("Fuel economy by driver", "運転者別の燃費"),
    "economy-by-driver.about": defining(
        "km_per_l",
        en="Best first. Economy depends on the truck more than on who drives it: choose one truck above to compare "
        "drivers on it.",
        ja="良い順。燃費は車両の違いが大きいので、上で車両を1台選ぶと、同じ車両で運転者を比べられます。",
    ),
    "drivers-compared": Message("Drivers side by side", "運転者の比較"),
    "drivers-compared.about": defining(
        "trip_count",
        "km_per_l",
        en="How often something was harsh is counted for each 100 km. Economy depends on the truck: choose one "
        "above to compare drivers on it.",
        ja="急な操作は100 kmあたりの回数です。燃費は車両で変わるので、上で1台選ぶと同じ車両で比べられます。",
    ),
    "distance-by-purpose": Message("Distance by purpose", "用途別の走行距離"),
    "distance-by-purpose.about": defining("distance", en=_MOST_EN, ja=_MOST_JA),
    "against-before": Message("Against as many days before", "前の同じ日数との比較"),
    "against-before.about": defining(
        "distance",
        "km_per_l",
        en="Each sum of the time range, and beside it that of as many days just before.",
        ja="期間の合計と、直前の同じ日数の合計を並べて示します。",
    ),
    "months": Message("Month by month, against the one before", "月ごとの比較"),
    "months.about": defining(
        "distance",
        "km_per_l",
        en="A month that is not over is compared with as many days of the one before.",
        ja="途中の月は、前月の同じ日数と比べます。",
    ),
    "engine": Message("Engine speed and coolant", "エンジン回転数と冷却水温"),
    "engine.about": defining(
        "gap",
        en="Means over short times; where the line is open, nothing was told.",
        ja="短い時間ごとの平均です。途切れた部分はデータがありません。",
    ),
    "electrics": Message("12 V, tank and charge", "12 V・燃料残量・充電残量"),
    "electrics.about": defining(
        "rest_battery",
        en="Here it is shown all the time, running or not.",
        ja="ここでは稼働中を含むすべての時間を示します。",
    ),
    "devices": Message("How the devices deliver", "機器の送信状況"),
    "devices.about": defining(
        "late", "dead_letter_count", en="Counts of the last seven days.", ja="直近7日間の件数です。"
    ),
    "upkeep-due": Message("Upkeep due", "整備・点検の期日"),
    "upkeep-due.about": defining("upkeep_left_days", "upkeep_left_km", "upkeep_left_hours"),
    "driver-days": Message("Drivers' days", "運転者の日別記録"),
    "driver-days.about": defining(
        "trip_count", "moving", en="They add up to the trips.", ja="合計は運行の合計と一致します。"
    ),
    "late-processes": Message("Services that are late", "応答のないサービス"),
    "late-processes.about": defining("heartbeat_late_count"),
    "waiting": Message("Trucks waiting", "計算待ちの車両"),
    "waiting.about": defining("derive_waiting_count"),
    "broker-away": Message("Without the broker", "ブローカー未接続"),
    "broker-away.about": defining("disconnected_count"),
    "samples-per-s": Message("Samples stored", "保存の速さ"),
    "samples-per-s.about": defining("samples_per_s"),
    "ingest-lag": Message("Behind the trucks", "車両からの遅れ"),
    "ingest-lag.about": defining("ingest_lag"),
    "waiting-messages": Message("Messages waiting", "待ちメッセージ"),
    "waiting-messages.about": defining("waiting_message_count"),
    "newest-sample": Message("Newest sample came", "最新データからの経過"),
    "newest-sample.about": defining("newest_sample_age"),
    "dead-letters": Message("Dead letters kept", "読めなかったメッセージ数"),
    "dead-letters.about": defining("dead_letter_count"),
    "database-size": Message("Size of the database", "データベースの容量"),
    "database-size.about": defining("database_size"),
    "database-growth": Message("Growth a day", "1日の増加量"),
    "database-growth.about": defining("database_growth"),
    "disk-free": Message("Free on the disk", "ディスクの空き"),
    "disk-free.about": defining("disk_free"),
    "disk-used": Message("Used of the disk", "ディスクの使用率"),
    "disk-used.about": defining("disk_used"),
    "disk-days-left": Message("Disk full in", "満杯までの日数"),
    "disk-days-left.about": defining("disk_days_left"),
    "device-count": Message("Devices", "機器数"),
    "device-count.about": defining("device_count"),
    "processes": Message("Services", "サービス"),
    "processes.about": defining("heartbeat_age", "heartbeat_late"),
}
