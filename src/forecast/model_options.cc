#include "forecast/model_options.h"

#include "base/format.h"

namespace millrace {

Json ModelOptions::to_json() const {
  return {{"features", names_of(features)},
          {"seed", seed},
          {"rows_max", rows_max},
          {"rounds", rounds},
          {"learning_rate", learning_rate},
          {"max_depth", max_depth},
          {"min_child_weight", min_child_weight},
          {"subsample", subsample},
          {"colsample", colsample},
          {"tweedie_variance_power", tweedie_variance_power}};
}

Result<ModelOptions> model_options_from(const Json& json) {
  ModelOptions options;
  std::vector<std::string> features;
  try {
    features = json.at("features").get<std::vector<std::string>>();
    options.seed = json.at("seed").get<std::uint64_t>();
    options.rows_max = json.at("rows_max").get<std::int64_t>();
    options.rounds = json.at("rounds").get<int>();
    options.learning_rate = json.at("learning_rate").get<double>();
    options.max_depth = json.at("max_depth").get<int>();
    options.min_child_weight = json.at("min_child_weight").get<double>();
    options.subsample = json.at("subsample").get<double>();
    options.colsample = json.at("colsample").get<double>();
    options.tweedie_variance_power = json.at("tweedie_variance_power").get<double>();
  } catch (const Json::exception& error) {
    return fail(Fault::corrupt, format("the options of the model are unreadable; train again: {}", error.what()));
  }
  auto set = feature_set_from(features);
  if (!set) {
    return fail(Fault::corrupt,
                format("the model was trained with other features; train again: {}", set.error().message));
  }
  options.features = *std::move(set);
  return options;
}

}  // namespace millrace
