#include "ingest/log_folder.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>

#include "base/format.h"

namespace millrace {
namespace {

constexpr std::size_t kOffsetDigits = 20;
constexpr std::string_view kSegmentExtension = ".ndjson";
constexpr std::size_t kTopicBytesMax = 249;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The number, where the text is nothing but its digits and it fits the type.
template <class Number>
std::optional<Number> parse_digits(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::ranges::all_of(text, is_digit)) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

Result<void> check_topic_name(std::string_view topic) {
  const auto allowed = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
  };
  if (topic.empty() || topic.size() > kTopicBytesMax || topic == "." || topic == ".." ||
      !std::ranges::all_of(topic, allowed)) {
    return fail(Fault::invalid,
                format("a topic's name is 1 to {} letters, digits, '.', '_' or '-': \"{}\"", kTopicBytesMax, topic));
  }
  return {};
}

fs::path partition_folder(const fs::path& topic_folder, Partition partition) {
  return topic_folder / format("{}", partition);
}

std::string segment_name(Offset first) { return format("{:0{}}{}", first, kOffsetDigits, kSegmentExtension); }

std::optional<Offset> segment_offset(std::string_view name) {
  if (name.size() != kOffsetDigits + kSegmentExtension.size() || !name.ends_with(kSegmentExtension)) {
    return std::nullopt;
  }
  return parse_digits<Offset>(name.substr(0, kOffsetDigits));
}

Result<std::vector<Partition>> list_partitions(const fs::path& topic_folder) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, list_folder(topic_folder));
  std::vector<Partition> partitions;
  for (const std::string& name : names) {
    const auto partition = parse_digits<Partition>(name);
    if (partition && name == format("{}", *partition)) {  // "007" is nobody's partition
      partitions.push_back(*partition);
    }
  }
  std::ranges::sort(partitions);
  return partitions;
}

Result<std::vector<LogSegment>> list_segments(const fs::path& partition_folder) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, list_folder(partition_folder));
  std::vector<LogSegment> segments;
  for (const std::string& name : names) {  // sorted, and so are the offsets, since all have 20 digits
    if (const auto first = segment_offset(name)) {
      segments.push_back({*first, partition_folder / name});
    }
  }
  return segments;
}

Result<void> create_topic(const fs::path& topic_folder, Partition count) {
  ASSIGN_OR_RETURN(const std::vector<Partition> standing, list_partitions(topic_folder));
  if (!standing.empty()) {
    return {};
  }
  // Made under another name and renamed, because the number of partitions is what stands in the folder: half a topic
  // would send keys elsewhere for ever.
  static std::atomic<std::uint64_t> serial = 0;
  const fs::path log_folder = topic_folder.parent_path();
  const fs::path draft = log_folder / format(".{}.{}.{}.draft", topic_folder.filename().string(), ::getpid(), serial++);
  for (Partition partition = 0; partition < count; ++partition) {
    TRY(make_folders(partition_folder(draft, partition)));
  }
  TRY(sync_folder(draft));
  if (Result<void> renamed = rename_file(draft, topic_folder); !renamed) {
    TRY(remove_tree(draft));
    ASSIGN_OR_RETURN(const std::vector<Partition> others, list_partitions(topic_folder));
    if (others.empty()) {
      return fail(renamed.error(), "a topic's folder must be new or empty (clear it, or choose another topic)");
    }
    return {};  // somebody else was first
  }
  return sync_folder(log_folder);
}

}  // namespace millrace
