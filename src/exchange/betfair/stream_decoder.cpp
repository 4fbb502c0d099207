#include "exchange/betfair/stream_decoder.hpp"

#include <deque>
#include <limits>

#include "exchange/betfair/definition_decoder.hpp"
#include "exchange/betfair/json_scanner.hpp"

namespace steward::betfair {

namespace {
template <class Number>
bool fits(std::int64_t value) {
  return value >= std::numeric_limits<Number>::min() && value <= std::numeric_limits<Number>::max();
}

[[gnu::always_inline]] inline bool read_level(JsonScanner& scan, bool leveled, LevelChange& out) {
  std::int64_t level = 0, price = 0;
  if (!scan.take('[')) return false;
  if (leveled) {
    if (!scan.hundredths(level) || level < 0 || level % 100 != 0 || !fits<std::int32_t>(level)) return false;
    out.level = static_cast<std::int32_t>(level / 100);
    if (!scan.take(',')) return false;
  }
  if (!scan.hundredths(price) || !fits<Price>(price)) return false;
  out.price = static_cast<Price>(price);
  return scan.take(',') && scan.hundredths(out.size) && out.size >= 0 && scan.take(']');
}

/// A price or starting price: a number, or one of the strings "NaN" and "Infinity", which are 0 (none).
[[gnu::always_inline]] inline bool read_price(JsonScanner& scan, Price& out) {
  out = 0;
  if (scan.peek() == '"') {
    std::string_view word;
    bool plain = false;
    return scan.string(word, plain) && (word == "NaN" || word == "Infinity");
  }
  std::int64_t hundredths = 0;
  if (!scan.hundredths(hundredths) || !fits<Price>(hundredths)) return false;
  out = static_cast<Price>(hundredths);
  return true;
}

bool ladder_of(std::uint64_t key, LadderKind& kind) {
  constexpr std::pair<std::uint64_t, LadderKind> kNames[] = {
      {key_code("atl"), LadderKind::atl},     {key_code("atb"), LadderKind::atb},
      {key_code("trd"), LadderKind::trd},     {key_code("batb"), LadderKind::batb},
      {key_code("batl"), LadderKind::batl},   {key_code("bdatb"), LadderKind::bdatb},
      {key_code("bdatl"), LadderKind::bdatl}, {key_code("spb"), LadderKind::spb},
      {key_code("spl"), LadderKind::spl}};
  bool found = false;
  for (const auto& [name, named] : kNames) {  // all of them, without a branch
    kind = key == name ? named : kind;
    found |= key == name;
  }
  return found;
}
}  // namespace

struct StreamDecoder::Impl {
  StreamMessage message;
  // Children are appended in order, so a parent needs to keep only how many it has until all vectors have
  // settled.
  std::vector<LevelChange> levels;
  std::vector<LadderChange> ladders;
  std::vector<RunnerChange> runners;
  std::vector<MarketChange> markets;
  std::vector<std::size_t> levels_of_ladder, ladders_of_runner, runners_of_market;
  std::deque<MarketDefinition> definitions;
  std::size_t definitions_used = 0;
  std::deque<std::string> unescaped;  ///< texts of the message that had escapes
  DefinitionDecoder definition_decoder;

  void reset() {
    message = {};
    levels.clear(), ladders.clear(), runners.clear(), markets.clear();
    levels_of_ladder.clear(), ladders_of_runner.clear(), runners_of_market.clear();
    definitions_used = 0;
    if (!unescaped.empty()) unescaped.clear();
  }

  bool read_message(JsonScanner& scan);
  bool read_field(JsonScanner& scan, std::uint64_t key, std::string_view name);
  bool read_text(JsonScanner& scan, std::string_view& out);
  bool read_op(JsonScanner& scan);
  bool read_change_type(JsonScanner& scan);
  bool read_market(JsonScanner& scan);
  bool read_market_field(JsonScanner& scan, std::uint64_t key, std::string_view name, std::size_t at);
  bool read_definition(JsonScanner& scan, std::size_t at);
  bool read_runner(JsonScanner& scan);
  bool read_runner_field(JsonScanner& scan, std::uint64_t key, RunnerChange& runner, bool& has_id);
  bool read_ladder(JsonScanner& scan, LadderKind kind);
  void connect();
};

/// Text, or nothing for null.
[[gnu::always_inline]] inline bool StreamDecoder::Impl::read_text(JsonScanner& scan, std::string_view& out) {
  out = {};
  if (scan.null()) return true;
  bool plain = false;
  if (!scan.string(out, plain)) return false;
  if (plain) return true;
  std::string& text = unescaped.emplace_back();
  if (!definition_decoder.unescape(out, text)) return false;
  out = text;
  return true;
}

/// `[[price,size],…]` or `[[level,price,size],…]`: nine tenths of a stream's bytes.
[[gnu::always_inline]] inline bool StreamDecoder::Impl::read_ladder(JsonScanner& scan, LadderKind kind) {
  const std::size_t before = levels.size();
  const bool good = scan.null() || scan.array([&] [[gnu::always_inline]] {
    return read_level(scan, by_level(kind), levels.emplace_back());
  });
  ladders.push_back({kind, {}});
  levels_of_ladder.push_back(levels.size() - before);
  return good;
}

[[gnu::always_inline]] inline bool StreamDecoder::Impl::read_runner_field(JsonScanner& scan,
                                                                          std::uint64_t key,
                                                                          RunnerChange& runner,
                                                                          bool& has_id) {
  LadderKind kind{};
  if (ladder_of(key, kind)) return read_ladder(scan, kind);
  switch (key) {
    case key_code("id"):
      return has_id = scan.integer(runner.selection_id);
    case key_code("hc"):
      return scan.null() || scan.hundredths(runner.handicap);
    case key_code("tv"):
      return scan.null() || (runner.has_tv = scan.hundredths(runner.tv));
    case key_code("ltp"):
      return scan.null() || (runner.has_ltp = read_price(scan, runner.ltp));
    case key_code("spn"):
      return scan.null() || (runner.has_spn = read_price(scan, runner.spn));
    case key_code("spf"):
      return scan.null() || (runner.has_spf = read_price(scan, runner.spf));
    default:
      return scan.skip();
  }
}

[[gnu::always_inline]] inline bool StreamDecoder::Impl::read_runner(JsonScanner& scan) {
  RunnerChange runner;
  bool has_id = false;
  const std::size_t before = ladders.size();
  const bool good = scan.object([&] [[gnu::always_inline]] (std::uint64_t key, std::string_view) {
    return read_runner_field(scan, key, runner, has_id);
  });
  runners.push_back(runner);
  ladders_of_runner.push_back(ladders.size() - before);
  return good && has_id;
}

[[gnu::always_inline]] inline bool StreamDecoder::Impl::read_definition(JsonScanner& scan, std::size_t at) {
  if (scan.peek() != '{') return false;
  const char* const begin = scan.position();
  if (!scan.skip()) return false;
  if (definitions_used == definitions.size()) definitions.emplace_back();
  MarketDefinition& definition = definitions[definitions_used++];
  markets[at].definition = &definition;
  return definition_decoder.decode({begin, scan.position()}, definition);
}

[[gnu::always_inline]] inline bool StreamDecoder::Impl::read_market_field(JsonScanner& scan,
                                                                          std::uint64_t key,
                                                                          std::string_view name,
                                                                          std::size_t at) {
  MarketChange& market = markets[at];
  switch (key) {
    case key_code("rc"):
      return scan.array([&] [[gnu::always_inline]] { return read_runner(scan); });
    case key_code("id"):
      return read_text(scan, market.market_id);
    case key_code("img"):
      return scan.boolean(market.img);
    case key_code("con"):
      return scan.boolean(market.con);
    case key_code("tv"):
      return market.has_tv = scan.hundredths(market.tv);
    default:
      return name == "marketDefinition" ? read_definition(scan, at) : scan.skip();
  }
}

[[gnu::always_inline]] inline bool StreamDecoder::Impl::read_market(JsonScanner& scan) {
  const std::size_t at = markets.size(), before = runners.size();
  markets.emplace_back();
  const bool good = scan.object([&] [[gnu::always_inline]] (std::uint64_t key, std::string_view name) {
    return read_market_field(scan, key, name, at);
  });
  runners_of_market.push_back(runners.size() - before);
  return good && !markets[at].market_id.empty();
}

[[gnu::always_inline]] inline bool StreamDecoder::Impl::read_op(JsonScanner& scan) {
  std::string_view op;
  if (!read_text(scan, op)) return false;
  if (op == "mcm") message.op = StreamMessage::Op::market_change;
  return true;
}

[[gnu::always_inline]] inline bool StreamDecoder::Impl::read_change_type(JsonScanner& scan) {
  std::string_view name;
  if (!read_text(scan, name)) return false;
  using enum StreamMessage::ChangeType;
  if (name == "SUB_IMAGE") message.change_type = sub_image;
  if (name == "RESUB_DELTA") message.change_type = resub_delta;
  if (name == "HEARTBEAT") message.change_type = heartbeat;
  return true;
}

[[gnu::always_inline]] inline bool StreamDecoder::Impl::read_field(JsonScanner& scan, std::uint64_t key,
                                                                   std::string_view name) {
  switch (key) {
    case key_code("mc"):
      return scan.array([&] [[gnu::always_inline]] { return read_market(scan); });
    case key_code("pt"):
      return scan.integer(message.publish_time) && message.publish_time >= 0;
    case key_code("clk"):
      return read_text(scan, message.clk);
    case key_code("op"):
      return read_op(scan);
    case key_code("id"):
      return scan.null() || scan.integer(message.id);
    case key_code("ct"):
      return read_change_type(scan);
    case key_code("status"): {
      scan.peek();
      const char* const begin = scan.position();
      if (!scan.skip()) return false;
      message.unfit = std::string_view(begin, scan.position()) == "503";
      return true;
    }
    default:
      return name == "initialClk" ? read_text(scan, message.initial_clk) : scan.skip();
  }
}

bool StreamDecoder::Impl::read_message(JsonScanner& scan) {
  return scan.object([&] [[gnu::always_inline]] (std::uint64_t key, std::string_view name) {
    return read_field(scan, key, name);
  }) && scan.finished();
}

void StreamDecoder::Impl::connect() {
  const LevelChange* level = levels.data();
  for (std::size_t i = 0; i < ladders.size(); ++i) {
    ladders[i].levels = {level, levels_of_ladder[i]};
    level += levels_of_ladder[i];
  }
  const LadderChange* ladder = ladders.data();
  for (std::size_t i = 0; i < runners.size(); ++i) {
    runners[i].ladders = {ladder, ladders_of_runner[i]};
    ladder += ladders_of_runner[i];
  }
  const RunnerChange* runner = runners.data();
  for (std::size_t i = 0; i < markets.size(); ++i) {
    markets[i].runners = {runner, runners_of_market[i]};
    runner += runners_of_market[i];
  }
  message.markets = markets;
}

StreamDecoder::StreamDecoder() : impl_(std::make_unique<Impl>()) {}
StreamDecoder::~StreamDecoder() = default;

Result<const StreamMessage*> StreamDecoder::decode(std::string_view line) {
  if (line.size() > kMostLineBytes) {
    return fail(Code::corrupt, "a line of {} bytes; the most is {}", line.size(), kMostLineBytes);
  }
  impl_->reset();
  JsonScanner scan(line);
  if (!impl_->read_message(scan)) return fail(Code::corrupt, "not a whole message of the market stream");
  impl_->connect();
  return &impl_->message;
}

}  // namespace steward::betfair
