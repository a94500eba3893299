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


def _episode_alerts() -> dict[str, Message]:
    made = {}
    for kind in _EPISODES:
        meaning = MEANINGS[kind]
        name = f"alert.{kind.replace('_', '-')}"
        made[name] = Message(meaning.name_en, meaning.name_ja)
        made[f"{name}.summary"] = Message(
            f"{{{{ $labels.truck }}}}: {meaning.name_en}. {meaning.en}",
            f"{{{{ $labels.truck }}}}：{meaning.name_ja}。{meaning.ja}",
        )
    return made


ALERTS: Final[Mapping[str, Message]] = {
    **_episode_alerts(),
    "alert.silent": Message("Truck not heard of", "車両からの受信なし"),
    "alert.silent.summary": Message(
        "{{ $labels.truck }} has not been heard of for {{ $values.A }} h, longer than its rule allows.",
        "{{ $labels.truck }}：{{ $values.A }}時間、設定より長く受信がありません。",
    ),
    "alert.upkeep": Message("Upkeep overdue", "整備・点検の期限超過"),
    "alert.upkeep.summary": Message(
        "{{ $labels.truck }}: {{ $labels.work }} is overdue.",
        "{{ $labels.truck }}：{{ $labels.work }}の期限を過ぎています。",
    ),
    "alert.service-late": Message("A service is not running", "サービスの停止"),
    "alert.service-late.summary": Message(
        "{{ $values.A }} processes of Keitora have not shown themselves for two minutes; see Service health.",
        "Keitoraのプロセス{{ $values.A }}個が2分以上応答していません。「システムの状態」を確認してください。",
    ),
    "alert.nothing-heard": Message("Nothing heard from any truck", "全車両から受信なし"),
    "alert.nothing-heard.summary": Message(
        "No truck has been heard of for {{ $values.A }} s; is the broker reachable from outside?",
        "{{ $values.A }}秒間どの車両からも受信がありません。外部からブローカーに接続できるか確認してください。",
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
        "{{ $values.A }} of the disk is used; when it is full, nothing more is stored.",
        "ディスクの{{ $values.A }}を使用しています。満杯になると保存できなくなります。",
    ),
    "alert.disk-days": Message("The disk will soon be full", "ディスクがまもなく満杯"),
    "alert.disk-days.summary": Message(
        "At the present rate the disk is full in {{ $values.A }} days.",
        "今の増え方では、あと{{ $values.A }}日でディスクが満杯になります。",
    ),
}
