#include "ingest/simulator_truth.h"

#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/format.h"
#include "ingest/json_event.h"

namespace millrace {
namespace {

constexpr std::size_t kWriteBytes = 1 << 20;
constexpr std::int32_t kAnnouncedDays = 14;

void append_row(std::string& out, Day day, const Product& product, const ProductDay& state, const ExpectedDay& expected,
                double day_chance) {
  format_to(std::back_inserter(out), "{},{},{},", to_string(day), product.id, product.category);
  append_cents(out, state.list_cents);
  out += ',';
  append_cents(out, state.price_cents);
  format_to(std::back_inserter(out), ",{},{},{:.4f},{:.4f},{:.4f},{:.4f}\n", state.discount_percent,
            state.in_stock ? 1 : 0, expected.views, expected.demand, expected.sales, day_chance);
}

/// Writes under a name of its own; the file takes its place with commit().
class Draft {
 public:
  static Result<Draft> create(const std::filesystem::path& path) {
    const fs::path draft = path.string() + ".draft";
    TRY(remove_file(draft));
    ASSIGN_OR_RETURN(File file, File::create(draft));
    return Draft(path, draft, std::move(file));
  }
  std::string& text() { return text_; }
  Result<void> write_when_full() { return text_.size() < kWriteBytes ? Result<void>() : write(); }
  Result<void> commit() {
    TRY(write());
    TRY(file_.sync());
    return rename_file(draft_, path_);
  }

 private:
  Draft(fs::path path, fs::path draft, File file)
      : path_(std::move(path)), draft_(std::move(draft)), file_(std::move(file)) {}
  Result<void> write() {
    TRY(file_.write(text_));
    text_.clear();
    return {};
  }

  fs::path path_;
  fs::path draft_;
  File file_;
  std::string text_;
};

void append_promotion(std::string& out, const Product& product, Day first, Day last, std::int64_t cents) {
  format_to(std::back_inserter(out), "{},{},{},", product.id, to_string(first), to_string(last));
  append_cents(out, cents);
  format_to(std::back_inserter(out), ",{}\n", to_string(Day{first.number - kAnnouncedDays}));
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
  ASSIGN_OR_RETURN(Draft draft, Draft::create(path));
  std::string& text = draft.text();
  text =
      "date,product_id,category,list_price,price,discount_percent,in_stock,expected_views,expected_demand,"
      "expected_sales,day_chance\n";
  std::vector<ProductDay> products(shop.products().size());
  for (const auto& [day, day_views] : views) {
    std::uint64_t weight_sum = 0;
    const double day_chance = shop.day_chance(day);
    for (std::size_t i = 0; i < products.size(); ++i) {
      products[i] = shop.on(i, day);
      weight_sum += products[i].view_weight;
    }
    for (std::size_t i = 0; day_views > 0 && i < products.size(); ++i) {
      append_row(text, day, shop.products()[i], products[i],
                 expected_of(shop.options(), products[i], day_views, weight_sum), day_chance);
      TRY(draft.write_when_full());
    }
  }
  return draft.commit();
}

Result<void> write_promotions(const std::filesystem::path& path, const Shop& shop, Day first, Day end) {
  ASSIGN_OR_RETURN(Draft draft, Draft::create(path));
  draft.text() = "product_id,first_day,last_day,price,known_since\n";
  for (std::size_t i = 0; i < shop.products().size(); ++i) {
    Day began = first;
    std::int64_t cents = 0;  // of the promotion that runs; 0: none does
    for (Day day = first; day <= end; ++day.number) {
      const ProductDay today = shop.on(i, day);
      const std::int64_t promoted_cents = day < end && today.discount_percent > 0 ? today.price_cents : 0;
      if (promoted_cents == cents) {
        continue;
      }
      if (cents > 0) {
        append_promotion(draft.text(), shop.products()[i], began, Day{day.number - 1}, cents);
        TRY(draft.write_when_full());
      }
      began = day;
      cents = promoted_cents;
    }
  }
  return draft.commit();
}

}  // namespace millrace
