#include "ingest/input_file.h"

#include <gtest/gtest.h>

#include <string>

#include "base/temporary_folder.h"
#include "ingest/gzip_testing.h"

namespace millrace {
namespace {

class InputFileTest : public testing::Test {
 protected:
  fs::path write(std::string_view bytes) {
    const fs::path path = folder_.path() / "file";
    EXPECT_TRUE(remove_file(path));
    EXPECT_TRUE(File::create(path)->write(bytes));
    return path;
  }

  /// The whole text, read in pieces of this size.
  Result<std::string> read_all(const fs::path& path, std::size_t piece) {
    ASSIGN_OR_RETURN(InputFile file, InputFile::open(path));
    std::string text;
    std::string buffer(piece, '\0');
    for (;;) {
      ASSIGN_OR_RETURN(const std::size_t got, file.read(buffer));
      text.append(buffer, 0, got);
      if (got < piece) {
        return text;
      }
    }
  }

  void expect_corrupt(std::string_view bytes, std::string_view words) {
    const auto text = read_all(write(bytes), 100);
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().fault, Fault::corrupt);
    EXPECT_NE(text.error().message.find(words), std::string::npos) << text.error().message;
    EXPECT_NE(text.error().message.find("file"), std::string::npos) << text.error().message;
  }

  std::string long_text() {
    std::string text;
    for (int i = 0; i < 50'000; ++i) {
      text += std::to_string(i) + "\n";
    }
    return text;
  }

  TemporaryFolder folder_;
};

TEST_F(InputFileTest, plain_and_gzip_give_the_same_text) {
  const std::string text = long_text();
  for (const std::size_t piece : {std::size_t{7}, std::size_t{65'536}, text.size() + 1}) {
    EXPECT_EQ(*read_all(write(text), piece), text);
    EXPECT_EQ(*read_all(write(gzip_member(text)), piece), text);
  }
}

TEST_F(InputFileTest, members_one_behind_the_other_are_one_text) {
  const std::string text = long_text();
  EXPECT_EQ(*read_all(write(gzip_member("head\n") + gzip_member("") + gzip_member(text)), 1'000), "head\n" + text);
}

TEST_F(InputFileTest, empty_and_tiny_files_are_read) {
  EXPECT_EQ(*read_all(write(""), 10), "");
  EXPECT_EQ(*read_all(write("x"), 10), "x");
  EXPECT_EQ(*read_all(write("\x1F"), 10), "\x1F");
  EXPECT_EQ(*read_all(write(gzip_member("")), 10), "");
}

TEST_F(InputFileTest, broken_gzip_data_is_an_error_with_the_file) {
  const std::string whole = gzip_member(long_text());
  expect_corrupt(whole.substr(0, whole.size() - 1), "cut off");
  expect_corrupt(whole.substr(0, 1'000), "cut off");
  expect_corrupt(whole.substr(0, 2), "cut off");
  std::string wrong = whole;
  wrong[wrong.size() / 2] = static_cast<char>(~wrong[wrong.size() / 2]);
  expect_corrupt(wrong, "incorrect data check");
  expect_corrupt(whole + "something behind it", "incorrect header check");
}

TEST_F(InputFileTest, a_missing_file_is_not_found) {
  EXPECT_EQ(InputFile::open(folder_.path() / "nothing").error().fault, Fault::not_found);
}

TEST_F(InputFileTest, a_window_shows_the_text_as_it_is_consumed) {
  const std::string text = long_text();
  auto file = InputFile::open(write(text));
  ASSERT_TRUE(file);
  InputWindow window(*std::move(file), 1'000, 100);
  std::string seen;
  EXPECT_TRUE(window.text().empty());
  while (*window.more()) {
    if (window.full()) {
      seen += window.text();
      window.consume(window.text().size());
      continue;
    }
    seen += window.text().substr(0, 30);
    window.consume(std::min<std::size_t>(30, window.text().size()));
  }
  EXPECT_EQ(seen + std::string(window.text()), text);
  EXPECT_FALSE(*window.more()) << "the end stays the end";
}

}  // namespace
}  // namespace millrace
