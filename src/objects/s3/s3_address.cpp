#include <algorithm>

#include "objects/s3/s3_client.hpp"

namespace steward::objects {

namespace {

/// Amazon S3 user guide, "Bucket naming rules".
bool is_bucket(std::string_view name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  return name.size() >= 3 && name.size() <= 63 && std::ranges::all_of(name, good) && name.front() != '-' &&
         name.front() != '.' && name.back() != '-' && name.back() != '.' &&
         name.find("..") == std::string_view::npos;
}

bool is_region(std::string_view name) {
  return name.size() <= 64 && std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                  c == '_';
         });
}

Status set_endpoint(S3Address& address, std::string_view endpoint) {
  const std::string given(endpoint);
  const auto scheme = endpoint.find("://");
  if (scheme == std::string_view::npos)
    return fail(Code::invalid, "endpoint {:?}: expected http://host or https://host, with a port if needed",
                given);
  address.scheme = endpoint.substr(0, scheme);
  endpoint.remove_prefix(scheme + 3);
  while (endpoint.ends_with('/')) endpoint.remove_suffix(1);
  const bool plain = endpoint.find_first_of("/?#@ \t\r\n") == std::string_view::npos;
  if ((address.scheme != "http" && address.scheme != "https") || endpoint.empty() || !plain)
    return fail(Code::invalid, "endpoint {:?}: expected http://host or https://host, with a port if needed",
                given);
  // Host goes without the scheme's own port, as clients send it and servers sign it.
  const std::string_view usual = address.scheme == "http" ? ":80" : ":443";
  if (endpoint.ends_with(usual)) endpoint.remove_suffix(usual.size());
  address.host = endpoint;
  return {};
}

}  // namespace

std::string S3Address::place() const {
  std::string text = "s3://" + bucket + "/" + prefix;
  text.pop_back();
  return text;
}

Result<S3Address> s3_address(std::string_view place, const StoreOptions& options,
                             const std::string& default_region) {
  S3Address address;
  const auto slash = std::min(place.find('/'), place.size());
  address.bucket = place.substr(0, slash);
  if (!is_bucket(address.bucket))
    return fail(Code::invalid, "s3://{}: {:?} is no bucket's name (3 to 63 of a-z, 0-9, '-', '.')", place,
                address.bucket);
  std::string_view prefix = place.substr(slash);
  while (prefix.starts_with('/')) prefix.remove_prefix(1);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (!prefix.empty()) {
    constexpr std::size_t kLongestPrefix = 200;
    if (Status good = check_key(prefix); !good) return fail(good.error(), "s3://{}", place);
    if (prefix.size() > kLongestPrefix)
      return fail(Code::invalid, "s3://{}: the prefix is longer than {} bytes", place, kLongestPrefix);
    address.prefix = std::string(prefix) + "/";
  }
  address.region = !options.region.empty() ? options.region : default_region;
  if (address.region.empty()) address.region = "us-east-1";
  if (!is_region(address.region)) return fail(Code::invalid, "region {:?}: is none", address.region);
  const bool aws = options.endpoint.empty();
  const std::string domain = address.region.starts_with("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const std::string endpoint = aws ? "https://s3." + address.region + "." + domain : options.endpoint;
  if (Status good = set_endpoint(address, endpoint); !good) return std::unexpected(good.error());
  // The certificate's wildcard stands for one label: a bucket with dots is asked by path.
  const bool fits = address.scheme == "http" || address.bucket.find('.') == std::string::npos;
  address.virtual_hosted = options.addressing == Addressing::virtual_hosted ||
                           (options.addressing == Addressing::automatic && aws && fits);
  return address;
}

}  // namespace steward::objects
