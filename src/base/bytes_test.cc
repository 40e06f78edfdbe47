#include "base/bytes.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace millrace {
namespace {

std::string sample() {
  ByteWriter writer;
  writer.put(std::uint8_t{7});
  writer.put(std::int64_t{-2});
  writer.put(1.5);
  writer.put_text("text");
  writer.put_text("");
  writer.put(std::uint64_t{3});
  writer.append("abc");
  return writer.take();
}

TEST(Bytes, are_read_as_they_were_written) {
  const std::string bytes = sample();
  ByteReader reader(bytes);
  EXPECT_EQ(reader.get<std::uint8_t>(), 7);
  EXPECT_EQ(reader.get<std::int64_t>(), -2);
  EXPECT_EQ(reader.get<double>(), 1.5);
  EXPECT_EQ(reader.get_text(), "text");
  EXPECT_EQ(reader.get_text(), "");
  EXPECT_EQ(reader.get_count(1), 3U);
  EXPECT_FALSE(reader.finished());
  EXPECT_EQ(reader.get_raw(3), "abc");
  EXPECT_TRUE(reader.finished());
}

TEST(Bytes, are_little_endian_and_lengths_have_four_bytes) {
  ByteWriter writer;
  writer.put(std::uint16_t{0x0102});
  writer.put_text("x");
  EXPECT_EQ(writer.take(), std::string("\x02\x01\x01\x00\x00\x00x", 7));
}

TEST(Bytes, cut_anywhere_are_noticed) {
  const std::string bytes = sample();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ByteReader reader(std::string_view(bytes).substr(0, size));
    reader.get<std::uint8_t>();
    reader.get<std::int64_t>();
    reader.get<double>();
    reader.get_text();
    reader.get_text();
    const std::uint64_t count = reader.get_count(1);
    reader.get_raw(count);
    EXPECT_FALSE(reader.finished()) << size;
  }
}

TEST(Bytes, left_over_are_noticed) {
  ByteReader reader("xy");
  reader.get<char>();
  EXPECT_FALSE(reader.failed());
  EXPECT_FALSE(reader.finished());
}

TEST(Bytes, give_zeros_after_a_failure_and_stay_failed) {
  ByteReader reader("abc");
  EXPECT_EQ(reader.get<std::uint64_t>(), 0U);
  EXPECT_TRUE(reader.failed());
  EXPECT_EQ(reader.get<char>(), 0);
  EXPECT_EQ(reader.get_text(), "");
  EXPECT_EQ(reader.get_raw(0), "");
  EXPECT_TRUE(reader.failed());
  EXPECT_FALSE(reader.finished());
}

TEST(Bytes, never_promise_more_things_than_can_follow) {
  for (const std::uint64_t count : {std::uint64_t{3}, std::numeric_limits<std::uint64_t>::max()}) {
    ByteWriter writer;
    writer.put(count);
    writer.append("0123456789");
    const std::string bytes = writer.take();
    ByteReader reader(bytes);
    EXPECT_EQ(reader.get_count(4), 0U) << count;
    EXPECT_TRUE(reader.failed());
  }
  ByteWriter writer;
  writer.put(std::uint64_t{2});
  writer.append("01234567");
  const std::string bytes = writer.take();
  ByteReader reader(bytes);
  EXPECT_EQ(reader.get_count(4), 2U);
}

TEST(Bytes, a_length_beyond_the_end_is_refused) {
  ByteWriter writer;
  writer.put(std::numeric_limits<std::uint32_t>::max());
  writer.append("short");
  const std::string bytes = writer.take();
  ByteReader reader(bytes);
  EXPECT_EQ(reader.get_text(), "");
  EXPECT_TRUE(reader.failed());
}

TEST(Bytes, of_chance_are_read_without_harm) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> byte(0, 255);
  for (int i = 0; i < 10'000; ++i) {
    std::string bytes;
    for (int size = byte(random) % 40; size > 0; --size) {
      bytes += static_cast<char>(byte(random) % 3 == 0 ? byte(random) : 0);
    }
    ByteReader reader(bytes);
    std::size_t taken = 0;
    while (!reader.failed() && !reader.finished()) {
      taken += 4 + reader.get_text().size();
    }
    ASSERT_TRUE(reader.failed() || taken == bytes.size());
  }
}

}  // namespace
}  // namespace millrace
