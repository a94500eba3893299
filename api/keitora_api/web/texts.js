// Every text of the page, English and Japanese side by side.
const TEXTS = {
  signIn: ["Sign in", "サインイン"],
  signInHelp: [
    "Enter your fleet's key. The command “keitora key create” makes one; “keitora status” shows those of this box.",
    "フリートのキーを入力してください。作成は「keitora key create」、このマシンのキーの表示は「keitora status」です。",
  ],
  key: ["Key", "キー"],
  open: ["Open", "開く"],
  leave: ["Sign out", "サインアウト"],
  refused: ["This key is unknown, expired or revoked.", "このキーは無効か、期限切れか、取り消されています。"],
  map: ["Map", "地図"],
  mapHelp: [
    "Arrow keys move the map, plus and minus zoom, 0 shows all. The lists tell the same in words.",
    "矢印キーで移動、＋と－で拡大・縮小、0で全体を表示。内容は一覧でも読めます。",
  ],
  nearer: ["Zoom in", "拡大"],
  farther: ["Zoom out", "縮小"],
  fit: ["Fit all", "全体"],
  tiles: ["Map tiles", "地図タイル"],
  nowhere: ["No position from any truck yet", "まだ位置の届いた車両がありません"],
  trucks: ["Trucks", "車両"],
  tripsToday: ["Today's trips", "今日の走行"],
  tripsOf: ["Trips of {day}", "{day}の走行"],
  earlier: ["The day before", "前日"],
  later: ["The day after", "翌日"],
  day: ["Day", "日付"],
  today: ["Today", "今日"],
  lastTrip: ["Show the last trip: {day}", "最後の走行を表示：{day}"],
  noTrucks: [
    "No trucks yet. Add one with: keitora vehicle add NAME --device KEY",
    "車両がまだありません。追加：keitora vehicle add 名前 --device キー",
  ],
  noTrips: ["No trip yet today.", "今日の走行はまだありません。"],
  noTripsThen: ["No trip on this day.", "この日の走行はありません。"],
  moreTrips: ["Only the newest {count} are shown.", "新しい{count}件だけを表示しています。"],
  moving: ["moving", "走行中"],
  standing: ["standing", "停車中"],
  silent: ["silent", "通信なし"],
  unheard: ["never heard of", "受信なし"],
  now: ["now", "今"],
  ago: ["{age} ago", "{age}前"],
  seconds: ["{n} s", "{n}秒"],
  minutes: ["{n} min", "{n}分"],
  hours: ["{n} h", "{n}時間"],
  days: ["{n} d", "{n}日"],
  underWay: ["under way", "走行中"],
  fuelUnknown: ["fuel not known", "燃料 不明"],
  distanceUnknown: ["distance not known", "距離 不明"],
  approximately: ["partly known", "一部のみ"],
  showTruck: ["Show {name} on the map", "{name}を地図に表示"],
  showTrip: ["Show this trip on the map", "この走行を地図に表示"],
  times: ["Times: {zone}", "時刻：{zone}"],
  reference: ["API reference", "APIリファレンス"],
  otherLanguage: ["日本語", "English"],
  offline: ["The service does not answer. Trying again…", "サーバーに接続できません。再試行しています…"],
  trouble: ["{what} Trying again…", "{what} 再試行しています…"],
};

const stored = localStorage.getItem("keitora.language");
let language = stored ?? (navigator.language.startsWith("ja") ? "ja" : "en");

/** Return "en" or "ja". */
export function currentLanguage() {
  return language;
}

/** Change to the other language, and keep it. */
export function switchLanguage() {
  language = language === "ja" ? "en" : "ja";
  localStorage.setItem("keitora.language", language);
}

/** Return a text in the present language, with {names} filled in. */
export function text(name, values = {}) {
  const found = TEXTS[name][language === "ja" ? 1 : 0];
  return found.replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

/** Fill in every element that names its text (data-text) or its label (data-label). */
export function translatePage() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", text(element.dataset.label));
    element.title = text(element.dataset.label);
  }
}
