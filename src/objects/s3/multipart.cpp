#include "objects/s3/multipart.hpp"

#include <algorithm>
#include <charconv>

#include "objects/digest.hpp"

namespace steward::objects {

namespace {

constexpr int kMostParts = 10'000;  // Amazon S3 user guide, "Multipart upload limits"

std::string unhex(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at + 2 <= text.size(); at += 2) {
    unsigned byte = 0;
    std::from_chars(text.data() + at, text.data() + at + 2, byte, 16);
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

/// What an etag or a checksum may hold that XML may not.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

}  // namespace

bool is_md5(std::string_view etag) {
  return etag.size() == 32 &&
         std::ranges::all_of(etag, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Multipart::Multipart(std::vector<StoredPart> stored) {
  for (StoredPart& part : stored) stored_[part.number] = std::move(part);
}

Result<int> Multipart::next() {
  if (given_ == kMostParts)
    return fail(Code::invalid,
                "the object has more than {} parts: set a larger part_size, or write smaller objects",
                kMostParts);
  return ++given_;
}

bool Multipart::already_stored(int number, std::string_view bytes) {
  const auto at = stored_.find(number);
  if (at == stored_.end() || at->second.etag.empty()) return false;
  StoredPart& part = at->second;
  if (part.size != static_cast<std::int64_t>(bytes.size())) return false;
  const std::string checksum = base64(bytes_of(sha256(bytes)));
  const bool same = part.checksum.empty() ? part.etag == hex(md5(bytes)) : part.checksum == checksum;
  if (same) uploaded(number, part.size, part.etag, checksum);
  return same;
}

void Multipart::uploaded(int number, std::int64_t size, std::string etag, std::string checksum) {
  done_[number] = {number, size, std::move(etag), std::move(checksum)};
}

std::string Multipart::completion(bool checksums) const {
  std::string xml = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (const auto& [number, part] : done_) {
    xml += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>\"{}\"</ETag>", number, escaped(part.etag));
    if (checksums) xml += fmt::format("<ChecksumSHA256>{}</ChecksumSHA256>", escaped(part.checksum));
    xml += "</Part>";
  }
  return xml + "</CompleteMultipartUpload>";
}

std::string Multipart::expected_etag() const {
  std::string all;
  for (const auto& [number, part] : done_) {
    if (!is_md5(part.etag)) return {};
    all += unhex(part.etag);
  }
  return fmt::format("{}-{}", hex(md5(all)), done_.size());
}

std::int64_t Multipart::size() const {
  std::int64_t sum = 0;
  for (const auto& [number, part] : done_) sum += part.size;
  return sum;
}

}  // namespace steward::objects
