// Boosted trees of XGBoost: the only place that knows its C interface.
//
// A Booster is trained once on a dense matrix and then a constant. Its file is XGBoost's own UBJSON.
// One thread, always: two boosters can be trained side by side by two threads of ours, without OpenMP's workers, which
// wait in a busy loop on shared cores. So the same input gives the same bytes.
// Errors: what XGBoost refuses is `invalid` while training and `corrupt` while loading, with its first line of words.
// Thread rule: one thread a Booster.
// Source: the C API of XGBoost 3.2, include/xgboost/c_api.h.
#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace millrace {

/// Dense rows; nothing in it is missing.
struct MatrixView {
  std::span<const float> values;  // row-major
  std::size_t columns;

  std::size_t rows() const { return columns == 0 ? 0 : values.size() / columns; }
};

using BoosterParameters = std::vector<std::pair<std::string, std::string>>;

class Booster {
 public:
  Booster(Booster&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Booster& operator=(Booster&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Booster();

  /// Fault stopped where `stop` was asked for. `margins` is where boosting starts for each row, on the scale of the
  /// objective's link; empty for XGBoost's choice.
  static Result<Booster> train(MatrixView rows, std::span<const float> targets, std::span<const float> margins,
                               const BoosterParameters& parameters, int rounds, const std::stop_token& stop);
  /// Fault corrupt, naming `what`, where the bytes are no model of `columns` features.
  static Result<Booster> load(std::string_view bytes, std::size_t columns, std::string_view what);

  /// One value a row, or one for each quantile.
  Result<std::vector<float>> predict(MatrixView rows, std::span<const float> margins) const;
  /// By how much each feature moves a row's margin, column by column, and last what it begins with: their sum is the
  /// margin of the prediction (SHAP values). For one value a row alone.
  Result<std::vector<float>> contributions(MatrixView rows, std::span<const float> margins) const;
  Result<std::string> save() const;

 private:
  explicit Booster(void* handle) : handle_(handle) {}
  Result<std::vector<float>> ask(MatrixView rows, std::span<const float> margins, int kind) const;

  void* handle_;
};

}  // namespace millrace
