#include "keeper/plan.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/fnv.hpp"

namespace steward::keeper {
namespace {

BotSpec bot(std::string name) {
  return {.name = std::move(name), .args = {"/bin/true"}};
}

std::string sealed(std::string body) {
  std::size_t lines = 0;
  for (const char c : body) lines += c == '\n' ? 1 : 0;
  return body + fmt::format("end {} {:016x}\n", lines, fnv1a64(body));
}

std::string error_of(const std::string& body) {
  const auto plan = parse_plan(sealed(body));
  return plan ? "" : plan.error().text();
}

rc::Gen<std::string> words() {
  return rc::gen::map(rc::gen::container<std::string>(rc::gen::arbitrary<char>()), [](std::string text) {
    std::erase(text, '\0');
    return text;
  });
}
std::int64_t any_number() {
  return *rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000);
}

BotSpec any_bot(const std::string& name, const std::vector<BotSpec>& before) {
  BotSpec spec{.name = name};
  spec.args = *rc::gen::container<std::vector<std::string>>(words());
  spec.args.insert(spec.args.begin(), "prog");
  spec.working_dir = *words();
  if (*rc::gen::arbitrary<bool>()) spec.uid = *rc::gen::inRange<uid_t>(0, 70'000);
  if (*rc::gen::arbitrary<bool>()) spec.gid = *rc::gen::inRange<gid_t>(0, 70'000);
  spec.groups = *rc::gen::container<std::vector<gid_t>>(rc::gen::inRange<gid_t>(0, 70'000));
  spec.env = {{"NAME", *words()}, {"B", *words()}};
  spec.env_file = *words();
  if (!before.empty() && *rc::gen::arbitrary<bool>()) spec.after = {before.back().name};
  spec.restart = static_cast<Restart>(*rc::gen::inRange(0, 3));
  for (auto field : {&BotSpec::restart_delay, &BotSpec::restart_delay_max, &BotSpec::budget_window,
                     &BotSpec::stop_timeout, &BotSpec::start_timeout, &BotSpec::watchdog,
                     &BotSpec::memory_max, &BotSpec::files_max, &BotSpec::log_max, &BotSpec::log_files}) {
    spec.*field = any_number();
  }
  spec.budget_count = *rc::gen::inRange<std::int64_t>(0, 1000);
  spec.gate = *rc::gen::arbitrary<bool>();
  return spec;
}

RC_GTEST_PROP(Plan, reads_back_what_it_writes, ()) {
  Plan plan;
  plan.on_agent_dead = *rc::gen::container<std::vector<std::string>>(words());
  const int count = *rc::gen::inRange(0, 6);
  for (int i = 0; i < count; ++i) plan.bots.push_back(any_bot("bot-" + std::to_string(i), plan.bots));
  if (count > 0 && *rc::gen::arbitrary<bool>()) plan.bots[0].role = Role::agent;
  const auto read = parse_plan(format_plan(plan));
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == plan);
}

RC_GTEST_PROP(Plan, refuses_any_torn_or_changed_text, ()) {
  const std::string text = format_plan({.bots = {bot("a"), bot("b")}});
  std::string changed = text.substr(0, *rc::gen::inRange<std::size_t>(0, text.size()));
  RC_ASSERT(!parse_plan(changed).has_value());
  changed = text;
  changed[*rc::gen::inRange<std::size_t>(0, text.size())] ^= static_cast<char>(*rc::gen::inRange(1, 128));
  const auto read = parse_plan(changed);
  RC_ASSERT(!read.has_value());
}

TEST(Plan, AnEmptyOneIsGood) {
  EXPECT_TRUE(parse_plan(format_plan({})));
}

TEST(Plan, NamesTheLineThatIsWrong) {
  EXPECT_EQ(error_of("steward-plan 1\nbot a\narg x\nwatchdog ten\n"),
            "plan, line 4: expected a whole number from 0 to 2305843009213693951, found \"ten\"");
  EXPECT_NE(error_of("steward-plan 1\nbot a\narg x\ncolour red\n").find("line 4: \"colour\" is no key"),
            std::string::npos);
  EXPECT_NE(error_of("steward-plan 1\narg x\n").find("line 2: expected \"bot NAME\""), std::string::npos);
  EXPECT_NE(error_of("steward-plan 1\nbot A\n").find("\"A\" cannot be a bot's name"), std::string::npos);
  EXPECT_NE(error_of("steward-plan 1\nbot a\narg x y\n").find("takes 1 words, found 2"), std::string::npos);
  EXPECT_NE(error_of("steward-plan 1\nbot a\narg x%00y\n").find("NUL"), std::string::npos);
  EXPECT_NE(error_of("steward-plan 1\nbot a\narg x\nenv A=B c\n").find("name of a variable"),
            std::string::npos);
  EXPECT_NE(error_of("steward-plan 2\n").find("one release"), std::string::npos);
}

TEST(Plan, ChecksTheWhole) {
  EXPECT_NE(error_of("steward-plan 1\nbot a\narg x\nbot a\narg x\n").find("bot a is there twice"),
            std::string::npos);
  EXPECT_NE(error_of("steward-plan 1\nbot a\n").find("bot a has no program"), std::string::npos);
  EXPECT_NE(error_of("steward-plan 1\nbot a\narg x\nafter b\n").find("after\" names b"), std::string::npos);
  EXPECT_NE(error_of("steward-plan 1\nbot a\narg x\nafter b\nbot b\narg x\nafter a\n").find("circle"),
            std::string::npos);
  EXPECT_NE(error_of("steward-plan 1\nbot a\narg x\nrole agent\nbot b\narg x\nrole agent\n").find("2 agents"),
            std::string::npos);
}

TEST(Plan, HashFollowsEveryField) {
  const BotSpec base = bot("a");
  BotSpec other = base;
  EXPECT_EQ(spec_hash(base), spec_hash(other));
  other.watchdog = 1;
  EXPECT_NE(spec_hash(base), spec_hash(other));
  other = base;
  other.args.push_back("");
  EXPECT_NE(spec_hash(base), spec_hash(other));
}

TEST(Plan, NamesOfBots) {
  for (const char* good :
       {"a", "racing-2", "0_x", "a23456789012345678901234567890123456789012345678901234567890123"}) {
    EXPECT_TRUE(is_bot_name(good)) << good;
  }
  for (const char* bad : {"", "-a", "_a", "A", "a b", "a/b", "..",
                          "a234567890123456789012345678901234567890123456789012345678901234"}) {
    EXPECT_FALSE(is_bot_name(bad)) << bad;
  }
}

}  // namespace
}  // namespace steward::keeper
