#include "dashboard/page.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <string>
#include <string_view>

extern "C" {
extern const char steward_dashboard_page[];
extern const char steward_dashboard_page_end[];
}

namespace steward::dashboard {

namespace {

/// 'sha256-…' of what stands between the two tags: the only script (or style) that the browser may run.
std::string hash_of(std::string_view html, std::string_view open, std::string_view close) {
  const auto begin = html.find(open) + open.size();
  const std::string_view inner = html.substr(begin, html.find(close, begin) - begin);
  unsigned char digest[SHA256_DIGEST_LENGTH];
  ::SHA256(reinterpret_cast<const unsigned char*>(inner.data()), inner.size(), digest);
  unsigned char text[64];
  const int size = ::EVP_EncodeBlock(text, digest, sizeof digest);
  return "'sha256-" + std::string(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)) + "'";
}

net::Response make_page() {
  const std::string_view html(steward_dashboard_page,
                              static_cast<std::size_t>(steward_dashboard_page_end - steward_dashboard_page));
  net::Response response = net::Response::text(std::string(html), "text/html; charset=utf-8");
  response.headers.emplace_back("Content-Security-Policy",
                                "default-src 'none'; connect-src 'self'; img-src data:; script-src " +
                                    hash_of(html, "<script>", "</script>") + "; style-src " +
                                    hash_of(html, "<style>", "</style>") +
                                    "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  return response;
}

}  // namespace

net::Response page() {
  static const net::Response made = make_page();
  return made;
}

}  // namespace steward::dashboard
