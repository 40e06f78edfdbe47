// Several producers, as threads and as processes, write to one topic while readers follow: every record arrives exactly
// once, and those of one producer in its order.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <map>
#include <random>
#include <thread>

#include "base/format.h"
#include "base/temporary_folder.h"
#include "ingest/local_appender.h"
#include "ingest/local_log.h"
#include "ingest/log_testing.h"

namespace millrace {
namespace {

constexpr int kProducers = 4;
constexpr int kRecordsEach = 3'000;
constexpr Partition kPartitions = 2;
constexpr LocalAppenderOptions kSmallSegments{.partitions = kPartitions,
                                              .writer = {.segment_bytes = 4'000, .retention = {}}};

/// Appends records "producer:number:filler", flushing at random. False where anything fails.
bool produce(const fs::path& folder, int producer, int records) {
  std::mt19937_64 random(static_cast<std::uint64_t>(producer));
  const auto appender = LocalAppender::open(folder, "events", kSmallSegments);
  if (!appender) {
    return false;
  }
  for (int i = 0; i < records; ++i) {
    const std::string record = format("{}:{}:{}", producer, i, std::string(random() % 200, '.'));
    if (!(*appender)->append(format("key {}", random() % 50), record)) {
      return false;
    }
    if (random() % 20 == 0 && !(*appender)->flush()) {
      return false;
    }
  }
  return (*appender)->flush() && (*appender)->sync();
}

/// What has arrived, over all partitions.
class Arrivals {
 public:
  void add(Partition partition, const RecordBatch& batch) {
    for (const Record& record : batch.records) {
      int producer = -1;
      int number = -1;
      const char* const end = record.bytes.data() + record.bytes.size();
      EXPECT_EQ(record.offset, next_offset_[partition]++);
      const char* place = std::from_chars(record.bytes.data(), end, producer).ptr;
      place = place == end ? end : std::from_chars(place + 1, end, number).ptr;
      if (place == end || *place != ':') {
        ++torn_;
        continue;
      }
      const auto [last, is_first] = last_number_.try_emplace({partition, producer}, -1);
      EXPECT_LT(last->second, number) << "producer " << producer << " is out of order";
      last->second = number;
      EXPECT_EQ(++times_[std::pair(producer, number)], 1) << record.bytes;
    }
  }
  std::size_t count() const { return times_.size(); }
  int torn() const { return torn_; }

 private:
  std::map<Partition, Offset> next_offset_;
  std::map<std::pair<Partition, int>, int> last_number_;
  std::map<std::pair<int, int>, int> times_;
  int torn_ = 0;
};

/// Reads all partitions as they grow, until `stop()` was true before a look that found nothing.
template <class Stop>
Arrivals follow(const fs::path& folder, Stop stop) {
  Arrivals arrivals;
  const auto log = LocalLog::open(folder, "events", {.chunk_bytes = 4'096, .record_bytes_max = 1'000});
  std::vector<std::unique_ptr<PartitionReader>> readers;
  for (Partition partition = 0; partition < kPartitions; ++partition) {
    readers.push_back(*(*log)->open(partition, std::nullopt));
  }
  RecordBatch batch;
  for (;;) {
    const bool last_look = stop();
    bool found = false;
    for (Partition partition = 0; partition < kPartitions; ++partition) {
      const Result<void> read =
          readers[static_cast<std::size_t>(partition)]->read(batch, {.records = 50, .bytes = 5'000});
      if (!read) {
        ADD_FAILURE() << read.error().message;
        return arrivals;
      }
      found |= !batch.records.empty();
      arrivals.add(partition, batch);
    }
    if (last_look && !found) {
      return arrivals;
    }
  }
}

TEST(LocalLogProducers, threads_with_appenders_of_their_own_lose_and_double_nothing) {
  const TemporaryFolder folder;
  std::atomic<int> running = kProducers;
  std::vector<std::jthread> producers;
  for (int producer = 0; producer < kProducers; ++producer) {
    producers.emplace_back([&, producer] {
      EXPECT_TRUE(produce(folder.path(), producer, kRecordsEach));
      --running;
    });
  }
  const Arrivals arrivals = follow(folder.path(), [&] { return running == 0; });
  EXPECT_EQ(arrivals.count(), static_cast<std::size_t>(kProducers * kRecordsEach));
  EXPECT_EQ(arrivals.torn(), 0);
}

TEST(LocalLogProducers, processes_lose_and_double_nothing) {
  const TemporaryFolder folder;
  std::vector<pid_t> children;
  for (int producer = 0; producer < kProducers; ++producer) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::_exit(produce(folder.path(), producer, kRecordsEach) ? 0 : 1);
    }
    children.push_back(child);
  }
  const Arrivals arrivals = follow(folder.path(), [&] {
    std::erase_if(children, [](pid_t child) {
      int status = 0;
      if (::waitpid(child, &status, WNOHANG) != child) {
        return false;
      }
      EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
      return true;
    });
    return children.empty();
  });
  EXPECT_EQ(arrivals.count(), static_cast<std::size_t>(kProducers * kRecordsEach));
  EXPECT_EQ(arrivals.torn(), 0);
}

TEST(LocalLogProducers, a_killed_producer_harms_nobody_else) {
  const TemporaryFolder folder;
  for (int round = 0; round < 5; ++round) {
    const pid_t victim = ::fork();
    ASSERT_GE(victim, 0);
    if (victim == 0) {
      ::_exit(produce(folder.path(), round, 1'000'000) ? 0 : 1);
    }
    EXPECT_TRUE(produce(folder.path(), 100 + round, 500));
    ::kill(victim, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(victim, &status, 0), victim);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it ended before it was killed";
    EXPECT_TRUE(produce(folder.path(), 200 + round, 500)) << "its lock ended with it";
  }
  const Arrivals arrivals = follow(folder.path(), [] { return true; });
  EXPECT_GE(arrivals.count(), 5'000u);
  EXPECT_LE(arrivals.torn(), 5 * kPartitions);
}

}  // namespace
}  // namespace millrace
