#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace steward::net {

/// One message to one mail server (RFC 5321).
struct Mail {
  /// What happens on an smtp:// connection before anything is said; smtps:// is TLS from its first byte.
  enum class StartTls : std::uint8_t {
    required,  ///< no TLS, no mail
    optional,  ///< TLS when the server offers it
    off,
  };

  std::string server;  ///< "smtp://mail.example.com:587" or "smtps://mail.example.com:465"
  StartTls starttls = StartTls::required;
  std::string ca_file;   ///< certificates to trust in place of the system's; empty: the system's
  std::string username;  ///< empty: no AUTH
  Secret password;
  std::string from;             ///< bare addresses, as is_mail_address() takes them
  std::vector<std::string> to;  ///< at least one
  std::string message;          ///< RFC 5322: header and body, every line ended by CRLF
  std::int64_t timeout_ns = 30 * kSecond;
};

/// What the server said last. `refused` are its answers to the recipients it did not take, while it took
/// others.
struct MailAnswer {
  int code = 0;      ///< 250: it has the mail; 4xx: not now; 5xx: never
  std::string text;  ///< its line, without control characters, at most 300 bytes
  std::vector<std::string> refused;
};

using MailDone = std::function<void(Result<MailAnswer>)>;

/// Gives mail to servers. Failures: Code::invalid (an address, the message or the server's URL), denied (TLS
/// was wanted and is not there, or is not trusted), timeout, unavailable. No error shows user or password.
class Mailer {
 public:
  virtual ~Mailer() = default;
  /// `done` is called once, later, on the executor's thread; never from inside deliver().
  virtual void deliver(Mail mail, MailDone done) = 0;
};

/// "name@host" of ASCII without spaces, quotes, brackets, commas or control characters, at most 254: what can
/// neither end an SMTP command nor a header field.
bool is_mail_address(std::string_view address);

/// What deliver() looks at before anything is sent.
Status check_mail(const Mail& mail);

}  // namespace steward::net
