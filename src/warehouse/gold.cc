#include "warehouse/gold.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/check.h"
#include "base/files.h"
#include "base/format.h"
#include "base/hash.h"
#include "lake/summary.h"
#include "lake/tables.h"
#include "warehouse/gold_inputs.h"
#include "warehouse/gold_manifest.h"
#include "warehouse/late_ids.h"
#include "warehouse/sql_text.h"
#include "warehouse/tables.h"

namespace millrace {
namespace {

constexpr const char* kLock = "gold/_batch.lock";
constexpr const char* kStaging = "_staging/gold";
constexpr std::string_view kFile = "data.parquet";
constexpr std::int64_t kGroupRows = 4'000'000;  // facts that are summed at once, if a day does not have more

constexpr std::array<std::string_view, 13> kTexts = {
    "dialect/duckdb",      "gold/late_facts",    "gold/product_categories",
    "gold/facts",          "gold/daily_sales",   "gold/historical_streaming_joined",
    "gold/customer_daily", "gold/category_days", "gold/category_revenue",
    "gold/basket_daily",   "gold/order_facts",   "gold/ids_in_silver",
    "gold/late_ids"};

/// The tables that gold is computed from beside silver, of which some days suffice, and the one that it reads itself.
constexpr const char* kSources = "silver_late_events, history_sale_lines, product_catalog, category_revenue";

class GoldBatch {
 public:
  GoldBatch(Engine& engine, LocalStore& store, const GoldOptions& options)
      : engine_(engine), store_(store), options_(options) {
    for (const std::string_view table : kGoldTables) {
      summary_.tables.push_back({.name = table});
    }
  }

  Result<GoldSummary> run() {
    TRY(store_.remove(kStaging));  // of a batch that was cut short
    TRY(make_folders(store_.locate("gold")));
    TRY(prepare());
    ASSIGN_OR_RETURN(GoldManifest manifest, read_gold_manifest(store_));
    ASSIGN_OR_RETURN(const std::vector<Day> days, days_to_compute(manifest));
    TRY(compute(days));
    TRY(compute_category_revenue(days));
    if (options_.stop.stop_requested()) {
      return fail(Fault::stopped, "stopped before anything was changed");
    }
    TRY(publish(days));
    TRY(store_.remove(kStaging));
    for (const Day day : days) {
      const auto inputs = inputs_.find(day);
      if (inputs == inputs_.end()) {
        manifest.days.erase(day);
      } else {
        manifest.days[day] = inputs->second.number;
      }
    }
    manifest.version = version();
    ASSIGN_OR_RETURN(manifest.as_of, last_complete_day());
    TRY(write_gold_manifest(store_, manifest));
    summary_.days = static_cast<std::int64_t>(inputs_.size());
    summary_.days_computed = static_cast<std::int64_t>(days.size());
    summary_.as_of = manifest.as_of;
    if (!inputs_.empty()) {
      summary_.first = inputs_.begin()->first;
      summary_.last = inputs_.rbegin()->first;
    }
    return std::move(summary_);
  }

 private:
  void tell(std::string_view what) const {
    if (options_.progress) {
      options_.progress(what);
    }
  }

  static std::string text_of(std::string_view table) { return std::string(sql_text(format("gold/{}", table))); }

  /// A number for all that decides how facts become gold.
  std::uint64_t version() const {
    std::uint64_t hash = hash64(options_.time_zone);
    for (const std::string_view text : kTexts) {
      hash = hash64(sql_text(text), hash);
    }
    return hash;
  }

  /// The views, and the tables that all days share.
  Result<void> prepare() {
    ASSIGN_OR_RETURN(committed_,
                     create_views(engine_, store_, {.queries = kSources, .keep_below = options_.keep_below}));
    TRY(load_dialect(engine_, options_.time_zone));
    TRY(engine_.run(rules_macro()));
    TRY(make_table("product_categories", text_of("product_categories")));
    TRY(make_late_ids(engine_, store_, committed_, options_.keep_below, options_.full));
    ASSIGN_OR_RETURN(const auto history_files, table_files("history_sale_lines", store_));
    ASSIGN_OR_RETURN(inputs_, gold_inputs(engine_, committed_, history_files, options_.time_zone));
    return {};
  }

  /// The rules as one expression: an engine compiles its constant patterns once.
  std::string rules_macro() const {
    std::string cases;
    for (const CategoryRule& rule : options_.categories) {
      cases += format(" when has_pattern(description, {}) then {}", quote_sql(rule.pattern), quote_sql(rule.category));
    }
    return format("create or replace macro rule_category(description) as {}",
                  cases.empty() ? "null" : format("case{} end", cases));
  }

  Result<void> make_table(std::string_view name, std::string_view sql) {
    return engine_.run(format("create or replace temp table {} as {}", name, sql));
  }

  Result<void> make_days(std::string_view name, const std::vector<Day>& days) {
    std::string rows;
    for (const Day day : days) {
      rows += format("{}(date '{}')", rows.empty() ? "" : ", ", to_string(day));
    }
    return make_table(name, rows.empty() ? "select null::date as event_date where false"
                                         : format("select * from (values {}) day(event_date)", rows));
  }

  /// Those whose inputs are others than they were, and those that stand in gold and have none any more.
  Result<std::vector<Day>> days_to_compute(const GoldManifest& manifest) {
    const bool all = options_.full || manifest.version != version();
    std::set<Day> days;
    for (const auto& [day, inputs] : inputs_) {
      const auto before = manifest.days.find(day);
      if (all || before == manifest.days.end() || before->second != inputs.number) {
        days.insert(day);
      }
    }
    for (const GoldTableSummary& table : summary_.tables) {
      ASSIGN_OR_RETURN(const auto folders, store_.list(format("gold/{}", table.name)));
      for (const std::string& folder : folders) {
        const auto day = parse_day(std::string_view(folder).substr(std::min(folder.size(), folder.find('=') + 1)));
        if (day && !inputs_.contains(*day)) {
          days.insert(*day);
        }
      }
    }
    std::vector<Day> chosen;
    std::ranges::copy_if(days, std::back_inserter(chosen), [this](Day day) {
      return (!options_.from || day >= *options_.from) && (!options_.to || day <= *options_.to);
    });
    return chosen;
  }

  /// The facts of a run of days: a view, and of its orders and returns a table.
  Result<void> make_facts(DayRange days) {
    TRY(engine_.run(format("set variable first_day = date '{}'; set variable last_day = date '{}'",
                           to_string(days.first), to_string(days.last))));
    TRY(make_table("late_facts", text_of("late_facts")));
    TRY(engine_.run(format("create or replace temp view facts as {}", text_of("facts"))));
    return make_table("order_facts", text_of("order_facts"));
  }

  std::int64_t rows_of(Day day) const {
    const auto inputs = inputs_.find(day);
    return inputs == inputs_.end() ? 0 : inputs->second.rows;
  }

  /// Where the run of days without gaps ends that begins there and is not too large.
  std::size_t end_of_group(const std::vector<Day>& days, std::size_t begin) const {
    std::size_t end = begin + 1;
    for (std::int64_t rows = rows_of(days[begin]); end < days.size() && days[end].number == days[end - 1].number + 1;
         ++end) {
      rows += rows_of(days[end]);
      if (rows > kGroupRows) {
        break;
      }
    }
    return end;
  }

  /// All tables but category_revenue, group by group.
  Result<void> compute(const std::vector<Day>& days) {
    std::set<Day> silver_days;  // a shop's day touches up to three
    for (const Day day : days) {
      silver_days.insert({Day{day.number - 1}, day, Day{day.number + 1}});
    }
    TRY(create_silver_view(engine_, store_, committed_, silver_days, options_.keep_below));
    TRY(make_facts({Day{1}, Day{0}}));                           // none
    TRY(make_table("category_days", text_of("category_days")));  // for its columns
    for (std::size_t begin = 0; begin < days.size();) {
      const std::size_t end = end_of_group(days, begin);
      const DayRange group{days[begin], days[end - 1]};
      tell(format("computing {} to {} ({} of {} days)", to_string(group.first), to_string(group.last), end,
                  days.size()));
      TRY(make_facts(group));
      for (const std::string_view table :
           {"daily_sales", "historical_streaming_joined", "customer_daily", "basket_daily"}) {
        TRY(stage(table));
      }
      TRY(engine_.run(format("insert into category_days {}", text_of("category_days"))));
      if (options_.stop.stop_requested()) {
        return fail(Fault::stopped, "stopped before anything was changed");
      }
      begin = end;
    }
    return make_facts({Day{1}, Day{0}});  // gives its memory back
  }

  Result<void> compute_category_revenue(const std::vector<Day>& days) {
    std::set<Day> targets(days.begin(), days.end());
    for (const Day day : days) {
      for (const int later : {1, 7}) {
        if (inputs_.contains(Day{day.number + later})) {
          targets.insert(Day{day.number + later});
        }
      }
    }
    category_targets_.assign(targets.begin(), targets.end());
    if (category_targets_.empty()) {
      return {};
    }
    TRY(make_days("computed_days", days));
    TRY(make_days("days", category_targets_));
    return stage("category_revenue");
  }

  /// A table's rows of the present days into staged files, one for each day.
  Result<void> stage(std::string_view table) {
    const fs::path folder = store_.locate(format("{}/{}", kStaging, table));
    TRY(make_folders(folder));
    TRY(make_table("staged", text_of(table)));
    // One thread, and rows by day: several would write several files for a day.
    Result<void> written = engine_.run(
        format("set threads = 1; copy staged to {} (format parquet, compression zstd, partition_by (event_date), "
               "write_partition_columns true, filename_pattern 'data', overwrite_or_ignore true)",
               quote_sql(folder.string())));
    TRY(engine_.run("reset threads"));
    return written;
  }

  Result<void> publish(const std::vector<Day>& days) {
    if (days.empty()) {
      return {};
    }
    TRY(sync_file_system(store_.locate("gold")));
    for (GoldTableSummary& table : summary_.tables) {
      tell(format("publishing {}", table.name));
      for (const Day day : table.name == "category_revenue" ? category_targets_ : days) {
        TRY(publish_day(table, day));
      }
    }
    return {};
  }

  Result<void> publish_day(GoldTableSummary& table, Day day) {
    const std::string folder = format("{}/{}", table.name, hive_folder("event_date", to_string(day)));
    ASSIGN_OR_RETURN(const auto files, store_.list(format("{}/{}", kStaging, folder)));
    if (!files.empty()) {
      CHECK(files.size() == 1);
      ++table.days_written;
      return store_.publish(format("{}/{}/{}", kStaging, folder, files.front()), format("gold/{}/{}", folder, kFile));
    }
    ASSIGN_OR_RETURN(const bool there, store_.exists(format("gold/{}", folder)));
    table.days_removed += there ? 1 : 0;
    return there ? store_.remove(format("gold/{}", folder)) : Result<void>();
  }

  /// The day before the one that the slowest partition is in; of history alone its last.
  Result<std::optional<Day>> last_complete_day() {
    ASSIGN_OR_RETURN(const LakeSummary lake, summarize(store_));
    const std::optional<Instant> watermark = lake.watermark(options_.lateness);
    ASSIGN_OR_RETURN(const auto rows,
                     engine_.query("select local_day($watermark::timestamptz), (select "
                                   "max(local_day_of_clock(sold_at, time_zone)) from history_sale_lines)",
                                   {{"watermark", watermark ? SqlValue(*watermark) : SqlValue()}}));
    TRY(rows->next());
    if (!rows->is_null(0)) {
      return std::optional(Day{rows->day(0).number - 1});
    }
    return rows->is_null(1) ? std::nullopt : std::optional(rows->day(1));
  }

  Engine& engine_;
  LocalStore& store_;
  const GoldOptions& options_;
  CommittedFiles committed_;
  std::map<Day, DayInputs> inputs_;
  std::vector<Day> category_targets_;
  GoldSummary summary_;
};

}  // namespace

Result<GoldSummary> compute_gold(Engine& engine, LocalStore& store, const GoldOptions& options) {
  if (Result<void> claimed = store.claim(kLock); !claimed) {
    return claimed.error().fault == Fault::conflict
               ? fail(Fault::conflict,
                      format("another batch is at work on this lake; wait for it to end: {}", store.locate(kLock)))
               : std::unexpected(std::move(claimed).error());
  }
  Result<GoldSummary> summary = GoldBatch(engine, store, options).run();
  const Result<void> released = store.release(kLock);
  if (summary && !released) {
    return std::unexpected(released.error());
  }
  return summary;
}

}  // namespace millrace
