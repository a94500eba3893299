// What a logger says in the native format, version 1, and the queue it says it from. Plain C++17, no Arduino in it.
// The format: docs/reference/native-v1.md. Change COLUMNS; keep the rest.
#pragma once
#include <cmath>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace keitora {

struct Column { const char* key; int decimals; };
constexpr Column COLUMNS[] = {{"rpm", 0}, {"v12", 2}, {"lat", 6}, {"lon", 6}, {"gspd", 1}, {"hdg", 0}};
constexpr size_t WIDTH = sizeof(COLUMNS) / sizeof(COLUMNS[0]);
constexpr size_t ROWS_A_MESSAGE = 10;
constexpr uint64_t RESEND_MS = 15000;
constexpr size_t MESSAGE_BYTES = 2048;
constexpr const char* WILL = "{\"v\":1,\"on\":false}";

enum Clock : uint8_t { NONE = 0, UNSYNCHRONISED = 1, NETWORK = 2, SATELLITE = 3 };

struct Now { uint64_t uptime_ms; int64_t unix_ms; Clock clock; };  // unix_ms means nothing where clock is NONE

// A value for each column; NAN is "not sampled". Never put an old value in: leave NAN until the sensor is read again.
struct Row { uint32_t offset_ms; double values[WIDTH]; };

// Appends to a text, and remembers whether all of it found room.
class Text {
 public:
  Text(char* out, size_t size) : out_(out), size_(size) { if (size_) out_[0] = 0; }
  void add(const char* format, ...) {
    va_list values;
    va_start(values, format);
    int wrote = vsnprintf(out_ + length_, size_ - length_, format, values);
    va_end(values);
    if (wrote < 0 || length_ + size_t(wrote) >= size_) fits_ = false; else length_ += size_t(wrote);
  }
  void quoted(const char* words) {
    add("\"");
    for (; *words; ++words) {
      unsigned char c = static_cast<unsigned char>(*words);
      if (c == '"' || c == '\\') add("\\%c", c); else if (c < 32) add("\\u%04x", c); else add("%c", c);
    }
    add("\"");
  }
  size_t length() const { return fits_ ? length_ : 0; }  // 0: it did not fit, do not send it
 private:
  char* out_;
  size_t size_, length_ = 0;
  bool fits_ = true;
};

// Rows that are sent together, always the same ones: a message that is sent again must be the same message.
struct Batch {
  uint32_t first = 0, count = 0;
  Now began = {};
  uint64_t sent_ms = 0;
  bool open = false, sent = false;
  Row rows[ROWS_A_MESSAGE];
};

inline void write_head(Text& text, uint32_t boot, uint32_t number, const Now& at, uint64_t built_ms) {
  text.add("{\"v\":1,\"b\":%lu,\"q\":%lu,", (unsigned long)boot, (unsigned long)number);
  if (at.clock != NONE) text.add("\"t\":%lld,", (long long)at.unix_ms);
  text.add("\"u\":%llu,\"un\":%llu,\"c\":%d,\"ak\":true,", (unsigned long long)at.uptime_ms,
           (unsigned long long)built_ms, int(at.clock));
}

// Telemetry, for kei/v1/<device>/t. Returns the number of bytes, 0 if they do not fit.
inline size_t write_telemetry(char* out, size_t size, uint32_t boot, const Batch& batch, uint64_t now_ms) {
  Text text(out, size);
  write_head(text, boot, batch.first, batch.began, now_ms);
  text.add("\"f\":[");
  for (size_t i = 0; i < WIDTH; ++i) text.add("%s\"%s\"", i ? "," : "", COLUMNS[i].key);
  text.add("],\"r\":[");
  for (size_t r = 0; r < batch.count; ++r) {
    text.add("%s[%lu", r ? "," : "", (unsigned long)batch.rows[r].offset_ms);
    for (size_t i = 0; i < WIDTH; ++i) {
      double value = batch.rows[r].values[i];
      if (std::isfinite(value)) text.add(",%.*f", COLUMNS[i].decimals, value); else text.add(",null");
    }
    text.add("]");
  }
  text.add("]}");
  return text.length();
}

// An event with words, for kei/v1/<device>/e. `number` is taken from the rows' count: Queue::take_number().
inline size_t write_event(char* out, size_t size, uint32_t boot, uint32_t number, const Now& at, const char* kind,
                          const char* key, const char* words) {
  Text text(out, size);
  write_head(text, boot, number, at, at.uptime_ms);
  text.add("\"ev\":\"%s\",\"d\":{\"%s\":", kind, key);
  text.quoted(words);
  text.add("}}");
  return text.length();
}

// The birth, for kei/v1/<device>/s, retained. WILL is the will on the same topic.
inline size_t write_birth(char* out, size_t size, uint32_t boot, const char* firmware, uint32_t queued) {
  Text text(out, size);
  text.add("{\"v\":1,\"on\":true,\"b\":%lu,\"bl\":%lu,\"fw\":", (unsigned long)boot, (unsigned long)queued);
  text.quoted(firmware);
  text.add("}");
  return text.length();
}

// The rows that are not known to be stored yet. When it is full, the oldest are lost; the gap in the numbers shows it.
template <size_t BATCHES> class Queue {
 public:
  uint32_t take_number() { close(); return next_++; }

  void add(const Now& now, const double (&values)[WIDTH]) {
    Batch* batch = &ring_[newest_];
    if (batch->open && (batch->count == ROWS_A_MESSAGE || batch->began.clock != now.clock)) close();
    if (!ring_[newest_].open) {
      newest_ = (newest_ + 1) % BATCHES;
      ring_[newest_] = Batch();
      ring_[newest_].open = true;
      ring_[newest_].first = next_;
      ring_[newest_].began = now;
    }
    batch = &ring_[newest_];
    Row& row = batch->rows[batch->count++];
    row.offset_ms = uint32_t(now.uptime_ms - batch->began.uptime_ms);
    memcpy(row.values, values, sizeof(row.values));
    ++next_;
    if (batch->count == ROWS_A_MESSAGE) close();
  }

  void close() { ring_[newest_].open = false; }  // also when the ignition goes off: send at once

  // The next batch to send: the newest first, if it was never sent; then the others, oldest first; none: nullptr.
  Batch* due(uint64_t now_ms) {
    if (is_due(ring_[newest_], now_ms) && !ring_[newest_].sent) return &ring_[newest_];
    for (size_t i = 1; i <= BATCHES; ++i) {
      Batch& batch = ring_[(newest_ + i) % BATCHES];
      if (is_due(batch, now_ms)) return &batch;
    }
    return nullptr;
  }

  // The server's answer on kei/v1/<device>/a: {"v":1,"b":17,"r":[[20,29],[0,9]]}. Forgets what is stored for good.
  void answered(uint32_t boot, const char* json) {
    const char* said = strstr(json, "\"b\":");
    const char* ranges = strstr(json, "\"r\":[");
    if (!said || !ranges || strtoul(said + 4, nullptr, 10) != boot) return;
    for (const char* at = strchr(ranges + 5, '['); at; at = strchr(at + 1, '[')) {
      char* rest = nullptr;
      uint32_t first = uint32_t(strtoul(at + 1, &rest, 10));
      if (*rest != ',') return;
      uint32_t last = uint32_t(strtoul(rest + 1, &rest, 10));
      for (Batch& one : ring_)
        if (one.count && !one.open && first <= one.first && one.first + one.count - 1 <= last) one.count = 0;
    }
  }

  uint32_t queued() const {
    uint32_t rows = 0;
    for (const Batch& one : ring_) rows += one.count;
    return rows;
  }

 private:
  static bool is_due(const Batch& one, uint64_t now_ms) {
    return one.count && !one.open && (!one.sent || now_ms - one.sent_ms >= RESEND_MS);
  }
  Batch ring_[BATCHES];
  size_t newest_ = 0;
  uint32_t next_ = 0;
};

}  // namespace keitora
