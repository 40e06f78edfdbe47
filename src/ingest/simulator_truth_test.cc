#include "ingest/simulator_truth.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/temporary_folder.h"
#include "ingest/csv_reader.h"
#include "ingest/simulated_source.h"

namespace millrace {
namespace {

struct TruthRow {
  std::string date;
  std::string product;
  bool in_stock;
  bool promoted;
  double views;
  double demand;
  double sales;
};

std::vector<TruthRow> read_truth(const fs::path& path) {
  auto reader = CsvReader::open(path);
  EXPECT_TRUE(reader) << reader.error().message;
  std::vector<TruthRow> rows;
  bool header = true;
  for (auto row = reader->next(); row && *row; row = reader->next()) {
    const auto fields = (*row)->fields;
    EXPECT_EQ(fields.size(), 11U);
    if (header) {
      EXPECT_EQ(fields[0], "date");
      EXPECT_EQ(fields[9], "expected_sales");
      EXPECT_EQ(fields[10], "day_chance");
      header = false;
      continue;
    }
    rows.push_back({.date = std::string(fields[0]),
                    .product = std::string(fields[1]),
                    .in_stock = fields[6] == "1",
                    .promoted = fields[5] != "0",
                    .views = std::stod(std::string(fields[7])),
                    .demand = std::stod(std::string(fields[8])),
                    .sales = std::stod(std::string(fields[9]))});
  }
  return rows;
}

/// A field's text in a line as the simulator writes it; empty where there is none.
std::string_view value_of(std::string_view line, std::string_view field) {
  const std::size_t key = line.find("\"" + std::string(field) + "\":\"");
  if (key == std::string_view::npos) {
    return "";
  }
  const std::size_t begin = key + field.size() + 4;
  return line.substr(begin, line.find('"', begin) - begin);
}

/// Units ordered, by day and product, as the events say.
using Sales = std::map<std::pair<std::string, std::string>, double>;

TEST(Truth, agrees_with_what_was_ordered_but_for_chance) {
  const TemporaryFolder folder;
  const SimulatorOptions options{.seed = 7,
                                 .stock_out_rate = 0.05,
                                 .duplicate_rate = 0,
                                 .late_rate = 0,
                                 .bad_rate = 0.01,
                                 .disorder = Duration{0}};
  const Day first = *parse_day("2024-03-01");
  auto source = SimulatedSource::history(options, first, 10, 30'000);
  ASSERT_TRUE(source) << source.error().message;
  Sales sales;
  double views = 0;
  while (true) {
    const auto record = (*source)->next();
    ASSERT_TRUE(record);
    if (!*record) {
      break;
    }
    const std::string_view line = (*record)->line;
    views += value_of(line, "event_type") == "product_viewed" ? 1 : 0;
    if (value_of(line, "event_type") == "order_created") {
      sales[{std::string(value_of(line, "event_time").substr(0, 10)), std::string((*record)->key)}] +=
          std::stod(std::string(value_of(line, "quantity")));
    }
  }
  const fs::path path = folder.path() / "truth.csv";
  ASSERT_TRUE(write_truth(path, (*source)->simulator().shop(), (*source)->simulator().views()));

  double expected = 0;
  double sold = 0;
  double expected_views = 0;
  double squared_errors = 0;  // in units of the variance
  int rows = 0;
  int sold_out = 0;
  for (const TruthRow& row : read_truth(path)) {
    const auto found = sales.find({row.date, row.product});
    const double units = found == sales.end() ? 0 : found->second;
    expected += row.sales;
    expected_views += row.views;
    sold += units;
    EXPECT_DOUBLE_EQ(row.sales, row.in_stock ? row.demand : 0);
    EXPECT_GT(row.demand, 0);
    sold_out += row.in_stock ? 0 : 1;
    if (row.in_stock && row.sales > 1) {
      ++rows;
      squared_errors += (units - row.sales) * (units - row.sales) / row.sales;
    }
    EXPECT_TRUE(row.in_stock || units <= 3) << "only what was in a cart at midnight: " << row.date << row.product;
  }
  EXPECT_NEAR(sold / expected, 1.0, 0.03);         // ten seeds had a standard deviation of 0.007 in twice the days
  EXPECT_NEAR(expected_views / views, 1.0, 0.02);  // some bad lines are in `views` here
  EXPECT_GT(sold_out, 20);
  ASSERT_GT(rows, 1'000);
  // Orders are Poisson, quantities widen them: the variance is 1 to 6 times the mean, and 2 on average.
  EXPECT_GT(squared_errors / rows, 0.9);
  EXPECT_LT(squared_errors / rows, 3.5);
}

TEST(Truth, promotions_are_the_days_with_a_discount) {
  const TemporaryFolder folder;
  const SimulatorOptions options{.seed = 3, .promotion_rate = 0.15};
  const Day first = *parse_day("2024-03-01");
  auto source = SimulatedSource::history(options, first, 40, 500);
  ASSERT_TRUE(source) << source.error().message;
  const Shop& shop = (*source)->simulator().shop();
  const fs::path path = folder.path() / "promotions.csv";
  ASSERT_TRUE(write_promotions(path, shop, first, Day{first.number + 40}));
  auto reader = CsvReader::open(path);
  ASSERT_TRUE(reader) << reader.error().message;
  std::map<std::pair<std::string, std::int32_t>, std::int64_t> planned;  // cents of a product and day
  bool header = true;
  for (auto row = reader->next(); row && *row; row = reader->next()) {
    const auto fields = (*row)->fields;
    ASSERT_EQ(fields.size(), 5U);
    if (header) {
      EXPECT_EQ(fields[1], "first_day");
      header = false;
      continue;
    }
    const Day from = *parse_day(fields[1]);
    EXPECT_EQ(from.number - 14, parse_day(fields[4])->number);
    for (Day day = from; day <= *parse_day(fields[2]); ++day.number) {
      const auto cents = static_cast<std::int64_t>(std::lround(std::stod(std::string(fields[3])) * 100));
      EXPECT_TRUE(planned.emplace(std::pair(std::string(fields[0]), day.number), cents).second);
    }
  }
  std::size_t promoted = 0;
  for (std::size_t i = 0; i < shop.products().size(); ++i) {
    for (Day day = first; day.number < first.number + 40; ++day.number) {
      const ProductDay state = shop.on(i, day);
      promoted += state.discount_percent > 0 ? 1 : 0;
      const auto found = planned.find({shop.products()[i].id, day.number});
      ASSERT_EQ(found != planned.end(), state.discount_percent > 0);
      if (found != planned.end()) {
        EXPECT_EQ(found->second, state.price_cents);
      }
    }
  }
  EXPECT_EQ(planned.size(), promoted);
  EXPECT_GT(promoted, 300U);
}

TEST(Truth, replaces_an_older_file_and_says_where_it_cannot_write) {
  const TemporaryFolder folder;
  const Shop shop({.products = 3});
  const fs::path path = folder.path() / "truth.csv";
  ASSERT_TRUE(write_truth(path, shop, {{Day{19'723}, 100}, {Day{19'724}, 0}, {Day{19'725}, 50}}));
  EXPECT_EQ(read_truth(path).size(), 6U) << "a day without a view has no rows";
  ASSERT_TRUE(write_truth(path, shop, {{Day{19'723}, 100}}));
  EXPECT_EQ(read_truth(path).size(), 3U);

  const auto refused = write_truth(folder.path() / "no" / "truth.csv", shop, {});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("truth.csv"), std::string::npos);
}

TEST(Truth, expected_views_add_up_to_the_days_views) {
  const TemporaryFolder folder;
  const Shop shop({.products = 9'000});
  const fs::path path = folder.path() / "truth.csv";
  ASSERT_TRUE(write_truth(path, shop, {{Day{19'723}, 1'000'000}, {Day{19'724}, 10}}));
  std::map<std::string, double> views;
  for (const TruthRow& row : read_truth(path)) {
    views[row.date] += row.views;
  }
  EXPECT_NEAR(views["2024-01-01"], 1'000'000, 1);
  EXPECT_NEAR(views["2024-01-02"], 10, 1);
}

}  // namespace
}  // namespace millrace
