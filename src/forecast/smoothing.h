// Models that smooth a product's own past, each day weighing less than the next: exponential smoothing, and three for
// products that seldom sell: Croston's method, its form without bias (SBA), and TSB, whose forecast falls while nothing
// is sold.
//
// They smooth pieces at the usual price (price_response.h) ÷ the shop's weekday factor over the days on which it could
// be bought, a year at most, and forecast the level × the target's factor. The smoothing constants are one choice for
// the whole shop: those of a small grid whose one-step forecasts were best over the last eight weeks that fit() may
// read. A product younger than four weeks is drawn to its category (level.h). Sources: J. D. Croston, "Forecasting and
// stock control for intermittent demands", ORQ 1972; A. Syntetos & J. Boylan, "The accuracy of intermittent demand
// estimates", IJF 2005; R. Teunter, A. Syntetos & M. Babai, "Intermittent demand: linking forecasting to inventory
// obsolescence", EJOR 2011. Errors, thread rule: as Model.
#pragma once

#include "forecast/model.h"

namespace millrace {

constexpr std::string_view kExponentialSmoothing = "exponential_smoothing";
constexpr std::string_view kCroston = "croston";
constexpr std::string_view kSba = "sba";
constexpr std::string_view kTsb = "tsb";

/// Nothing for any other name.
std::unique_ptr<Model> make_smoothing(std::string_view name);
/// Fault corrupt where the files are not those of such a model. Precondition: make_smoothing() knows the name.
Result<std::unique_ptr<Model>> read_smoothing(std::string_view name, const ModelFiles& files);

/// How fast the sizes of demands, and how fast their frequency follows what happens: in (0, 1].
struct SmoothingConstants {
  double size = 0.1;
  double frequency = 0.1;
  bool operator==(const SmoothingConstants&) const = default;
};

/// What is expected of the day after the values, of which there is one at least. Only kTsb reads `frequency`.
/// Precondition: make_smoothing() knows the name.
double smooth(std::string_view name, std::span<const double> values, const SmoothingConstants& constants);

}  // namespace millrace
