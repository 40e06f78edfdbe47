// Memory that grows and is not filled: a vector would write zeros where values follow at once.
//
// Thread rule: one thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>

namespace millrace {

template <class T>
class GrowingBuffer {
 public:
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  std::span<const T> span() const { return {data_.get(), size_}; }
  /// Room for so many more; the caller writes all of it.
  T* extend(std::size_t count) {
    if (size_ + count > capacity_) [[unlikely]] {
      reserve(std::max(size_ + count, capacity_ + capacity_ / 2 + kFirstCapacity));
    }
    T* const room = data_.get() + size_;
    size_ += count;
    return room;
  }
  void push(T value) { *extend(1) = value; }
  T& back() { return data_[size_ - 1]; }
  void clear() { size_ = 0; }
  /// Gives back what is beyond the values.
  void shrink() {
    if (size_ < capacity_) {
      reserve(size_);
    }
  }

 private:
  static constexpr std::size_t kFirstCapacity = 64;

  void reserve(std::size_t capacity) {
    std::unique_ptr<T[]> grown = std::make_unique_for_overwrite<T[]>(capacity);
    std::copy_n(data_.get(), size_, grown.get());
    data_ = std::move(grown);
    capacity_ = capacity;
  }

  std::unique_ptr<T[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace millrace
