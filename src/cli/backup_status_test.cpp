#include "cli/backup_status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steward::cli {
namespace {

using testing::HasSubstr;

std::string lost(std::optional<std::int64_t> ns, std::int64_t bytes, const std::string& note) {
  return backup_status_text({}, {{.source = "steward", .ns = ns, .bytes = bytes, .note = note}}, 0, false);
}

TEST(BackupStatus, SaysWhatWouldBeLostAndWhatStandsInTheWay) {
  EXPECT_THAT(lost(0, 0, ""), HasSubstr("steward: nothing\n"));
  EXPECT_THAT(lost(5 * kSecond, 2048, ""), HasSubstr("steward: 5 s, 2.0 KiB\n"));
  EXPECT_THAT(lost(0, 0, "no disk"), HasSubstr("steward: nothing (no disk)\n"));
  EXPECT_THAT(lost(5 * kSecond, 2048, "no disk"), HasSubstr("steward: 5 s, 2.0 KiB (no disk)\n"));
  EXPECT_THAT(lost(std::nullopt, 2048, ""), HasSubstr("steward: all of it, 2.0 KiB\n"));
}

}  // namespace
}  // namespace steward::cli
