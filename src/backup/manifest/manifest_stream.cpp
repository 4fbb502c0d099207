#include "backup/manifest/manifest_stream.hpp"

#include <algorithm>
#include <set>

#include "backup/stages/keys.hpp"

namespace steward::backup {

namespace {

/// Passes a manifest on, and refuses to write one that no reader would take.
class SealingSink final : public ByteSink {
 public:
  explicit SealingSink(ByteSink& next) : next_(next) {}
  Status write(std::string_view bytes) override {
    hash_.update(bytes);
    size_ += static_cast<std::int64_t>(bytes.size());
    if (size_ > kManifestLimit)
      return fail(Code::invalid, "more files than one manifest holds; divide the backup into several");
    return next_.write(bytes);
  }
  Status finish() override { return next_.finish(); }
  std::string hex_so_far() const { return hash_.hex_so_far(); }

 private:
  ByteSink& next_;
  Sha256 hash_;
  std::int64_t size_ = 0;
};

/// The 64 digits of a text that is `opening`, these and `closing`; empty when it is not.
std::string_view digits_of(std::string_view& text, std::string_view opening, std::string_view closing) {
  if (!text.starts_with(opening) ||
      text.substr(std::min(opening.size() + 64, text.size())).substr(0, closing.size()) != closing)
    return {};
  const auto digits = text.substr(opening.size(), 64);
  text.remove_prefix(opening.size() + 64 + closing.size());
  return digits;
}

}  // namespace

Status write_manifest(const Manifest& manifest, FileList& files, const Secret* data_key, ByteSink& out) {
  SealingSink sealing(out);
  const std::string head = format_head(manifest);
  if (head.size() > kLongestHead)
    return fail(Code::invalid, "more tables than one manifest holds; divide the backup into several");
  if (auto written = sealing.write(head); !written) return written;
  if (auto written = files.write_to(sealing); !written) return written;
  if (auto written = sealing.write("]"); !written) return written;
  if (data_key != nullptr) {
    const std::string mac = fmt::format(",\"mac\":\"{}\"", mac_hex(*data_key, sealing.hex_so_far()));
    if (auto written = sealing.write(mac); !written) return written;
  }
  if (auto written = sealing.write(fmt::format(",\"sha256\":\"{}\"}}\n", sealing.hex_so_far())); !written)
    return written;
  return sealing.finish();
}

/// With its newline; valid until the next call.
Result<std::string_view> ManifestReader::line(std::size_t longest) {
  std::size_t searched = at_;
  while (true) {
    const auto end = text_.find('\n', searched);
    if (end != std::string::npos && end + 1 - at_ <= longest) {
      const auto found = std::string_view(text_).substr(at_, end + 1 - at_);
      at_ = end + 1;
      return found;
    }
    if (text_.size() - at_ > longest)
      return fail(Code::corrupt, "a manifest with a line above {} bytes", longest);
    text_.erase(0, at_);
    at_ = 0;
    searched = text_.size();
    auto piece = from_.next();
    if (!piece) return piece;
    if (piece->empty()) return fail(Code::corrupt, "a manifest that was cut");
    size_ += static_cast<std::int64_t>(piece->size());
    if (size_ > kManifestLimit) return fail(Code::corrupt, "a manifest above {} bytes", kManifestLimit);
    text_ += *piece;
  }
}

Result<Manifest> ManifestReader::head() {
  auto first = line(kLongestHead);
  if (!first) return std::unexpected(first.error());
  hash_.update(*first);
  return parse_head(*first);
}

Result<FileList> ManifestReader::files(const Manifest& head) {
  FileList files;
  std::set<std::string> needs;
  std::int64_t room = INT64_MAX;  // of sums of sizes
  bool more = head.entries > 0;
  while (true) {
    auto next = line(kLongestEntry);
    if (!next) return std::unexpected(next.error());
    if (next->starts_with(']')) {
      if (auto ended = read_end(*next); !ended) return std::unexpected(ended.error());
      break;
    }
    hash_.update(*next);
    next->remove_suffix(1);
    const bool comma = next->ends_with(',');
    if (comma) next->remove_suffix(1);
    if (!more) return fail(Code::corrupt, "a manifest with a file behind its last");
    more = comma;
    auto entry = parse_entry(*next);
    if (!entry) return std::unexpected(entry.error());
    if (entry->in == head.time) return fail(Code::corrupt, "a manifest that needs its own backup");
    if (entry->size > room) return fail(Code::corrupt, "a manifest of more bytes than there can be");
    room -= entry->size;
    if (!entry->in.empty()) needs.insert(entry->in);
    if (auto added = files.add(*entry, *next); !added) return std::unexpected(added.error());
  }
  if (more || files.size() != head.entries)
    return fail(Code::corrupt, "a manifest of {} files that lists {}", head.entries, files.size());
  if (!std::ranges::equal(needs, head.needs))
    return fail(Code::corrupt, "a manifest whose files need other backups than it says");
  if (auto indexed = files.index(); !indexed) return std::unexpected(indexed.error());
  return files;
}

/// `],"mac":"…","sha256":"…"}`, and nothing behind it.
Status ManifestReader::read_end(std::string_view line) {
  const std::string_view whole = line;
  hash_.update("]");
  line.remove_prefix(1);
  mac_of_ = hash_.hex_so_far();
  mac_ = digits_of(line, ",\"mac\":\"", "\"");
  if (!mac_.empty()) hash_.update(whole.substr(1, whole.size() - line.size() - 1));
  const std::string_view sealed = digits_of(line, ",\"sha256\":\"", "\"}\n");
  if (sealed.empty() || !line.empty())
    return fail(Code::corrupt, "a manifest that does not end with its sha256");
  if (hash_.hex() != sealed) return fail(Code::corrupt, "a manifest whose SHA-256 is another");
  if (at_ != text_.size()) return fail(Code::corrupt, "a manifest with bytes behind its end");
  auto behind = from_.next();
  if (!behind) return std::unexpected(behind.error());
  return behind->empty() ? Status{} : fail(Code::corrupt, "a manifest with bytes behind its end");
}

Status ManifestReader::check_mac(const Secret& data_key) const {
  if (mac_hex(data_key, mac_of_) == mac_) return {};
  return fail(Code::corrupt, "the manifest was tampered with: its mac is not that of the data key");
}

}  // namespace steward::backup
