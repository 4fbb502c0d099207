#pragma once

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "journal/layout.hpp"

namespace steward::journal {

/// A state folder for a test, gone with it, into which it plays the bots and the keeper.
class TestFolder {
 public:
  TestFolder() {
    const std::filesystem::path memory = "/dev/shm";  // no test waits for a disk
    const auto base = std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
    std::string pattern = (base / "steward-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string run_folder(const std::string& bot, const std::string& run) const {
    return path_ + "/" + runs_folder(bot) + "/" + run;
  }
  std::string segment(const std::string& bot, const std::string& run, int number = 1) const {
    return run_folder(bot, run) + "/" + segment_name(number);
  }
  void append(const std::string& bot, const std::string& run, const std::string& line, int number = 1) const {
    append_raw(bot, run, line + "\n", number);
  }
  void append_raw(const std::string& bot, const std::string& run, const std::string& bytes,
                  int number = 1) const {
    std::filesystem::create_directories(run_folder(bot, run));
    std::ofstream(segment(bot, run, number), std::ios::app | std::ios::binary) << bytes;
  }

 private:
  std::string path_;
};

/// Whether the condition holds within a time that is ample on a busy machine.
template <class Condition>
bool eventually(Condition condition, std::chrono::seconds patience = std::chrono::seconds(20)) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace steward::journal
