// Writes the log that the whole-flow benchmark reads: `stream_log FOLDER EVENTS [SEED]`, topic `events`, 4 partitions.
//
// A plain shop: the seven fields every event has, 10,000 products by Zipf's law, 100,000 users, three days, up to two
// minutes of disorder, 1 % of the records sent twice, 0.5 % bad. The same arguments give the same bytes.
#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/format.h"
#include "ingest/json_event.h"
#include "ingest/local_appender.h"
#include "ingest/simulator_random.h"

namespace millrace {
namespace {

constexpr std::uint32_t kProducts = 10'000;
constexpr std::uint64_t kUsers = 100'000;
constexpr Instant kStart{1'705'276'800'000'000};  // 2024-01-15T00:00:00Z
constexpr Duration kSpan = hours(72);
constexpr Duration kDisorder = minutes(2);
constexpr double kTwice = 0.01;
constexpr double kBad = 0.005;
constexpr std::array<std::string_view, 10> kCategories = {
    "Electronics", "Clothing", "Home & Garden", "Books", "Sports", "Toys", "Beauty", "Grocery", "Music", "Garden"};

std::string_view event_type(std::uint64_t percent) {
  if (percent < 70) {
    return "product_viewed";
  }
  return percent < 88 ? "add_to_cart" : percent < 98 ? "order_created" : "order_returned";
}

class Shop {
 public:
  Shop(std::int64_t events, std::uint64_t seed) : random_(seed), step_us_(kSpan.us / events) {
    std::vector<std::uint64_t> weights;
    for (std::uint64_t rank = 1; rank <= kProducts; ++rank) {
      weights.push_back(1'000'000 / rank);
    }
    popularity_.fill(weights);
  }

  /// The next record; `product_` is its key.
  const std::string& next(std::int64_t number) {
    if (number > 0 && random_.chance(kTwice)) {
      return record_;
    }
    const std::uint32_t product = popularity_.draw(random_.next());
    const auto disorder = static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(kDisorder.us)));
    product_ = format("P{:05}", product);
    record_ = R"({"event_time":")";
    times_.append(record_, {kStart.us + kDisorder.us + number * step_us_ - disorder});
    record_ += R"(","user_id":"U)";
    append_digits(record_, random_.below(kUsers));
    record_ += R"(","product_id":")";
    record_ += product_;
    record_ += R"(","category":")";
    record_ += kCategories[product % kCategories.size()];
    record_ += R"(","price":")";
    append_cents(record_, static_cast<std::int64_t>(199 + mix_bits(product) % 300 * 100));
    record_ += R"(","quantity":")";
    append_digits(record_, 1 + random_.below(3));
    record_ += R"(","event_type":")";
    record_ += random_.chance(kBad) ? "product_liked" : event_type(random_.below(100));
    record_ += R"("})";
    return record_;
  }
  const std::string& product() const { return product_; }

 private:
  Random random_;
  const std::int64_t step_us_;
  AliasTable popularity_;
  EventTimeWriter times_;
  std::string product_;
  std::string record_;
};

Result<void> write_log(const fs::path& folder, std::int64_t events, std::uint64_t seed) {
  ASSIGN_OR_RETURN(auto appender, LocalAppender::open(folder, "events", {.partitions = 4, .writer = {}}));
  Shop shop(events, seed);
  for (std::int64_t i = 0; i < events; ++i) {
    const std::string& record = shop.next(i);
    TRY(appender->append(shop.product(), record));
  }
  return appender->flush();
}

std::int64_t number(const char* text) {
  std::int64_t value = 0;
  std::from_chars(text, text + std::strlen(text), value);
  return value;
}

}  // namespace
}  // namespace millrace

int main(int count, char** words) {
  const std::int64_t events = count >= 3 ? millrace::number(words[2]) : 0;
  if (events <= 0 || events > millrace::kSpan.us) {
    std::fputs("usage: stream_log FOLDER EVENTS [SEED]\n", stderr);
    return 2;
  }
  const auto written =
      millrace::write_log(words[1], events, count >= 4 ? static_cast<std::uint64_t>(millrace::number(words[3])) : 7);
  if (!written) {
    std::fprintf(stderr, "%s\n", written.error().message.c_str());
    return 1;
  }
  return 0;
}
