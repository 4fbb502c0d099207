#include "net/mailer.hpp"

#include <gtest/gtest.h>

namespace steward::net {
namespace {

TEST(MailAddress, IsWhatCannotEndACommand) {
  EXPECT_TRUE(is_mail_address("steward+alarms@mail.example.com"));
  for (const char* bad :
       {"", "a", "@b", "a@", "a b@c", "a@b\r\nDATA", "a@b@c", "<a@b>", "a@b,c@d", "é@b", "a@\x01"})
    EXPECT_FALSE(is_mail_address(bad)) << bad;
  EXPECT_FALSE(is_mail_address(std::string(250, 'a') + "@b.example"));
}

TEST(CheckMail, RefusesWhatAServerWouldMisread) {
  const auto mail = [] {
    return Mail{.server = "smtp://a", .from = "a@b", .to = {"c@d"}, .message = "Subject: x\r\n\r\ny\r\n"};
  };
  EXPECT_TRUE(check_mail(mail()));
  for (const char* bad : {"a\n", "a\rb\r\n", "a", "\n", "a\r\nb\n\r\n"}) {
    Mail wrong = mail();
    wrong.message = bad;
    EXPECT_FALSE(check_mail(wrong)) << bad;
  }
  Mail wrong = mail();
  wrong.to.clear();
  EXPECT_FALSE(check_mail(wrong));
  wrong = mail();
  wrong.server = "http://a";
  EXPECT_FALSE(check_mail(wrong));
}

}  // namespace
}  // namespace steward::net
