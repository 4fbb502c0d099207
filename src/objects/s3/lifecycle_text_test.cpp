#include "objects/s3/lifecycle_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace steward::objects {
namespace {

using testing::HasSubstr;

const LifecycleRule kMoves{.id = "steward-a",
                           .prefix = "host-a/a/",
                           .larger_than = 131072,
                           .moves = {{30, "STANDARD_IA"}, {90, "GLACIER"}}};
const LifecycleRule kAborts{.id = "steward-a-uploads", .prefix = "host-a/a/", .abort_days = 7};

bool is_ours(const LifecycleRule& rule) {
  return rule.id.starts_with("steward-");
}

LifecycleText parsed(const std::string& text) {
  auto made = LifecycleText::parse(text);
  EXPECT_TRUE(made) << text << ": " << made.error().text();
  return made ? std::move(*made) : LifecycleText();
}

TEST(LifecycleText, ReadsWhatItWrites) {
  const LifecycleText text = parsed(LifecycleText().with(is_ours, {kMoves, kAborts}));
  EXPECT_EQ(text.rules(), (std::vector{kMoves, kAborts}));
  EXPECT_TRUE(text.has(kMoves));
  EXPECT_EQ(text.with(is_ours, {kAborts, kMoves}), text.text()) << "nothing is to be changed";
  EXPECT_EQ(text.with(is_ours, {}), "");
}

TEST(LifecycleText, KeepsEveryByteOfTheOthers) {
  const std::string before =
      "\xEF\xBB\xBF<?xml version='1.0' encoding=\"UTF-8\"?>\n<!-- <Rule> of \"ours\" -->\n"
      "<s3:LifecycleConfiguration xmlns:s3 = \"http://s3.amazonaws.com/doc/2006-03-01/\" >\r\n\t<s3:Rule "
      "a='>' >"
      "<s3:ID><![CDATA[theirs </s3:Rule> ]]></s3:ID><s3:Prefix>logs/</s3:Prefix> "
      "<s3:Status\n>Enabled</s3:Status>"
      "<s3:Expiration><s3:Days>3</s3:Days></s3:Expiration></s3:Rule \n>";
  const std::string after = "\n  <!-- the end --></s3:LifecycleConfiguration>\n<!-- indeed -->\n";
  const LifecycleText text = parsed(before + after);
  ASSERT_EQ(text.rules().size(), 1U);
  EXPECT_EQ(text.rules()[0].id, "theirs </s3:Rule> ");
  EXPECT_EQ(text.rules()[0].prefix, "logs/");
  EXPECT_EQ(text.rules()[0].expire_days, 3);
  EXPECT_TRUE(text.rules()[0].old_form);
  const LifecycleText with = parsed(text.with(is_ours, {kMoves}));
  EXPECT_EQ(with.text(), before + "\n  <!-- the end -->" + format_rule(kMoves, "s3:") +
                             "</s3:LifecycleConfiguration>\n<!-- indeed -->\n");
  EXPECT_EQ(with.rules()[1], kMoves);
  EXPECT_EQ(with.with(is_ours, {}), text.text());
}

TEST(LifecycleText, ReplacesARuleOfOursThatSaysSomethingElse) {
  std::string said = format_rule(kMoves);
  said.insert(said.rfind("</Rule>"),
              "<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays>"
              "</NoncurrentVersionExpiration>");
  const LifecycleText text = parsed("<LifecycleConfiguration> " + said + " </LifecycleConfiguration>");
  EXPECT_FALSE(text.has(kMoves));
  EXPECT_EQ(text.with(is_ours, {kMoves}),
            "<LifecycleConfiguration>  " + format_rule(kMoves) + "</LifecycleConfiguration>");
}

TEST(LifecycleText, ComparesRulesAndNotHowTheyAreWritten) {
  const LifecycleText sent =
      parsed("<LifecycleConfiguration><Rule><Status>Enabled</Status><Filter><Prefix/></Filter></Rule>" +
             format_rule(kAborts) + "</LifecycleConfiguration>");
  const std::string found = "<x:LifecycleConfiguration xmlns:x='y'>" + format_rule(kAborts, "x:") +
                            "<x:Rule><x:Filter>\n<x:Prefix></x:Prefix></x:Filter><!-- --><x:ID>made up</x:ID>"
                            "<x:Status> Enabled </x:Status></x:Rule></x:LifecycleConfiguration>";
  EXPECT_TRUE(sent.same_rules(parsed(found)));
  EXPECT_TRUE(sent.same_rules(sent));
  EXPECT_FALSE(parsed(found).same_rules(sent)) << "an id that was sent has to be there";
  EXPECT_FALSE(sent.same_rules(LifecycleText()));
  std::string other = found;
  other.replace(other.find("7<"), 1, "8");
  EXPECT_FALSE(sent.same_rules(parsed(other)));
  EXPECT_EQ(sent.missing_in(parsed(found)), "");
  EXPECT_THAT(parsed(other).missing_in(sent),
              HasSubstr("AbortIncompleteMultipartUpload{DaysAfterInitiation=\"8\"}"));
}

TEST(LifecycleText, RefusesWhatItCannotCutSafely) {
  for (const std::string text :
       {"no xml", "<a/>", "<LifecycleConfiguration>", "<LifecycleConfiguration></a>",
        "<LifecycleConfiguration/><LifecycleConfiguration/>", "<!DOCTYPE a><LifecycleConfiguration/>",
        "<LifecycleConfiguration><Rule><Transition><Days>many</Days></Transition></Rule></"
        "LifecycleConfiguration>",
        "<LifecycleConfiguration><Rule></LifecycleConfiguration>", "<LifecycleConfiguration><!-- "}) {
    const auto made = LifecycleText::parse(text);
    ASSERT_FALSE(made) << text;
    EXPECT_EQ(made.error().code(), Code::corrupt);
  }
  std::string deep = "<LifecycleConfiguration>";
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  EXPECT_FALSE(LifecycleText::parse(deep));
}

/// Anything that may stand between two rules.
std::string noise() {
  return *rc::gen::element<std::string>("", " ", "\r\n\t", "<!-- </Rule> -->", "<?pi <Rule> ?>",
                                        "<Other a='\"/>'/>", "<Other><Rule>x</Rule></Other>", "text",
                                        "<![CDATA[<Rule>]]>", "&amp;");
}

std::string foreign_rule() {
  const int number = *rc::gen::inRange(0, 1000);
  return "<Rule" + *rc::gen::element<std::string>("", " ", " a='>'", "\n") + ">" + noise() +
         fmt::format("<ID>theirs-{}</ID>", number) + noise() + "<Status>Enabled</Status></Rule>";
}

LifecycleRule our_rule() {
  return {.id = fmt::format("steward-{}", *rc::gen::inRange(0, 5)),
          .prefix = *rc::gen::element<std::string>("", "a&b/", "x<y>/"),
          .larger_than = *rc::gen::element(0, 131072),
          .moves = {{*rc::gen::inRange(0, 3), "GLACIER"}}};
}

RC_GTEST_PROP(LifecycleText, AnyDocumentKeepsWhatIsForeign, ()) {
  std::string foreign = noise() + "<LifecycleConfiguration>";
  if (foreign.find("text") == 0 || foreign.find("&") == 0 || foreign.find("<!") == 0 ||
      foreign.find("<O") == 0)
    foreign = "<LifecycleConfiguration>";
  std::string text = foreign;
  for (int i = *rc::gen::inRange(0, 8); i > 0; --i) {
    const std::string between = noise();
    foreign += between;
    text += between;
    const bool ours = *rc::gen::arbitrary<bool>();
    const std::string rule = ours ? format_rule(our_rule()) : foreign_rule();
    text += rule;
    if (!ours) foreign += rule;
  }
  const std::string end =
      noise() + "</LifecycleConfiguration>" + *rc::gen::element<std::string>("", "\n", "<!-- -->");
  foreign += end;
  text += end;
  std::vector<LifecycleRule> wanted;
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
    LifecycleRule rule = our_rule();
    if (std::ranges::find(wanted, rule.id, &LifecycleRule::id) == wanted.end()) wanted.push_back(rule);
  }
  const LifecycleText before = parsed(text);
  const std::string after = before.with(is_ours, wanted);
  const auto theirs = std::ranges::count_if(before.rules(), [](const auto& rule) { return !is_ours(rule); });
  if (theirs == 0 && wanted.empty()) {
    RC_ASSERT(after.empty());
    return;
  }
  const LifecycleText made = parsed(after);
  for (const LifecycleRule& rule : wanted) RC_ASSERT(made.has(rule));
  RC_ASSERT(made.rules().size() == static_cast<std::size_t>(theirs) + wanted.size());
  RC_ASSERT(made.with(is_ours, wanted) == after);
  if (theirs > 0) RC_ASSERT(made.with(is_ours, {}) == foreign);
}

}  // namespace
}  // namespace steward::objects
