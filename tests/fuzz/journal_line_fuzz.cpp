// links: steward_state
// Lines of a journal through the decoder and the fold. What comes before the first newline is a line by
// itself; the rest follows it in the buffer, as other lines do.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/money.hpp"
#include "journal/decoder.hpp"
#include "state/fold.hpp"
#include "state/rows.hpp"

namespace {
using namespace steward;

void fold_lines(std::string_view bot, const std::string& buffer, std::size_t size) {
  static journal::Decoder decoder;
  state::Model model;
  state::Fold fold(model, *state::TradingDay::in("UTC"));
  constexpr std::string_view kRun = "01ARZ3NDEKTSV4RRFFQ69G5FA1";
  for (std::size_t begin = 0; begin < size;) {
    const std::size_t end = std::min(buffer.find('\n', begin), size);
    const journal::Event* event = decoder.decode(std::string_view(buffer).substr(begin, end - begin));
    if (event == nullptr && decoder.reason().empty()) std::abort();
    if (event != nullptr) fold.apply(bot, kRun, *event, 1);
    begin = end + 1;
  }
  fold.end_run(bot, kRun, 2);
  fold.set_now(3);
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string buffer(reinterpret_cast<const char*>(data), size);
  buffer.resize(size + journal::Decoder::kPadding);
  fold_lines("racing", buffer, size);
  fold_lines("keeper", buffer, size);
  return 0;
}
