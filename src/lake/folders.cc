#include "lake/folders.h"

#include "base/format.h"
#include "base/hash.h"
#include "lake/tables.h"

namespace millrace {

std::size_t Folders::Hash::operator()(const KeyView& key) const {
  constexpr std::uint64_t kNoDay = ~std::uint64_t{0};
  return hash64(key.text, key.day ? static_cast<std::uint64_t>(key.day->number) : kNoDay);
}

Folder& Folders::at(std::optional<Day> day, std::string_view text) {
  const KeyView key(day, text);
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
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
