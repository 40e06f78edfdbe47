// `millrace models`: the demand models that are stored, which of them is champion and why, and another one in its
// place.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/format.h"
#include "base/json.h"
#include "cli/alert_sender.h"
#include "cli/commands.h"
#include "cli/daily_sales.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "forecast/drift.h"

namespace millrace {
namespace {

class ModelsCommand final : public Command {
 public:
  std::string_view name() const override { return "models"; }
  std::string_view summary() const override { return "list the stored models; promote one, or roll back"; }

  void add_flags(Flags& flags) override {
    flags.add("action", action_,
              "list: the models; history: each change of the champion and why; promote: --model becomes champion; "
              "rollback: the champion before this one again; check: whether a model still knows the shop");
    flags.add("--model", model_,
              "to promote or check: a name (its newest version), or name/version; check: the champion");
    flags.add("--data", data_, "check: daily sales, a Parquet file or folder; empty: gold's daily_sales")
        ->type_name("PATH");
    flags.add_setting("--promotions", "ml.promotions");
  }

  Result<int> run(const Context& context) override {
    const Registry registry(context.models_folder());
    if (action_ == "list") {
      TRY(list(context, registry));
    } else if (action_ == "history") {
      TRY(show_history(context, registry));
    } else if (action_ == "promote") {
      if (model_.empty()) {
        return fail(Fault::invalid, "--model: expected the model to promote, such as xgboost/3");
      }
      ASSIGN_OR_RETURN(const ModelVersion version, registry.find(model_));
      TRY(registry.promote(version, system_clock().now(), "promoted by hand"));
      TRY(show_champion(context, version));
    } else if (action_ == "rollback") {
      ASSIGN_OR_RETURN(const ModelVersion version, registry.roll_back(system_clock().now()));
      TRY(show_champion(context, version));
    } else if (action_ == "check") {
      TRY(check(context, registry));
    } else {
      return fail(Fault::invalid, format("expected list, history, promote, rollback or check, found: {}", action_));
    }
    return kExitDone;
  }

 private:
  static Result<void> show_champion(const Context& context, const ModelVersion& version) {
    return print(context.json ? Json({{"champion", to_string(version)}}).dump(2) + "\n"
                              : format("champion: {}\n", to_string(version)));
  }
  static Result<void> list(const Context& context, const Registry& registry);
  static Result<void> show_history(const Context& context, const Registry& registry);
  Result<void> check(const Context& context, const Registry& registry) const;

  std::string action_ = "list";
  std::string model_;
  std::string data_;
};

/// What a stored model's metadata says, as far as it can be read: one that is damaged is listed, too.
Json entry_of(const Registry& registry, const ModelVersion& version, const Result<ModelVersion>& champion) {
  Json entry = {{"model", to_string(version)}, {"champion", champion && *champion == version}};
  const auto metadata = registry.metadata(version);
  if (!metadata) {
    entry["error"] = metadata.error().message;
    return entry;
  }
  const Json data = metadata->value("data", Json::object());
  const Json metrics = metadata->value("metrics", Json::object());
  entry["created_at"] = metadata->value("created_at", Json());
  entry["last_day"] = data.value("last_day", Json());
  entry["products"] = data.value("products", Json());
  entry["rmse"] = metrics.value("rmse", Json());
  entry["wape"] = metrics.value("next_day", Json::object()).value("wape", Json());
  entry["skill"] = metadata->value("skill", Json());
  return entry;
}

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : "-"; }
std::string number_of(const Json& value, int digits) {
  return value.is_number() ? format("{:.{}f}", value.get<double>(), digits) : "-";
}

Result<void> ModelsCommand::list(const Context& context, const Registry& registry) {
  const auto champion = registry.champion();
  Json entries = Json::array();
  ASSIGN_OR_RETURN(const auto names, registry.names());
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const auto versions, registry.versions(name));
    for (const ModelVersion& version : versions) {
      entries.push_back(entry_of(registry, version, champion));
    }
  }
  if (context.json) {
    return print(Json({{"models", entries}}).dump(2) + "\n");
  }
  constexpr std::string_view kLine = "{:<2}{:<24} {:<12} {:<12} {:>9} {:>9} {:>7}\n";
  std::string text = format(kLine, "", "model", "trained on", "days up to", "RMSE", "WAPE", "skill");
  for (const Json& entry : entries) {
    text += format(kLine, entry["champion"].get<bool>() ? "*" : "", entry["model"].get<std::string>(),
                   text_of(entry.value("created_at", Json())).substr(0, 10), text_of(entry.value("last_day", Json())),
                   number_of(entry.value("rmse", Json()), 3), number_of(entry.value("wape", Json()), 3),
                   number_of(entry.value("skill", Json()), 3));
    if (entry.contains("error")) {
      text += format("  {}\n", entry["error"].get<std::string>());
    }
  }
  return print(text + (entries.empty() ? "no model is trained yet; run `millrace train` first\n" : ""));
}

Result<void> ModelsCommand::show_history(const Context& context, const Registry& registry) {
  ASSIGN_OR_RETURN(const auto promotions, registry.promotions());
  Json entries = Json::array();
  std::string text;
  for (const Promotion& promotion : promotions) {
    const Json replaced = promotion.replaced ? Json(to_string(*promotion.replaced)) : Json();
    entries.push_back({{"at", to_string(promotion.at)},
                       {"champion", to_string(promotion.version)},
                       {"replaced", replaced},
                       {"reason", promotion.reason},
                       {"evidence", promotion.evidence}});
    text += format("{}  {:<24} after {:<24} {}\n", to_string(promotion.at).substr(0, 19), to_string(promotion.version),
                   text_of(replaced), promotion.reason);
  }
  return print(context.json ? Json({{"promotions", entries}}).dump(2) + "\n" : text);
}

std::string to_text(const DriftReport& report, const std::string& model) {
  constexpr std::size_t kShown = 5;
  std::string text =
      format("{} has learnt up to {}, {} days ago\n", model, to_string(report.trained_to), report.age_days);
  text += format("WAPE of the next day: {} when it was trained, {} since (seasonal naive {})\n",
                 percent(report.wape_then), percent(report.wape_now), percent(report.naive_now));
  for (std::size_t i = 0; i < std::min(kShown, report.inputs.size()); ++i) {
    const InputProfile::Change& change = report.inputs[i];
    text += format("{:<24} stability index {:.3f}{}\n", to_string(change.feature), change.index,
                   change.is_large ? ", changed" : "");
  }
  for (const std::string& reason : report.reasons) {
    text += format("stale: {}\n", reason);
  }
  return text + (report.is_stale() ? "" : "it still knows the shop\n");
}

Result<void> ModelsCommand::check(const Context& context, const Registry& registry) const {
  ASSIGN_OR_RETURN(const LoadedForecaster model, load_forecaster(registry, model_.empty() ? "champion" : model_));
  ASSIGN_OR_RETURN(const Series series, load_daily_sales(context, data_));
  ASSIGN_OR_RETURN(const DriftReport report, drift_of(model, series, context.settings.ml.age_days_max));
  const std::string name = to_string(model.version);
  Json json = {{"model", name}};
  json.update(report.to_json());
  if (report.is_stale()) {
    AlertSender(context.settings.alerts.webhook, minutes(1))
        .send({.name = "model_stale",
               .text = format("{} no longer knows the shop, train again: {}", name, report.reasons.front()),
               .details = json});
  }
  return print(context.json ? json.dump(2) + "\n" : to_text(report, name));
}

}  // namespace

std::unique_ptr<Command> make_models_command() { return std::make_unique<ModelsCommand>(); }

}  // namespace millrace
