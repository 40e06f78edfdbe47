#include "warehouse/gold.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/format.h"
#include "base/temporary_folder.h"
#include "lake/history_table.h"
#include "warehouse/gold_manifest.h"
#include "warehouse/tables.h"

namespace millrace {
namespace {

constexpr Instant kNoon{1'705'320'000'000'000};  // 2024-01-15T12:00:00Z

class GoldTest : public testing::Test {
 protected:
  GoldTest() : engine_(*open_duckdb({.threads = 2})) {}

  /// Imports a file of history with these sale lines: each a change to one of noon, 2 pieces of P1 at 10.0000.
  void import(const std::string& name, std::uint64_t content,
              const std::vector<std::function<void(SaleLine&)>>& lines) {
    auto import = HistoryImport::start(store_, name, content);
    ASSERT_TRUE(import && *import);
    for (const auto& change : lines) {
      SaleLine line{.line = 1,
                    .sold_at = kNoon,
                    .is_utc = false,
                    .is_return = false,
                    .quantity = 2,
                    .price = {100'000},
                    .product_id = "P1",
                    .description = "RED BAG",
                    .invoice = "I1",
                    .user_id = "U1",
                    .country = ""};
      change(line);
      ASSERT_TRUE((*import)->add(line));
    }
    ASSERT_TRUE((*import)->finish());
  }

  GoldSummary compute(const GoldOptions& options = {}) {
    auto summary = compute_gold(*engine_, store_, options);
    EXPECT_TRUE(summary) << (summary ? "" : summary.error().message);
    return summary ? *std::move(summary) : GoldSummary{};
  }

  std::vector<std::string> query(const std::string& sql) {
    EXPECT_TRUE(create_views(*engine_, store_));
    std::vector<std::string> values;
    auto rows = engine_->query_text(sql, {});
    EXPECT_TRUE(rows) << sql << ": " << (rows ? "" : rows.error().message);
    while (rows && *(*rows)->next()) {
      for (std::size_t i = 0; i < (*rows)->columns().size(); ++i) {
        values.emplace_back((*rows)->is_null(i) ? "-" : (*rows)->text(i));
      }
    }
    return values;
  }

  static constexpr auto kAsItIs = [](SaleLine&) {};
  static auto at(Instant time) {
    return [time](SaleLine& line) { line.sold_at = time; };
  }

  TemporaryFolder folder_;
  LocalStore store_{folder_.path()};
  std::unique_ptr<Engine> engine_;
};

TEST_F(GoldTest, of_nothing_is_nothing) {
  const GoldSummary summary = compute();
  EXPECT_EQ(summary.days, 0);
  EXPECT_FALSE(summary.as_of);
  EXPECT_EQ(query("select count(*) from daily_sales"), std::vector<std::string>{"0"});
}

TEST_F(GoldTest, sums_a_day_exactly) {
  import("a.csv", 1,
         {kAsItIs, [](SaleLine& line) { line.price = {1}; },
          [](SaleLine& line) {
            line.is_return = true;
            line.quantity = 5;
            line.user_id = "";
          }});
  const GoldSummary summary = compute();
  EXPECT_EQ(summary.days_computed, 1);
  EXPECT_EQ(to_string(*summary.as_of), "2024-01-15");
  EXPECT_EQ(query("select * from daily_sales"),
            (std::vector<std::string>{"2024-01-15", "P1", "Unknown", "20.0002", "4", "2", "5.00005", "10.0000", "1",
                                      "0", "0", "5", "50.0000"}));
  EXPECT_EQ(query("select * from customer_daily"),
            (std::vector<std::string>{"2024-01-15", "U1", "2", "4", "20.0002", "0"}));
  EXPECT_EQ(query("select historical_revenue, streaming_revenue, total_quantity from historical_streaming_joined"),
            (std::vector<std::string>{"20.0002", "0.0000", "4"}));
}

TEST_F(GoldTest, a_day_without_orders_has_no_average_and_no_row_by_category) {
  import("a.csv", 1, {[](SaleLine& line) { line.is_return = true; }});
  compute();
  EXPECT_EQ(query("select daily_revenue, daily_orders, avg_price, max_price, unique_customers from daily_sales"),
            (std::vector<std::string>{"0.0000", "0", "-", "-", "0"}));
  EXPECT_EQ(query("select count(*) from category_revenue"), std::vector<std::string>{"0"});
}

TEST_F(GoldTest, computes_only_what_changed_and_compares_with_the_days_around) {
  import("a.csv", 1, {at(kNoon), at(kNoon + kDay), at(kNoon + kDay * 7)});
  EXPECT_EQ(compute().days_computed, 3);
  EXPECT_EQ(compute().days_computed, 0);
  import("b.csv", 2, {at(kNoon)});  // the first day again
  const GoldSummary summary = compute();
  EXPECT_EQ(summary.days_computed, 1);
  EXPECT_EQ(summary.tables[0].days_written, 1);
  EXPECT_EQ(summary.tables[1].days_written, 3) << "the next day and the next week compare themselves with it";
  EXPECT_EQ(query("select category_revenue, prev_day_revenue, revenue_growth_pct, prev_week_revenue, "
                  "revenue_growth_wow_pct from category_revenue order by event_date"),
            (std::vector<std::string>{"40.0000", "-", "-", "-", "-", "20.0000", "40.0000", "-50.0", "-", "-", "20.0000",
                                      "-", "-", "40.0000", "-50.0"}));
  const auto before = query("select * from daily_sales order by all");
  EXPECT_EQ(compute({.full = true}).days_computed, 3);
  EXPECT_EQ(query("select * from daily_sales order by all"), before);
}

TEST_F(GoldTest, a_corrected_file_takes_its_days_away_again) {
  import("a.csv", 1, {at(kNoon), at(kNoon + kDay)});
  compute();
  import("a.csv", 2, {at(kNoon + kDay)});
  const GoldSummary summary = compute();
  EXPECT_EQ(summary.tables[0].days_removed, 1);
  EXPECT_EQ(query("select event_date, prev_day_revenue from category_revenue"),
            (std::vector<std::string>{"2024-01-16", "-"}));
  EXPECT_FALSE(*store_.exists("gold/daily_sales/event_date=2024-01-15"));
}

TEST_F(GoldTest, counts_the_days_of_the_shops_time_zone) {
  const Instant late{1'705'361'400'000'000};  // 2024-01-15T23:30
  import("a.csv", 1, {at(late), [late](SaleLine& line) {
                        line.sold_at = late;
                        line.is_utc = true;
                      }});
  compute({.time_zone = "Europe/Berlin"});
  EXPECT_EQ(query("select event_date, daily_orders from daily_sales order by 1"),
            (std::vector<std::string>{"2024-01-15", "1", "2024-01-16", "1"}));
  compute({.time_zone = "UTC"});
  EXPECT_EQ(query("select event_date, daily_orders from daily_sales"), (std::vector<std::string>{"2024-01-15", "2"}));
  const auto unknown = compute_gold(*engine_, store_, {.time_zone = "Europe/Entenhausen"});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().fault, Fault::invalid);
}

TEST_F(GoldTest, gives_a_product_the_category_of_its_usual_description) {
  import("a.csv", 1,
         {kAsItIs, kAsItIs, [](SaleLine& line) { line.description = "damaged mug"; },
          [](SaleLine& line) {
            line.product_id = "P2";
            line.description = "mug in a bag";
          },
          [](SaleLine& line) {
            line.product_id = "P3";
            line.description = "";
          }});
  compute({.categories = *category_rules_from({{"Mugs", {"mug"}}, {"Bags", {"bag"}}}, "rules")});
  EXPECT_EQ(query("select product_id, category from daily_sales order by 1"),
            (std::vector<std::string>{"P1", "Bags", "P2", "Mugs", "P3", "Unknown"}));
  compute({.categories = *category_rules_from({{"Bags", {"bag"}}}, "rules")});
  EXPECT_EQ(query("select product_id, category from daily_sales order by 1"),
            (std::vector<std::string>{"P1", "Bags", "P2", "Bags", "P3", "Unknown"}))
      << "other rules, other inputs";
}

TEST_F(GoldTest, keeps_to_the_days_that_were_asked_for) {
  import("a.csv", 1, {at(kNoon), at(kNoon + kDay), at(kNoon + kDay * 2)});
  EXPECT_EQ(compute({.from = day_of(kNoon + kDay), .to = day_of(kNoon + kDay)}).days_computed, 1);
  EXPECT_EQ(query("select event_date from daily_sales"), std::vector<std::string>{"2024-01-16"});
  EXPECT_EQ(compute().days_computed, 2);
}

TEST_F(GoldTest, a_lost_manifest_costs_a_computation_and_leaves_nothing_stale) {
  import("a.csv", 1, {at(kNoon), at(kNoon + kDay)});
  compute();
  ASSERT_TRUE(store_.remove("gold/_manifest.json"));
  import("a.csv", 2, {at(kNoon)});
  compute();
  EXPECT_EQ(query("select event_date from daily_sales"), std::vector<std::string>{"2024-01-15"});
}

TEST_F(GoldTest, one_batch_works_at_a_time) {
  LocalStore other(folder_.path());
  ASSERT_TRUE(other.claim("gold/_batch.lock"));
  const auto refused = compute_gold(*engine_, store_, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::conflict);
  ASSERT_TRUE(other.release("gold/_batch.lock"));
  compute();
}

TEST_F(GoldTest, a_request_to_stop_changes_nothing) {
  import("a.csv", 1, {kAsItIs});
  std::stop_source stop;
  stop.request_stop();
  GoldOptions options;
  options.stop = stop.get_token();
  const auto stopped = compute_gold(*engine_, store_, options);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().fault, Fault::stopped);
  EXPECT_EQ(query("select count(*) from daily_sales"), std::vector<std::string>{"0"});
}

}  // namespace
}  // namespace millrace
