// Drives docs/examples/esp32/keitora_payload.h as the sketch does, and prints each message with its topic's last level.
#include "keitora_payload.h"

using namespace keitora;

static char text[MESSAGE_BYTES];
static void print(const char* level, size_t length) { printf("%s %.*s\n", level, int(length), length ? text : ""); }

int main() {
  static Queue<4> queue;
  const int64_t ZERO = 1775044000000;  // Unix time of the boot
  print("s", write_birth(text, sizeof(text), 17, "0.1 \"test\"\n", 0));
  for (uint64_t second = 1; second <= 45; ++second) {
    Clock clock = second <= 5 ? NONE : SATELLITE;
    Now now = {second * 1000, clock == NONE ? 0 : ZERO + int64_t(second) * 1000, clock};
    double values[WIDTH] = {850.4, 13.876, second < 3 ? NAN : 35.681241, second < 3 ? NAN : 139.767125, 0.04, NAN};
    if (second == 20)
      print("e", write_event(text, sizeof(text), 17, queue.take_number(), now, "note", "text", "gate \"B\"\topen"));
    queue.add(now, values);
    while (Batch* batch = queue.due(now.uptime_ms)) {
      print("t", write_telemetry(text, sizeof(text), 17, *batch, now.uptime_ms));
      batch->sent = true;
      batch->sent_ms = now.uptime_ms;
      if (batch->first == 0) queue.answered(17, "{\"v\":1,\"b\":16,\"r\":[[0,99]]}");  // another boot's: not ours
      if (batch->first >= 5 && batch->first < 20) {
        char answer[80];
        unsigned first = batch->first, last = batch->first + batch->count - 1;
        snprintf(answer, sizeof(answer), "{\"v\":1,\"b\":17,\"r\":[[4000,4001],[%u,%u]]}", first, last);
        queue.answered(17, answer);
      }
    }
  }
  printf("queued %u\n", unsigned(queue.queued()));
  char small[40];
  printf("overflow %u\n", unsigned(write_birth(small, sizeof(small), 17, "0.1", 0)));
}
