// The Hive folders of one table that a commit writes to, each with the rows that wait for it.
//
// A folder is found by its day and, in tables that have a second level, a text (category or reason).
// Thread rule: one thread at a time.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lake/columns.h"
#include "lake/parquet.h"

namespace millrace {

/// A folder's waiting rows and its open file, if it has one.
struct Folder {
  Folder(const TableSpec& spec, std::string folder_path) : rows(spec), path(std::move(folder_path)) {}

  Table rows;
  std::vector<std::uint32_t> picked;  // of the batch at hand: the records that go here
  std::string path;                   // below the lake, `silver/cleaned_events/event_date=2024-01-15/category=Books`
  std::unique_ptr<ParquetWriter> file;
  std::size_t file_index = 0;  // of the open file among the commit's
};

/// How a table's folders are named.
struct FolderColumns {
  std::string_view day;   // `event_date`
  std::string_view text;  // `category`; empty where the day is the only level
};

class Folders {
 public:
  Folders(const TableSpec& spec, FolderColumns columns) : spec_(spec), columns_(columns) {}

  Folder& at(std::optional<Day> day, std::string_view text = {});

  template <class Visit>
  void for_each(Visit visit) {
    for (auto& [key, folder] : by_key_) {
      visit(*folder);
    }
  }
  void clear() {
    recent_ = {};
    by_key_.clear();
  }

 private:
  struct Key {
    std::optional<Day> day;
    std::string text;
  };
  struct KeyView {
    KeyView(std::optional<Day> d, std::string_view t) : day(d), text(t) {}
    KeyView(const Key& key) : day(key.day), text(key.text) {}  // NOLINT(google-explicit-constructor): a view of it
    std::optional<Day> day;
    std::string_view text;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const KeyView& key) const;
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const KeyView& a, const KeyView& b) const { return a.day == b.day && a.text == b.text; }
  };

  /// A folder that was asked for lately. Rows come in the order of events, so the next one is mostly among these.
  struct Recent {
    const Key* key = nullptr;
    Folder* folder = nullptr;
  };
  static constexpr std::size_t kRecent = 256;
  static std::size_t slot_of(std::optional<Day> day, std::string_view text);

  const TableSpec& spec_;
  FolderColumns columns_;
  std::array<Recent, kRecent> recent_{};
  std::unordered_map<Key, std::unique_ptr<Folder>, Hash, Equal> by_key_;
};

}  // namespace millrace
