#include "base/hash.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

// Stored positions hold these values: a change here is a change of the format on disk.
TEST(Hash64, is_xxh3) {
  EXPECT_EQ(hash64(""), 0x2D06800538D394C2U);
  EXPECT_EQ(hash64("abc"), 0x78AF5F94892F3950U);
  EXPECT_EQ(hash64({}), hash64(""));
}

TEST(Hash64, depends_on_every_byte_and_on_the_seed) {
  EXPECT_NE(hash64("abc"), hash64("abd"));
  EXPECT_NE(hash64("abc"), hash64(std::string_view("abc\0", 4)));
  EXPECT_NE(hash64("abc", 1), hash64("abc", 2));
  EXPECT_EQ(hash64("abc", 1), hash64("abc", 1));
}

}  // namespace
}  // namespace millrace
