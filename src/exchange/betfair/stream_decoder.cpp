#include "exchange/betfair/stream_decoder.hpp"

#include <deque>

#include "exchange/betfair/definition_decoder.hpp"
#include "exchange/betfair/json_fields.hpp"

namespace steward::betfair {

static_assert(kLinePadding >= simdjson::SIMDJSON_PADDING);

namespace {
using json::is;
using json::ondemand::value;

void skip_space(const char*& p, const char* end) {
  while (p < end && static_cast<unsigned char>(*p) <= ' ') ++p;
}

bool take(const char*& p, const char* end, char c) {
  skip_space(p, end);
  if (p == end || *p != c) return false;
  ++p;
  return true;
}

bool read_level(const char*& p, const char* end, bool leveled, LevelChange& out) {
  std::int64_t level = 0, price = 0;
  if (!take(p, end, '[')) return false;
  if (leveled) {
    skip_space(p, end);
    if (!read_hundredths(p, end, level) || level < 0 || level % 100 != 0 || level > INT32_MAX) return false;
    out.level = static_cast<std::int32_t>(level / 100);
    if (!take(p, end, ',')) return false;
  }
  skip_space(p, end);
  if (!read_hundredths(p, end, price) || price > INT32_MAX || price < INT32_MIN) return false;
  out.price = static_cast<Price>(price);
  if (!take(p, end, ',')) return false;
  skip_space(p, end);
  return read_hundredths(p, end, out.size) && out.size >= 0 && take(p, end, ']');
}

/// `[[price,size],…]` or `[[level,price,size],…]`, read from the text itself: these are nine tenths of a
/// stream's bytes, and going through the parser's iterators for each number would halve the rate.
bool read_levels(const char* p, const char* end, bool leveled, std::vector<LevelChange>& out) {
  if (!take(p, end, '[')) return false;
  if (take(p, end, ']')) return true;
  do {
    if (!read_level(p, end, leveled, out.emplace_back())) return false;
  } while (take(p, end, ','));
  return take(p, end, ']');
}

/// Which ladder the raw key names. Its first letter decides for most keys that name none.
bool ladder_of(const char* key, LadderKind& kind) {
  switch (key[0]) {
    case 'a':
      if (is(key, "atb\"")) return kind = LadderKind::atb, true;
      if (is(key, "atl\"")) return kind = LadderKind::atl, true;
      return false;
    case 't':
      if (is(key, "trd\"")) return kind = LadderKind::trd, true;
      return false;
    case 'b':
      if (is(key, "bdatb\"")) return kind = LadderKind::bdatb, true;
      if (is(key, "bdatl\"")) return kind = LadderKind::bdatl, true;
      if (is(key, "batb\"")) return kind = LadderKind::batb, true;
      if (is(key, "batl\"")) return kind = LadderKind::batl, true;
      return false;
    case 's':
      if (is(key, "spb\"")) return kind = LadderKind::spb, true;
      if (is(key, "spl\"")) return kind = LadderKind::spl, true;
      return false;
    default:
      return false;
  }
}
}  // namespace

struct StreamDecoder::Impl {
  json::ondemand::parser parser;
  const char* end = nullptr;
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

  void reset() {
    message = {};
    levels.clear(), ladders.clear(), runners.clear(), markets.clear();
    levels_of_ladder.clear(), ladders_of_runner.clear(), runners_of_market.clear();
    definitions_used = 0;
  }

  bool read_message(std::string_view line);
  bool read_field(const char* key, value content);
  bool read_status(value content);
  bool read_change_type(value content);
  bool read_markets(value content);
  bool read_market(json::ondemand::object object);
  bool read_market_field(const char* key, value content, std::size_t at);
  bool read_definition(value content, std::size_t at);
  bool read_runners(value content);
  bool read_runner(json::ondemand::object object);
  bool read_runner_value(const char* key, value content, RunnerChange& runner, bool& has_id);
  bool read_ladder(LadderKind kind, value content);
  void connect();
};

bool StreamDecoder::Impl::read_ladder(LadderKind kind, value content) {
  const std::size_t before = levels.size();
  const char* const text = content.raw_json_token().data();
  if (*text != 'n' && !read_levels(text, end, by_level(kind), levels)) return false;
  ladders.push_back({kind, {}});
  levels_of_ladder.push_back(levels.size() - before);
  return true;
}

bool StreamDecoder::Impl::read_runner_value(const char* key, value content, RunnerChange& runner,
                                            bool& has_id) {
  if (is(key, "id\"")) return has_id = json::read_integer(content, runner.selection_id);
  const bool absent = content.raw_json_token().starts_with('n');
  if (is(key, "ltp\"")) return runner.has_ltp = !absent, json::read_price(content, runner.ltp);
  if (is(key, "tv\"")) return runner.has_tv = !absent, absent || json::read(content, runner.tv);
  if (is(key, "hc\"")) return absent || json::read(content, runner.handicap);
  if (is(key, "spn\"")) return runner.has_spn = !absent, json::read_price(content, runner.spn);
  if (is(key, "spf\"")) return runner.has_spf = !absent, json::read_price(content, runner.spf);
  return true;
}

bool StreamDecoder::Impl::read_runner(json::ondemand::object object) {
  RunnerChange runner;
  bool has_id = false;
  const std::size_t before = ladders.size();
  for (auto entry : object) {
    json::ondemand::field field;
    if (std::move(entry).get(field)) return false;
    const char* const key = field.key().raw();
    LadderKind kind{};
    if (ladder_of(key, kind) ? !read_ladder(kind, field.value())
                             : !read_runner_value(key, field.value(), runner, has_id)) {
      return false;
    }
  }
  runners.push_back(runner);
  ladders_of_runner.push_back(ladders.size() - before);
  return has_id;
}

bool StreamDecoder::Impl::read_runners(value content) {
  json::ondemand::array array;
  if (content.get_array().get(array)) return false;
  for (auto element : array) {
    json::ondemand::object object;
    if (std::move(element).get_object().get(object) || !read_runner(object)) return false;
  }
  return true;
}

bool StreamDecoder::Impl::read_definition(value content, std::size_t at) {
  json::ondemand::object object;
  if (content.get_object().get(object)) return false;
  if (definitions_used == definitions.size()) definitions.emplace_back();
  MarketDefinition& definition = definitions[definitions_used++];
  markets[at].definition = &definition;
  return decode_definition(object, definition);
}

bool StreamDecoder::Impl::read_market_field(const char* key, value content, std::size_t at) {
  MarketChange& market = markets[at];
  if (is(key, "rc\"")) return read_runners(content);
  if (is(key, "id\"")) return json::read_text(content, market.market_id);
  if (is(key, "img\"")) return json::read_bool(content, market.img);
  if (is(key, "con\"")) return json::read_bool(content, market.con);
  if (is(key, "tv\"")) return market.has_tv = json::read(content, market.tv);
  if (is(key, "marketDefinition\"")) return read_definition(content, at);
  return true;
}

bool StreamDecoder::Impl::read_market(json::ondemand::object object) {
  const std::size_t at = markets.size(), before = runners.size();
  markets.emplace_back();
  for (auto entry : object) {
    json::ondemand::field field;
    if (std::move(entry).get(field)) return false;
    if (!read_market_field(field.key().raw(), field.value(), at)) return false;
  }
  runners_of_market.push_back(runners.size() - before);
  return !markets[at].market_id.empty();
}

bool StreamDecoder::Impl::read_markets(value content) {
  json::ondemand::array array;
  if (content.get_array().get(array)) return false;
  for (auto element : array) {
    json::ondemand::object object;
    if (std::move(element).get_object().get(object) || !read_market(object)) return false;
  }
  return true;
}

bool StreamDecoder::Impl::read_change_type(value content) {
  std::string_view name;
  if (!json::read_text(content, name)) return false;
  using enum StreamMessage::ChangeType;
  if (name == "SUB_IMAGE") message.change_type = sub_image;
  if (name == "RESUB_DELTA") message.change_type = resub_delta;
  if (name == "HEARTBEAT") message.change_type = heartbeat;
  return true;
}

bool StreamDecoder::Impl::read_status(value content) {
  message.unfit = content.raw_json_token().starts_with("503");
  return true;
}

bool StreamDecoder::Impl::read_field(const char* key, value content) {
  if (is(key, "mc\"")) return read_markets(content);
  if (is(key, "pt\"")) return json::read_integer(content, message.publish_time) && message.publish_time >= 0;
  if (is(key, "clk\"")) return json::read_text(content, message.clk);
  if (is(key, "op\"")) {
    std::string_view op;
    if (!json::read_text(content, op)) return false;
    if (op == "mcm") message.op = StreamMessage::Op::market_change;
    return true;
  }
  if (is(key, "id\""))
    return content.raw_json_token().starts_with('n') || json::read_integer(content, message.id);
  if (is(key, "ct\"")) return read_change_type(content);
  if (is(key, "initialClk\"")) return json::read_text(content, message.initial_clk);
  if (is(key, "status\"")) return read_status(content);
  return true;
}

bool StreamDecoder::Impl::read_message(std::string_view line) {
  json::ondemand::document document;
  if (parser.iterate(line.data(), line.size(), line.size() + kLinePadding).get(document)) return false;
  json::ondemand::object object;
  if (document.get_object().get(object)) return false;
  for (auto entry : object) {
    json::ondemand::field field;
    if (std::move(entry).get(field) || !read_field(field.key().raw(), field.value())) return false;
  }
  const char* rest = nullptr;
  return document.current_location().get(rest) == simdjson::OUT_OF_BOUNDS;
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
  impl_->end = line.data() + line.size();
  if (!impl_->read_message(line)) return fail(Code::corrupt, "not a whole message of the market stream");
  impl_->connect();
  return &impl_->message;
}

}  // namespace steward::betfair
