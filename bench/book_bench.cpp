// links: steward_trading steward_simdjson
// Messages a second of decoding and book building on the given recordings, and of simdjson alone walking
// every field.
#include <simdjson.h>

#include <ctime>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>

#include "exchange/betfair/recording.hpp"
#include "trading/book.hpp"

using namespace steward;
namespace ondemand = simdjson::ondemand;

namespace {
volatile std::int64_t sink;

std::string load(const std::string& path) {
  auto source = betfair::open_recording_bytes(path);
  if (!source) return {};
  std::string text(256 << 20, '\0');
  std::size_t size = 0;
  for (;;) {
    auto got = (*source)->read(text.data() + size, text.size() - size);
    if (!got || *got == 0) break;
    size += *got;
  }
  text.resize(size);
  return text;
}

std::size_t walk(ondemand::value value) {
  switch (value.type()) {
    case ondemand::json_type::array: {
      std::size_t sum = 0;
      for (auto each : value.get_array()) sum += walk(each.value());
      return sum;
    }
    case ondemand::json_type::object: {
      std::size_t sum = 0;
      for (auto each : value.get_object()) {
        sum += std::string_view(each.unescaped_key()).size();
        sum += walk(each.value());
      }
      return sum;
    }
    case ondemand::json_type::number:
      return static_cast<std::size_t>(value.get_double().value() > 2);
    case ondemand::json_type::string:
      return std::string_view(value.get_string()).size();
    case ondemand::json_type::boolean:
      return value.get_bool().value();
    case ondemand::json_type::null:
      return 1;
  }
  return 0;
}

std::int64_t walk_all(const std::string& text, ondemand::parser& parser) {
  std::int64_t lines = 0;
  std::size_t sum = 0;
  ondemand::document_stream documents = parser.iterate_many(text.data(), text.size(), 1 << 20);
  for (auto document : documents) {
    ondemand::object object = document.get_object();
    for (auto each : object) {
      sum += std::string_view(each.unescaped_key()).size();
      sum += walk(each.value());
    }
    ++lines;
  }
  sink = static_cast<std::int64_t>(sum);
  return lines;
}

class Memory final : public betfair::ByteSource {
 public:
  explicit Memory(const std::string& text) : text_(text) {}
  Result<std::size_t> read(char* into, std::size_t size) override {
    const std::size_t got = text_.copy(into, size, at_);
    at_ += got;
    return got;
  }

 private:
  const std::string& text_;
  std::size_t at_ = 0;
};

std::int64_t build_books(const std::string& text) {
  betfair::RecordedStream stream("memory", std::make_unique<Memory>(text));
  std::map<std::string, trading::MarketBook, std::less<>> books;
  while (const betfair::StreamMessage* message = stream.next().value_or(nullptr)) {
    for (const betfair::MarketChange& change : message->markets) {
      auto at = books.find(change.market_id);
      if (at == books.end()) {
        std::string id(change.market_id);
        at = books.emplace(id, trading::MarketBook(id)).first;
      }
      at->second.apply(change, message->publish_time);
      for (const trading::RunnerBook& runner : at->second.runners())
        sink = runner.available_to_back.best().price;
    }
  }
  return stream.counters().messages;
}

/// Of this process alone: other work on the machine must not count.
double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// The best rate of `work`, messages a CPU second.
class Best {
 public:
  void take(const std::function<std::int64_t()>& work) {
    const double begin = cpu_seconds();
    const auto messages = static_cast<double>(work());
    rate_ = std::max(rate_, messages / (cpu_seconds() - begin));
  }
  double rate() const { return rate_; }

 private:
  double rate_ = 0;
};

/// The recording over and over, so that what is measured is a stream and not the start of one.
std::string repeated(const std::string& once) {
  constexpr std::size_t kWanted = 16 << 20;
  std::string text;
  while (!once.empty() && text.size() < kWanted) text += once;
  text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  return text;
}
}  // namespace

int main(int argc, char** argv) {
  constexpr int kRounds = 15;
  ondemand::parser parser;
  for (int i = 1; i < argc; ++i) {
    const std::string text = repeated(load(argv[i]));
    Best books, walked;
    for (int round = 0; round < kRounds; ++round) {
      books.take([&] { return build_books(text); });
      walked.take([&] { return walk_all(text, parser); });
    }
    std::printf("%s\t%.0f\t%.0f\n", std::filesystem::path(argv[i]).filename().c_str(), books.rate(),
                walked.rate());
  }
}
