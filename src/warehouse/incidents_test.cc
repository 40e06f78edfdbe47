#include "warehouse/incidents.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>
#include <tuple>

#include "base/format.h"

namespace millrace {
namespace {

constexpr int kHoursOfWeek = 7 * 24;
constexpr Instant kStart{1'704'672'000'000'000};  // 2024-01-08, a Monday

/// Ten weeks in which every hour of the week is like the others of its kind: 100 orders and more by day, of 1000 views.
std::vector<HourFigures> calm_weeks(int weeks = 10) {
  std::vector<HourFigures> figures;
  for (int i = 0; i < weeks * kHoursOfWeek; ++i) {
    const std::int64_t orders = 100 + 10 * (i % 24);
    figures.push_back({.hour = kStart + hours(i),
                       .hour_of_week = i % kHoursOfWeek,
                       .revenue = 20.0 * static_cast<double>(orders),
                       .orders = orders,
                       .views = 1'000});
  }
  return figures;
}

/// `orders low 3 from hour 100 (worst 101)`
std::vector<std::string> words(const std::vector<Incident>& incidents) {
  std::vector<std::string> texts;
  for (const Incident& incident : incidents) {
    texts.push_back(format("{} {} {} from {} to {}", to_string(incident.metric), incident.is_low ? "low" : "high",
                           incident.hours, (incident.first - kStart).us / hours(1).us,
                           (incident.last - kStart).us / hours(1).us));
  }
  return texts;
}

using Words = std::vector<std::string>;

TEST(Incidents, calm_weeks_have_none) { EXPECT_EQ(words(find_incidents(calm_weeks(), {})), Words{}); }

TEST(Incidents, no_figures_have_none) { EXPECT_EQ(words(find_incidents({}, {})), Words{}); }

TEST(Incidents, an_outage_is_one_of_each_metric_with_its_worst_hour) {
  auto figures = calm_weeks();
  for (const int hour : {1'600, 1'601, 1'603}) {  // a good one in between
    figures[static_cast<std::size_t>(hour)].orders = hour == 1'601 ? 0 : 40;
    figures[static_cast<std::size_t>(hour)].revenue = hour == 1'601 ? 0 : 800;
  }
  const auto incidents = find_incidents(figures, {});
  EXPECT_EQ(words(incidents), (Words{"revenue low 3 from 1600 to 1603", "orders low 3 from 1600 to 1603",
                                     "conversion low 3 from 1600 to 1603"}));
  EXPECT_EQ(incidents[1].worst, kStart + hours(1'601));
  EXPECT_EQ(incidents[1].observed, 0);
  const double expected = 100 + 10 * (1'601 % 24);
  EXPECT_DOUBLE_EQ(incidents[1].low, expected - 4 * std::sqrt(expected));
  EXPECT_DOUBLE_EQ(incidents[1].high, expected + 4 * std::sqrt(expected));
}

TEST(Incidents, a_rush_is_high_and_ends_when_calm_returns) {
  auto figures = calm_weeks();
  for (const int hour : {1'500, 1'504}) {  // three calm hours between them: two incidents
    figures[static_cast<std::size_t>(hour)].revenue *= 3;
  }
  EXPECT_EQ(words(find_incidents(figures, {})),
            (Words{"revenue high 1 from 1500 to 1500", "revenue high 1 from 1504 to 1504"}));
}

TEST(Incidents, nights_that_look_almost_normal_do_not_end_one) {
  auto figures = calm_weeks();
  for (std::size_t i = figures.size() - 72; i < figures.size(); ++i) {
    const bool is_night = i % 24 < 10;  // inside the band, but still lower than it should be
    figures[i].orders = is_night ? figures[i].orders * 3 / 4 : figures[i].orders / 2;
  }
  std::vector<std::string> of_orders = words(find_incidents(figures, {}));
  std::erase_if(of_orders, [](const std::string& text) { return !text.starts_with("orders"); });
  EXPECT_EQ(of_orders.size(), 1U);
}

TEST(Incidents, the_band_is_as_wide_as_the_weeks_before_differ) {
  auto figures = calm_weeks();
  const std::size_t last = figures.size() - 1;
  for (std::size_t back = 1; back <= 8; ++back) {
    figures[last - back * kHoursOfWeek].revenue = back % 2 == 0 ? 4'000 : 8'000;
  }
  figures[last].revenue = 9'000;
  EXPECT_EQ(words(find_incidents(figures, {})), Words{});
  figures[last].revenue = 6'000 + 1.4826 * 2'000 * 4 + 1;
  EXPECT_EQ(words(find_incidents(figures, {})).size(), 1U);
  EXPECT_EQ(words(find_incidents(figures, {.width = 5})), Words{});
}

TEST(Incidents, three_weeks_must_have_been_before) {
  auto figures = calm_weeks(4);
  for (std::size_t i = 3 * kHoursOfWeek - 1; i <= 3 * kHoursOfWeek; ++i) {
    figures[i].orders = 0;
  }
  const IncidentOptions options{.share_min = 0.2};
  EXPECT_EQ(words(find_incidents(figures, options)).front(), "orders low 1 from 504 to 504");
}

TEST(Incidents, an_hour_without_views_has_no_conversion) {
  auto figures = calm_weeks();
  figures.back().views = 0;
  EXPECT_EQ(words(find_incidents(figures, {})), Words{});
}

TEST(Incidents, only_the_last_hours_are_judged) {
  auto figures = calm_weeks();
  figures[figures.size() - 25].orders = 0;
  EXPECT_EQ(words(find_incidents(figures, {.hours = 24})), Words{});
  EXPECT_EQ(words(find_incidents(figures, {.hours = 25})).size(), 2U) << "orders and conversion";
}

TEST(Incidents, an_hour_of_the_week_is_found_across_a_change_of_clocks) {
  auto figures = calm_weeks();
  // From the middle on every hour is named one later, as if an hour had been left out there.
  for (std::size_t i = figures.size() / 2; i < figures.size(); ++i) {
    figures[i].hour_of_week = static_cast<int>((i + 1) % kHoursOfWeek);
    figures[i].orders = 100 + 10 * static_cast<std::int64_t>((i + 1) % 24);
    figures[i].revenue = 20.0 * static_cast<double>(figures[i].orders);
  }
  EXPECT_EQ(words(find_incidents(figures, {.hours = 5 * kHoursOfWeek})), Words{});
}

TEST(Incidents, chance_alone_hardly_ever_makes_one) {
  std::mt19937_64 random(20240108);  // a constant seed: the bound below is of these numbers
  auto figures = calm_weeks(60);
  for (HourFigures& hour : figures) {
    hour.orders = std::poisson_distribution<std::int64_t>(static_cast<double>(hour.orders))(random);
    hour.revenue = 20.0 * static_cast<double>(hour.orders);
  }
  const auto incidents = find_incidents(figures, {.hours = 52 * kHoursOfWeek});
  EXPECT_LE(incidents.size(), 26U) << "in a year, over three metrics: one in two weeks";
}

}  // namespace
}  // namespace millrace
