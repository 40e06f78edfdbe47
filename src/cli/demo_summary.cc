#include "cli/demo_summary.h"

#include "base/format.h"
#include "cli/warehouse.h"
#include "warehouse/analytics.h"

namespace millrace {
namespace {

/// Forecasts of the newest run for the day; a model's earlier versions stand beside them.
constexpr const char* kSummary = R"(
with forecast as (
  select *, dense_rank() over (partition by prediction_horizon order by created_at desc) as nth
  from demand_predictions where as_of_date = $as_of
),
sales as (
  select * from daily_sales where event_date between $as_of - 6 and $as_of
)
select (select coalesce(sum(daily_revenue), 0)::decimal(38,2)::varchar from sales where event_date = $as_of),
  (select coalesce(sum(daily_revenue), 0)::decimal(38,2)::varchar from sales),
  (select coalesce(sum(daily_orders), 0)::bigint from sales where event_date = $as_of),
  (select product_id from sales group by product_id order by sum(daily_revenue) desc, product_id limit 1),
  (select coalesce(sum(predicted_demand), 0)::double from forecast
   where nth = 1 and prediction_horizon = 'next_day'),
  (select coalesce(sum(predicted_demand), 0)::double from forecast
   where nth = 1 and prediction_horizon = 'next_week'))";

}  // namespace

Result<DemoSummary> summarize_demo(const Context& context) {
  ASSIGN_OR_RETURN(const auto warehouse, Warehouse::open(context, kSummary));
  ASSIGN_OR_RETURN(const std::optional<Day> as_of, gold_as_of(warehouse->store()));
  if (!as_of) {
    return fail(Fault::not_found, format("there is no gold in {}", context.lake_folder().string()));
  }
  ASSIGN_OR_RETURN(const auto rows, warehouse->engine().query(kSummary, {{"as_of", *as_of}}));
  TRY(rows->next());
  return DemoSummary{.as_of = *as_of,
                     .revenue = std::string(rows->text(0)),
                     .week = std::string(rows->text(1)),
                     .orders = rows->integer(2),
                     .best = rows->is_null(3) ? "" : std::string(rows->text(3)),
                     .next_day = rows->real(4),
                     .next_week = rows->real(5)};
}

Json to_json(const DemoSummary& summary) {
  return {{"as_of", to_string(summary.as_of)},   {"revenue", summary.revenue},   {"orders", summary.orders},
          {"revenue_7_days", summary.week},      {"best_product", summary.best}, {"next_day_units", summary.next_day},
          {"next_week_units", summary.next_week}};
}

std::string to_text(const DemoSummary& summary, const Context& context) {
  std::string text = format("In short, as of {}, the last complete day:\n", to_string(summary.as_of));
  text += format("  revenue of the day     {:>14}   from {} orders\n", summary.revenue, summary.orders);
  text += format("  revenue of seven days  {:>14}   most of it by {}\n", summary.week,
                 summary.best.empty() ? "nothing" : summary.best);
  text += format("  expected the next day  {:>14.0f}   pieces\n", summary.next_day);
  text += format("  and in the next week   {:>14.0f}   pieces\n", summary.next_week);
  return text + format(
                    "\nAll of it is in {}: Parquet files that any reader of Parquet takes, and\n"
                    "millrace sql \"show tables\" --data-dir {} answers questions about it.\n",
                    context.lake_folder().string(), context.settings.data_dir.string());
}

}  // namespace millrace
