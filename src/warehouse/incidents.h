// Hours in which a shop sold less, or more, than it should have, by what the same hour of the week was like before.
//
// For each metric, an hour is compared with the band around the median of the same weekday and hour in the weeks
// before. The band's half width is `width` times the spread: what these weeks differ from their median (1.4826 x the
// median deviation, which is a normal distribution's standard deviation), and at least what counting alone makes them
// differ (the root of the number of orders; for conversion a binomial's) times how much more than that all hours do.
// Deviations below `share_min` of the median are none. Hours out of the band that follow each other are one incident.
// Units: revenue as the shop's currency, conversion as orders per view. Pure. Source for the spread: Rousseeuw & Croux,
// "Alternatives to the median absolute deviation", JASA 1993. Thread rule: values and a pure function.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace millrace {

enum class AlertMetric : std::uint8_t { revenue, orders, conversion };
std::string_view to_string(AlertMetric metric);

/// A full hour.
struct HourFigures {
  Instant hour;  // its start
  int hour_of_week = 0;
  double revenue = 0;
  std::int64_t orders = 0;
  std::int64_t views = 0;
};

struct IncidentOptions {
  double width = 4;
  double share_min = 0.2;
  int weeks = 8;           // that are looked back
  int weeks_min = 3;       // with fewer nothing is expected
  double orders_min = 10;  // of an hour's median; with fewer nothing is expected
  int hours_between = 2;   // calm hours, near what was expected, that do not end an incident
  int hours = 14 * 24;     // the last ones, which are judged
};

struct Incident {
  AlertMetric metric = AlertMetric::revenue;
  bool is_low = false;
  Instant first;           // hour
  Instant last = {};       // hour
  std::int64_t hours = 0;  // out of the band
  // Of its worst hour:
  Instant worst = {};
  double distance = 0;  // from the median, in half widths of the band
  double observed = 0;
  double low = 0;  // the band
  double high = 0;
};

/// `figures`: hours without gaps, in their order. Incidents by metric and time.
std::vector<Incident> find_incidents(std::span<const HourFigures> figures, const IncidentOptions& options);

}  // namespace millrace
