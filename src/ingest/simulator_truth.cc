#include "ingest/simulator_truth.h"

#include <iterator>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/format.h"
#include "ingest/json_event.h"

namespace millrace {
namespace {

constexpr std::size_t kWriteBytes = 1 << 20;

void append_row(std::string& out, Day day, const Product& product, const ProductDay& state,
                const ExpectedDay& expected) {
  format_to(std::back_inserter(out), "{},{},{},", to_string(day), product.id, product.category);
  append_cents(out, state.list_cents);
  out += ',';
  append_cents(out, state.price_cents);
  format_to(std::back_inserter(out), ",{},{},{:.4f},{:.4f},{:.4f}\n", state.discount_percent, state.in_stock ? 1 : 0,
            expected.views, expected.demand, expected.sales);
}

}  // namespace

ExpectedDay expected_of(const SimulatorOptions& options, const ProductDay& product, std::int64_t day_views,
                        std::uint64_t weight_sum) {
  const double views_of_weight = static_cast<double>(day_views) / static_cast<double>(weight_sum);
  const double units_of_view = product.cart_chance * options.order_chance * mean_quantity(product);
  const double demand = static_cast<double>(product.demand_weight) * views_of_weight * units_of_view;
  return {.views = static_cast<double>(product.view_weight) * views_of_weight,
          .demand = demand,
          .sales = product.in_stock ? demand : 0};
}

Result<void> write_truth(const std::filesystem::path& path, const Shop& shop,
                         const std::map<Day, std::int64_t>& views) {
  const fs::path draft = path.string() + ".draft";
  TRY(remove_file(draft));
  ASSIGN_OR_RETURN(File file, File::create(draft));
  std::string text =
      "date,product_id,category,list_price,price,discount_percent,in_stock,expected_views,expected_demand,"
      "expected_sales\n";
  std::vector<ProductDay> products(shop.products().size());
  for (const auto& [day, day_views] : views) {
    std::uint64_t weight_sum = 0;
    for (std::size_t i = 0; i < products.size(); ++i) {
      products[i] = shop.on(i, day);
      weight_sum += products[i].view_weight;
    }
    for (std::size_t i = 0; day_views > 0 && i < products.size(); ++i) {
      append_row(text, day, shop.products()[i], products[i],
                 expected_of(shop.options(), products[i], day_views, weight_sum));
      if (text.size() >= kWriteBytes) {
        TRY(file.write(text));
        text.clear();
      }
    }
  }
  TRY(file.write(text));
  TRY(file.sync());
  return rename_file(draft, path);
}

}  // namespace millrace
