#include "warehouse/incidents.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace millrace {
namespace {

constexpr double kDeviationsOfNormal = 1.4826;
constexpr std::ptrdiff_t kHoursOfWeek = 7 * 24;

/// Precondition: not empty. Reorders the values.
double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1) {
    return *middle;
  }
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

std::optional<double> value_of(const HourFigures& hour, AlertMetric metric) {
  switch (metric) {
    case AlertMetric::revenue:
      return hour.revenue;
    case AlertMetric::orders:
      return static_cast<double>(hour.orders);
    case AlertMetric::conversion:
      break;
  }
  return hour.views > 0 ? std::optional(static_cast<double>(hour.orders) / static_cast<double>(hour.views))
                        : std::nullopt;
}

struct Band {
  double center;
  double half_width;
  double low() const { return std::max(0.0, center - half_width); }
  double high() const { return center + half_width; }
};

class Judge {
 public:
  Judge(std::span<const HourFigures> figures, const IncidentOptions& options) : figures_(figures), options_(options) {}

  std::vector<Incident> incidents(AlertMetric metric) {
    std::vector<Incident> found;
    const double dispersion = dispersion_of(metric);
    int calm_hours = 0;  // since the last one out of the band
    const std::size_t judged = std::min(figures_.size(), static_cast<std::size_t>(options_.hours));
    for (std::size_t i = figures_.size() - judged; i < figures_.size(); ++i) {
      const auto observed = value_of(figures_[i], metric);
      const auto band = observed ? band_of(i, metric, dispersion) : std::nullopt;
      if (!band) {
        continue;
      }
      if (is_out(*observed, *band)) {
        add(found, metric, figures_[i].hour, *observed, *band, calm_hours <= options_.hours_between);
        calm_hours = 0;
      } else if (!found.empty() && is_calm(*observed, *band, found.back().is_low)) {
        ++calm_hours;
      }
    }
    return found;
  }

 private:
  /// The figures of the same hour of the week, in the weeks before.
  std::vector<double> before(std::size_t i, AlertMetric metric) const {
    std::vector<double> values;
    for (int back = 1; back <= options_.weeks; ++back) {
      for (const int shift : {0, 1, -1}) {  // where clocks were changed in between, it is an hour earlier or later
        const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(i) - kHoursOfWeek * back + shift;
        if (at < 0 || figures_[static_cast<std::size_t>(at)].hour_of_week != figures_[i].hour_of_week) {
          continue;
        }
        if (const auto value = value_of(figures_[static_cast<std::size_t>(at)], metric)) {
          values.push_back(*value);
        }
        break;
      }
    }
    return values;
  }

  /// Nothing where too few weeks or orders are known to expect anything.
  std::optional<double> center_of(std::size_t i, AlertMetric metric) const {
    std::vector<double> values = before(i, metric);
    std::vector<double> orders = before(i, AlertMetric::orders);
    if (values.size() < static_cast<std::size_t>(options_.weeks_min) || median(orders) < options_.orders_min) {
      return std::nullopt;
    }
    return median(values);
  }

  std::optional<Band> band_of(std::size_t i, AlertMetric metric, double dispersion) const {
    const auto center = center_of(i, metric);
    if (!center) {
      return std::nullopt;
    }
    std::vector<double> deviations = before(i, metric);
    for (double& value : deviations) {
      value = std::abs(value - *center);
    }
    const double spread =
        std::max(kDeviationsOfNormal * median(deviations), dispersion * counting_spread(i, metric, *center));
    return Band{*center, std::max(options_.width * spread, options_.share_min * *center)};
  }

  /// How much more than counting makes them hours differ from what was expected of them, over all of them: baskets of
  /// very different worth do. At least 1.
  double dispersion_of(AlertMetric metric) const {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < figures_.size(); ++i) {
      const auto observed = value_of(figures_[i], metric);
      const auto center = observed ? center_of(i, metric) : std::nullopt;
      if (center) {
        ratios.push_back(std::abs(*observed - *center) / counting_spread(i, metric, *center));
      }
    }
    return ratios.empty() ? 1 : std::max(1.0, kDeviationsOfNormal * median(ratios));
  }

  /// What the metric differs by from hour to hour where nothing but chance is at work.
  double counting_spread(std::size_t i, AlertMetric metric, double center) const {
    if (metric == AlertMetric::conversion) {
      const double views = static_cast<double>(figures_[i].views);
      return std::sqrt(std::max(center * (1 - center), 1 / views) / views);
    }
    if (metric == AlertMetric::orders) {
      return std::sqrt(std::max(center, 1.0));
    }
    std::vector<double> orders = before(i, AlertMetric::orders);
    return center / std::sqrt(std::max(median(orders), 1.0));
  }

  /// Close enough to what was expected that it does not point the incident's way any more. At night, when bands are
  /// wide, an hour may be inside its band and still be half of what it should be.
  static bool is_calm(double observed, const Band& band, bool is_low) {
    const double deviation = is_low ? band.center - observed : observed - band.center;
    return deviation <= band.half_width / 2;
  }

  static bool is_out(double observed, const Band& band) { return observed < band.low() || observed > band.high(); }

  static void add(std::vector<Incident>& found, AlertMetric metric, Instant hour, double observed, const Band& band,
                  bool may_go_on) {
    const bool is_low = observed < band.low();
    if (!may_go_on || found.empty() || found.back().is_low != is_low) {
      found.push_back({.metric = metric, .is_low = is_low, .first = hour});
    }
    Incident& incident = found.back();
    incident.last = hour;
    ++incident.hours;
    const double distance = std::abs(observed - band.center) / band.half_width;
    if (distance > incident.distance) {
      incident.worst = hour;
      incident.distance = distance;
      incident.observed = observed;
      incident.low = band.low();
      incident.high = band.high();
    }
  }

  std::span<const HourFigures> figures_;
  const IncidentOptions& options_;
};

}  // namespace

std::string_view to_string(AlertMetric metric) {
  switch (metric) {
    case AlertMetric::revenue:
      return "revenue";
    case AlertMetric::orders:
      return "orders";
    case AlertMetric::conversion:
      break;
  }
  return "conversion";
}

std::vector<Incident> find_incidents(std::span<const HourFigures> figures, const IncidentOptions& options) {
  std::vector<Incident> all;
  for (const AlertMetric metric : {AlertMetric::revenue, AlertMetric::orders, AlertMetric::conversion}) {
    std::ranges::move(Judge(figures, options).incidents(metric), std::back_inserter(all));
  }
  return all;
}

}  // namespace millrace
