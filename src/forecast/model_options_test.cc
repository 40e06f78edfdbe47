#include "forecast/model_options.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(ModelOptions, are_read_as_they_were_written) {
  const ModelOptions options{.features = {Feature::mean_7, Feature::weekday},
                             .seed = 7,
                             .rows_max = 1'234,
                             .rounds = 5,
                             .learning_rate = 0.3,
                             .max_depth = 4,
                             .min_child_weight = 2.5,
                             .subsample = 0.5,
                             .colsample = 0.25,
                             .tweedie_variance_power = 1.6};
  const Json json = options.to_json();
  const auto again = model_options_from(json);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->to_json(), json);
  EXPECT_NE(json, ModelOptions().to_json());
}

TEST(ModelOptions, what_is_not_a_recipe_is_corrupt) {
  const Json good = ModelOptions().to_json();
  for (const auto& [key, value] : good.items()) {
    Json json = good;
    json.erase(key);
    EXPECT_EQ(model_options_from(json).error().fault, Fault::corrupt) << "without " << key;
    json[key] = "x";
    EXPECT_EQ(model_options_from(json).error().fault, Fault::corrupt) << key;
  }
  Json json = good;
  json["features"] = {"mean_8"};
  EXPECT_EQ(model_options_from(json).error().fault, Fault::corrupt);
  EXPECT_FALSE(model_options_from(Json()));
}

}  // namespace
}  // namespace millrace
