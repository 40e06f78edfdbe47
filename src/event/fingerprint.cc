#include "event/fingerprint.h"

#include <highwayhash/highwayhash_target.h>
#include <highwayhash/instruction_sets.h>

#include <cstring>

#include "base/check.h"

namespace millrace {
namespace {

/// Room for two ids of 256 bytes, the longest event type, their lengths and the time.
constexpr std::size_t kIdentityBytesMax = 2048;

class Identity {
 public:
  void put_text(std::string_view text) {
    const auto size = static_cast<std::uint32_t>(text.size());
    put_raw(&size, sizeof size);
    put_raw(text.data(), text.size());
  }
  void put_number(std::int64_t number) { put_raw(&number, sizeof number); }
  const char* data() const { return bytes_; }
  std::size_t size() const { return size_; }

 private:
  void put_raw(const void* data, std::size_t bytes) {
    CHECK(size_ + bytes <= kIdentityBytesMax);
    std::memcpy(bytes_ + size_, data, bytes);
    size_ += bytes;
  }
  char bytes_[kIdentityBytesMax];
  std::size_t size_ = 0;
};

}  // namespace

Fingerprint fingerprint_of(const Event& event, const SecretKey& key) {
  Identity identity;
  if (!event.event_id.empty()) {
    identity.put_number(1);
    identity.put_text(event.event_id);
  } else {
    identity.put_number(0);
    identity.put_number(event.time.us);
    identity.put_text(event.user_id);
    identity.put_text(event.product_id);
    identity.put_text(event.type_text);
  }
  alignas(32) highwayhash::HHKey aligned_key;
  std::memcpy(&aligned_key, key.data(), sizeof aligned_key);
  highwayhash::HHResult128 result;
  highwayhash::InstructionSets::Run<highwayhash::HighwayHash>(aligned_key, identity.data(), identity.size(), &result);
  return {result[1], result[0]};
}

}  // namespace millrace
