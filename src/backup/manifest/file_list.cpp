#include "backup/manifest/file_list.hpp"

#include <algorithm>

#include "backup/manifest/path_set.hpp"

namespace steward::backup {

namespace {

constexpr std::size_t kUsualLine = 1024;
constexpr std::size_t kWritten = 256 << 10;

std::uint64_t path_hash(std::string_view path) {
  return PathSet::hash_of(path)[0];
}

}  // namespace

Status FileList::add(const Entry& entry) {
  return add(entry, format_entry(entry));
}

Status FileList::add(const Entry& entry, std::string_view line) {
  places_.push_back({path_hash(entry.path), spool_.size()});
  if (auto kept = spool_.append(line); !kept) return kept;
  return spool_.append("\n");
}

Status FileList::index() {
  const auto by_hash_and_place = [](const Place& a, const Place& b) {
    return a.hash != b.hash ? a.hash < b.hash : a.at < b.at;
  };
  std::ranges::sort(places_, by_hash_and_place);
  for (auto same = places_.begin(); same != places_.end();) {
    same = std::ranges::adjacent_find(same, places_.end(), {}, &Place::hash);
    if (same == places_.end()) break;
    std::int64_t at = same->at, other_at = (same + 1)->at;
    auto entry = next(at);
    auto other = entry ? next(other_at) : std::unexpected(entry.error());
    if (!other) return std::unexpected(other.error());
    if (entry->path == other->path)
      return fail(Code::corrupt, "a manifest that cannot be: its path {} is there twice", entry->path);
    ++same;
  }
  return {};
}

Result<std::optional<Entry>> FileList::find(std::string_view path) {
  const std::uint64_t hash = path_hash(path);
  for (auto place = std::ranges::lower_bound(places_, hash, {}, &Place::hash);
       place != places_.end() && place->hash == hash; ++place) {
    std::int64_t at = place->at;
    auto entry = next(at);
    if (!entry) return std::unexpected(entry.error());
    if (entry->path == path) return std::optional(std::move(*entry));
  }
  return std::nullopt;
}

Result<std::string_view> FileList::line_at(std::int64_t at) {
  for (std::size_t length = kUsualLine;; length = kLongestEntry) {
    auto piece = spool_.read(at, length);
    if (!piece) return piece;
    const auto end = piece->find('\n');
    if (end != std::string_view::npos) return piece->substr(0, end);
    if (length == kLongestEntry) return fail(Code::internal, "an entry of a file list without an end");
  }
}

Result<Entry> FileList::next(std::int64_t& at) {
  auto line = line_at(at);
  if (!line) return std::unexpected(line.error());
  at += static_cast<std::int64_t>(line->size()) + 1;
  return parse_entry(*line);
}

Status FileList::write_to(ByteSink& out) {
  std::string text;
  for (std::int64_t at = 0; at < spool_.size();) {
    auto line = line_at(at);
    if (!line) return std::unexpected(line.error());
    at += static_cast<std::int64_t>(line->size()) + 1;
    text.append(*line).append(at < spool_.size() ? ",\n" : "\n");
    if (text.size() < kWritten && at < spool_.size()) continue;
    if (auto written = out.write(text); !written) return written;
    text.clear();
  }
  return {};
}

}  // namespace steward::backup
