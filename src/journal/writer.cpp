#include "journal/writer.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "journal/event.hpp"
#include "os/files.hpp"

namespace steward::journal {

JsonWriter& Writer::event(std::string_view type, WallNs t) {
  json_.clear();
  return json_.object().field("t", t).field("type", type);
}

Status Writer::write(JsonWriter& event) {
  return write_line(event.end().text());
}

Status Writer::write_line(std::string_view json) {
  if (path_.empty()) return {};
  if (json.size() > kMostLine) {
    ++lost_;
    return fail(Code::invalid, "an event of {} bytes is longer than the 64 KiB a journal takes", json.size());
  }
  auto opened = open();
  if (!opened) {
    ++lost_;
    return opened;
  }
  line_.append(json).push_back('\n');
  ssize_t put = -1;
  do {
    put = ::write(file_.get(), line_.data(), line_.size());
  } while (put < 0 && errno == EINTR);
  const bool whole = put == static_cast<ssize_t>(line_.size());
  const int error = errno;
  line_.clear();
  if (whole) return {};
  ++lost_;
  file_.reset();  // the next event opens it anew, and ends a torn line
  return put < 0 ? Status(fail_errno(error, "cannot append to the journal " + path_))
                 : Status(fail(Code::unavailable,
                               "the journal {} took only part of an event: is its disk full?", path_));
}

Status Writer::open() {
  const MonoNs now = clock_.mono();
  if (file_ && now < reopen_at_) return {};
  auto file = open_file(path_, O_RDWR | O_APPEND | O_CREAT, 0640);
  if (!file) return file_ ? Status{} : Status(std::unexpected(file.error()));
  file_ = std::move(*file);
  reopen_at_ = now + kReopen;
  struct ::stat info{};
  char last = '\n';
  line_.clear();
  if (::fstat(file_.get(), &info) == 0 && info.st_size > 0 &&
      ::pread(file_.get(), &last, 1, info.st_size - 1) == 1 && last != '\n') {
    line_ = "\n";
  }
  return {};
}

namespace {
JsonWriter& add_text(JsonWriter& event, std::string_view name, std::string_view text) {
  return text.empty() ? event : event.field(name, text);
}
template <class T>
JsonWriter& add_optional(JsonWriter& event, std::string_view name, const std::optional<T>& value) {
  return value ? event.field(name, *value) : event;
}
}  // namespace

JsonWriter& add_amount(JsonWriter& event, std::string_view name, std::optional<std::int64_t> hundredths) {
  return hundredths ? event.raw_field(name, format_hundredths(*hundredths)) : event;
}

JsonWriter& add_order(JsonWriter& event, const OrderFields& order) {
  event.field("customer_order_ref", order.customer_order_ref);
  add_text(event, "strategy", order.strategy);
  add_text(event, "bet_id", order.bet_id);
  add_text(event, "market_id", order.market_id);
  add_text(event, "market_type", order.market_type);
  add_optional(event, "selection_id", order.selection_id);
  add_amount(event, "handicap", order.handicap);
  add_text(event, "side", order.side);
  add_text(event, "order_type", order.order_type);
  add_text(event, "persistence_type", order.persistence_type);
  add_amount(event, "price", order.price);
  add_amount(event, "size", order.size);
  add_amount(event, "size_matched", order.size_matched);
  add_amount(event, "average_price_matched", order.average_price_matched);
  add_amount(event, "size_remaining", order.size_remaining);
  add_amount(event, "size_cancelled", order.size_cancelled);
  add_amount(event, "size_lapsed", order.size_lapsed);
  add_amount(event, "size_voided", order.size_voided);
  add_amount(event, "profit", order.profit);
  add_text(event, "error_code", order.error_code);
  add_optional(event, "latency_ns", order.latency_ns);
  return order.simulated ? event.field("simulated", true) : event;
}

JsonWriter& add_position(JsonWriter& event, const PositionFields& position) {
  add_text(event, "strategy", position.strategy);
  event.field("market_id", position.market_id).field("selection_id", position.selection_id);
  if (position.handicap != 0) add_amount(event, "handicap", position.handicap);
  add_amount(event, "if_win", position.if_win);
  add_amount(event, "if_lose", position.if_lose);
  return position.simulated ? event.field("simulated", true) : event;
}

JsonWriter& add_pnl(JsonWriter& event, const PnlFields& pnl) {
  add_text(event, "strategy", pnl.strategy);
  add_text(event, "market_id", pnl.market_id);
  add_amount(event, "realized", pnl.realized);
  add_amount(event, "unrealized", pnl.unrealized);
  add_amount(event, "commission", pnl.commission);
  add_text(event, "currency", pnl.currency);
  return pnl.simulated ? event.field("simulated", true) : event;
}

JsonWriter& add_market(JsonWriter& event, const MarketFields& market) {
  event.field("market_id", market.market_id);
  add_text(event, "market_type", market.market_type);
  add_text(event, "market_name", market.market_name);
  add_text(event, "event_name", market.event_name);
  add_text(event, "venue", market.venue);
  add_text(event, "status", market.status);
  add_optional(event, "market_time", market.market_time);
  add_optional(event, "in_play", market.in_play);
  add_optional(event, "bet_delay", market.bet_delay);
  return add_optional(event, "version", market.version);
}

}  // namespace steward::journal
