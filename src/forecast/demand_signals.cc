#include "forecast/demand_signals.h"

#include "base/format.h"
#include "forecast/price_response.h"
#include "forecast/views_level.h"
#include "forecast/weekday_profile.h"

namespace millrace {

DemandSignals find_demand_signals(const Series& series, int end) {
  DemandSignals signals = find_price_response(series, end);
  signals.category_weekdays = have_categories_weekdays(series, end);
  signals.views_weight = find_views_weight(series, end, signals);
  return signals;
}

Json to_json(const DemandSignals& signals) {
  return {{"price_elasticity", signals.elasticity},
          {"promotion_lift", signals.promotion_lift},
          {"views_weight", signals.views_weight},
          {"category_weekdays", signals.category_weekdays}};
}

Result<DemandSignals> demand_signals_from(const ModelFiles& files) {
  const auto found = files.find(std::string(kSignalsFile));
  if (found == files.end()) {
    return fail(Fault::corrupt, format("a file of the model is missing; train again: {}", kSignalsFile));
  }
  ASSIGN_OR_RETURN(const Json json, parse_json(found->second, kSignalsFile));
  const auto number_of = [&json](const char* key) {
    const Json value = json.is_object() ? json.value(key, Json()) : Json();
    return value.is_number() ? value.get<double>() : -1;
  };
  const Json weekdays = json.is_object() ? json.value("category_weekdays", Json()) : Json();
  const DemandSignals signals{.elasticity = number_of("price_elasticity"),
                              .promotion_lift = number_of("promotion_lift"),
                              .views_weight = number_of("views_weight"),
                              .category_weekdays = weekdays.is_boolean() && weekdays.get<bool>()};
  if (!(signals.elasticity >= 0) || !(signals.promotion_lift >= 1) || !weekdays.is_boolean() ||
      !(signals.views_weight >= 0 && signals.views_weight <= 1)) {
    return fail(Fault::corrupt, format("{} holds no signals of demand; train again", kSignalsFile));
  }
  return signals;
}

}  // namespace millrace
