// links: steward_journal
// What one journal event costs a bot: journal::Writer beside a bare write() of the same line, in turn, each
// into a file of its own. Arguments: [folder] [events]. Prints "NAME P50 P99" in nanoseconds.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "journal/writer.hpp"

namespace {

using namespace steward;

void print(const char* name, std::vector<std::int64_t>& taken) {
  std::ranges::sort(taken);
  const auto at = [&](std::size_t percent) { return static_cast<long>(taken[taken.size() * percent / 100]); };
  std::printf("%s %ld %ld\n", name, at(50), at(99));
}

bool placed(journal::Writer& writer, int number) {
  const std::string ref = "01ARZ3NDEK-" + std::to_string(number);
  const journal::OrderFields fields{.customer_order_ref = ref,
                                    .bet_id = "312345678901",
                                    .market_id = "1.200806927",
                                    .selection_id = 12'345'678,
                                    .latency_ns = 91'000'000};
  return writer.write(journal::add_order(writer.event("order.placed"), fields)).has_value();
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line + '\n';
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : "/tmp";
  const int events = argc > 2 ? std::atoi(argv[2]) : 200'000;
  const std::string ours = folder + "/event-cost.jsonl", bare = folder + "/event-cost.bare";
  std::ofstream(ours, std::ios::trunc).close();
  SystemClock clock;
  journal::Writer writer(ours, clock);
  const Fd fd(::open(bare.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd || !placed(writer, 100'000)) return std::printf("cannot write in %s\n", folder.c_str()), 1;
  const std::string line = first_line(ours);
  std::vector<std::int64_t> of_ours, of_bare;
  for (int number = 100'000; number < 100'000 + events; ++number) {
    const MonoNs begin = clock.mono();
    const bool wrote = ::write(fd.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size());
    const MonoNs middle = clock.mono();
    if (!placed(writer, number) || !wrote) return std::printf("a write failed in %s\n", folder.c_str()), 1;
    of_ours.push_back(clock.mono() - middle), of_bare.push_back(middle - begin);
  }
  print("bare", of_bare);
  print("writer", of_ours);
  ::unlink(ours.c_str()), ::unlink(bare.c_str());
  return 0;
}
