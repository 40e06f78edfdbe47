#include "lake/folders.h"

#include "base/format.h"
#include "base/hash.h"
#include "lake/tables.h"

namespace millrace {

std::size_t Folders::Hash::operator()(const KeyView& key) const {
  constexpr std::uint64_t kNoDay = ~std::uint64_t{0};
  return hash64(key.text, key.day ? static_cast<std::uint64_t>(key.day->number) : kNoDay);
}

/// A few bytes of the text tell a shop's categories apart well enough; where they do not, the map is asked.
std::size_t Folders::slot_of(std::optional<Day> day, std::string_view text) {
  std::size_t mixed = day ? static_cast<std::size_t>(day->number) : 0;
  if (!text.empty()) {
    const auto byte = [text](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(text[i])); };
    mixed += byte(0) * 7 + byte(text.size() / 2) * 31 + byte(text.size() - 1) * 3 + text.size() * 61;
  }
  return mixed % kRecent;
}

Folder& Folders::at(std::optional<Day> day, std::string_view text) {
  const KeyView key(day, text);
  Recent& recent = recent_[slot_of(day, text)];
  if (recent.key != nullptr && Equal()(*recent.key, key)) {
    return *recent.folder;
  }
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    recent = {&found->first, found->second.get()};
    return *found->second;
  }
  const std::string day_text = day ? to_string(*day) : "";
  std::string path = format("{}/{}", spec_.name,
                            hive_folder(columns_.day, day ? std::optional<std::string_view>(day_text) : std::nullopt));
  if (!columns_.text.empty()) {
    path += '/';
    path += hive_folder(columns_.text, text);
  }
  auto folder = std::make_unique<Folder>(spec_, std::move(path));
  return *by_key_.emplace(Key{day, std::string(text)}, std::move(folder)).first->second;
}

}  // namespace millrace
