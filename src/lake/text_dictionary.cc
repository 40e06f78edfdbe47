#include "lake/text_dictionary.h"

#include <random>

namespace millrace {

const std::uint64_t TextDictionary::kSecret = [] {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}();

std::int32_t TextDictionary::add(std::string_view text) {
  if (offsets_.size() == 0) {
    offsets_.push(0);
  }
  const auto index = static_cast<std::int32_t>(size());
  copy_text(values_.extend(text.size()), text);
  offsets_.push(static_cast<std::int32_t>(values_.size()));
  return index;
}

void TextDictionary::grow() {
  constexpr std::size_t kSlotsMin = 32;
  slots_.assign(slots_.empty() ? kSlotsMin : slots_.size() * 2, Slot{});
  for (std::int32_t index = 0; index < static_cast<std::int32_t>(size()); ++index) {
    const std::uint64_t hash = hash_text(text_at(index), kSecret);
    std::size_t i = hash & (slots_.size() - 1);
    while (slots_[i].index != kEmpty) {
      i = (i + 1) & (slots_.size() - 1);
    }
    slots_[i] = {tag_of(hash), index};
  }
}

void TextDictionary::clear() {
  values_.clear();
  offsets_.clear();
  slots_.assign(slots_.size(), Slot{});
}

void TextDictionary::shrink() {
  values_.shrink();
  offsets_.shrink();
  if (size() == 0) {
    slots_ = std::vector<Slot>();
  }
}

}  // namespace millrace
