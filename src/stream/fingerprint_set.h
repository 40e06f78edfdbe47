// A set of fingerprints: open addressing, 16 bytes a slot.
//
// Fingerprints are keyed and uniform, so their low bits are the hash. The all-zero fingerprint marks an empty slot and
// is kept as a flag. The table grows by 3/8 at 15/16 full, which keeps it between 17 and 24 bytes a key. insert()
// costs one cache miss in the steady state. Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <vector>

#include "event/event.h"

namespace millrace {

class FingerprintSet {
 public:
  /// True where it was not there before.
  bool insert(Fingerprint fingerprint);
  bool contains(Fingerprint fingerprint) const;
  /// Begins to load the slot where insert() looks first.
  void fetch(Fingerprint fingerprint) const;
  std::size_t size() const { return size_ + (has_zero_ ? 1 : 0); }
  std::size_t bytes() const { return slots_.capacity() * sizeof(Fingerprint); }

  /// Makes room for `count` in all. Must stand before inserts in the order of for_each(): that is the order of the
  /// slots, and would pile up at the beginning of a table that is still small.
  void reserve(std::size_t count);

  /// Calls `visit(Fingerprint)` for each, in the order of the slots.
  template <class Visit>
  void for_each(Visit visit) const {
    if (has_zero_) {
      visit(Fingerprint{});
    }
    for (const Fingerprint& slot : slots_) {
      if (slot != Fingerprint{}) {
        visit(slot);
      }
    }
  }

 private:
  std::size_t slots_for_growth() const;
  void resize(std::size_t slots);
  /// The number of the slot that holds the fingerprint, or the empty one where it belongs.
  std::size_t slot_of(Fingerprint fingerprint) const;

  std::vector<Fingerprint> slots_;
  std::size_t size_ = 0;
  bool has_zero_ = false;
};

}  // namespace millrace
