// A logger for a truck without OBD: ESP32, a GNSS receiver, the tacho wire and the 12 V line. Arduino-ESP32 3.x.
// Libraries: TinyGPSPlus. MQTT is ESP-IDF's own client, because PubSubClient cannot publish with QoS 1.
#include <Preferences.h>
#include <TinyGPSPlus.h>
#include <WiFi.h>
#include <mqtt_client.h>
#include <esp_timer.h>
#include <time.h>
#include <mutex>
#include "keitora_payload.h"

// --- yours ---------------------------------------------------------------------------------------------------------
static const char* WIFI_NAME = "…";
static const char* WIFI_PASSWORD = "…";
static const char* BROKER = "mqtts://fleet.example:8883";  // the CA's certificate: CA_PEM below
static const char* DEVICE = "carry-1";
static const char* PASSWORD = "…";
static const char* CA_PEM = nullptr;
constexpr int TACHO_PIN = 27, BATTERY_PIN = 34, BUTTON_PIN = 0;
constexpr double PULSES_A_TURN = 1.5;   // three cylinders, four strokes, one coil
constexpr double DIVIDER = 11.0;        // 100 kΩ over 10 kΩ before the ADC
// -------------------------------------------------------------------------------------------------------------------

static keitora::Queue<120> queue;       // 1,200 rows: twenty minutes of driving, or a night parked
static std::mutex lock;                 // the MQTT client calls back from a task of its own
static esp_mqtt_client_handle_t client;
static uint32_t boot;
static TinyGPSPlus gnss;
static volatile uint32_t pulses;
static volatile bool connected;
static char message[keitora::MESSAGE_BYTES];
static char state_topic[64], rows_topic[64], event_topic[64], answer_topic[64];

static void IRAM_ATTR on_pulse() { pulses = pulses + 1; }
static uint64_t uptime_ms() { return uint64_t(esp_timer_get_time() / 1000); }

// The boot counter lives in flash (NVS): without it the numbers of two boots would be taken for each other.
static uint32_t next_boot() {
  Preferences flash;
  flash.begin("keitora", false);
  uint32_t number = flash.getUInt("boot", 0) + 1;
  flash.putUInt("boot", number);
  flash.end();
  return number;
}

// The best clock there is, and how good it is. Nothing is invented: without one the rows carry uptime only.
static keitora::Now now() {
  keitora::Now at = {uptime_ms(), 0, keitora::NONE};
  if (gnss.time.isValid() && gnss.date.isValid() && gnss.date.year() >= 2024 && gnss.location.isValid() &&
      gnss.time.age() < 2000) {
    struct tm utc = {};
    utc.tm_year = gnss.date.year() - 1900;
    utc.tm_mon = gnss.date.month() - 1;
    utc.tm_mday = gnss.date.day();
    utc.tm_hour = gnss.time.hour();
    utc.tm_min = gnss.time.minute();
    utc.tm_sec = gnss.time.second();
    at.unix_ms = int64_t(mktime(&utc)) * 1000 + gnss.time.centisecond() * 10 + gnss.time.age();  // zone is UTC
    at.clock = keitora::SATELLITE;
  } else {
    struct timeval tv;
    gettimeofday(&tv, nullptr);
    if (tv.tv_sec > 1700000000) {  // NTP has set it; before that it counts from 1970
      at.unix_ms = int64_t(tv.tv_sec) * 1000 + tv.tv_usec / 1000;
      at.clock = keitora::NETWORK;
    }
  }
  return at;
}

static void on_mqtt(void*, esp_event_base_t, int32_t id, void* data) {
  auto event = static_cast<esp_mqtt_event_handle_t>(data);
  std::lock_guard<std::mutex> guard(lock);
  if (id == MQTT_EVENT_CONNECTED) {
    connected = true;
    char birth[200];
    size_t length = keitora::write_birth(birth, sizeof(birth), boot, "0.1.0", queue.queued());
    esp_mqtt_client_subscribe(client, answer_topic, 1);
    esp_mqtt_client_enqueue(client, state_topic, birth, int(length), 1, 1, true);
  } else if (id == MQTT_EVENT_DISCONNECTED) {
    connected = false;
  } else if (id == MQTT_EVENT_DATA && event->data_len < 1000 && event->topic_len &&
             !strncmp(event->topic, answer_topic, size_t(event->topic_len))) {
    char answer[1001] = {};
    memcpy(answer, event->data, size_t(event->data_len));
    queue.answered(boot, answer);
  }
}

static void sample() {
  static uint64_t last_ms = uptime_ms();
  keitora::Now at = now();
  noInterrupts();
  uint32_t counted = pulses;
  pulses = 0;
  interrupts();
  double rpm = counted / PULSES_A_TURN * 60000.0 / double(at.uptime_ms - last_ms);
  last_ms = at.uptime_ms;
  bool fresh = gnss.location.isValid() && gnss.location.age() < 1500;  // an old fix is no fix
  double values[keitora::WIDTH] = {
      rpm, analogReadMilliVolts(BATTERY_PIN) * DIVIDER / 1000.0,
      fresh ? gnss.location.lat() : NAN, fresh ? gnss.location.lng() : NAN,
      fresh && gnss.speed.isValid() ? gnss.speed.kmph() : NAN,
      fresh && gnss.course.isValid() && gnss.speed.kmph() > 5 ? gnss.course.deg() : NAN};
  queue.add(at, values);
}

void setup() {
  boot = next_boot();
  snprintf(state_topic, sizeof(state_topic), "kei/v1/%s/s", DEVICE);
  snprintf(rows_topic, sizeof(rows_topic), "kei/v1/%s/t", DEVICE);
  snprintf(event_topic, sizeof(event_topic), "kei/v1/%s/e", DEVICE);
  snprintf(answer_topic, sizeof(answer_topic), "kei/v1/%s/a", DEVICE);
  Serial1.begin(9600, SERIAL_8N1, 16, 17);
  pinMode(TACHO_PIN, INPUT);
  pinMode(BUTTON_PIN, INPUT_PULLUP);
  attachInterrupt(TACHO_PIN, on_pulse, RISING);
  WiFi.begin(WIFI_NAME, WIFI_PASSWORD);
  configTime(0, 0, "pool.ntp.org");  // UTC

  esp_mqtt_client_config_t settings = {};
  settings.broker.address.uri = BROKER;
  settings.broker.verification.certificate = CA_PEM;
  settings.credentials.client_id = DEVICE;
  settings.credentials.username = DEVICE;
  settings.credentials.authentication.password = PASSWORD;
  settings.session.keepalive = 60;
  settings.session.last_will.topic = state_topic;
  settings.session.last_will.msg = keitora::WILL;
  settings.session.last_will.qos = 1;
  settings.session.last_will.retain = 1;
  client = esp_mqtt_client_init(&settings);
  esp_mqtt_client_register_event(client, MQTT_EVENT_ANY, on_mqtt, nullptr);
  esp_mqtt_client_start(client);  // connects, and connects again, in the background
}

void loop() {
  static uint64_t sample_ms = 0, send_ms = 0;
  static bool pressed = false;
  while (Serial1.available()) gnss.encode(char(Serial1.read()));
  size_t length = 0;
  const char* topic = rows_topic;
  {
    std::lock_guard<std::mutex> guard(lock);
    if (uptime_ms() - sample_ms >= 1000) {
      sample_ms = uptime_ms();
      sample();
    }
    bool is_pressed = digitalRead(BUTTON_PIN) == LOW;
    if (is_pressed && !pressed) {  // not kept in the queue: the MQTT client keeps it until the broker has it
      topic = event_topic;
      length = keitora::write_event(message, sizeof(message), boot, queue.take_number(), now(), "button", "name", "sos");
    } else if (connected && uptime_ms() - send_ms >= 1000) {  // a message a second: the backlog leaves others room
      send_ms = uptime_ms();
      if (keitora::Batch* batch = queue.due(send_ms)) {
        length = keitora::write_telemetry(message, sizeof(message), boot, *batch, send_ms);
        batch->sent = true;
        batch->sent_ms = send_ms;
      }
    }
    pressed = is_pressed;
  }
  if (length) esp_mqtt_client_enqueue(client, topic, message, int(length), 1, 0, true);  // QoS 1, never retained
  delay(5);
}
