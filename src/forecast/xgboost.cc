#include "forecast/xgboost.h"

#include <limits>

#include "base/check.h"
#include "base/format.h"
#include "base/json.h"

// The wheel has no header. These are the functions of c_api.h that are called here, as XGBoost 3.2 declares them;
// every one returns 0, or -1 and its words in XGBGetLastError(), and lets no exception out.
extern "C" {
// NOLINTBEGIN(readability-identifier-naming): XGBoost's names
const char* XGBGetLastError();
int XGBSetGlobalConfig(const char* config);
int XGDMatrixCreateFromDense(const char* array_interface, const char* config, void** matrix);
int XGDMatrixSetInfoFromInterface(void* matrix, const char* field, const char* array_interface);
int XGDMatrixFree(void* matrix);
int XGBoosterCreate(void* const* matrices, std::uint64_t count, void** booster);
int XGBoosterFree(void* booster);
int XGBoosterSetParam(void* booster, const char* name, const char* value);
int XGBoosterUpdateOneIter(void* booster, int iteration, void* matrix);
int XGBoosterGetNumFeature(void* booster, std::uint64_t* count);
int XGBoosterPredictFromDMatrix(void* booster, void* matrix, const char* config, const std::uint64_t** shape,
                                std::uint64_t* dimensions, const float** values);
int XGBoosterSaveModelToBuffer(void* booster, const char* config, std::uint64_t* bytes, const char** data);
int XGBoosterLoadModelFromBuffer(void* booster, const void* data, std::uint64_t bytes);
// NOLINTEND(readability-identifier-naming)
}

namespace millrace {
namespace {

// What XGBoosterPredictFromDMatrix calls types.
constexpr int kPredictions = 0;
constexpr int kContributions = 2;

/// XGBoost's words: "[time] file:line: what is wrong", then a stack trace, which is not for our users.
std::string last_words() {
  const std::string_view words = XGBGetLastError();
  return std::string(words.substr(0, words.find('\n')));
}

Result<void> require_success(int status, Fault fault, std::string_view doing) {
  if (status != 0) {
    return fail(fault, format("xgboost could not {}: {}", doing, last_words()));
  }
  return {};
}

std::string array_interface(const float* data, std::size_t rows, std::size_t columns) {
  return format(R"({{"data":[{},true],"shape":[{},{}],"typestr":"<f4","version":3}})",
                reinterpret_cast<std::uintptr_t>(data), rows, columns);
}

/// XGBoost's copy of some rows.
class Matrix {
 public:
  Matrix() = default;
  Matrix(Matrix&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Matrix& operator=(Matrix&&) = delete;
  ~Matrix() {
    if (handle_ != nullptr) {
      CHECK(XGDMatrixFree(handle_) == 0);
    }
  }

  static Result<Matrix> copy_of(MatrixView rows, std::span<const float> targets, std::span<const float> margins) {
    Matrix matrix;
    const std::string values = array_interface(rows.values.data(), rows.rows(), rows.columns);
    // No value is missing, so the mark for it is one that does not occur.
    TRY(require_success(XGDMatrixCreateFromDense(values.c_str(), R"({"missing":NaN,"nthread":1})", &matrix.handle_),
                        Fault::invalid, "read the rows"));
    TRY(matrix.set("label", targets));
    TRY(matrix.set("base_margin", margins));
    return matrix;
  }

  void* handle() const { return handle_; }

 private:
  Result<void> set(const char* field, std::span<const float> values) {
    if (values.empty()) {
      return {};
    }
    const std::string interface = array_interface(values.data(), values.size(), 1);
    return require_success(XGDMatrixSetInfoFromInterface(handle_, field, interface.c_str()), Fault::invalid,
                           format("read the {}s", field));
  }

  void* handle_ = nullptr;
};

}  // namespace

Booster::~Booster() {
  if (handle_ != nullptr) {
    CHECK(XGBoosterFree(handle_) == 0);
  }
}

Result<Booster> Booster::train(MatrixView rows, std::span<const float> targets, std::span<const float> margins,
                               const BoosterParameters& parameters, int rounds, const std::stop_token& stop) {
  CHECK(targets.size() == rows.rows() && (margins.empty() || margins.size() == rows.rows()));
  TRY(require_success(XGBSetGlobalConfig(R"({"verbosity":0})"), Fault::invalid, "be silent"));
  ASSIGN_OR_RETURN(const Matrix matrix, Matrix::copy_of(rows, targets, margins));
  void* handle = matrix.handle();
  void* created = nullptr;
  TRY(require_success(XGBoosterCreate(&handle, 1, &created), Fault::invalid, "start"));
  Booster booster(created);
  for (const auto& [name, value] : parameters) {
    TRY(require_success(XGBoosterSetParam(created, name.c_str(), value.c_str()), Fault::invalid, "take " + name));
  }
  TRY(require_success(XGBoosterSetParam(created, "nthread", "1"), Fault::invalid, "take nthread"));
  for (int round = 0; round < rounds; ++round) {
    if (stop.stop_requested()) {
      return fail(Fault::stopped, "training was stopped before its end; start it again");
    }
    TRY(require_success(XGBoosterUpdateOneIter(created, round, handle), Fault::invalid, "train"));
  }
  return booster;
}

Result<Booster> Booster::load(std::string_view bytes, std::size_t columns, std::string_view what) {
  TRY(require_success(XGBSetGlobalConfig(R"({"verbosity":0})"), Fault::invalid, "be silent"));
  // XGBoost believes the lengths in a file, and reads behind its end: whether it is whole is found out before.
  if (Json::from_ubjson(bytes, true, false).is_discarded()) {
    return fail(Fault::corrupt, format("a file of trees is no UBJSON, or is cut off; train again: {}", what));
  }
  void* created = nullptr;
  TRY(require_success(XGBoosterCreate(nullptr, 0, &created), Fault::invalid, "start"));
  Booster booster(created);
  TRY(require_success(XGBoosterLoadModelFromBuffer(created, bytes.data(), bytes.size()), Fault::corrupt,
                      format("read {}; train again", what)));
  TRY(require_success(XGBoosterSetParam(created, "nthread", "1"), Fault::invalid, "take nthread"));
  std::uint64_t features = 0;
  TRY(require_success(XGBoosterGetNumFeature(created, &features), Fault::corrupt, format("read {}", what)));
  if (features != columns) {
    return fail(Fault::corrupt,
                format("the trees of {} are for another list of features; train again: {} instead of {}", what,
                       features, columns));
  }
  return booster;
}

Result<std::vector<float>> Booster::ask(MatrixView rows, std::span<const float> margins, int kind) const {
  if (rows.rows() == 0) {
    return std::vector<float>();
  }
  ASSIGN_OR_RETURN(const Matrix matrix, Matrix::copy_of(rows, {}, margins));
  const std::uint64_t* shape = nullptr;
  std::uint64_t dimensions = 0;
  const float* values = nullptr;
  const std::string config =
      format(R"({{"type":{},"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":false}})", kind);
  TRY(require_success(
      XGBoosterPredictFromDMatrix(handle_, matrix.handle(), config.c_str(), &shape, &dimensions, &values),
      Fault::invalid, "predict"));
  std::uint64_t count = 1;
  for (std::uint64_t i = 0; i < dimensions; ++i) {
    count *= shape[i];
  }
  return std::vector<float>(values, values + count);
}

Result<std::vector<float>> Booster::predict(MatrixView rows, std::span<const float> margins) const {
  return ask(rows, margins, kPredictions);
}

Result<std::vector<float>> Booster::contributions(MatrixView rows, std::span<const float> margins) const {
  return ask(rows, margins, kContributions);
}

Result<std::string> Booster::save() const {
  std::uint64_t bytes = 0;
  const char* data = nullptr;
  TRY(require_success(XGBoosterSaveModelToBuffer(handle_, R"({"format":"ubj"})", &bytes, &data), Fault::invalid,
                      "save a model"));
  return std::string(data, bytes);
}

}  // namespace millrace
