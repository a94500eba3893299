// Every text of the pages, English and Japanese side by side; those of the log of changes stand beside it.
import { LOG_TEXTS } from "./log-texts.js";

const TEXTS = {
  ...LOG_TEXTS,
  signIn: ["Sign in", "ログイン"],
  signInHelp: [
    "No account yet? Whoever manages the fleet invites you with a link. Forgotten the password? Ask for a new link.",
    "アカウントがない方は、管理者から招待リンクを受け取ってください。パスワードを忘れた方も、新しいリンクを頼んでください。",
  ],
  loginName: ["Login name or e-mail", "ログイン名またはメールアドレス"],
  password: ["Password", "パスワード"],
  showPassword: ["Show the password", "パスワードを表示"],
  wrongLogin: ["Login name and password do not go together.", "ログイン名またはパスワードが違います。"],
  waitABit: ["Too many attempts. Wait a quarter of an hour.", "試行回数が多すぎます。15分ほどお待ちください。"],
  sessionOver: ["Your session has ended. Please sign in again.", "ログインの有効期限が切れました。もう一度ログインしてください。"],
  open: ["Start", "はじめる"],
  leave: ["Sign out", "ログアウト"],
  refused: ["This key is unknown, expired or revoked.", "このキーは無効か、期限切れか、取り消されています。"],
  map: ["Map", "地図"],
  mapHelp: [
    "Arrow keys move the map, plus and minus zoom, 0 shows all. The lists tell the same in words.",
    "矢印キーで移動、＋と－で拡大・縮小、0で全体を表示。内容は一覧でも読めます。",
  ],
  nearer: ["Zoom in", "拡大"],
  farther: ["Zoom out", "縮小"],
  fit: ["Fit all", "全体表示"],
  tiles: ["Background map", "背景の地図"],
  nowhere: ["No position from any truck yet", "まだ位置の届いた車両がありません"],
  trucks: ["Trucks", "車両"],
  tripsToday: ["Today's trips", "今日の走行"],
  tripsOf: ["Trips of {day}", "{day}の走行"],
  earlier: ["The day before", "前日"],
  later: ["The day after", "翌日"],
  day: ["Day", "日付"],
  today: ["Today", "今日"],
  lastTrip: ["Show the last trip: {day}", "最後の走行を表示：{day}"],
  trucksOut: ["{count}, {out} on the road", "{count}台（走行中 {out}台）"],
  noTrucks: ["No trucks yet.", "車両がまだありません。"],
  noTrips: ["No trip yet today.", "今日の走行はまだありません。"],
  noTripsThen: ["No trip on this day.", "この日の走行はありません。"],
  moreTrips: ["Only the newest {count} are shown.", "新しい{count}件だけを表示しています。"],
  moving: ["moving", "走行中"],
  idling: ["idling", "アイドリング中"],
  charging: ["charging", "充電中"],
  standing: ["standing", "停車中"],
  silent: ["silent", "通信なし"],
  parked: ["parked", "駐車中"],
  unheard: ["no data yet", "未受信"],
  unheardLong: ["Nothing has arrived from it yet.", "まだデータが届いていません。"],
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
  settings: ["Settings", "設定"],
  addTruck: ["Add a truck", "車両を追加"],
  // One-time links
  joining: ["Your account", "アカウント"],
  welcome: ["Welcome to {fleet}", "{fleet}へようこそ"],
  setNewPassword: ["Set a new password", "新しいパスワードを設定"],
  asManager: ["Manager: sees and changes everything", "管理者：すべての閲覧と変更"],
  asDriver: ["Driver: own trips, the trucks, fill-ups", "ドライバー：自分の走行・車両・給油"],
  asViewer: ["Viewer: reads only", "閲覧のみ"],
  yourName: ["Your name", "お名前"],
  newPassword: ["New password", "新しいパスワード"],
  passwordHelp: [
    "At least 12 characters. A short sentence is easy to remember and hard to guess.",
    "12文字以上。短い文章にすると、覚えやすく、推測されにくくなります。",
  ],
  passwordRefused: [
    "This password would be guessed. Take 12 characters or more, not a name or a known word.",
    "推測されやすいパスワードです。12文字以上で、名前やよくある言葉は避けてください。",
  ],
  loginRefused: [
    "3 to 100 characters without spaces, and not taken by somebody else.",
    "空白なしの3〜100文字で、まだ使われていないものにしてください。",
  ],
  presentWrong: ["This is not the present password.", "現在のパスワードと違います。"],
  nameTaken: ["There is a fleet of this name already.", "この名前はすでに使われています。"],
  noZone: ["There is no such time zone; Asia/Tokyo is one.", "そのタイムゾーンはありません。例：Asia/Tokyo"],
  linkWorthless: ["This link does not work any more", "このリンクはもう使えません"],
  linkWorthlessHelp: [
    "It was used, withdrawn, or is too old. Ask whoever manages the fleet for a new one; at the box itself: keitora person link",
    "使用済みか、取り消し済みか、期限切れです。管理者に新しいリンクを頼んでください。本体では「keitora person link」で作れます。",
  ],
  // Settings
  fleetSettings: ["The fleet", "基本設定"],
  fleetName: ["Name", "農場・会社の名前"],
  timeZone: ["Time zone", "タイムゾーン"],
  timeZoneHelp: [
    "Decides where days begin. After a change all days are made anew, which takes a while.",
    "一日の区切りを決めます。変更するとすべての日を計算し直すため、しばらくかかります。",
  ],
  currency: ["Currency", "通貨"],
  fleetLanguage: ["Language", "言語"],
  units: ["Units", "単位"],
  unitsKmPerL: ["Kilometres, litres, km/L", "キロメートル・リットル・km/L"],
  unitsLPer100: ["Kilometres, litres, L/100 km", "キロメートル・リットル・L/100km"],
  unitsUs: ["Miles, US gallons, mpg", "マイル・米ガロン・mpg"],
  save: ["Save", "保存"],
  saved: ["Saved.", "保存しました。"],
  changeTruck: ["Change", "変更"],
  changeOf: ["Change {name}", "{name}の変更"],
  putAway: ["Put away", "使用終了"],
  takeBack: ["Take back", "使用再開"],
  away: ["put away", "使用終了"],
  putAwayHelp: [
    "A truck that is put away is in no other list any more; all it did is kept, and it can be taken back.",
    "使用終了にした車両は他の一覧に出なくなります。これまでの記録は残り、いつでも使用再開できます。",
  ],
  truckNameTaken: ["There is another truck of this name; it may be put away.", "この呼び名の車両がすでにあります（使用終了の車両も含みます）。"],
  cancel: ["Cancel", "やめる"],
  maker: ["Maker", "メーカー"],
  model: ["Model", "車種"],
  chassisCodeOnly: ["Chassis code", "型式"],
  builtOn: ["Built on", "製造日（初度登録）"],
  litresHelp: [
    "Litres are worked out from what follows; what is left empty is not known. After a change all of this truck's are made anew, which takes a while.",
    "燃料の量は以下の値から計算します。分からないものは空欄のままにしてください。変更するとこの車両のすべての記録を計算し直すため、しばらくかかります。",
  ],
  displacement: ["Engine (cc)", "排気量（cc）"],
  induction: ["Air comes in", "吸気"],
  natural: ["by itself (no charger)", "自然吸気（NA）"],
  turbo: ["by a turbo", "ターボ"],
  supercharged: ["by a supercharger", "スーパーチャージャー"],
  fuelCut: ["Engine braking takes no fuel", "エンジンブレーキ中の燃料カット"],
  fuelCutYes: ["Yes (injection)", "あり（電子制御燃料噴射）"],
  fuelCutNo: ["No (carburettor)", "なし（キャブレター）"],
  notKnown: ["Not known", "不明"],
  filling: ["Cylinders fill to (ratio, such as 0.85)", "充填効率（比率、例：0.85）"],
  kerbKg: ["Weight without load (kg)", "車両重量（kg）"],
  tankL: ["Tank (L)", "燃料タンク（L）"],
  batteryKwh: ["Traction battery, usable (kWh)", "駆動用バッテリー（使用可能量、kWh）"],
  people: ["People", "メンバー"],
  invite: ["Let somebody in", "メンバーを招待"],
  personName: ["The person's name", "招待する人の名前"],
  role: ["May do", "権限"],
  makeLink: ["Make a link", "リンクを作成"],
  link: ["One-time link", "ワンタイムリンク"],
  linkFor: [
    "For {name} alone. It opens once; show the code, or send the link.",
    "{name}さん専用です。一度だけ使えます。コードを見せるか、リンクを送ってください。",
  ],
  linkOnlyHere: [
    "It opens only on this computer. For a phone, start Keitora with --listen 0.0.0.0 and make a new link.",
    "このリンクはこのパソコンでしか開けません。スマートフォンに渡すには、--listen 0.0.0.0 を付けてKeitoraを起動し、リンクを作り直してください。",
  ],
  linkOpen: ["Link not used yet", "リンク未使用"],
  until: ["until {day}", "{day}まで"],
  withdraw: ["Withdraw", "取り消す"],
  qrCode: ["QR code of the link", "リンクのQRコード"],
  resetPassword: ["New password…", "パスワード再設定"],
  close: ["Close account", "利用停止"],
  reopen: ["Reopen", "利用再開"],
  closed: ["closed", "利用停止中"],
  neverHere: ["never here", "まだログインしていません"],
  sessions: ["Signed in on", "ログイン中の端末"],
  thisDevice: ["this device", "この端末"],
  endSession: ["Sign out", "ログアウト"],
  noSessions: ["Nowhere.", "ありません。"],
  changePassword: ["Change password", "パスワードを変更"],
  presentPassword: ["Present password", "現在のパスワード"],
  passwordChanged: ["Your password is changed; your other devices are signed out.", "パスワードを変更しました。他の端末はログアウトされました。"],
  keys: ["Keys for programs", "プログラム用のキー"],
  keysHelp: [
    "For Grafana, scripts, and a screen on the wall (/#key=…). Each is shown once.",
    "Grafana、スクリプト、壁掛け画面（/#key=…）用です。表示は一度だけです。",
  ],
  keyName: ["What it is for", "用途"],
  makeKey: ["Make a key", "キーを作成"],
  keyOnlyNow: ["It is shown only now:", "表示されるのは今だけです："],
  revoke: ["Revoke", "無効にする"],
  reallyRevoke: [
    "Revoke “{name}” for good? What uses it stops working.",
    "「{name}」を無効にしますか？元に戻せず、使っている画面やプログラムは動かなくなります。",
  ],
  noKeys: ["None.", "ありません。"],
  log: ["Who changed what", "変更の記録"],
  noLog: ["Nothing yet.", "まだありません。"],
  // Adding a truck
  theTruck: ["The truck", "車両"],
  whichTruck: ["Which truck", "どの車両"],
  aNewTruck: ["A new truck", "新しい車両"],
  truckName: ["What you call it", "呼び名"],
  truckNameHelp: ["Such as “Carry 1” or “the white one”.", "例：「キャリイ1号」「白い軽トラ」"],
  chassisCode: ["Chassis code, if known", "型式または車台番号（分かれば）"],
  chassisHelp: [
    "Such as DA16T, in the papers (車検証). Engine, tank and weight are filled in where they are known.",
    "車検証の型式（例：DA16T）。排気量・タンク・重量を、分かる範囲で自動入力します。",
  ],
  plate: ["Number plate", "ナンバー"],
  energy: ["Runs on", "燃料"],
  energyKnown: ["As the chassis code tells, or petrol", "型式から判断（不明ならガソリン）"],
  petrol: ["Petrol", "ガソリン"],
  diesel: ["Diesel", "軽油"],
  lpg: ["LPG", "LPG"],
  hybrid: ["Hybrid", "ハイブリッド"],
  electric: ["Electric", "電気"],
  goOn: ["Go on", "次へ"],
  theLogger: ["Its phone or logger", "スマートフォンまたはロガー（記録装置）"],
  whichLogger: ["What is in the truck", "車両に積むもの"],
  logOwntracks: ["A phone with the app OwnTracks", "スマートフォン（アプリ OwnTracks）"],
  logOsmand: ["A phone with Traccar Client or OsmAnd", "スマートフォン（Traccar Client / OsmAnd）"],
  logNative: ["A logger that speaks Keitora's own format", "Keitora形式のロガー"],
  logTraccar: ["By a Traccar server of your own", "自分のTraccarサーバー経由"],
  deviceKey: ["What the device calls itself", "機器の名前（ID）"],
  deviceKeyHelp: ["As it stands in its topics, such as its serial number or IMEI.", "トピックに入る名前です（シリアル番号やIMEIなど）。"],
  letIn: ["Let it in", "接続を許可"],
  knownDevices: ["Already on this truck", "この車両に登録済み"],
  renewDevice: ["Set up anew…", "設定し直す"],
  reallyRenew: [
    "Give “{name}” a new password? It is cut off until it is set up with it.",
    "「{name}」のパスワードを新しくしますか？設定し直すまで、この機器は接続できなくなります。",
  ],
  setItUp: ["Set it up", "機器の設定"],
  scanIt: [
    "Install OwnTracks on the phone, then scan this with the phone's camera. On the phone itself, press the button.",
    "スマートフォンにOwnTracksを入れ、カメラでこのコードを読み取ってください。そのスマートフォンで見ている場合はボタンを押してください。",
  ],
  openApp: ["Set up OwnTracks here", "この端末のOwnTracksを設定"],
  onlyNow: ["The password is shown only now.", "パスワードが表示されるのは今だけです。"],
  hostIsGuess: [
    "The address of this computer is a guess. If the phone does not get through, set KEITORA_PUBLIC_HOST.",
    "接続先のアドレスは自動で推定したものです。つながらないときは KEITORA_PUBLIC_HOST で指定してください。",
  ],
  onlyHere: [
    "No phone or logger can connect yet, only this computer: stop Keitora and start it with --listen 0.0.0.0.",
    "今はスマートフォンやロガーから接続できません。Keitoraを止め、--listen 0.0.0.0 を付けて起動し直してください。",
  ],
  notEncrypted: [
    "Nothing is encrypted on the way; “keitora tls make” changes that.",
    "通信は暗号化されていません。「keitora tls make」で暗号化できます。",
  ],
  toTheMap: ["To the map", "地図へ"],
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

/** Tell whether there is a text of this name. */
export function hasText(name) {
  return Object.hasOwn(TEXTS, name);
}

/** Fill in the page's title, and every element that names its text (data-text) or its label (data-label). */
export function translatePage() {
  document.documentElement.lang = language;
  const page = document.documentElement.dataset.page;
  document.title = page ? `${text(page)} · Keitora` : "Keitora";
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", text(element.dataset.label));
    element.title = text(element.dataset.label);
  }
}
