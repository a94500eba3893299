"""What alerts are called and say. `{{ $labels.truck }}` and `{{ $values.A }}` are filled in by Grafana."""

from collections.abc import Mapping
from typing import Final

from keitora.episodes.catalogue import MEANINGS
from keitora.episodes.model import Kind
from keitora_dashboards.messages.model import Message

_EPISODES: Final = (
    Kind.OVER_REV,
    Kind.OVERHEATING,
    Kind.FUEL_LOSS,
    Kind.WEAK_BATTERY,
    Kind.WEAK_CRANKING,
    Kind.OUT_OF_HOURS,
    Kind.OUT_OF_AREA,
    Kind.TOWED,
    Kind.POWER_CUT,
    Kind.TROUBLE_CODE,
)


# What to do, where the meaning does not say it already.
_TO_DO: Final[Mapping[Kind, Message]] = {
    Kind.OVER_REV: Message("Talk it over with the driver.", "運転者と話してください。"),
    Kind.OVERHEATING: Message("Call the driver now.", "すぐ運転者に連絡してください。"),
    Kind.FUEL_LOSS: Message("Look at the truck and where it stood.", "車両と停めていた場所を確認してください。"),
    Kind.WEAK_BATTERY: Message("Have it tested if it happens again.", "繰り返すときは点検に出してください。"),
    Kind.WEAK_CRANKING: Message(
        "Have the battery tested before the cold.", "寒くなる前にバッテリーを点検してください。"
    ),
    Kind.OUT_OF_HOURS: Message(
        "Ask who has it; if nobody, it may be stolen.", "使用者を確認し、いなければ盗難を疑ってください。"
    ),
    Kind.OUT_OF_AREA: Message(
        "Ask who has it; if nobody, it may be stolen.", "使用者を確認し、いなければ盗難を疑ってください。"
    ),
    Kind.TOWED: Message(
        "See where it is now, and call the police if nobody moved it.", "現在地を確認し、心当たりがなければ警察へ。"
    ),
    Kind.POWER_CUT: Message(
        "See where it was last; is somebody working on it?", "最後の位置と、整備中でないかを確認してください。"
    ),
    Kind.TROUBLE_CODE: Message(
        "Read the code and show it to the workshop.", "コードを読み取り、整備工場に見せてください。"
    ),
}


def _episode_alerts() -> dict[str, Message]:
    made = {}
    for kind in _EPISODES:
        meaning, to_do = MEANINGS[kind], _TO_DO[kind]
        name = f"alert.{kind.replace('_', '-')}"
        made[name] = Message(meaning.name_en, meaning.name_ja)
        made[f"{name}.summary"] = Message(
            f"{{{{ $labels.truck }}}}: {meaning.name_en}, since {{{{ $labels.since }}}}. {meaning.en} {to_do.en}",
            f"{{{{ $labels.truck }}}}：{meaning.name_ja}（{{{{ $labels.since }}}}から）。{meaning.ja}{to_do.ja}",
        )
    return made


ALERTS: Final[Mapping[str, Message]] = {
    **_episode_alerts(),
    "alert.silent": Message("Truck not heard of", "車両からの受信なし"),
    "alert.silent.summary": Message(
        "{{ $labels.truck }} has not been heard of since {{ $labels.since }}, longer than its rule allows. Ask "
        "who has it; "
        "if it is at home, look at the logger's lamp and plug.",
        "{{ $labels.truck }}：{{ $labels.since }}から、設定より長く受信がありません。使用者に確認し、車庫にあれば"
        "機器のランプと差し込みを"
        "見てください。",
    ),
    "alert.upkeep": Message("Upkeep overdue", "整備・点検の期限超過"),
    "alert.upkeep.summary": Message(
        "{{ $labels.truck }}: {{ $labels.work }} has been due since {{ $labels.since }}. Book it, and enter it "
        "when it is "
        "done.",
        "{{ $labels.truck }}：{{ $labels.work }}の期日（{{ $labels.since }}）を過ぎています。予約し、済んだら登録"
        "してください。",
    ),
    "alert.service-late": Message("A service is not running", "サービスの停止"),
    "alert.service-late.summary": Message(
        "{{ $values.A }} processes of Keitora have not shown themselves for two minutes; see Service health, and "
        "start them "
        "again.",
        "Keitoraのプロセス{{ $values.A }}個が2分以上応答していません。「システムの状態」を確認し、再起動してください。",
    ),
    "alert.broker-away": Message("No connection to the broker", "ブローカーに接続できません"),
    "alert.broker-away.summary": Message(
        "{{ $values.A }} services cannot reach the MQTT broker. Loggers keep what they have; see whether the "
        "broker runs.",
        "{{ $values.A }}個のサービスがMQTTブローカーに接続できません。データは機器に残ります。ブローカーが動いて"
        "いるか確認してください。",
    ),
    "alert.ingest-lag": Message("Data come late", "データの遅れ"),
    "alert.ingest-lag.summary": Message(
        "What the trucks send is stored {{ $values.A }} s after it was taken; see Data quality for which "
        "devices, and "
        "Service health for what waits.",
        "車両のデータが{{ $values.A }}秒遅れて保存されています。どの機器かは「データ品質」、待ちは「システムの状"
        "態」で確認してください。",
    ),
    "alert.derive-behind": Message("Trips are behind", "運行の計算の遅れ"),
    "alert.derive-behind.summary": Message(
        "{{ $values.A }} trucks wait for their trips to be made; another derive worker may help.",
        "{{ $values.A }}台が計算待ちです。deriveを増やすと改善することがあります。",
    ),
    "alert.dead-letters": Message("Messages could not be read", "読めないメッセージ"),
    "alert.dead-letters.summary": Message(
        "{{ $values.A }} messages could not be read; `keitora dead-letters` tells why, replays or drops them.",
        "{{ $values.A }}件のメッセージを読めませんでした。理由の確認・再処理・破棄は keitora dead-letters で行います。",
    ),
    "alert.disk-used": Message("The disk is nearly full", "ディスクの残り僅少"),
    "alert.disk-used.summary": Message(
        "{{ humanizePercentage $values.A.Value }} of the disk is used; when it is full, nothing more is stored. "
        "Make room, "
        "or keep samples for a shorter time.",
        "ディスクの{{ humanizePercentage $values.A.Value }}を使用しています。満杯になると保存できません。空きを増"
        "やすか、保存期間を短くしてください。",
    ),
    "alert.disk-days": Message("The disk will soon be full", "ディスクがまもなく満杯"),
    "alert.disk-days.summary": Message(
        "At the present rate the disk is full in {{ $values.A }} days. Make room, or keep samples for a shorter time.",
        "今の増え方では、あと{{ $values.A }}日でディスクが満杯になります。空きを増やすか、保存期間を短くしてください。",
    ),
}
