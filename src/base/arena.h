// An arena of characters: texts that live as long as their batch, without an allocation for each.
//
// store() copies a text and gives a view that holds until clear(); clear() keeps the first block, so that a batch in
// its steady state allocates nothing. A text larger than a block gets a block of its own.
// Thread rule: one thread at a time.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace millrace {

class Arena {
 public:
  std::string_view store(std::string_view text) {
    if (text.empty()) {
      return {};
    }
    if (text.size() > room_) {
      grow(text.size());
    }
    char* const place = next_;
    std::memcpy(place, text.data(), text.size());
    next_ += text.size();
    room_ -= text.size();
    return {place, text.size()};
  }

  void clear() {
    if (blocks_.empty()) {
      return;
    }
    blocks_.resize(1);
    next_ = blocks_.front().data.get();
    room_ = blocks_.front().bytes;
  }

 private:
  static constexpr std::size_t kFirstBlockBytes = 64 * 1024;

  struct Block {
    std::unique_ptr<char[]> data;
    std::size_t bytes;
  };

  void grow(std::size_t bytes_min) {
    const std::size_t bytes = std::max(kFirstBlockBytes, bytes_min);
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(bytes), bytes});
    next_ = blocks_.back().data.get();
    room_ = bytes;
  }

  std::vector<Block> blocks_;
  char* next_ = nullptr;
  std::size_t room_ = 0;
};

}  // namespace millrace
