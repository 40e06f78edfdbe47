#include "forecast/trainer.h"

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "base/format.h"
#include "forecast/drift.h"
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
          {"options", options.model.to_json()},
          {"inputs", InputProfile::of(series, series.days() - 1, options.model.features).to_json()},
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

class Choice {
 public:
  Choice(const Series& series, const TrainOptions& options, const Registry& registry, TrainReport& report)
      : series_(series), options_(options), registry_(registry), report_(report) {}

  /// Who is champion after this run, and why.
  Result<void> make() {
    const TrainedModel& best = *std::ranges::min_element(
        report_.models, {}, [](const TrainedModel& model) { return model.evaluation.rmse(); });
    const auto standing = load_forecaster(registry_, "champion");
    if (!standing) {
      // One that is damaged does not stand in the way of a new one.
      return promote(best, standing.error().fault == Fault::not_found
                               ? "the first champion"
                               : format("the champion before could not be read: {}", standing.error().message));
    }
    report_.champion = standing->version;
    const TrainedModel* const successor = successor_of(*standing);
    if (successor != &best) {
      ASSIGN_OR_RETURN(const auto losses, losses_of(*standing, successor));
      report_.test = paired_test(best.evaluation.daily_losses, losses);
      if (report_.test->says_better()) {
        return promote(best, format("better than {} on {} days, p = {:.4f}", to_string(standing->version),
                                    report_.test->days, report_.test->p_value));
      }
    }
    return successor != nullptr ? succeed(*standing, *successor) : keep();
  }

 private:
  Result<void> promote(const TrainedModel& model, std::string reason) {
    const Json evidence = {{"skill", model.skill}, {"test", report_.test ? report_.test->to_json() : Json()}};
    TRY(registry_.promote(model.version, options_.created_at, reason, evidence));
    report_.champion = model.version;
    report_.decision = std::move(reason);
    return {};
  }

  /// The model of this run that has the champion's recipe; null where there is none.
  const TrainedModel* successor_of(const LoadedForecaster& standing) const {
    const auto found = std::ranges::find(report_.models, standing.version.name,
                                         [](const TrainedModel& model) { return model.version.name; });
    const bool same = standing.forecaster.options().to_json() == options_.model.to_json();
    return same && found != report_.models.end() ? &*found : nullptr;
  }

  /// What the champion's recipe lost on the days that this run judged.
  Result<std::vector<double>> losses_of(const LoadedForecaster& standing, const TrainedModel* successor) const {
    if (successor != nullptr) {
      return successor->evaluation.daily_losses;
    }
    const int end = series_.days();
    const int split = end - held_out_days(end);
    tell(options_, format("{}: fitting the champion's recipe on the same days", to_string(standing.version)));
    ModelOptions recipe = standing.forecaster.options();
    recipe.stop = options_.model.stop;
    ASSIGN_OR_RETURN(const Forecaster judged, Forecaster::fit(standing.version.name, recipe, series_, split));
    ASSIGN_OR_RETURN(const Evaluation evaluation, evaluate(judged, series_, split, end));
    return evaluation.daily_losses;
  }

  Result<void> succeed(const LoadedForecaster& standing, const TrainedModel& successor) {
    const double skill = standing.metadata.value("skill", 0.0);
    if (successor.skill < 0 && skill >= 0) {
      report_.decision = format("{} is worse than seasonal naive; {} was not, and stays", to_string(successor.version),
                                to_string(standing.version));
      return {};
    }
    return promote(successor, format("the recipe of {}, fitted again up to {}", to_string(standing.version),
                                     to_string(series_.last_day())));
  }

  Result<void> keep() {
    report_.decision = format("{} stays: no better model on {} days, p = {:.4f}", to_string(report_.champion),
                              report_.test->days, report_.test->p_value);
    return {};
  }

  const Series& series_;
  const TrainOptions& options_;
  const Registry& registry_;
  TrainReport& report_;
};

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
                     .champion = {},
                     .decision = {},
                     .test = {}};
  ASSIGN_OR_RETURN(report.seasonal_naive, evaluate(naive, series, split, end));
  for (const std::string& name : options.models) {
    auto trained = train_one(name, series, options, report.seasonal_naive, registry);
    if (!trained) {
      return fail(std::move(trained).error(), format("could not train {}", name));
    }
    report.models.push_back(*std::move(trained));
  }
  TRY(Choice(series, options, registry, report).make());
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
