#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "base/temporary_folder.h"
#include "warehouse/engine.h"
#include "warehouse/sql_text.h"

namespace millrace {
namespace {

class DuckDbTest : public testing::Test {
 protected:
  DuckDbTest() : engine_(*open_duckdb({.threads = 2})) {}

  std::unique_ptr<Rows> query(const std::string& sql, const SqlParameters& parameters = {}) {
    auto rows = engine_->query(sql, parameters);
    EXPECT_TRUE(rows) << (rows ? "" : rows.error().message);
    return rows ? *std::move(rows) : nullptr;
  }

  /// All values as the engine prints them; a null is `-`.
  static std::vector<std::string> texts(Rows& rows) {
    std::vector<std::string> all;
    while (true) {
      const Result<bool> more = rows.next();
      EXPECT_TRUE(more) << (more ? "" : more.error().message);
      if (!more || !*more) {
        return all;
      }
      for (std::size_t i = 0; i < rows.columns().size(); ++i) {
        all.emplace_back(rows.is_null(i) ? "-" : rows.text(i));
      }
    }
  }

  std::unique_ptr<Engine> engine_;
};

TEST_F(DuckDbTest, gives_each_type_as_what_it_is) {
  const auto rows = query(
      "select true as b, 7::utinyint as n, -3::bigint as m, 2.5000::decimal(38,4) as d, 0.25::float as f, "
      "'Möbel, with more than twelve bytes' as t, date '2024-01-15' as day, timestamptz '2024-01-15 10:30:00Z' as at, "
      "[1] as list, sum(5) as total, -1.25::decimal(9,2) as small, '\\x00\\xFF'::blob as bytes");
  ASSERT_TRUE(rows);
  const std::vector<SqlType> types = {SqlType::boolean, SqlType::integer, SqlType::integer, SqlType::decimal,
                                      SqlType::real,    SqlType::text,    SqlType::date,    SqlType::timestamp,
                                      SqlType::other,   SqlType::decimal, SqlType::decimal, SqlType::binary};
  ASSERT_EQ(rows->columns().size(), types.size());
  for (std::size_t i = 0; i < types.size(); ++i) {
    EXPECT_EQ(rows->columns()[i].type, types[i]) << rows->columns()[i].name;
  }
  ASSERT_TRUE(*rows->next());
  EXPECT_EQ(rows->integer(0), 1);
  EXPECT_EQ(rows->integer(1), 7);
  EXPECT_EQ(rows->integer(2), -3);
  EXPECT_EQ(rows->real(2), -3.0);
  EXPECT_EQ(rows->real(3), 2.5);
  EXPECT_EQ(rows->real(4), 0.25);
  EXPECT_EQ(rows->text(5), "Möbel, with more than twelve bytes");
  EXPECT_EQ(rows->day(6), day_from_civil({2024, 1, 15}));
  EXPECT_EQ(to_string(rows->instant(7)), "2024-01-15T10:30:00.000000Z");
  EXPECT_EQ(rows->real(9), 5.0);
  EXPECT_EQ(rows->real(10), -1.25);
  EXPECT_EQ(rows->text(11), std::string_view("\0\xFF", 2));
  EXPECT_FALSE(*rows->next());
}

TEST_F(DuckDbTest, gives_more_rows_than_a_chunk_in_order) {
  const auto rows = query("select i, case when i % 3 = 0 then null else i end as n from range(10000) r(i) order by i");
  for (std::int64_t i = 0; i < 10'000; ++i) {
    ASSERT_TRUE(*rows->next());
    ASSERT_EQ(rows->integer(0), i);
    ASSERT_EQ(rows->is_null(1), i % 3 == 0);
  }
  EXPECT_FALSE(*rows->next());
}

TEST_F(DuckDbTest, binds_values_of_every_kind_by_name) {
  const auto rows =
      query("select $text || '!' as a, $n + 1 as b, $x * 2 as c, $day + 1 as d, $at as e, $none is null, $yes",
            {{"text", "it's; drop table x --"},
             {"n", std::int64_t{41}},
             {"x", 0.5},
             {"day", day_from_civil({2024, 2, 28})},
             {"at", *parse_event_time("2024-01-15T10:30:00Z")},
             {"none", std::monostate{}},
             {"yes", true}});
  ASSERT_TRUE(*rows->next());
  EXPECT_EQ(rows->text(0), "it's; drop table x --!");
  EXPECT_EQ(rows->integer(1), 42);
  EXPECT_EQ(rows->real(2), 1.0);
  EXPECT_EQ(rows->day(3), day_from_civil({2024, 2, 29}));
  EXPECT_EQ(to_string(rows->instant(4)), "2024-01-15T10:30:00.000000Z");
  EXPECT_EQ(rows->integer(5), 1);
  EXPECT_EQ(rows->integer(6), 1);
}

TEST_F(DuckDbTest, knows_the_types_of_columns_that_depend_on_parameters) {
  const auto rows = engine_->query_text(
      "select $n as n, $day as day, $text as t where $none is null",
      {{"n", std::int64_t{1}}, {"day", day_from_civil({2024, 2, 28})}, {"text", "x"}, {"none", std::monostate{}}});
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ((*rows)->columns().size(), 3U);
  EXPECT_EQ((*rows)->columns()[0].type, SqlType::integer);
  EXPECT_EQ((*rows)->columns()[1].type, SqlType::date);
  EXPECT_EQ(texts(**rows), (std::vector<std::string>{"1", "2024-02-28", "x"}));
}

TEST_F(DuckDbTest, refuses_a_parameter_that_is_missing_or_unknown) {
  EXPECT_EQ(engine_->query("select $a", {}).error().message, "the statement needs a value for its parameter $a");
  const auto unknown = engine_->query("select $a", {{"a", true}, {"b", true}});
  EXPECT_EQ(unknown.error().fault, Fault::invalid);
  EXPECT_EQ(unknown.error().message, "the statement has no parameter $b");
}

TEST_F(DuckDbTest, says_what_is_wrong_with_the_sql_and_where) {
  const auto wrong = engine_->query_text("select product, from sales", {});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().fault, Fault::invalid);
  EXPECT_NE(wrong.error().message.find("LINE 1"), std::string::npos) << wrong.error().message;
  EXPECT_EQ(engine_->query("select 1; select 2", {}).error().message, "one SQL statement was expected, found: 2");
  EXPECT_EQ(engine_->query("  ", {}).error().fault, Fault::invalid);
  EXPECT_FALSE(engine_->run("create table t (a int); create table t (a int)"));
}

TEST_F(DuckDbTest, a_failure_in_the_middle_of_the_rows_is_an_error) {
  const auto rows =
      engine_->query("select case when i = 90000 then error('it broke') else i end from range(100000) r(i)", {});
  bool failed = !rows;
  while (!failed) {
    const Result<bool> more = (*rows)->next();
    failed = !more;
    ASSERT_TRUE(failed || *more) << "all rows came";
  }
}

TEST_F(DuckDbTest, prints_exact_texts_and_keeps_the_types_of_the_columns) {
  const auto rows = engine_->query_text(
      "select 12345678901234567890.1234::decimal(38,4) as money, null as none, date '2024-01-15' as day, 'x' as "
      "day;\n ",
      {});
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ((*rows)->columns()[0].type, SqlType::decimal);
  EXPECT_EQ((*rows)->columns()[2].type, SqlType::date);
  EXPECT_EQ((*rows)->columns()[3].name, "day_1") << "names are made different";
  EXPECT_EQ(texts(**rows), (std::vector<std::string>{"12345678901234567890.1234", "-", "2024-01-15", "x"}));
}

TEST_F(DuckDbTest, text_rows_come_in_the_order_that_was_asked_for) {
  const auto rows = engine_->query_text("select i from range(5000) r(i) order by i desc -- the last first", {});
  const auto all = texts(**rows);
  ASSERT_EQ(all.size(), 5000U);
  EXPECT_EQ(all.front(), "4999");
  EXPECT_EQ(all.back(), "0");
}

TEST_F(DuckDbTest, json_keeps_all_digits_and_has_null_for_what_is_no_number) {
  const auto rows = engine_->query_json(
      "select 12345678901234567890.1200::decimal(38,4) as money, 'nan'::double as nan, 0.5::double as half, "
      "'a\"b' as \"the \"\"text\"\"\", null as none",
      {});
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(texts(**rows), (std::vector<std::string>{R"({"money":12345678901234567890.1200,"nan":null,"half":0.5,)"
                                                     R"("the \"text\"":"a\"b","none":null})"}));
}

TEST_F(DuckDbTest, only_queries_are_printed) {
  for (const char* const sql : {"create table t (a int)", "copy (select 1) to '/tmp/x'", "set threads = 1",
                                "attach '/tmp/x.db'", "insert into x values (1)"}) {
    const auto refused = engine_->query_text(sql, {});
    ASSERT_FALSE(refused) << sql;
    EXPECT_EQ(refused.error().fault, Fault::invalid) << sql;
    EXPECT_FALSE(engine_->query_json(sql, {})) << sql;
  }
  for (const char* const sql : {"from range(3)", "with a as (select 1) from a", "values (1)", "describe select 1"}) {
    const auto allowed = engine_->query_text(sql, {});
    EXPECT_TRUE(allowed) << sql << ": " << allowed.error().message;
  }
}

TEST_F(DuckDbTest, a_restricted_engine_reads_its_folders_alone) {
  const TemporaryFolder inside;
  const TemporaryFolder outside;
  std::ofstream(inside.path() / "a.csv") << "n\n1\n";
  std::ofstream(outside.path() / "b.csv") << "n\n2\n";
  ASSERT_TRUE(engine_->restrict_to({inside.path()}));
  const auto from = [](const std::filesystem::path& path) {
    return "select n::varchar as n from read_csv(" + quote_sql(path.string()) + ")";
  };
  EXPECT_EQ(texts(*query(from(inside.path() / "a.csv"))), std::vector<std::string>{"1"});
  const auto refused = engine_->query(from(outside.path() / "b.csv"), {});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("Permission Error"), std::string::npos) << refused.error().message;
  EXPECT_FALSE(engine_->run("set enable_external_access = true"));
  EXPECT_FALSE(engine_->run("set threads = 1"));
}

TEST_F(DuckDbTest, an_interrupted_query_ends_as_stopped) {
  const std::jthread interrupter([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {  // it may not have begun yet
      engine_->interrupt();
      std::this_thread::yield();
    }
  });
  auto rows = engine_->query("select count(*) from range(1000000000000) r(i) where hash(i) = 1", {});
  const Error error = rows ? (*rows)->next().error() : rows.error();
  EXPECT_EQ(error.fault, Fault::stopped) << error.message;
}

TEST(OpenDuckDb, spills_beyond_its_memory) {
  const TemporaryFolder folder;
  const auto engine = *open_duckdb({.memory_bytes = 64 << 20, .threads = 1, .temporary_folder = folder.path()});
  const auto rows = engine->query(
      "select count(*)::bigint from (select i, row_number() over (order by hash(i)) from range(5000000) r(i))", {});
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_TRUE(*(*rows)->next());
  EXPECT_EQ((*rows)->integer(0), 5'000'000);
}

TEST(QuoteSql, DoublesItsQuotes) {
  EXPECT_EQ(quote_sql("it's"), "'it''s'");
  EXPECT_EQ(quote_sql(""), "''");
}

TEST(SqlText, EveryTextIsThereWhole) {
  for (const auto& [name, text] : sql_texts()) {
    EXPECT_FALSE(text.empty()) << name;
    EXPECT_EQ(sql_text(name), text);
  }
}

}  // namespace
}  // namespace millrace
