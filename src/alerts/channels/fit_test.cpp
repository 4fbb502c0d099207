#include "alerts/channels/fit.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "alerts/channels/test_sample.hpp"

namespace steward::alerts {
namespace {

TEST(Fit, LeavesAloneWhatFits) {
  EXPECT_EQ(fit("price 1.5 € & more", 100), "price 1.5 € & more");
  EXPECT_EQ(fit("", 0), "");
  EXPECT_EQ(fit("abc", 3), "abc");
}

TEST(Fit, EndsWithAnEllipsisWhatDoesNot) {
  EXPECT_EQ(fit("abcd", 3), "ab…");
  EXPECT_EQ(fit("abc", 1), "…");
  EXPECT_EQ(fit("abc", 0), "");
}

TEST(Fit, CountsAsUtf16Does) {
  EXPECT_EQ(units_of("a€😀"), 4U);
  EXPECT_EQ(fit("😀😀😀", 5), "😀😀…");
  EXPECT_EQ(fit("😀😀😀", 6), "😀😀😀");
}

TEST(Fit, NeverCutsAnEscape) {
  EXPECT_EQ(fit("a<b", 6, html_escape), "a&lt;b");
  EXPECT_EQ(fit("a<b", 5, html_escape), "a…");
  EXPECT_EQ(fit("ab_c", 4, discord_escape), "ab…");
}

TEST(Fit, ReplacesWhatIsNoText) {
  EXPECT_EQ(fit(std::string("a\xff"
                            "b\r\0c",
                            6),
                10),
            "a\xef\xbf\xbd"
            "b  c");
}

RC_GTEST_PROP(Fit, IsNeverTooLongAndAlwaysUtf8, ()) {
  const std::string text = *any_text();
  const auto most = *rc::gen::inRange<std::size_t>(0, 200);
  for (const Escape escape : {as_it_is, html_escape, slack_escape, discord_escape}) {
    const std::string fitted = fit(text, most, escape);
    RC_ASSERT(units_of(fitted) <= most);
    RC_ASSERT(is_utf8(fitted));
  }
}

RC_GTEST_PROP(Fit, HtmlHoldsNoMarkupAndWholeEntities, ()) {
  const std::string fitted = fit(*any_text(), *rc::gen::inRange<std::size_t>(0, 200), html_escape);
  RC_ASSERT(fitted.find_first_of("<>\"") == std::string::npos);
  for (auto at = fitted.find('&'); at != std::string::npos; at = fitted.find('&', at + 1)) {
    const std::string_view rest = std::string_view(fitted).substr(at);
    RC_ASSERT(rest.starts_with("&amp;") || rest.starts_with("&lt;") || rest.starts_with("&gt;") ||
              rest.starts_with("&quot;"));
  }
}

RC_GTEST_PROP(BoundedText, NeverGrowsBeyondItsLimit, ()) {
  const auto most = *rc::gen::inRange<std::size_t>(0, 500);
  Bounded text(most, html_escape);
  for (int i = 0; i < 10; ++i) text.add("<b>", *any_text(), "</b>");
  RC_ASSERT(units_of(text.text()) + text.left() == most);
  RC_ASSERT(is_utf8(text.text()));
}

}  // namespace
}  // namespace steward::alerts
