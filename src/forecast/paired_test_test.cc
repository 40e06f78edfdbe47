#include "forecast/paired_test.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace millrace {
namespace {

TEST(PairedTest, a_challenger_that_is_better_on_every_day_is_better) {
  const PairedTest test = paired_test(std::vector<double>(28, 0.9), std::vector<double>(28, 1.0));
  EXPECT_TRUE(test.says_better());
  EXPECT_EQ(test.days, 28);
  EXPECT_DOUBLE_EQ(test.p_value, 1e-4) << "no draw of 2^28 signs is as low";
  EXPECT_FALSE(paired_test(std::vector<double>(28, 1.0), std::vector<double>(28, 0.9)).says_better());
}

TEST(PairedTest, few_days_prove_nothing) {
  EXPECT_NEAR(paired_test(std::vector<double>(4, 0), std::vector<double>(4, 1)).p_value, 1.0 / 16, 0.01);
  EXPECT_FALSE(paired_test(std::vector<double>(4, 0), std::vector<double>(4, 1)).says_better());
  EXPECT_FALSE(paired_test({}, {}).says_better());
}

TEST(PairedTest, one_lucky_day_proves_nothing) {
  std::vector<double> challenger(28, 1.0);
  challenger[3] = 0.1;
  EXPECT_FALSE(paired_test(challenger, std::vector<double>(28, 1.0)).says_better());
}

TEST(PairedTest, the_same_model_is_not_better_than_itself) {
  const std::vector<double> losses{1, 2, 3, 4, 5, 6, 7};
  EXPECT_DOUBLE_EQ(paired_test(losses, losses).p_value, 1);
}

TEST(PairedTest, of_equals_one_in_twenty_seems_better) {
  std::mt19937 random(3);
  int better = 0;
  constexpr int kTrials = 400;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> a;
    std::vector<double> b;
    for (int day = 0; day < 28; ++day) {
      a.push_back(static_cast<double>(random() % 1000));
      b.push_back(static_cast<double>(random() % 1000));
    }
    better += paired_test(a, b).says_better() ? 1 : 0;
  }
  EXPECT_NEAR(better, kTrials / 20, 15);
}

}  // namespace
}  // namespace millrace
