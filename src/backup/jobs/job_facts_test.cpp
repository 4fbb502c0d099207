#include "backup/jobs/job_facts.hpp"

#include <gtest/gtest.h>

#include "journal/test_folder.hpp"
#include "os/files.hpp"
#include "store/test_small_disk.hpp"

namespace steward::backup {
namespace {

JobFacts some_facts() {
  JobFacts facts;
  facts.scheduled = {"6h|||0", 3};
  facts.run = {.started = 5, .finished = 0, .error = "the store\nis away"};
  facts.failures = 3;
  facts.made = {"20261124T020000.000Z", 1, 2, 3, 4, 5};
  facts.drill = {.started = 6, .finished = 7, .error = {}};
  facts.proved = {"20261123T020000.000Z", 1, 7, 3, 4, 100, 9};
  return facts;
}

TEST(JobFacts, AreReadBackAsTheyWereWritten) {
  const std::string text = format_job_facts(some_facts());
  EXPECT_EQ(format_job_facts(parse_job_facts(text)), text);
  EXPECT_EQ(parse_job_facts(text).run.error, "the store\nis away");
  EXPECT_EQ(parse_job_facts(text).proved.rows, 100);
  JobFacts databases = some_facts();
  databases.made.wal = {{"postgresql:///a", "0/1"}, {"postgresql:///b", "A/2"}};
  EXPECT_EQ(parse_job_facts(format_job_facts(databases)).made.wal, databases.made.wal);
}

TEST(JobFacts, OfADamagedFileAreNone) {
  const std::string text = format_job_facts(some_facts());
  const std::string none = format_job_facts(JobFacts{});
  for (std::size_t cut = 0; cut + 2 < text.size(); ++cut)
    EXPECT_EQ(format_job_facts(parse_job_facts(text.substr(0, cut))), none) << cut;
  EXPECT_EQ(format_job_facts(parse_job_facts("[[[[[[1]]]]]]")), none);
  for (const char* wrong : {R"({"failures":2,"run":{"started":-4}})", R"({"failures":2,"run":7})",
                            R"({"failures":2,"made":{"wal":{"a":1}}})", R"({"failures":1.5})", "[1]"})
    EXPECT_EQ(format_job_facts(parse_job_facts(wrong)), none) << wrong;
}

TEST(JobFacts, OfAnOlderStewardAreReadWithoutWhatItDidNotKnow) {
  const JobFacts facts = parse_job_facts(R"({"run":{"started":4},"failures":2,"of a newer one":[]})");
  EXPECT_EQ(facts.run.started, 4);
  EXPECT_EQ(facts.failures, 2);
  EXPECT_EQ(facts.scheduled.since, 0);
}

TEST(JobFacts, TheScheduleIsNotedBesideTheOthersAndNotWhileTheJobRuns) {
  const journal::TestFolder folder;
  ASSERT_TRUE(write_job_facts(folder.path(), "a", some_facts()));
  {
    const auto lock = lock_job(folder.path(), "a");
    EXPECT_EQ(note_schedule(folder.path(), "a", "s3://b", {"1h|||0", 9}).error().code(), Code::conflict);
  }
  ASSERT_TRUE(note_schedule(folder.path(), "a", "s3://b", {"1h|||0", 9}));
  EXPECT_EQ(read_job_facts(folder.path(), "a").scheduled.since, 9);
  EXPECT_EQ(read_job_facts(folder.path(), "a").made.bytes_stored, 5);
}

TEST(JobFacts, AreKeptInTheJobsFile) {
  const journal::TestFolder folder;
  EXPECT_EQ(read_job_facts(folder.path(), "a").run.started, 0);
  ASSERT_TRUE(write_job_facts(folder.path(), "a", some_facts()));
  EXPECT_EQ(read_job_facts(folder.path(), "a").made.bytes_stored, 5);
}

TEST(JobFacts, AreWrittenInPlaceWhereNothingCanBeAdded) {
  const journal::TestFolder folder;
  ASSERT_TRUE(write_job_facts(folder.path(), "a", some_facts()));
  JobFacts failed = some_facts();
  failed.run.error = std::string(4000, 'x');
  const store::SmallDisk disk(folder.path());
  if (!disk.mounted()) GTEST_SKIP() << "mounting a small disk needs root";
  EXPECT_FALSE(write_job_facts(folder.path() + "/none", "a", failed)) << "there is nothing to write over";
  ASSERT_TRUE(write_job_facts(folder.path(), "a", some_facts()));
  disk.fill();
  ASSERT_FALSE(replace_file(folder.path() + "/other", "x"));
  ASSERT_TRUE(write_job_facts(folder.path(), "a", failed));
  EXPECT_EQ(read_job_facts(folder.path(), "a").run.error, std::string(500, 'x'));
  EXPECT_EQ(read_job_facts(folder.path(), "a").made.bytes_stored, 5);
}

TEST(JobLock, HoldsOffASecondOneAndAskingForItDoesNot) {
  const journal::TestFolder folder;
  EXPECT_FALSE(job_is_running(folder.path(), "a"));
  {
    const auto lock = lock_job(folder.path(), "a");
    ASSERT_TRUE(lock) << lock.error().text();
    EXPECT_TRUE(job_is_running(folder.path(), "a"));
    EXPECT_EQ(lock_job(folder.path(), "a").error().code(), Code::conflict);
    EXPECT_TRUE(lock_job(folder.path(), "b"));
  }
  EXPECT_FALSE(job_is_running(folder.path(), "a"));
  EXPECT_TRUE(lock_job(folder.path(), "a"));
}

}  // namespace
}  // namespace steward::backup
