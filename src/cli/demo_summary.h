// The few numbers that a shop asks for at the end of a demo.
//
// Errors: of the engine. Thread rule: main thread.
#pragma once

#include <string>

#include "base/json.h"
#include "cli/command.h"

namespace millrace {

struct DemoSummary {
  Day as_of;            // the last complete day
  std::string revenue;  // of that day, exact
  std::string week;     // revenue of the seven days up to it
  std::int64_t orders = 0;
  std::string best;      // the product with the largest revenue of these seven days; empty: none
  double next_day = 0;   // pieces expected
  double next_week = 0;  // in seven days
};

Result<DemoSummary> summarize_demo(const Context& context);
Json to_json(const DemoSummary& summary);
std::string to_text(const DemoSummary& summary, const Context& context);

}  // namespace millrace
