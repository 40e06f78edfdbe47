#include "forecast/reorder.h"

#include <gtest/gtest.h>

#include <random>

namespace millrace {
namespace {

TEST(Reorder, quantiles_of_the_normal_distribution) {
  EXPECT_NEAR(normal_quantile(0.5), 0, 1e-9);
  EXPECT_NEAR(normal_quantile(0.9), 1.2815515655446004, 1e-9);
  EXPECT_NEAR(normal_quantile(0.99), 2.3263478740408408, 1e-9);
  EXPECT_NEAR(normal_quantile(0.05), -1.6448536269514722, 1e-9);
}

TEST(Reorder, by_hand) {
  // A week's 70 pieces with a P90 10 above its median: spread 10 ÷ 1.28155; two weeks of lead time.
  const ReorderRules rules{.lead_time_days = 14, .service_level = 0.9, .order_days = 7};
  const Reorder reorder = reorder_of(70, {50, 68, 78}, rules, std::nullopt);
  EXPECT_DOUBLE_EQ(reorder.lead_time_demand, 140);
  EXPECT_NEAR(reorder.safety_stock, 10 * std::sqrt(2.0), 1e-6);
  EXPECT_EQ(reorder.reorder_point, 155);
  EXPECT_EQ(reorder.order_quantity, 70);
  EXPECT_EQ(reorder_of(70, {50, 68, 78}, rules, 156).order_quantity, 0) << "there is enough";
  EXPECT_EQ(reorder_of(70, {50, 68, 78}, rules, 155).order_quantity, 70);
  EXPECT_EQ(reorder_of(70, {50, 68, 78}, rules, -5).order_quantity, 70 + 160) << "five pieces are owed";
}

TEST(Reorder, more_service_or_a_longer_way_needs_more) {
  const auto point = [](double service, int days) {
    return reorder_of(35, {20, 33, 60}, {.lead_time_days = days, .service_level = service}, 0).reorder_point;
  };
  EXPECT_LT(point(0.8, 7), point(0.95, 7));
  EXPECT_LT(point(0.95, 7), point(0.99, 7));
  EXPECT_LT(point(0.95, 3), point(0.95, 7));
  EXPECT_EQ(reorder_of(0, {0, 0, 0}, {}, 0).order_quantity, 0);
  EXPECT_EQ(reorder_of(35, {20, 33, 60}, {.lead_time_days = 0}, 0).reorder_point, 0);
}

TEST(Reorder, the_service_level_is_kept_where_demand_is_normal) {
  std::mt19937 random(5);
  // Sums of twelve uniform draws less six: near to normal. A week: mean 100, deviation 20.
  const auto week = [&random] {
    double sum = 0;
    for (int i = 0; i < 12; ++i) {
      sum += static_cast<double>(random()) / 4294967296.0;
    }
    return 100 + 20 * (sum - 6);
  };
  const float p90 = 100 + 20 * 1.28155F;
  const ReorderRules rules{.lead_time_days = 28, .service_level = 0.95};
  const Reorder reorder = reorder_of(100, {0, 100, p90}, rules, std::nullopt);
  int kept = 0;
  constexpr int kCycles = 4'000;
  for (int cycle = 0; cycle < kCycles; ++cycle) {
    kept += week() + week() + week() + week() <= static_cast<double>(reorder.reorder_point) ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(kept) / kCycles, 0.95, 0.015);
}

}  // namespace
}  // namespace millrace
