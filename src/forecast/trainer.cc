#include "forecast/trainer.h"

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "base/format.h"
#include "forecast/naive.h"

namespace millrace {
namespace {

void tell(const TrainOptions& options, std::string_view text) {
  if (options.progress) {
    options.progress(text);
  }
}

Result<void> require_models(const std::vector<std::string>& names, const ModelOptions& options) {
  if (names.empty()) {
    return fail(Fault::invalid, "name a model to train");
  }
  for (auto name = names.begin(); name != names.end(); ++name) {
    TRY(make_model(*name, options));
    if (std::find(names.begin(), name, *name) != name) {
      return fail(Fault::invalid, format("a model is named twice: {}", *name));
    }
  }
  return {};
}

double skill_of(const Evaluation& evaluation, const Evaluation& naive) {
  return naive.rmse() > 0 ? 1 - evaluation.rmse() / naive.rmse() : 0;
}

Json metadata_of(const Series& series, const TrainOptions& options, const Forecaster& forecaster,
                 const Evaluation& evaluation, const Evaluation& naive) {
  return {{"created_at", to_string(options.created_at)},
          {"git_revision", options.git_revision},
          {"data",
           {{"first_day", to_string(series.first_day())},
            {"last_day", to_string(series.last_day())},
            {"products", series.products()},
            {"cells", series.cells()},
            {"content_hash", format("{:016x}", series.content_hash())}}},
          {"seed", options.model.seed},
          {"features", names_of(options.model.features)},
          {"parameters", forecaster.model().parameters()},
          {"metrics", evaluation.to_json()},
          {"seasonal_naive", naive.to_json()},
          {"skill", skill_of(evaluation, naive)}};
}

/// Judges a model on the days behind the split, then fits the one that is stored.
Result<TrainedModel> train_one(std::string_view name, const Series& series, const TrainOptions& options,
                               const Evaluation& naive, const Registry& registry) {
  const int end = series.days();
  const int split = end - held_out_days(end);
  tell(options,
       format("{}: fitting on {} to {}", name, to_string(series.first_day()), to_string(series.day(split - 1))));
  ASSIGN_OR_RETURN(Forecaster judged, Forecaster::fit(name, options.model, series, split));
  tell(options, format("{}: judging on {} to {}", name, to_string(series.day(split)), to_string(series.last_day())));
  ASSIGN_OR_RETURN(const Evaluation evaluation, evaluate(judged, series, split, end));
  ASSIGN_OR_RETURN(Calibration calibration, calibrate(judged.model(), series, split, end));
  tell(options, format("{}: fitting on all days", name));
  ASSIGN_OR_RETURN(const Forecaster final, Forecaster::fit(name, options.model, series, end, std::move(calibration)));
  ASSIGN_OR_RETURN(const ModelFiles files, final.files());
  const Json metadata = metadata_of(series, options, final, evaluation, naive);
  ASSIGN_OR_RETURN(ModelVersion version, registry.add(name, metadata, files));
  return TrainedModel{.version = std::move(version), .evaluation = evaluation, .skill = skill_of(evaluation, naive)};
}

/// The champion before this run, where it is of a model that was not trained now and can still be read.
std::optional<ModelVersion> standing_champion(const Registry& registry, const TrainOptions& options) {
  const auto champion = registry.champion();
  if (!champion || std::ranges::find(options.models, champion->name) != options.models.end()) {
    return std::nullopt;
  }
  return *champion;
}

Result<ModelVersion> choose_champion(const Registry& registry, const TrainOptions& options,
                                     const std::vector<TrainedModel>& trained) {
  const auto best =
      std::ranges::min_element(trained, {}, [](const TrainedModel& model) { return model.evaluation.rmse(); });
  if (const auto standing = standing_champion(registry, options)) {
    // One that is damaged does not stand in the way of a new one.
    const auto metadata = registry.metadata(*standing);
    if (metadata && metadata->contains("skill") && metadata->at("skill").is_number() &&
        metadata->at("skill").get<double>() >= best->skill) {
      return *standing;
    }
  }
  TRY(registry.set_champion(best->version));
  return best->version;
}

}  // namespace

Result<TrainReport> train(const Series& series, const TrainOptions& options, const Registry& registry) {
  TRY(require_models(options.models, options.model));
  TRY(require_history(series.days(), kTrainDaysMin));
  const int end = series.days();
  const int split = end - held_out_days(end);
  ASSIGN_OR_RETURN(const Forecaster naive, Forecaster::fit(kSeasonalNaive, options.model, series, split));
  TrainReport report{.first_day = series.first_day(),
                     .last_day = series.last_day(),
                     .products = series.products(),
                     .seasonal_naive = {},
                     .models = {},
                     .champion = {}};
  ASSIGN_OR_RETURN(report.seasonal_naive, evaluate(naive, series, split, end));
  for (const std::string& name : options.models) {
    auto trained = train_one(name, series, options, report.seasonal_naive, registry);
    if (!trained) {
      return fail(std::move(trained).error(), format("could not train {}", name));
    }
    report.models.push_back(*std::move(trained));
  }
  ASSIGN_OR_RETURN(report.champion, choose_champion(registry, options, report.models));
  return report;
}

Result<LoadedForecaster> load_forecaster(const Registry& registry, std::string_view text) {
  ASSIGN_OR_RETURN(const ModelVersion version, registry.find(text));
  ASSIGN_OR_RETURN(StoredModel stored, registry.load(version));
  auto forecaster = Forecaster::from_files(stored.files);
  if (!forecaster) {
    return fail(std::move(forecaster).error(), format("could not load {}", to_string(version)));
  }
  return LoadedForecaster{
      .version = version, .metadata = std::move(stored.metadata), .forecaster = *std::move(forecaster)};
}

}  // namespace millrace
