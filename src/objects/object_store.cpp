#include "objects/object_store.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace steward::objects {

namespace {

constexpr std::size_t kLongestKey = 800;
constexpr std::size_t kLongestSegment = 240;

/// What of the text makes it no key; empty when nothing does. Of a prefix the last segment may be unfinished.
std::string_view fault_of_bytes(std::string_view text) {
  if (text.size() > kLongestKey) return "is longer than 800 bytes";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text.substr(at));
    if (length == 0) return "is not UTF-8";
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x20 || byte == 0x7f || byte == '\\') return "has a control character or a backslash";
    at += length;
  }
  return {};
}

std::string_view fault_of_segment(std::string_view segment) {
  if (segment.empty()) return "has an empty part between slashes";
  if (segment == "." || segment == "..") return "has a part \".\" or \"..\"";
  if (segment.size() > kLongestSegment) return "has a part longer than 240 bytes";
  return {};
}

std::string_view fault_of(std::string_view text, bool whole) {
  if (const auto fault = fault_of_bytes(text); !fault.empty()) return fault;
  for (bool first = true;; first = false) {
    const auto slash = text.find('/');
    const auto segment = text.substr(0, slash);
    if (slash == std::string_view::npos && !whole) return {};
    if (const auto fault = fault_of_segment(segment); !fault.empty()) return fault;
    if (first && segment == ".steward-store") return "begins with .steward-store, which is the store's own";
    if (slash == std::string_view::npos) return {};
    text.remove_prefix(slash + 1);
  }
}

}  // namespace

Status check_key(std::string_view key) {
  const auto fault = fault_of(key, true);
  if (fault.empty()) return {};
  return fail(Code::invalid, "the key {:?} {}; keys are like backups/2026/data.tar.zst", key, fault);
}

Status check_prefix(std::string_view prefix) {
  const auto fault = fault_of(prefix, false);
  if (fault.empty()) return {};
  return fail(Code::invalid, "the prefix {:?} {}; no key begins with it", prefix, fault);
}

Status check_put(std::string_view key, const PutOptions& options) {
  if (Status good = check_key(key); !good) return good;
  if (options.if_absent && !options.if_match.empty())
    return fail(Code::invalid, "{}: if_absent and if_match exclude each other", key);
  const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  if (!std::ranges::all_of(options.storage_class, letter))
    return fail(Code::invalid, "{:?} is no storage class; they are like STANDARD_IA", options.storage_class);
  return {};
}

Status check_range(std::int64_t offset, std::int64_t length) {
  constexpr std::int64_t kMost = 1 << 30;
  if (offset >= 0 && length >= 0 && length <= kMost) return {};
  return fail(Code::invalid, "{} bytes from {} cannot be read: from 0 on, 1 GiB at most", length, offset);
}

Result<std::vector<ObjectInfo>> list_all(ObjectStore& store, std::string_view prefix, std::size_t most) {
  std::vector<ObjectInfo> all;
  std::string after;
  while (true) {
    auto page = store.list(prefix, after);
    if (!page) return std::unexpected(page.error());
    if (all.size() + page->objects.size() > most)
      return fail(Code::invalid, "{}: more than {} objects begin with {:?}", store.place(), most, prefix);
    std::ranges::move(page->objects, std::back_inserter(all));
    if (!page->more) return all;
    if (all.empty() || all.back().key <= after)
      return fail(Code::corrupt, "{}: the listing of {:?} does not go on behind {:?}", store.place(), prefix,
                  after);
    after = all.back().key;
  }
}

Result<int> abort_stale_uploads(ObjectStore& store, std::string_view prefix, WallNs before) {
  auto uploads = store.uploads(prefix);
  if (!uploads) return std::unexpected(uploads.error());
  int count = 0;
  for (const Upload& upload : *uploads) {
    if (upload.started >= before) continue;
    if (Status gone = store.abort(upload); !gone) return std::unexpected(gone.error());
    ++count;
  }
  return count;
}

}  // namespace steward::objects
