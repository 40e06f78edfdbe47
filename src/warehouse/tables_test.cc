#include "warehouse/tables.h"

#include <gtest/gtest.h>

#include "base/format.h"
#include "base/temporary_folder.h"
#include "lake/commit_log.h"
#include "lake/local_store.h"
#include "lake/parquet.h"
#include "lake/tables.h"

namespace millrace {
namespace {

class TablesTest : public testing::Test {
 protected:
  TablesTest() : store_(folder_.path()), engine_(*open_duckdb({.threads = 1})) {}

  void make_views() {
    const auto made = create_views(*engine_, store_);
    ASSERT_TRUE(made) << made.error().message;
  }

  std::vector<std::string> query(const std::string& sql) {
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

  /// Names and types of a view's columns, sorted.
  std::vector<std::string> columns(std::string_view view) {
    return query(format("select column_name || ' ' || column_type from (describe {}) order by all", view));
  }

  /// A file without rows that has a table's columns, as the stream or an import would write it.
  DataFile write_empty(const TableSpec& spec, const std::string& path) {
    auto file = store_.create(path);
    auto writer = ParquetWriter::create(*std::move(file), spec);
    EXPECT_TRUE((*writer)->write(Table(spec)));
    const auto bytes = (*writer)->finish();
    EXPECT_TRUE(bytes);
    return {.table = std::string(spec.name), .path = path, .rows = 0, .bytes = *bytes};
  }

  void commit(std::vector<DataFile> added) {
    CommitRecord record;
    record.topic = "shop";
    record.sequence = commits_++;
    record.added = std::move(added);
    record.writer = "w";
    const Result<void> done = CommitLog(store_, "shop", 0).append(record);
    ASSERT_TRUE(done) << done.error().message;
  }

  void write_sql(const std::string& sql, const std::string& path) {
    ASSERT_TRUE(make_folders((folder_.path() / path).parent_path()));
    const Result<void> done =
        engine_->run(format("copy ({}) to {} (format parquet)", sql, quote_sql((folder_.path() / path).string())));
    ASSERT_TRUE(done) << done.error().message;
  }

  std::int64_t commits_ = 0;
  TemporaryFolder folder_;
  LocalStore store_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(TablesTest, every_table_can_be_queried_before_there_is_a_lake) {
  make_views();
  for (const LakeTable& table : lake_tables()) {
    EXPECT_EQ(query(format("select count(*) from {}", table.view)), std::vector<std::string>{"0"}) << table.view;
    EXPECT_FALSE(columns(table.view).empty()) << table.view;
  }
  EXPECT_EQ(query("select count(*) from category_1h"), std::vector<std::string>{"0"});
}

TEST_F(TablesTest, a_table_has_the_same_columns_with_files_and_without) {
  make_views();
  std::map<std::string, std::vector<std::string>> before;
  const std::map<std::string, std::pair<const TableSpec*, std::string>> files = {
      {"bronze_events", {&kBronzeEvents, "bronze/events/event_date=__HIVE_DEFAULT_PARTITION__/a.parquet"}},
      {"silver_cleaned_events",
       {&kSilverEvents, "silver/cleaned_events/event_date=2024-01-15/category=A%20B/a.parquet"}},
      {"silver_late_events", {&kLateEvents, "silver/late_events/event_date=2024-01-15/a.parquet"}},
      {"quarantine_events", {&kQuarantineEvents, "quarantine/events/ingest_date=2024-01-15/reason=bad_id/a.parquet"}},
      {"windows_product_5m", {&kWindows5m, "windows/product_5m/event_date=2024-01-15/a.parquet"}},
      {"windows_product_1h", {&kWindows1h, "windows/product_1h/event_date=2024-01-15/a.parquet"}},
  };
  std::vector<DataFile> added;
  for (const auto& [view, file] : files) {
    before[view] = columns(view);
    added.push_back(write_empty(*file.first, file.second));
  }
  before["history_sale_lines"] = columns("history_sale_lines");
  write_empty(kSaleLines, "history/sale_lines/shop.csv.0123.parquet");
  commit(std::move(added));
  make_views();
  for (const auto& [view, wanted] : before) {
    EXPECT_EQ(columns(view), wanted) << view;
  }
}

TEST_F(TablesTest, a_file_from_before_a_column_was_added_has_it_null) {
  const std::string old_file = "silver/late_events/event_date=2024-01-15/old.parquet";
  write_sql("select 7::bigint as log_offset, 'E1' as event_id", old_file);
  DataFile with_all = write_empty(kLateEvents, "silver/late_events/event_date=2024-01-15/new.parquet");
  const auto wanted = [this] {
    make_views();
    return query("select log_offset, event_id, id_was_in_silver from silver_late_events");
  };
  const DataFile before{.table = "silver/late_events", .path = old_file, .rows = 1, .bytes = 1};
  commit({before});
  EXPECT_EQ(wanted(), (std::vector<std::string>{"7", "E1", "-"}));
  with_all.columns = column_count(kLateEvents);
  commit({with_all});
  EXPECT_EQ(wanted(), (std::vector<std::string>{"7", "E1", "-"}));
  EXPECT_EQ(query("select event_date from silver_late_events"), std::vector<std::string>{"2024-01-15"});
}

TEST_F(TablesTest, views_are_those_that_are_asked_for_or_all) {
  const auto views = [this](const std::string& queries) {
    const auto other = open_duckdb({.threads = 1});
    EXPECT_TRUE(create_views(**other, store_, {.queries = queries}));
    std::vector<std::string> names;
    const auto rows = (*other)->query("select view_name from duckdb_views() where not internal order by 1", {});
    while (rows && *(*rows)->next()) {
      names.emplace_back((*rows)->text(0));
    }
    return names;
  };
  EXPECT_EQ(views("SELECT * FROM Daily_Sales"), std::vector<std::string>{"daily_sales"});
  EXPECT_EQ(views("from category_1h"), (std::vector<std::string>{"category_1h", "windows_product_1h"}));
  EXPECT_EQ(views("show tables").size(), lake_tables().size() + 1);
}

TEST_F(TablesTest, silvers_view_can_be_of_some_days) {
  const auto day_file = [this](std::string_view day) {
    return write_empty(kSilverEvents, format("silver/cleaned_events/event_date={}/category=A/a.parquet", day));
  };
  commit({day_file("2024-01-15"), day_file("2024-01-16")});
  const auto committed = committed_files(store_);
  ASSERT_TRUE(committed);
  for (const std::set<Day>& days : {std::set<Day>{}, {*parse_day("2024-01-16")}}) {
    const Result<void> created = create_silver_view(*engine_, store_, *committed, days, "_spill/files");
    ASSERT_TRUE(created) << created.error().message;
    EXPECT_EQ(query("select count(*) from silver_cleaned_events"), std::vector<std::string>{"0"});
  }
  EXPECT_TRUE(*store_.exists("_spill/files/silver/cleaned_events/event_date=2024-01-16/category=A/a.parquet"));
  EXPECT_FALSE(*store_.exists("_spill/files/silver/cleaned_events/event_date=2024-01-15/category=A/a.parquet"));
}

TEST_F(TablesTest, a_file_that_no_commit_names_is_not_seen) {
  const DataFile named = write_empty(kLateEvents, "silver/late_events/event_date=2024-01-15/a.parquet");
  write_empty(kLateEvents, "silver/late_events/event_date=2024-01-15/b.parquet");
  commit({named});
  const auto files = table_files("silver_late_events", store_);
  ASSERT_TRUE(files);
  EXPECT_EQ(*files, std::vector<std::string>{store_.locate(named.path)});
}

TEST_F(TablesTest, gold_is_what_stands_in_its_folders) {
  const std::string row =
      "select 'P1' as product_id, 'Books' as category, 1.5::decimal(38,4) as daily_revenue, 2::bigint as "
      "daily_quantity, "
      "1::bigint as daily_orders, 0.75::double as avg_price, 0.75::decimal(38,4) as max_price, 1::bigint as "
      "unique_customers, 0::bigint as daily_views, 0::bigint as daily_carts, 0::bigint as returned_quantity, "
      "0::decimal(38,4) as returned_revenue, date '2024-01-15' as event_date";
  make_views();
  const auto without = columns("daily_sales");
  write_sql(row, "gold/daily_sales/event_date=2024-01-15/data.parquet");
  write_sql(row, "gold/daily_sales/_event_date=2024-01-16/data.parquet");
  write_sql(row, "gold/daily_sales/event_date=2024-01-15/.half.parquet");
  make_views();
  EXPECT_EQ(columns("daily_sales"), without);
  EXPECT_EQ(query("select product_id, daily_revenue, event_date from daily_sales"),
            (std::vector<std::string>{"P1", "1.5000", "2024-01-15"}));
}

TEST_F(TablesTest, a_name_with_a_quote_is_a_path_like_any_other) {
  write_sql("select 'P1' as product_id, date '2024-01-15' as event_date",
            "gold/daily_sales/event_date=2024-01-15/it's.parquet");
  make_views();
  EXPECT_EQ(query("select product_id from daily_sales"), std::vector<std::string>{"P1"});
}

}  // namespace
}  // namespace millrace
