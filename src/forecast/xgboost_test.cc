#include "forecast/xgboost.h"

#include <gmock/gmock.h>

namespace millrace {
namespace {

using ::testing::HasSubstr;

struct Rows {
  std::vector<float> values;
  std::vector<float> targets;
  MatrixView view() const { return {.values = values, .columns = 2}; }
};

/// Target 10 where the first column is above a half, else 2.
Rows steps() {
  Rows rows;
  for (int i = 0; i < 400; ++i) {
    rows.values.push_back(static_cast<float>(i % 100) / 100);
    rows.values.push_back(static_cast<float>(i * 7 % 13));
    rows.targets.push_back(i % 100 > 50 ? 10 : 2);
  }
  return rows;
}

const BoosterParameters kSquaredError{
    {"objective", "reg:squarederror"}, {"eta", "0.5"}, {"max_depth", "3"}, {"subsample", "0.8"}, {"seed", "3"}};

TEST(Xgboost, learns_a_step) {
  const Rows rows = steps();
  const auto booster = Booster::train(rows.view(), rows.targets, {}, kSquaredError, 20, {});
  ASSERT_TRUE(booster) << booster.error().message;
  const auto values = booster->predict(rows.view(), {});
  ASSERT_TRUE(values);
  ASSERT_EQ(values->size(), rows.targets.size());
  EXPECT_NEAR((*values)[10], 2, 0.1);
  EXPECT_NEAR((*values)[90], 10, 0.1);
}

TEST(Xgboost, starts_from_the_margins) {
  const Rows rows = steps();
  const std::vector<float> margins(rows.targets.size(), 7);
  const auto booster = Booster::train(rows.view(), rows.targets, margins, kSquaredError, 1, {});
  ASSERT_TRUE(booster);
  const auto plain = booster->predict(rows.view(), margins);
  const std::vector<float> higher(rows.targets.size(), 9);
  const auto raised = booster->predict(rows.view(), higher);
  ASSERT_TRUE(plain && raised);
  EXPECT_NEAR((*raised)[5] - (*plain)[5], 2, 1e-5);
}

TEST(Xgboost, a_saved_model_predicts_the_same_bits) {
  const Rows rows = steps();
  const auto booster = Booster::train(rows.view(), rows.targets, {}, kSquaredError, 10, {});
  ASSERT_TRUE(booster);
  const auto bytes = booster->save();
  ASSERT_TRUE(bytes);
  const auto loaded = Booster::load(*bytes, 2, "m.ubj");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(*booster->predict(rows.view(), {}), *loaded->predict(rows.view(), {}));
}

TEST(Xgboost, the_same_seed_gives_the_same_model) {
  const Rows rows = steps();
  const auto first = Booster::train(rows.view(), rows.targets, {}, kSquaredError, 10, {});
  const auto second = Booster::train(rows.view(), rows.targets, {}, kSquaredError, 10, {});
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first->save(), *second->save());
}

TEST(Xgboost, several_quantiles_give_several_values_a_row) {
  const Rows rows = steps();
  const BoosterParameters parameters{{"objective", "reg:quantileerror"}, {"quantile_alpha", "[0.1,0.5,0.9]"}};
  const auto booster = Booster::train(rows.view(), rows.targets, {}, parameters, 3, {});
  ASSERT_TRUE(booster) << booster.error().message;
  EXPECT_EQ(booster->predict(rows.view(), {})->size(), 3 * rows.targets.size());
}

TEST(Xgboost, no_rows_give_no_predictions) {
  const Rows rows = steps();
  const auto booster = Booster::train(rows.view(), rows.targets, {}, kSquaredError, 1, {});
  ASSERT_TRUE(booster);
  EXPECT_TRUE(booster->predict({.values = {}, .columns = 2}, {})->empty());
}

TEST(Xgboost, what_it_refuses_is_an_error_in_its_words) {
  const Rows rows = steps();
  const auto booster = Booster::train(rows.view(), rows.targets, {}, {{"objective", "reg:nonsense"}}, 1, {});
  ASSERT_FALSE(booster);
  EXPECT_EQ(booster.error().fault, Fault::invalid);
  EXPECT_THAT(booster.error().message, HasSubstr("nonsense"));
}

TEST(Xgboost, broken_and_foreign_files_are_corrupt) {
  const Rows rows = steps();
  const auto booster = Booster::train(rows.view(), rows.targets, {}, kSquaredError, 3, {});
  ASSERT_TRUE(booster);
  const std::string bytes = *booster->save();
  const std::string broken[] = {
      "", "{", "[1,2]", "{\"a\":1}", std::string(100, '\0'), bytes.substr(0, bytes.size() / 2), bytes.substr(1)};
  std::vector<std::string> texts(std::begin(broken), std::end(broken));
  for (std::size_t length = 0; length < bytes.size(); length += 7) {
    texts.push_back(bytes.substr(0, length));
  }
  for (const std::string& text : texts) {
    const auto loaded = Booster::load(text, 2, "m.ubj");
    ASSERT_FALSE(loaded) << text.size();
    EXPECT_EQ(loaded.error().fault, Fault::corrupt) << loaded.error().message;
    EXPECT_THAT(loaded.error().message, HasSubstr("m.ubj"));
  }
  const auto other = Booster::load(bytes, 3, "m.ubj");
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("another list of features"));
}

TEST(Xgboost, stops_when_asked) {
  const Rows rows = steps();
  std::stop_source stop;
  stop.request_stop();
  const auto booster = Booster::train(rows.view(), rows.targets, {}, kSquaredError, 10, stop.get_token());
  ASSERT_FALSE(booster);
  EXPECT_EQ(booster.error().fault, Fault::stopped);
}

}  // namespace
}  // namespace millrace
