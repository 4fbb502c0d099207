#include "objects/s3/answers.hpp"

#include "objects/s3/times.hpp"
#include "objects/s3/xml_nodes.hpp"

namespace steward::objects {

namespace {

/// "true" or "false"; anything else, nothing too, is a broken answer: a page's end must be said.
Result<bool> truth_of(const Node& parent, std::string_view name) {
  const std::string text = text_of(parent, name);
  if (text == "true" || text == "false") return text == "true";
  return fail(Code::corrupt, "the answer has {:?} for <{}>", text, name);
}

Result<WallNs> time_of(const Node& parent, std::string_view name) {
  const std::string text = text_of(parent, name);
  const auto time = parse_utc(text);
  if (!time) return fail(Code::corrupt, "the answer has {:?} for <{}>", text, name);
  return *time;
}

/// A text that must be there.
Result<std::string> named_text(std::string_view xml, std::string_view root, std::string_view name) {
  pugi::xml_document document;
  const auto node = root_of(document, xml, root);
  if (!node) return std::unexpected(node.error());
  std::string text = text_of(*node, name);
  if (text.empty()) return fail(Code::corrupt, "the answer has no <{}>", name);
  return text;
}

Result<ObjectInfo> object_of(const Node& node) {
  const auto size = number_of<std::int64_t>(node, "Size");
  if (!size) return std::unexpected(size.error());
  const auto modified = time_of(node, "LastModified");
  if (!modified) return std::unexpected(modified.error());
  ObjectInfo info{.key = text_of(node, "Key"),
                  .size = *size,
                  .etag = unquoted(text_of(node, "ETag")),
                  .modified = *modified,
                  .storage_class = text_of(node, "StorageClass")};
  if (info.key.empty()) return fail(Code::corrupt, "the answer has an object without a <Key>");
  info.archived = is_archive_class(info.storage_class);
  return info;
}

Result<Upload> upload_of(const Node& node) {
  const auto started = time_of(node, "Initiated");
  if (!started) return std::unexpected(started.error());
  Upload upload{text_of(node, "Key"), text_of(node, "UploadId"), *started};
  if (upload.key.empty() || upload.id.empty())
    return fail(Code::corrupt, "the answer has an upload without a <Key> or an <UploadId>");
  return upload;
}

Result<StoredPart> part_of(const Node& node) {
  const auto number = number_of<int>(node, "PartNumber");
  if (!number) return std::unexpected(number.error());
  const auto size = number_of<std::int64_t>(node, "Size");
  if (!size) return std::unexpected(size.error());
  return StoredPart{*number, *size, unquoted(text_of(node, "ETag")), text_of(node, "ChecksumSHA256")};
}

/// The children of that name, each by `read`, into `all`.
template <class T>
Status each(const Node& root, std::string_view name, Result<T> (*read)(const Node&), std::vector<T>& all) {
  for (const Node& child : root.children()) {
    if (name_of(child) != name) continue;
    auto item = read(child);
    if (!item) return std::unexpected(item.error());
    all.push_back(std::move(*item));
  }
  return {};
}

}  // namespace

std::string unquoted(std::string_view etag) {
  if (etag.size() >= 2 && etag.starts_with('"') && etag.ends_with('"'))
    etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

S3Fault parse_fault(std::string_view xml) {
  pugi::xml_document document;
  const auto root = root_of(document, xml, "Error");
  if (!root) return {};
  return {text_of(*root, "Code"), text_of(*root, "Message"), text_of(*root, "Region")};
}

Result<std::string> parse_created(std::string_view xml) {
  return named_text(xml, "InitiateMultipartUploadResult", "UploadId");
}

Result<std::string> parse_completed(std::string_view xml) {
  auto etag = named_text(xml, "CompleteMultipartUploadResult", "ETag");
  // moto's name for it. The writer asks HEAD for every upload besides.
  if (!etag) {
    if (auto other = named_text(xml, "CompleteMultipartUploadResponse", "ETag"); other)
      etag = std::move(other);
  }
  if (etag) etag = unquoted(*etag);
  return etag;
}

Result<Listing> parse_listing(std::string_view xml) {
  pugi::xml_document document;
  const auto root = root_of(document, xml, "ListBucketResult");
  if (!root) return std::unexpected(root.error());
  const auto more = truth_of(*root, "IsTruncated");
  if (!more) return std::unexpected(more.error());
  Listing listing{.objects = {}, .more = *more};
  if (Status good = each(*root, "Contents", object_of, listing.objects); !good)
    return std::unexpected(good.error());
  return listing;
}

Result<UploadListing> parse_uploads(std::string_view xml) {
  pugi::xml_document document;
  const auto root = root_of(document, xml, "ListMultipartUploadsResult");
  if (!root) return std::unexpected(root.error());
  const auto more = truth_of(*root, "IsTruncated");
  if (!more) return std::unexpected(more.error());
  UploadListing listing{{}, *more, text_of(*root, "NextKeyMarker"), text_of(*root, "NextUploadIdMarker")};
  if (Status good = each(*root, "Upload", upload_of, listing.uploads); !good)
    return std::unexpected(good.error());
  return listing;
}

Result<PartListing> parse_parts(std::string_view xml) {
  pugi::xml_document document;
  const auto root = root_of(document, xml, "ListPartsResult");
  if (!root) return std::unexpected(root.error());
  const auto more = truth_of(*root, "IsTruncated");
  if (!more) return std::unexpected(more.error());
  PartListing listing{.parts = {}, .more = *more};
  if (listing.more) {
    const auto next = number_of<int>(*root, "NextPartNumberMarker");
    if (!next) return std::unexpected(next.error());
    listing.next = *next;
  }
  if (Status good = each(*root, "Part", part_of, listing.parts); !good) return std::unexpected(good.error());
  return listing;
}

}  // namespace steward::objects
