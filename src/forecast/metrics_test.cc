#include "forecast/metrics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace millrace {
namespace {

TEST(Metrics, by_hand) {
  Scorer scorer;
  scorer.add(0, 1, {0, 0, 2});
  scorer.add(4, 2, {1, 3, 3});
  scorer.add(2, 3, {2, 2, 5});
  const Scores scores = scorer.scores();
  EXPECT_EQ(scores.cells, 3);
  EXPECT_DOUBLE_EQ(scores.sold, 6);
  EXPECT_DOUBLE_EQ(scores.mae, (1 + 2 + 1) / 3.0);
  EXPECT_DOUBLE_EQ(scores.rmse, std::sqrt((1 + 4 + 1) / 3.0));
  EXPECT_DOUBLE_EQ(*scores.r2, 1 - 6 / 8.0);  // around the mean of 2: 4 + 4 + 0
  EXPECT_DOUBLE_EQ(*scores.wape, 4 / 6.0);
  EXPECT_DOUBLE_EQ(*scores.bias, 0);
  EXPECT_DOUBLE_EQ(*scores.median_wape, 1 / 6.0);
  // Pinball losses: 0 + 0 + .1 × 2; .1 × 3 + .5 × 1 + .9 × 1; 0 + 0 + .1 × 3. Twice their mean by the mean demand.
  EXPECT_NEAR(*scores.quantile_loss, 2 * (0.2 + 1.7 + 0.3) / 9 / (6 / 3.0), 1e-12);
  EXPECT_DOUBLE_EQ(scores.coverage, 2 / 3.0);
  EXPECT_DOUBLE_EQ(*scores.coverage_sold, 0.5);
  EXPECT_DOUBLE_EQ(scores.above_p90, 1 / 3.0);
}

TEST(Metrics, what_would_divide_by_nothing_is_absent) {
  EXPECT_EQ(Scorer().scores().cells, 0);
  EXPECT_FALSE(Scorer().scores().wape);
  Scorer scorer;
  scorer.add(0, 2, {0, 1, 2});
  EXPECT_DOUBLE_EQ(scorer.scores().mae, 2);
  EXPECT_FALSE(scorer.scores().wape);
  EXPECT_FALSE(scorer.scores().bias);
  EXPECT_FALSE(scorer.scores().r2);
  EXPECT_FALSE(scorer.scores().coverage_sold);
  EXPECT_TRUE(scorer.scores().to_json().at("wape").is_null());
}

TEST(Metrics, r2_is_absent_where_every_day_is_the_same) {
  Scorer scorer;
  for (int i = 0; i < 10; ++i) {
    scorer.add(0.1F, 0.1F, {0, 0, 1});
  }
  EXPECT_FALSE(scorer.scores().r2);
}

}  // namespace
}  // namespace millrace
