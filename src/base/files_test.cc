#include "base/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "base/format.h"

namespace millrace {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Files : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* const test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(::testing::TempDir()) / format("millrace.{}.{}.{}", test->name(), ::getpid(), "files");
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(const std::string& name, std::string_view bytes) const {
    auto file = File::create(folder_ / name);
    EXPECT_TRUE(file && file->write(bytes));
    return folder_ / name;
  }

  fs::path folder_;
};

template <class T>
Fault fault_of(const Result<T>& result) {
  EXPECT_FALSE(result.has_value());
  return result ? Fault::corrupt : result.error().fault;
}

TEST_F(Files, written_bytes_are_read_again) {
  const std::string bytes("a\0b\n", 4);
  EXPECT_EQ(read_file(write("f", bytes)), bytes);
  EXPECT_EQ(read_file(write("empty", "")), "");
  const std::string large(3'000'000, 'l');
  EXPECT_EQ(read_file(write("large", large)), large);
}

TEST_F(Files, a_pipe_is_read_to_its_end) {
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const std::string bytes(100'000, 'p');
  std::thread writer([&] {
    auto file = File::open_to_append(pipe);
    EXPECT_TRUE(file && file->write(bytes));
  });
  EXPECT_EQ(read_file(pipe), bytes);
  writer.join();
}

TEST_F(Files, read_at_gives_less_only_at_the_end) {
  const auto file = File::open_to_read(write("f", "0123456789"));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->size(), 10);
  std::array<char, 4> buffer{};
  EXPECT_EQ(file->read_at(3, buffer), 4U);
  EXPECT_EQ(std::string_view(buffer.data(), 4), "3456");
  EXPECT_EQ(file->read_at(8, buffer), 2U);
  EXPECT_EQ(file->read_at(10, buffer), 0U);
  EXPECT_EQ(file->read_at(1'000, buffer), 0U);
}

TEST_F(Files, an_appended_file_grows_and_can_be_cut) {
  const fs::path path = folder_ / "f";
  for (const std::string_view text : {"one", "two"}) {
    auto file = File::open_to_append(path);
    ASSERT_TRUE(file && file->write(text) && file->sync());
  }
  EXPECT_EQ(read_file(path), "onetwo");
  auto file = File::open_to_append(path);
  ASSERT_TRUE(file && file->truncate(4) && file->write("X"));
  EXPECT_EQ(read_file(path), "onetX");
}

TEST_F(Files, errors_name_the_operation_the_path_and_the_reason) {
  const auto missing = File::open_to_read(folder_ / "missing");
  EXPECT_EQ(fault_of(missing), Fault::not_found);
  EXPECT_EQ(missing.error().message, format("could not open: {}/missing: No such file or directory", folder_.string()));
  EXPECT_EQ(fault_of(File::open_to_append(folder_ / "no" / "file")), Fault::not_found);
  EXPECT_EQ(fault_of(File::open_to_read(write("f", "") / "below")), Fault::not_found);
  EXPECT_EQ(fault_of(File::create(folder_ / "f")), Fault::conflict);
  EXPECT_EQ(fault_of(File::open_to_append(folder_)), Fault::invalid);
  EXPECT_EQ(fault_of(read_file(folder_)), Fault::invalid);
  EXPECT_EQ(fault_of(File::create(folder_ / std::string(300, 'n'))), Fault::invalid);
}

TEST_F(Files, a_full_disk_says_what_to_do) {
  auto full = File::open_to_append("/dev/full");
  ASSERT_TRUE(full);
  const auto written = full->write("text");
  EXPECT_EQ(fault_of(written), Fault::unavailable);
  EXPECT_THAT(written.error().message,
              HasSubstr("could not write: /dev/full: No space left on device (free some space"));
}

TEST_F(Files, system_errors_have_remedies) {
  EXPECT_THAT(system_error("open", "f", EROFS).message, HasSubstr("--data-dir"));
  EXPECT_THAT(system_error("open", "f", EACCES).message, HasSubstr("--data-dir"));
  EXPECT_THAT(system_error("open", "f", EMFILE).message, HasSubstr("ulimit -n"));
  EXPECT_EQ(system_error("open", "f", EIO).fault, Fault::unavailable);
  EXPECT_EQ(system_error("open", "f", EIO).message, "could not open: f: Input/output error");
}

TEST_F(Files, a_lock_keeps_others_out_until_it_is_released) {
  const fs::path path = write("lock", "");
  auto first = File::open_to_append(path);
  auto second = File::open_to_append(path);
  ASSERT_TRUE(first && second);
  ASSERT_TRUE(first->lock());
  EXPECT_EQ(fault_of(second->try_lock()), Fault::conflict);
  first->unlock();
  EXPECT_TRUE(second->try_lock());
  second->close();
  EXPECT_TRUE(first->try_lock());
}

TEST_F(Files, a_moved_file_closes_what_it_replaces) {
  auto first = File::open_to_append(folder_ / "a");
  auto second = File::open_to_append(folder_ / "b");
  ASSERT_TRUE(first && second && first->lock());
  File file = *std::move(first);
  EXPECT_FALSE(first->is_open());  // NOLINT(bugprone-use-after-move): that is the question
  EXPECT_EQ(file.path(), folder_ / "a");
  file = *std::move(second);
  EXPECT_EQ(file.path(), folder_ / "b");
  auto again = File::open_to_append(folder_ / "a");
  EXPECT_TRUE(again && again->try_lock());  // the lock went with the descriptor
}

TEST_F(Files, create_durably_makes_the_file_once) {
  const fs::path path = folder_ / "record.json";
  EXPECT_TRUE(create_durably(path, "first"));
  EXPECT_EQ(fault_of(create_durably(path, "second")), Fault::conflict);
  EXPECT_EQ(read_file(path), "first");
  EXPECT_THAT(*list_folder(folder_), ElementsAre("record.json"));  // no draft is left
  EXPECT_EQ(fault_of(create_durably(folder_ / "no" / "f", "")), Fault::not_found);
}

TEST_F(Files, an_unnamed_file_stands_nowhere_until_it_is_linked) {
  {
    const auto given_up = File::create_unnamed(folder_);
    ASSERT_TRUE(given_up) << given_up.error().message;
    auto file = *File::create_unnamed(folder_);
    EXPECT_TRUE(file.write("text"));
    EXPECT_THAT(*list_folder(folder_), IsEmpty());
    EXPECT_TRUE(file.link_to(folder_ / "named"));
    EXPECT_EQ(fault_of(file.link_to(folder_ / "named")), Fault::conflict);
  }
  EXPECT_THAT(*list_folder(folder_), ElementsAre("named"));
  EXPECT_EQ(read_file(folder_ / "named"), "text");
  EXPECT_EQ(fault_of(File::create_unnamed(folder_ / "no")), Fault::not_found);
}

TEST_F(Files, create_durably_takes_a_bare_name) {
  const fs::path before = fs::current_path();
  fs::current_path(folder_);
  EXPECT_TRUE(create_durably("bare", "text"));
  fs::current_path(before);
  EXPECT_EQ(read_file(folder_ / "bare"), "text");
}

TEST_F(Files, of_many_that_create_durably_one_wins) {
  std::array<bool, 8> won{};
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < won.size(); ++i) {
      threads.emplace_back([&, i] { won[i] = create_durably(folder_ / "one", format("{}", i)).has_value(); });
    }
  }
  EXPECT_EQ(std::ranges::count(won, true), 1);
  const auto winner = static_cast<std::size_t>(std::ranges::find(won, true) - won.begin());
  EXPECT_EQ(read_file(folder_ / "one"), format("{}", winner));
  EXPECT_THAT(*list_folder(folder_), ElementsAre("one"));
}

TEST_F(Files, folders_are_made_listed_and_removed) {
  EXPECT_TRUE(make_folders(folder_ / "a" / "b"));
  EXPECT_TRUE(make_folders(folder_ / "a" / "b"));
  EXPECT_TRUE(sync_folder(folder_ / "a"));
  write("a/2", "");
  write("a/10", "");
  EXPECT_THAT(*list_folder(folder_ / "a"), ElementsAre("10", "2", "b"));
  EXPECT_THAT(*list_folder(folder_ / "missing"), IsEmpty());
  EXPECT_FALSE(list_folder(folder_ / "a" / "2"));
  EXPECT_FALSE(make_folders(folder_ / "a" / "2" / "c"));
  EXPECT_FALSE(make_folders(folder_ / "a" / "2"));
  EXPECT_TRUE(remove_tree(folder_ / "a"));
  EXPECT_TRUE(remove_tree(folder_ / "a"));
  EXPECT_FALSE(fs::exists(folder_ / "a"));
}

TEST_F(Files, are_renamed_over_others_and_removed) {
  const fs::path from = write("from", "new");
  const fs::path to = write("to", "old");
  EXPECT_TRUE(rename_file(from, to));
  EXPECT_EQ(read_file(to), "new");
  EXPECT_EQ(fault_of(rename_file(from, to)), Fault::not_found);
  EXPECT_TRUE(remove_file(to));
  EXPECT_TRUE(remove_file(to));
  EXPECT_FALSE(remove_file(folder_));
}

}  // namespace
}  // namespace millrace
