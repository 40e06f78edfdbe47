#include "forecast/demand_signals.h"

#include <gtest/gtest.h>

#include "forecast/series_testing.h"

namespace millrace {
namespace {

ModelFiles stored(const std::string& text) { return {{std::string(kSignalsFile), text}}; }

TEST(DemandSignals, come_back_as_they_were_stored) {
  const DemandSignals signals{
      .elasticity = 1.25, .promotion_lift = 1.3, .views_weight = 0.75, .category_weekdays = true};
  const auto read = demand_signals_from(stored(to_json(signals).dump()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, signals);
}

TEST(DemandSignals, are_refused_where_they_are_none) {
  const std::string whole = to_json(DemandSignals{}).dump();
  EXPECT_TRUE(demand_signals_from(stored(whole)));
  EXPECT_FALSE(demand_signals_from({}));
  EXPECT_FALSE(demand_signals_from(stored("[]")));
  EXPECT_FALSE(demand_signals_from(stored(whole.substr(0, whole.size() / 2))));
  for (const auto& [key, bad] : {std::pair("price_elasticity", Json(-1)), std::pair("promotion_lift", Json(0.5)),
                                 std::pair("views_weight", Json(1.5)), std::pair("views_weight", Json("much")),
                                 std::pair("category_weekdays", Json(1))}) {
    Json json = Json::parse(whole);
    json[key] = bad;
    const auto read = demand_signals_from(stored(json.dump()));
    ASSERT_FALSE(read) << key;
    EXPECT_EQ(read.error().fault, Fault::corrupt);
    json.erase(key);
    EXPECT_FALSE(demand_signals_from(stored(json.dump()))) << key;
  }
}

TEST(DemandSignals, are_none_in_a_shop_that_shows_none) {
  const Series series = series_of(shop_rows(10, 60, 3));
  EXPECT_EQ(find_demand_signals(series, 30), DemandSignals{});
}

}  // namespace
}  // namespace millrace
