#include "lake/local_store.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <functional>
#include <thread>

#include "base/format.h"
#include "lake/lake_testing.h"

namespace millrace {
namespace {

using lake_testing::files_below;

class LocalStoreTest : public testing::Test {
 protected:
  void write(const std::string& name, std::string_view bytes) {
    auto file = store_.create(name);
    ASSERT_TRUE(file) << words(file);
    ASSERT_TRUE((*file)->write(bytes));
    ASSERT_TRUE((*file)->finish());
  }
  std::string text(const std::string& name) {
    const Result<std::string> bytes = store_.read(name);
    EXPECT_TRUE(bytes) << words(bytes);
    return bytes.value_or("");
  }
  bool exists(const std::string& name) {
    const Result<bool> found = store_.exists(name);
    EXPECT_TRUE(found) << words(found);
    return found.value_or(false);
  }

  const TemporaryFolder folder_{lake_testing::fast_folder()};
  LocalStore store_{folder_.path()};
};

/// A process of its own that does `work` and then waits to be told to end.
class OtherProcess {
 public:
  explicit OtherProcess(const std::function<int()>& work) : id_(start(work, result_)) {}
  ~OtherProcess() { kill(); }

  /// What `work` returned.
  int result() const { return result_; }
  void kill() {
    if (id_ > 0) {
      ::kill(id_, SIGKILL);
      ::waitpid(id_, nullptr, 0);
      id_ = -1;
    }
  }

 private:
  static pid_t start(const std::function<int()>& work, int& result) {
    int ready[2];
    CHECK(::pipe(ready) == 0);
    const pid_t id = ::fork();
    CHECK(id >= 0);
    if (id == 0) {
      const int done = work();
      CHECK(::write(ready[1], &done, sizeof done) == sizeof done);
      ::pause();
      ::_exit(0);
    }
    ::close(ready[1]);
    CHECK(::read(ready[0], &result, sizeof result) == sizeof result);
    ::close(ready[0]);
    return id;
  }

  int result_ = -1;  // before id_, whose start writes it
  pid_t id_;
};

TEST_F(LocalStoreTest, AFileIsWhatWasWritten) {
  auto file = store_.create("a/b/c.parquet");
  ASSERT_TRUE(file) << words(file);
  EXPECT_EQ((*file)->bytes(), 0);
  ASSERT_TRUE((*file)->write("first "));
  ASSERT_TRUE((*file)->write(""));
  ASSERT_TRUE((*file)->write(std::string_view("sec\0nd", 6)));
  EXPECT_EQ((*file)->bytes(), 12);
  ASSERT_TRUE((*file)->finish());
  EXPECT_EQ(text("a/b/c.parquet"), std::string("first sec\0nd", 12));
  EXPECT_TRUE(store_.sync_names("a/b"));
  EXPECT_EQ(store_.locate("a/b/c.parquet"), (folder_.path() / "a/b/c.parquet").string());
}

TEST_F(LocalStoreTest, AFileIsNotCreatedTwice) {
  write("a", "first");
  const auto again = store_.create("a");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().fault, Fault::conflict);
  EXPECT_EQ(text("a"), "first");
}

TEST_F(LocalStoreTest, ASecondFinishIsAnErrorAndNoCrash) {
  auto file = store_.create("a");
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->finish());
  EXPECT_FALSE((*file)->finish());
}

TEST_F(LocalStoreTest, WhatIsMissingIsNotFound) {
  EXPECT_EQ(store_.read("nothing").error().fault, Fault::not_found);
  EXPECT_EQ(store_.read("no/such/folder").error().fault, Fault::not_found);
  EXPECT_FALSE(exists("nothing"));
  EXPECT_FALSE(exists("no/such/folder"));
  const auto names = store_.list("nothing");
  ASSERT_TRUE(names) << words(names);
  EXPECT_TRUE(names->empty());
  EXPECT_TRUE(store_.remove("nothing"));
  EXPECT_FALSE(store_.sync_names("nothing"));
}

TEST_F(LocalStoreTest, AListIsSortedAndHasFoldersToo) {
  write("folder/b", "");
  write("folder/a/inner", "");
  write("folder/C", "");
  write("other/d", "");
  EXPECT_EQ(store_.list("folder").value_or(std::vector<std::string>()), (std::vector<std::string>{"C", "a", "b"}));
}

TEST_F(LocalStoreTest, RemoveTakesAFileOrAWholeFolder) {
  write("folder/a/b", "");
  write("folder/c", "");
  ASSERT_TRUE(store_.remove("folder/c"));
  EXPECT_FALSE(exists("folder/c"));
  EXPECT_TRUE(exists("folder/a/b"));
  ASSERT_TRUE(store_.remove("folder"));
  EXPECT_FALSE(exists("folder"));
}

TEST_F(LocalStoreTest, PutIfAbsentCreatesOnceAndNeverChanges) {
  ASSERT_TRUE(store_.put_if_absent("commits/1.json", "first"));
  const Result<void> again = store_.put_if_absent("commits/1.json", "second");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().fault, Fault::conflict);
  EXPECT_EQ(text("commits/1.json"), "first");
  EXPECT_EQ(files_below(folder_.path()), std::vector<std::string>{"commits/1.json"}) << "no draft is left";
}

TEST_F(LocalStoreTest, OfManyThreadsThatPutTheSameNameExactlyOneWins) {
  for (int round = 0; round < 25; ++round) {
    const std::string name = format("commits/{}.json", round);
    std::atomic<int> winners = 0;
    std::atomic<int> winner = -1;
    std::atomic<int> conflicts = 0;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] {
          const Result<void> put = store_.put_if_absent(name, std::string(100'000, static_cast<char>('a' + i)));
          if (put) {
            ++winners;
            winner = i;
          } else if (put.error().fault == Fault::conflict) {
            ++conflicts;
          }
        });
      }
    }
    EXPECT_EQ(winners, 1);
    EXPECT_EQ(conflicts, 7);
    EXPECT_EQ(text(name), std::string(100'000, static_cast<char>('a' + winner))) << "whole, and the winner's";
  }
  EXPECT_EQ(files_below(folder_.path()).size(), 25U) << "no draft is left";
}

TEST_F(LocalStoreTest, OfManyProcessesThatPutTheSameNameExactlyOneWins) {
  constexpr int kProcesses = 6;
  for (int round = 0; round < 10; ++round) {
    const std::string name = format("commits/{}.json", round);
    std::vector<pid_t> children;
    for (int i = 0; i < kProcesses; ++i) {
      const pid_t child = ::fork();
      ASSERT_GE(child, 0);
      if (child == 0) {
        const Result<void> put =
            LocalStore(folder_.path()).put_if_absent(name, std::string(100'000, static_cast<char>('a' + i)));
        ::_exit(put ? 0 : put.error().fault == Fault::conflict ? 1 : 2);
      }
      children.push_back(child);
    }
    int winner = -1;
    for (int i = 0; i < kProcesses; ++i) {
      int status = 0;
      ASSERT_EQ(::waitpid(children[static_cast<std::size_t>(i)], &status, 0), children[static_cast<std::size_t>(i)]);
      ASSERT_TRUE(WIFEXITED(status));
      EXPECT_NE(WEXITSTATUS(status), 2);
      if (WEXITSTATUS(status) == 0) {
        EXPECT_EQ(winner, -1) << "two winners";
        winner = i;
      }
    }
    ASSERT_NE(winner, -1) << "no winner";
    EXPECT_EQ(text(name), std::string(100'000, static_cast<char>('a' + winner)));
  }
}

TEST_F(LocalStoreTest, PublishMovesAFileToItsPlace) {
  write("_staging/w/1.parquet", "rows");
  ASSERT_TRUE(store_.publish("_staging/w/1.parquet", "silver/category=A/1.parquet"));
  EXPECT_EQ(text("silver/category=A/1.parquet"), "rows");
  EXPECT_FALSE(exists("_staging/w/1.parquet"));
}

TEST_F(LocalStoreTest, PublishAgainIsSuccess) {
  write("_staging/w/1.parquet", "rows");
  ASSERT_TRUE(store_.publish("_staging/w/1.parquet", "silver/1.parquet"));
  EXPECT_TRUE(store_.publish("_staging/w/1.parquet", "silver/1.parquet"));
  ASSERT_TRUE(store_.remove("_staging"));
  EXPECT_TRUE(store_.publish("_staging/w/1.parquet", "silver/1.parquet"));
  EXPECT_EQ(text("silver/1.parquet"), "rows");
}

TEST_F(LocalStoreTest, PublishByManyThreadsAtOnceIsSuccessForAll) {
  for (int round = 0; round < 50; ++round) {
    const std::string staged = format("_staging/w/{}", round);
    const std::string final_name = format("silver/category={}/file", round);
    write(staged, "rows");
    std::atomic<int> failures = 0;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] { failures += store_.publish(staged, final_name) ? 0 : 1; });
      }
    }
    EXPECT_EQ(failures, 0);
    EXPECT_EQ(text(final_name), "rows");
  }
}

TEST_F(LocalStoreTest, PublishOfAFileThatStandsNowhereIsCorruptAndNamesIt) {
  const Result<void> published = store_.publish("_staging/w/1.parquet", "silver/1.parquet");
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().fault, Fault::corrupt);
  EXPECT_NE(published.error().message.find((folder_.path() / "silver/1.parquet").string()), std::string::npos)
      << published.error().message;
}

TEST_F(LocalStoreTest, PublishThatCannotMakeItsFolderLeavesTheStagedFile) {
  write("_staging/w/1.parquet", "rows");
  write("silver", "a file where the folder should be");
  EXPECT_FALSE(store_.publish("_staging/w/1.parquet", "silver/1.parquet"));
  EXPECT_EQ(text("_staging/w/1.parquet"), "rows");
}

TEST_F(LocalStoreTest, RemovalByManyThreadsAtOnceIsSuccessForAll) {
  for (int round = 0; round < 20; ++round) {
    for (int file = 0; file < 40; ++file) {
      write(format("_staging/w/{}/{}", file % 4, file), "");
    }
    std::atomic<int> failures = 0;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] { failures += store_.remove("_staging/w") ? 0 : 1; });
      }
    }
    EXPECT_EQ(failures, 0);
    EXPECT_FALSE(exists("_staging/w"));
  }
}

TEST_F(LocalStoreTest, AClaimIsRefusedInTheSameProcessUntilItIsReleased) {
  ASSERT_TRUE(store_.claim("_staging/w.lock"));
  const Result<void> again = store_.claim("_staging/w.lock");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().fault, Fault::conflict);
  LocalStore other(folder_.path());
  EXPECT_EQ(other.claim("_staging/w.lock").error().fault, Fault::conflict);
  ASSERT_TRUE(store_.release("_staging/w.lock"));
  EXPECT_FALSE(exists("_staging/w.lock"));
  EXPECT_TRUE(other.claim("_staging/w.lock"));
  EXPECT_EQ(store_.claim("_staging/w.lock").error().fault, Fault::conflict);
}

TEST_F(LocalStoreTest, AClaimEndsWithItsStore) {
  {
    LocalStore other(folder_.path());
    ASSERT_TRUE(other.claim("w.lock"));
    ASSERT_EQ(store_.claim("w.lock").error().fault, Fault::conflict);
  }
  EXPECT_TRUE(exists("w.lock")) << "the file tells that somebody was there";
  EXPECT_TRUE(store_.claim("w.lock"));
}

TEST_F(LocalStoreTest, AClaimOfALivingProcessIsRefusedAndThatOfADeadOneIsNot) {
  OtherProcess other([this] { return store_.claim("w.lock") ? 0 : 1; });  // its own copy of the store
  ASSERT_EQ(other.result(), 0);
  const Result<void> claimed = store_.claim("w.lock");
  ASSERT_FALSE(claimed);
  EXPECT_EQ(claimed.error().fault, Fault::conflict);
  other.kill();
  EXPECT_TRUE(store_.claim("w.lock"));
}

TEST_F(LocalStoreTest, AnAbandonedClaimLeavesItsNameAndCanBeTaken) {
  ASSERT_TRUE(store_.claim("w.lock"));
  ASSERT_TRUE(store_.abandon("w.lock"));
  EXPECT_TRUE(exists("w.lock"));
  LocalStore other(folder_.path());
  EXPECT_TRUE(other.claim("w.lock"));
  EXPECT_TRUE(store_.abandon("never claimed"));
}

TEST_F(LocalStoreTest, ReleaseOfWhatIsNotClaimedIsHarmless) { EXPECT_TRUE(store_.release("w.lock")); }

TEST_F(LocalStoreTest, OfManyThreadsThatClaimAndReleaseOneNameAtMostOneHoldsIt) {
  std::atomic<int> holders = 0;
  std::atomic<int> most = 0;
  std::atomic<int> held = 0;
  std::atomic<int> other_faults = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        LocalStore own(folder_.path());
        for (int round = 0; round < 500; ++round) {
          const Result<void> claimed = own.claim("w.lock");
          if (claimed) {
            most = std::max(most.load(), ++holders);
            ++held;
            --holders;
            other_faults += own.release("w.lock") ? 0 : 1;
          } else {
            other_faults += claimed.error().fault == Fault::conflict ? 0 : 1;
          }
        }
      });
    }
  }
  EXPECT_EQ(most, 1);
  EXPECT_GT(held, 0);  // how often depends on who is scheduled when
  EXPECT_EQ(other_faults, 0);
}

/// Every way to write, with the words of its failure; empty where it succeeded.
std::vector<std::string> failures_of_writing(LocalStore& store, std::string_view bytes) {
  std::vector<std::string> failures;
  const auto keep = [&](const Result<void>& result) { failures.push_back(words(result)); };
  keep(store.put_if_absent("new.json", bytes));
  keep(store.claim("w.lock"));
  const auto create_and_write = [&]() -> Result<void> {
    ASSIGN_OR_RETURN(const auto file, store.create("file"));
    TRY(file->write(bytes));
    return file->finish();
  };
  keep(create_and_write());
  keep(store.publish("standing", "silver/standing"));
  return failures;
}

void expect_advice(const std::vector<std::string>& failures, std::string_view advice) {
  for (const std::string& failure : failures) {
    EXPECT_NE(failure.find(advice), std::string::npos) << failure;
    EXPECT_NE(failure.find("could not "), std::string::npos) << failure;
  }
}

TEST_F(LocalStoreTest, AFolderThatIsNotWritableIsSaidWithAdvice) {
  if (::geteuid() == 0) {
    GTEST_SKIP() << "root may write everywhere: a read-only file system is tested instead";
  }
  write("standing", "rows");
  fs::permissions(folder_.path(), fs::perms::owner_read | fs::perms::owner_exec);
  expect_advice(failures_of_writing(store_, "bytes"), "make the folder writable");
  fs::permissions(folder_.path(), fs::perms::owner_all);
  EXPECT_EQ(text("standing"), "rows");
}

/// Runs `test` in a process of its own with a small file system at `folder`; false where this user may not mount.
/// gtest's failures do not cross processes: `test` returns what was wrong, or "".
testing::AssertionResult in_small_file_system(const fs::path& folder, const std::function<std::string()>& test,
                                              bool& skipped) {
  int pipe_ends[2];
  CHECK(::pipe(pipe_ends) == 0);
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    // The mount is seen by this process alone and goes with it.
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", folder.c_str(), "tmpfs", 0, "size=256k") != 0) {
      ::_exit(77);
    }
    const std::string wrong = test();
    CHECK(::write(pipe_ends[1], wrong.data(), wrong.size()) == static_cast<ssize_t>(wrong.size()));
    ::_exit(wrong.empty() ? 0 : 1);
  }
  ::close(pipe_ends[1]);
  std::string wrong;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::read(pipe_ends[0], buffer, sizeof buffer)) > 0;) {
    wrong.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(pipe_ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  skipped = WIFEXITED(status) && WEXITSTATUS(status) == 77;
  return WIFEXITED(status) && (WEXITSTATUS(status) == 0 || skipped)
             ? testing::AssertionSuccess()
             : testing::AssertionFailure() << "status " << status << ": " << wrong;
}

/// The failures that lack the advice, one a line.
std::string without_advice(const std::vector<std::string>& failures, std::string_view advice) {
  std::string wrong;
  for (const std::string& failure : failures) {
    if (!failure.contains(advice)) {
      wrong += "no advice in: \"" + failure + "\"\n";
    }
  }
  return wrong;
}

TEST_F(LocalStoreTest, AReadOnlyFileSystemIsSaidWithAdvice) {
  bool skipped = false;
  const auto test = [this]() -> std::string {
    write("standing", "rows");
    if (::mount("none", folder_.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0) {
      return "could not remount";
    }
    return without_advice(failures_of_writing(store_, "bytes"), "make the folder writable");
  };
  EXPECT_TRUE(in_small_file_system(folder_.path(), test, skipped));
  if (skipped) {
    GTEST_SKIP() << "this user may not mount a file system";
  }
}

TEST_F(LocalStoreTest, AFullDiskIsSaidWithAdviceAndNothingHalfIsLeft) {
  bool skipped = false;
  const auto test = [this]() -> std::string {
    const std::string too_much(1 << 20, 'x');
    const Result<void> put = store_.put_if_absent("commit.json", too_much);
    std::string wrong = without_advice({words(put)}, "free some space");
    if (!files_below(folder_.path()).empty()) {
      wrong += "put_if_absent left something\n";
    }
    auto file = store_.create("file");
    const Result<void> wrote = (*file)->write(too_much);
    wrong += without_advice({words(wrote)}, "free some space");
    // Now that it is full: a small object fails whole, or stands whole.
    const Result<void> small = store_.put_if_absent("small.json", std::string(8192, 'y'));
    if (!small) {
      wrong += without_advice({words(small)}, "free some space");
    }
    if (*store_.exists("small.json") != small.has_value()) {
      wrong += "small.json is there by half\n";
    }
    // And when there is room again, the same calls succeed. An open file would keep its room.
    file->reset();
    if (!store_.remove("file") || !store_.put_if_absent("commit.json", "{}")) {
      wrong += "room did not help\n";
    }
    return wrong;
  };
  EXPECT_TRUE(in_small_file_system(folder_.path(), test, skipped));
  if (skipped) {
    GTEST_SKIP() << "this user may not mount a file system";
  }
}

}  // namespace
}  // namespace millrace
