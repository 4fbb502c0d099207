#include "alerts/channels/mime.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "alerts/channels/email.hpp"
#include "alerts/channels/test_sample.hpp"

namespace steward::alerts {
namespace {

/// Every line, its CRLF taken off; fails on a bare CR or LF.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find("\r\n", at);
    RC_ASSERT(end != std::string::npos);
    lines.push_back(text.substr(at, end - at));
    RC_ASSERT(lines.back().find_first_of("\r\n") == std::string::npos);
    at = end + 2;
  }
  return lines;
}

void check_lines(const std::string& text) {
  for (const std::string& line : lines_of(text)) {
    RC_ASSERT(line.size() <= 78U);
    for (const char c : line) RC_ASSERT(c == '\t' || (c >= 0x20 && c < 0x7f));
  }
}

TEST(HeaderField, PlainTextStaysAsItIs) {
  EXPECT_EQ(header_field("Subject", "[WARNING] host-a: disk"), "Subject: [WARNING] host-a: disk\r\n");
}

TEST(HeaderField, OtherTextBecomesEncodedWords) {
  EXPECT_EQ(header_field("Subject", "5 € now"), "Subject: =?UTF-8?Q?5_=E2=82=AC_now?=\r\n");
  // What looks like one must not be taken for one.
  EXPECT_EQ(header_field("Subject", "=?x"), "Subject: =?UTF-8?Q?=3D=3Fx?=\r\n");
}

TEST(HeaderField, NothingInItEndsIt) {
  EXPECT_EQ(header_field("Subject", "a\r\nBcc: x@example.com"), "Subject: a  Bcc: x@example.com\r\n");
}

RC_GTEST_PROP(HeaderField, IsFoldedAscii, ()) {
  const std::string field = header_field("Subject", *any_text());
  check_lines(field);
  const auto lines = lines_of(field);
  for (std::size_t i = 1; i < lines.size(); ++i) RC_ASSERT(lines[i].starts_with(' '));
}

TEST(QuotedPrintable, EncodesWhatIsNotPlain) {
  EXPECT_EQ(quoted_printable("a=b €\nend \n"), "a=3Db =E2=82=AC\r\nend=20\r\n");
  EXPECT_EQ(quoted_printable(std::string(80, 'x')), std::string(75, 'x') + "=\r\nxxxxx\r\n");
}

RC_GTEST_PROP(QuotedPrintable, IsAsciiInShortLines, ()) {
  check_lines(quoted_printable(*any_text()));
}

TEST(MailDate, IsThatOfRfc5322) {
  EXPECT_EQ(mail_date(1'790'000'000 * kSecond), "Mon, 21 Sep 2026 14:13:20 +0000");
}

RC_GTEST_PROP(Email, IsTakenByTheMailerWhateverTheAlarmsHold, ()) {
  const net::Mail mail = render_email(sample_channel(config::ChannelType::email), *any_notification());
  RC_ASSERT(net::check_mail(mail).has_value());
  check_lines(mail.message);
}

TEST(Email, OneGroupIsOneThreadAndOneKeyOneMail) {
  const auto channel = sample_channel(config::ChannelType::email);
  const auto field = [](const net::Mail& mail, const std::string& name) {
    const auto at = mail.message.find("\r\n" + name + ": ");
    return mail.message.substr(at, mail.message.find("\r\n", at + 2) - at);
  };
  const net::Mail first = render_email(channel, sample());
  Notification end = sample(Notification::Kind::resolved);
  end.key = "k-2";
  const net::Mail second = render_email(channel, end);
  EXPECT_EQ(field(first, "References"), field(second, "References"));
  EXPECT_EQ(field(first, "In-Reply-To"), field(second, "In-Reply-To"));
  EXPECT_NE(field(first, "Message-ID"), field(second, "Message-ID"));
  EXPECT_EQ(first.message, render_email(channel, sample()).message);
}

TEST(Email, TheServersNoIsUnderstood) {
  EXPECT_EQ(judge_email(net::MailAnswer{250, "250 Ok", {}}).kind, Outcome::Kind::delivered);
  EXPECT_EQ(judge_email(net::MailAnswer{451, "451 later", {}}).kind, Outcome::Kind::retry);
  EXPECT_EQ(judge_email(net::MailAnswer{550, "550 no such user", {}}).kind, Outcome::Kind::refused);
  EXPECT_TRUE(judge_email(net::MailAnswer{535, "535 wrong", {}}).reason.contains("password_file"));
  EXPECT_EQ(judge_email(fail(Code::timeout, "no answer")).kind, Outcome::Kind::retry);
  EXPECT_EQ(judge_email(fail(Code::invalid, "bad address")).kind, Outcome::Kind::refused);
}

}  // namespace
}  // namespace steward::alerts
