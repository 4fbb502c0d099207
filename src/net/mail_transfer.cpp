#include <algorithm>
#include <charconv>
#include <cstring>

#include "net/transfer.hpp"

namespace steward::net {

namespace {

constexpr std::size_t kLongestReply = 300;
constexpr std::size_t kMostRefused = 16;

std::string printable(std::string_view line) {
  std::string text(line.substr(0, kLongestReply));
  std::ranges::replace_if(text, [](char c) { return c < 0x20 || c >= 0x7f; }, ' ');
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

class MailTransfer final : public Transfer {
 public:
  MailTransfer(Mail mail, MailDone done) : mail_(std::move(mail)), done_(std::move(done)) {}

  Status prepare() override;
  std::function<void()> ended(CURLcode code) override { return tell(outcome(code)); }
  std::function<void()> failed(Error error) override { return tell(std::unexpected(std::move(error))); }

 private:
  static std::size_t give_message(char* to, std::size_t, std::size_t room, void* user);
  static std::size_t take_reply(const char* line, std::size_t, std::size_t size, void* user);
  static int rewind(void* user, curl_off_t offset, int origin);
  Result<MailAnswer> outcome(CURLcode code);
  std::function<void()> tell(Result<MailAnswer> answer) {
    return [done = std::move(done_), answer = std::move(answer)]() mutable { done(std::move(answer)); };
  }

  Mail mail_;
  MailDone done_;
  List recipients_;
  std::size_t given_ = 0;
  MailAnswer last_;      ///< the newest reply
  MailAnswer negative_;  ///< the newest of them that said no
};

std::size_t MailTransfer::give_message(char* to, std::size_t, std::size_t room, void* user) {
  auto& self = *static_cast<MailTransfer*>(user);
  const std::size_t size = std::min(room, self.mail_.message.size() - self.given_);
  std::memcpy(to, self.mail_.message.data() + self.given_, size);
  self.given_ += size;
  return size;
}

int MailTransfer::rewind(void* user, curl_off_t offset, int origin) {
  auto& self = *static_cast<MailTransfer*>(user);
  if (origin != SEEK_SET || offset < 0 || offset > static_cast<curl_off_t>(self.mail_.message.size()))
    return CURL_SEEKFUNC_CANTSEEK;
  self.given_ = static_cast<std::size_t>(offset);
  return CURL_SEEKFUNC_OK;
}

std::size_t MailTransfer::take_reply(const char* line, std::size_t, std::size_t size, void* user) {
  auto& self = *static_cast<MailTransfer*>(user);
  int code = 0;
  const auto [end, error] = std::from_chars(line, line + std::min<std::size_t>(size, 3), code);
  if (error != std::errc{} || end != line + 3) return size;
  self.last_.code = code;
  self.last_.text = printable({line, size});
  if (code >= 400) {
    self.negative_.code = code;
    self.negative_.text = self.last_.text;
    if (self.negative_.refused.size() < kMostRefused) self.negative_.refused.push_back(self.last_.text);
  }
  return size;
}

Status MailTransfer::prepare() {
  if (auto good = check_mail(mail_); !good) return fail(good.error(), "{}", mail_.server);
  make_handle("smtp,smtps", mail_.timeout_ns, mail_.ca_file);
  CURL* easy = this->easy();
  ::curl_easy_setopt(easy, CURLOPT_URL, mail_.server.c_str());
  const long tls = mail_.starttls == Mail::StartTls::required   ? CURLUSESSL_ALL
                   : mail_.starttls == Mail::StartTls::optional ? CURLUSESSL_TRY
                                                                : CURLUSESSL_NONE;
  ::curl_easy_setopt(easy, CURLOPT_USE_SSL, tls);
  if (!mail_.username.empty()) {
    ::curl_easy_setopt(easy, CURLOPT_USERNAME, mail_.username.c_str());
    ::curl_easy_setopt(easy, CURLOPT_PASSWORD, mail_.password.reveal().c_str());
  }
  ::curl_easy_setopt(easy, CURLOPT_MAIL_FROM, ("<" + mail_.from + ">").c_str());
  for (const std::string& recipient : mail_.to) append(recipients_, "<" + recipient + ">");
  ::curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, recipients_.get());
  // One dead address must not keep the alarm from the others.
  ::curl_easy_setopt(easy, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
  ::curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
  ::curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(mail_.message.size()));
  ::curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_message);
  ::curl_easy_setopt(easy, CURLOPT_READDATA, this);
  ::curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, rewind);
  ::curl_easy_setopt(easy, CURLOPT_SEEKDATA, this);
  ::curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_reply);
  ::curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  return {};
}

Result<MailAnswer> MailTransfer::outcome(CURLcode code) {
  if (code == CURLE_OK) {
    last_.refused = std::move(negative_.refused);
    return std::move(last_);
  }
  switch (code) {
    case CURLE_USE_SSL_FAILED:
      return fail(
          Code::denied,
          "{}: the server offers no STARTTLS; write smtps:// if it speaks TLS from the first byte, or "
          "starttls = \"optional\" if mail may travel in the clear",
          mail_.server);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
      return fail(Code::invalid, "{}: not an address of a mail server", mail_.server);
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return std::unexpected(transfer_error(code, mail_.server));
    default:
      break;
  }
  if (negative_.code != 0) {
    negative_.refused.clear();
    return std::move(negative_);
  }
  if (code == CURLE_LOGIN_DENIED)
    return fail(Code::denied, "{}: the server offers no way to sign in that is known here", mail_.server);
  return std::unexpected(transfer_error(code, mail_.server));
}

}  // namespace

std::unique_ptr<Transfer> mail_transfer(Mail mail, MailDone done) {
  return std::make_unique<MailTransfer>(std::move(mail), std::move(done));
}

}  // namespace steward::net
