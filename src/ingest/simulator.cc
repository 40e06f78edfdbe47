#include "ingest/simulator.h"

#include <algorithm>

#include "base/format.h"
#include "ingest/simulator_damage.h"

namespace millrace {
namespace {

// Mean times until a visitor's next step.
constexpr auto kBrowseUs = static_cast<double>(seconds(20).us);
constexpr auto kCartUs = static_cast<double>(seconds(25).us);
constexpr auto kOrderUs = static_cast<double>(seconds(45).us);
constexpr auto kReturnUs = static_cast<double>((kDay * 6).us);  // after the parcel's day on the road
constexpr Duration kDeliveryTime = kDay;

constexpr Duration kLateAtLeast = minutes(30);  // beyond the allowed lateness
constexpr Duration kLateSpread = minutes(390);

constexpr std::uint32_t kFirstUser = 1'000;  // U1000

constexpr std::array<std::string_view, 4> kActionTexts = {
    R"(","event_type":"product_viewed")",
    R"(","event_type":"add_to_cart")",
    R"(","event_type":"order_created")",
    R"(","event_type":"order_returned")",
};

Duration microseconds(double us) { return {static_cast<std::int64_t>(us)}; }

}  // namespace

Result<Simulator> Simulator::create(const SimulatorOptions& options, Instant start, double records_per_second) {
  TRY(validate(options));
  if (!(records_per_second > 0)) {
    return fail(Fault::invalid,
                format("the simulator's rate must be above 0 records a second: {}", records_per_second));
  }
  if (start < Instant{0} || start >= kYear10000) {
    return fail(Fault::invalid, format("the simulator's start must lie from 1970 to 9999: {}", to_string(start)));
  }
  return Simulator(options, start, records_per_second);
}

Simulator::Simulator(const SimulatorOptions& options, Instant start, double records_per_second)
    : shop_(options),
      random_(mix_bits(options.seed) ^ mix_bits(static_cast<std::uint64_t>(start.us))),
      duplicates_below_(options.duplicate_rate),
      bad_below_(duplicates_below_ + options.bad_rate),
      late_below_(bad_below_ + options.late_rate),
      id_base_(random_.next()) {
  const auto products = shop_.products();
  today_.resize(products.size());
  weights_.resize(products.size());
  product_texts_.reserve(products.size());
  for (const Product& product : products) {
    product_texts_.push_back(format(R"(","product_id":"{}","category":"{}","price":")", product.id, product.category));
  }
  start_day(day_of(start));
  open_shop(start, records_per_second);
}

void Simulator::start_day(Day day) {
  day_ = day;
  for (std::size_t i = 0; i < today_.size(); ++i) {
    today_[i] = shop_.on(i, day);
    weights_[i] = today_[i].view_weight;
  }
  popularity_.fill(weights_);
  day_views_ = &views_[day];
}

/// Puts the visits and orders under way that there would be had the shop been open before, at the usual prices.
void Simulator::open_shop(Instant start, double records_per_second) {
  const SimulatorOptions& o = shop_.options();
  const double events = records_per_second * (1 - bad_below_) / 1e6;  // a microsecond
  const double orders_of_views = o.cart_chance * o.order_chance;
  const double views = events / (1 + o.cart_chance + orders_of_views * (1 + o.return_chance));
  const double browsing = views * (1 - o.cart_chance) * o.browse_chance * kBrowseUs;
  const double carts = views * o.cart_chance * kCartUs;
  const double orders = views * orders_of_views * kOrderUs;
  const double returns = views * orders_of_views * o.return_chance * kReturnUs;
  // At an unlimited rate the counts are infinite; their proportions are not.
  const double sum =
      (1 - o.cart_chance) * o.browse_chance * kBrowseUs + o.cart_chance * kCartUs + orders_of_views * kOrderUs;
  const auto bounded = [&](double count, double part) {
    return std::min(count, sum > 0 ? kOpenVisitsMax * part / sum : 0);
  };
  leave_open(visits_, bounded(browsing, (1 - o.cart_chance) * o.browse_chance * kBrowseUs), Action::view, kBrowseUs,
             start);
  leave_open(visits_, bounded(carts, o.cart_chance * kCartUs), Action::cart, kCartUs, start);
  leave_open(visits_, bounded(orders, orders_of_views * kOrderUs), Action::order, kOrderUs, start);
  leave_open(returns_, std::min<double>(returns, kOpenReturnsMax), Action::order_return, kReturnUs, start);
}

void Simulator::leave_open(StepQueue& steps, double count, Action action, double mean_us, Instant start) {
  // `count` is a mean: its fraction is the chance of one more.
  for (int i = 0; i + random_.uniform() < count; ++i) {
    Step step = new_visit();
    step.product = popularity_.draw(random_.next());
    const ProductDay& today = today_[step.product];
    step.price_cents = static_cast<std::uint32_t>(today.price_cents);
    step.quantity = today.basket[random_.below(kBasketSize)];
    if (action == Action::order_return) {
      step.order = new_id();
      step.session = 0;
    } else if (action != Action::view && !today.in_stock) {
      continue;
    }
    plan(steps, step, action, mean_us, start);
  }
}

SimulatedRecord Simulator::next(Instant now) {
  if (const Day day = day_of(now); day != day_) {
    start_day(day);
  }
  const double roll = random_.uniform();
  const auto finish = [this](SimulatedKind kind, std::uint32_t product, std::string_view line) -> SimulatedRecord {
    ++counts_[static_cast<std::size_t>(kind)];
    return {.key = shop_.products()[product].id, .line = line, .kind = kind};
  };
  if (roll < duplicates_below_ && sent_count_ > 0) {
    const Sent& again = sent_[random_.below(std::min(sent_count_, sent_.size()))];
    return finish(SimulatedKind::duplicate, again.product, again.line);
  }
  if (roll >= duplicates_below_ && roll < bad_below_) {
    Step step = new_visit();  // somebody who never was: the demand of the good events stays as it is
    step.product = popularity_.draw(random_.next());
    step.price_cents = static_cast<std::uint32_t>(today_[step.product].price_cents);
    write_line(step, now);
    write_damaged(random_.below(damage_count()), line_, damaged_);
    return finish(SimulatedKind::bad, step.product, damaged_);
  }
  const bool late = roll >= bad_below_ && roll < late_below_;
  const Step step = take_step(now);
  plan_next(step, now);
  const Instant event_time =
      late ? now - shop_.options().lateness - kLateAtLeast -
                 microseconds(random_.uniform() * static_cast<double>(kLateSpread.us))
           : now - microseconds(random_.exponential() * static_cast<double>(shop_.options().disorder.us));
  write_line(step, std::max(event_time, Instant{0}));
  Sent& sent = sent_[sent_count_++ % sent_.size()];
  sent.line.assign(line_);
  sent.product = step.product;
  return finish(late ? SimulatedKind::late : SimulatedKind::event, step.product, line_);
}

Step Simulator::new_visit() {
  const double user = random_.uniform();  // squared: a few customers come often
  return {.due_us = 0,
          .session = new_id(),
          .order = 0,
          .user = kFirstUser + static_cast<std::uint32_t>(user * user * static_cast<double>(shop_.options().users)),
          .product = 0,
          .price_cents = 0,
          .quantity = 1,
          .action = Action::view};
}

Step Simulator::take_step(Instant now) {
  std::optional<Step> planned = visits_.take(now);
  if (!planned) {
    planned = returns_.take(now);
  }
  Step step = planned ? *planned : new_visit();
  if (step.action == Action::view) {
    step.product = popularity_.draw(random_.next());
    step.price_cents = static_cast<std::uint32_t>(today_[step.product].price_cents);
    step.quantity = 1;
    ++*day_views_;
  } else if (step.action == Action::order) {
    step.order = new_id();
  }
  return step;
}

void Simulator::plan_next(const Step& step, Instant now) {
  const SimulatorOptions& o = shop_.options();
  switch (step.action) {
    case Action::view: {
      const ProductDay& today = today_[step.product];
      if (today.in_stock && random_.chance(today.cart_chance)) {
        Step cart = step;
        cart.quantity = today.basket[random_.below(kBasketSize)];
        plan(visits_, cart, Action::cart, kCartUs, now);
      } else if (random_.chance(o.browse_chance)) {
        plan(visits_, step, Action::view, kBrowseUs, now);
      }
      return;
    }
    case Action::cart:
      if (random_.chance(o.order_chance)) {
        plan(visits_, step, Action::order, kOrderUs, now);
      }
      return;
    case Action::order:
      if (random_.chance(o.return_chance)) {
        Step back = step;
        back.session = 0;
        plan(returns_, back, Action::order_return, kReturnUs, now + kDeliveryTime);
      }
      return;
    case Action::order_return:
      return;
  }
}

void Simulator::plan(StepQueue& steps, Step step, Action action, double mean_us, Instant now) {
  step.action = action;
  steps.plan(step, now, microseconds(random_.exponential() * mean_us));
}

void Simulator::write_line(const Step& step, Instant event_time) {
  line_.assign(R"({"event_time":")");
  time_writer_.append(line_, event_time);
  line_ += R"(","user_id":"U)";
  append_digits(line_, step.user);
  line_ += product_texts_[step.product];
  append_cents(line_, step.price_cents);
  line_ += R"(","quantity":")";
  append_digits(line_, step.quantity);
  line_ += kActionTexts[static_cast<std::size_t>(step.action)];
  if (step.order != 0) {
    line_ += R"(,"order_id":"O)";
    append_hex(line_, step.order);
    line_ += '"';
  }
  if (step.session != 0) {
    line_ += R"(,"session_id":"S)";
    append_hex(line_, step.session);
    line_ += '"';
  }
  if (shop_.options().event_ids) {
    line_ += R"(,"event_id":"E)";
    append_hex(line_, new_id());
    line_ += '"';
  }
  line_ += '}';
}

}  // namespace millrace
