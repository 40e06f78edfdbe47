// For tests of the lake only: an object store of which one chosen call fails, or at which the process "dies".
//
// Calls are counted from 0 in the order in which they come; finish() of a file is one of them, write() only where the
// plan says so (a file has dozens). A dead store does nothing more and fails every call, as a killed process would, so
// that the destructors that still run in the test cannot tidy up.
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lake/object_store.h"

namespace millrace::lake_testing {

enum class FaultKind : std::uint8_t {
  error,                 // the call does nothing and fails; all others work
  crash_before,          // the process dies instead of the call
  crash_after,           // the process dies right behind it
  done_but_unavailable,  // the call does its work, and reports that it failed
};

struct FaultPlan {
  std::int64_t at_call = -1;  // never
  FaultKind kind = FaultKind::error;
  bool count_writes = false;
};

class FaultyStore final : public ObjectStore {
 public:
  explicit FaultyStore(ObjectStore& store, FaultPlan plan = {}) : store_(store), plan_(plan) {}

  std::int64_t calls() const { return calls_; }
  /// The call that the plan chose: `publish bronze/events/…`; empty where it did not come to that.
  const std::string& chosen() const { return chosen_; }
  /// Runs before each call, also before one that fails.
  std::function<void(const std::string& call)> before_call = [](const std::string&) {};

  Result<std::unique_ptr<OutputFile>> create(const std::string& name) override {
    return call("create " + name, [&]() -> Result<std::unique_ptr<OutputFile>> {
      ASSIGN_OR_RETURN(auto file, store_.create(name));
      return std::make_unique<FaultyFile>(*this, name, std::move(file));
    });
  }
  Result<std::string> read(const std::string& name) override {
    return call("read " + name, [&] { return store_.read(name); });
  }
  Result<std::unique_ptr<ObjectReader>> open(const std::string& name) override {
    return call("open " + name, [&] { return store_.open(name); });
  }
  Result<bool> exists(const std::string& name) override {
    return call("exists " + name, [&] { return store_.exists(name); });
  }
  Result<void> put_if_absent(const std::string& name, std::string_view bytes) override {
    return call("put_if_absent " + name, [&] { return store_.put_if_absent(name, bytes); });
  }
  Result<std::vector<std::string>> list(const std::string& folder) override {
    return call("list " + folder, [&] { return store_.list(folder); });
  }
  Result<void> publish(const std::string& staged, const std::string& final_name) override {
    return call("publish " + final_name, [&] { return store_.publish(staged, final_name); });
  }
  Result<void> keep(const std::string& name, const std::string& also) override {
    return call("keep " + name, [&] { return store_.keep(name, also); });
  }
  Result<void> sync_names(const std::string& folder) override {
    return call("sync_names " + folder, [&] { return store_.sync_names(folder); });
  }
  Result<void> remove(const std::string& name) override {
    return call("remove " + name, [&] { return store_.remove(name); });
  }
  Result<void> claim(const std::string& name) override {
    return call("claim " + name, [&] { return store_.claim(name); });
  }
  Result<void> release(const std::string& name) override {
    return call("release " + name, [&] { return store_.release(name); });
  }
  Result<void> abandon(const std::string& name) override {
    return call("abandon " + name, [&] { return store_.abandon(name); });
  }
  std::string locate(const std::string& name) const override { return store_.locate(name); }

 private:
  class FaultyFile final : public OutputFile {
   public:
    FaultyFile(FaultyStore& store, std::string name, std::unique_ptr<OutputFile> file)
        : store_(store), name_(std::move(name)), file_(std::move(file)) {}

    Result<void> write(std::string_view bytes) override {
      const auto write = [&] { return file_->write(bytes); };
      if (store_.plan_.count_writes) {
        return store_.call("write " + name_, write);
      }
      return store_.dead_ ? Result<void>(died()) : write();
    }
    Result<void> finish() override {
      return store_.call("finish " + name_, [&] { return file_->finish(); });
    }
    std::int64_t bytes() const override { return file_->bytes(); }

   private:
    FaultyStore& store_;
    const std::string name_;
    const std::unique_ptr<OutputFile> file_;
  };

  static std::unexpected<Error> died() { return fail(Fault::unavailable, "injected: the process is dead"); }

  template <class Work>
  auto call(const std::string& name, Work work) -> decltype(work()) {
    before_call(name);
    if (dead_) {
      return died();
    }
    if (calls_++ != plan_.at_call) {
      return work();
    }
    chosen_ = name;
    if (plan_.kind == FaultKind::crash_after || plan_.kind == FaultKind::done_but_unavailable) {
      (void)work();
    }
    dead_ = plan_.kind == FaultKind::crash_before || plan_.kind == FaultKind::crash_after;
    return fail(Fault::unavailable, "injected: " + name);
  }

  ObjectStore& store_;
  const FaultPlan plan_;
  std::int64_t calls_ = 0;
  bool dead_ = false;
  std::string chosen_;
};

}  // namespace millrace::lake_testing
