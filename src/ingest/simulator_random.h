// Random numbers that are the same on every machine, for the simulator.
//
// std::mt19937_64 would be specified too, but its 2.5 kB of state are slow to seed and its distributions are not
// specified; these few integer operations are. Not for secrets.
// Source: xoshiro256++ and splitmix64 as described by Blackman and Vigna, "Scrambled linear pseudorandom number
// generators", 2021; Vose, "A linear algorithm for generating random numbers with a given distribution", 1991;
// Lemire, "Fast random integer generation in an interval", 2019 (without its rejection: the bias is below 2^-32).
// Thread rule: one thread each.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "base/check.h"

namespace millrace {

__extension__ using uint128 = unsigned __int128;

/// splitmix64's output function: every bit of the result depends on every bit of `x`; one to one.
constexpr std::uint64_t mix_bits(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

/// `below(draw, n)` maps 64 random bits to [0, n).
constexpr std::uint64_t below(std::uint64_t draw, std::uint64_t bound) {
  return static_cast<std::uint64_t>((static_cast<uint128>(draw) * bound) >> 64);
}

/// Maps 64 random bits to [0, 1).
constexpr double unit(std::uint64_t draw) { return static_cast<double>(draw >> 11) * 0x1.0p-53; }

class Random {
 public:
  explicit Random(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {
      word = mix_bits(seed);
      seed += 0x9E3779B97F4A7C15;
    }
  }

  std::uint64_t next() {
    const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  /// Uniform in [0, 1).
  double uniform() { return unit(next()); }
  /// Uniform in [0, bound).
  std::uint64_t below(std::uint64_t bound) { return millrace::below(next(), bound); }
  bool chance(double probability) { return uniform() < probability; }
  /// Exponential with mean 1. A logarithm's last bit may differ between machines; callers cut to microseconds.
  double exponential() { return -std::log(1.0 - uniform()); }

 private:
  std::array<std::uint64_t, 4> state_;
};

/// Draws an index with a probability proportional to its weight, in constant time.
class AliasTable {
 public:
  /// Precondition: 1 to 2^20 weights below 2^32, one of them positive.
  void fill(std::span<const std::uint64_t> weights) {
    const std::size_t count = weights.size();
    std::uint64_t sum = 0;
    for (const std::uint64_t weight : weights) {
      sum += weight;
    }
    CHECK(sum > 0);
    cells_.resize(count);
    rest_.resize(count);
    small_.clear();
    large_.clear();
    for (std::size_t i = 0; i < count; ++i) {
      rest_[i] = weights[i] * count;  // a cell is full at `sum`
      (rest_[i] < sum ? small_ : large_).push_back(static_cast<std::uint32_t>(i));
    }
    while (!small_.empty() && !large_.empty()) {
      const std::uint32_t low = small_.back();
      const std::uint32_t high = large_.back();
      small_.pop_back();
      cells_[low] = {.keep = share_of_2_32(rest_[low], sum), .alias = high};
      rest_[high] -= sum - rest_[low];
      if (rest_[high] < sum) {
        large_.pop_back();
        small_.push_back(high);
      }
    }
    for (const std::vector<std::uint32_t>* full : {&small_, &large_}) {
      for (const std::uint32_t i : *full) {
        cells_[i] = {.keep = UINT32_MAX, .alias = i};
      }
    }
  }

  std::uint32_t draw(std::uint64_t bits) const {
    const auto cell = static_cast<std::uint32_t>(((bits >> 32) * cells_.size()) >> 32);
    return static_cast<std::uint32_t>(bits) < cells_[cell].keep ? cell : cells_[cell].alias;
  }

 private:
  struct Cell {
    std::uint32_t keep;  // of 2^32
    std::uint32_t alias;
  };

  static std::uint32_t share_of_2_32(std::uint64_t part, std::uint64_t whole) {
    return static_cast<std::uint32_t>((static_cast<uint128>(part) << 32) / whole);
  }

  std::vector<Cell> cells_;
  std::vector<std::uint64_t> rest_;  // kept for the next fill
  std::vector<std::uint32_t> small_;
  std::vector<std::uint32_t> large_;
};

}  // namespace millrace
