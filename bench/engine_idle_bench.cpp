// links: steward_store
// CPU seconds a minute of an engine that watches five quiet bots. Argument: [seconds to watch].
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "journal/layout.hpp"
#include "store/engine.hpp"

int main(int argc, char** argv) {
  using namespace steward;
  const int seconds = argc > 1 ? std::atoi(argv[1]) : 60;
  const std::string folder = "/tmp/steward-idle-bench";
  std::filesystem::remove_all(folder);
  for (int bot = 0; bot < 5; ++bot) {
    const std::string run = fmt::format("{}/{}/01ARZ3NDEKTSV4RRFFQ69G5FA1", folder,
                                        journal::runs_folder(fmt::format("bot{}", bot)));
    std::filesystem::create_directories(run);
    std::ofstream(run + "/" + journal::segment_name(1)) << R"({"t":1,"type":"note","text":"hello"})" << '\n';
  }
  SystemClock clock;
  store::EngineOptions options;
  options.state_folder = folder;
  store::Engine engine(options, clock);
  if (!engine.start()) return 1;
  std::this_thread::sleep_for(std::chrono::seconds(2));
  const auto cpu = [] {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
  };
  const double before = cpu();
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
  std::printf("idle, 5 bots: %.4f CPU seconds a minute\n", (cpu() - before) * 60 / seconds);
  engine.stop();
  std::filesystem::remove_all(folder);
  return 0;
}
