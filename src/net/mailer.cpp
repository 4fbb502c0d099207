#include "net/mailer.hpp"

#include <algorithm>

namespace steward::net {

bool is_mail_address(std::string_view address) {
  constexpr std::size_t kLongest = 254;  // RFC 5321, 4.5.3.1.3, without the brackets
  constexpr std::string_view kNever = "<>()[],;:\\\"";
  const auto at = address.rfind('@');
  return address.size() <= kLongest && at != std::string_view::npos && at > 0 && at + 1 < address.size() &&
         address.find('@') == at && std::ranges::all_of(address, [&](char c) {
           return c > 0x20 && c < 0x7f && kNever.find(c) == std::string_view::npos;
         });
}

namespace {

bool has_only_crlf(std::string_view message) {
  for (std::size_t i = 0; i < message.size(); ++i) {
    if (message[i] == '\r' && (i + 1 == message.size() || message[i + 1] != '\n')) return false;
    if (message[i] == '\n' && (i == 0 || message[i - 1] != '\r')) return false;
  }
  return message.ends_with("\r\n");
}

}  // namespace

Status check_mail(const Mail& mail) {
  if (!mail.server.starts_with("smtp://") && !mail.server.starts_with("smtps://"))
    return fail(Code::invalid, "a mail server is written smtp://HOST:PORT or smtps://HOST:PORT");
  if (!is_mail_address(mail.from)) return fail(Code::invalid, "the sender's address is not one of mail");
  if (mail.to.empty()) return fail(Code::invalid, "a mail without a recipient");
  if (!std::ranges::all_of(mail.to, is_mail_address))
    return fail(Code::invalid, "a recipient's address is not one of mail");
  if (!has_only_crlf(mail.message)) return fail(Code::invalid, "a mail whose lines do not all end with CRLF");
  return {};
}

}  // namespace steward::net
