#include "journal/decoder.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cstring>

#include "base/money.hpp"
#include "journal/vocabulary.hpp"

namespace steward::journal {

static_assert(Decoder::kPadding >= simdjson::SIMDJSON_PADDING);
namespace ondemand = simdjson::ondemand;

namespace {

std::string_view trim_right(std::string_view token) {
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  return token;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// "12", "-3.5", "2.02": what nearly every amount looks like. False leaves it to parse_hundredths.
bool plain_hundredths(std::string_view token, std::int64_t& out) {
  const bool negative = !token.empty() && token[0] == '-';
  if (negative) token.remove_prefix(1);
  if (token.empty() || token.size() > 15 || (token[0] == '0' && token.size() > 1 && token[1] != '.'))
    return false;
  std::int64_t value = 0;
  std::size_t i = 0;
  for (; i < token.size() && is_digit(token[i]); ++i) value = value * 10 + (token[i] - '0');
  if (i == 0) return false;
  value *= 100;
  if (i < token.size()) {
    const std::size_t decimals = token.size() - i - 1;
    if (token[i] != '.' || decimals < 1 || decimals > 2 || !is_digit(token[i + 1])) return false;
    value += (token[i + 1] - '0') * 10;
    if (decimals == 2) {
      if (!is_digit(token[i + 2])) return false;
      value += token[i + 2] - '0';
    }
  }
  out = negative ? -value : value;
  return true;
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// [a-zA-Z_:][a-zA-Z0-9_:]*, a label's without colons (prometheus.io/docs/concepts/data_model).
bool series_name(std::string_view name, bool colons) {
  if (name.empty() || is_digit(name[0])) return false;
  return std::ranges::all_of(name,
                             [&](char c) { return is_letter(c) || is_digit(c) || (colons && c == ':'); });
}

/// Reads one value into the event by its field's kind; the text says what was expected when it does not read
/// so.
class FieldReader {
 public:
  FieldReader(Event& event, Field field, ondemand::value& value)
      : event_(event), field_(field), value_(value) {}

  std::string_view read() {
    ondemand::json_type type;
    if (value_.type().get(type)) return "not a JSON value";
    if (type == ondemand::json_type::null) {
      bool null = false;
      return !value_.is_null().get(null) && null ? "" : "not a JSON value";
    }
    switch (kind_of(field_)) {
      case Kind::id:
        return read_id(type);
      case Kind::text:
        return read_text();
      case Kind::integer:
        return read_integer();
      case Kind::hundredths:
        return read_hundredths(type);
      case Kind::truth:
        return read_truth();
      case Kind::real:
        return read_real(type);
      case Kind::labels:
        return read_labels();
    }
    return "not a JSON value";
  }

 private:
  std::string_view read_id(ondemand::json_type type) {
    std::string_view text;
    if (type == ondemand::json_type::number) {
      text = trim_right(value_.raw_json_token());
      double checked = 0;
      if (value_.get_double().get(checked)) return "not a number";
    } else if (value_.get_string().get(text)) {
      return "expected a string";
    }
    if (text.size() > kMostId) return "longer than 128 bytes";
    event_.set(field_, text);
    return {};
  }
  std::string_view read_text() {
    std::string_view text;
    if (value_.get_string().get(text)) return "expected a string";
    event_.set(field_, text);
    return {};
  }
  std::string_view read_integer() {
    std::int64_t number = 0;
    if (value_.get_int64().get(number)) return "expected an integer";
    event_.set(field_, number);
    return {};
  }
  std::string_view read_hundredths(ondemand::json_type type) {
    if (type != ondemand::json_type::number) return "expected a number";
    const std::string_view token = trim_right(value_.raw_json_token());
    std::int64_t amount = 0;
    if (!plain_hundredths(token, amount)) {
      const auto parsed = parse_hundredths(token);
      if (!parsed) return "expected an amount within ±90,000,000,000,000";
      amount = *parsed;
    }
    event_.set(field_, amount);
    return {};
  }
  std::string_view read_truth() {
    bool truth = false;
    if (value_.get_bool().get(truth)) return "expected true or false";
    event_.set(field_, std::int64_t{truth});
    return {};
  }
  std::string_view read_real(ondemand::json_type type) {
    double real = 0;
    if (type != ondemand::json_type::number || value_.get_double().get(real)) return "expected a number";
    event_.set(field_, real);
    return {};
  }
  std::string_view read_labels() {
    ondemand::object object;
    if (value_.get_object().get(object)) return "expected an object of strings";
    event_.label_count = 0;
    for (auto entry : object) {
      std::string_view key, text;
      if (entry.unescaped_key().get(key) || entry.value().get_string().get(text))
        return "expected an object of strings";
      if (event_.label_count == kMostLabels) return "more than 8 labels";
      if (!series_name(key, false)) return "not a label's name";
      if (key.size() > kMostId || text.size() > kMostId) return "a label longer than 128 bytes";
      event_.labels[event_.label_count++] = {key, text};
    }
    event_.set(field_, std::int64_t{1});
    return {};
  }

  Event& event_;
  Field field_;
  ondemand::value& value_;
};

}  // namespace

struct Decoder::Parser {
  ondemand::parser json;
  Parser() : json(kMostLine) {
    if (json.allocate(kMostLine)) throw std::bad_alloc();
  }
};

Decoder::Decoder() : parser_(std::make_unique<Parser>()) {}
Decoder::~Decoder() = default;

const Event* Decoder::bad(std::string reason) {
  reason_ = std::move(reason);
  return nullptr;
}

const Event* Decoder::decode(std::string_view line) {
  event_.clear();
  wrong_.reset();
  if (line.size() > kMostLine) return bad("longer than 64 KiB");
  if (line.empty()) return bad("an empty line");
  ondemand::document document;
  const simdjson::padded_string_view padded(line.data(), line.size(), line.size() + kPadding);
  if (const auto error = parser_->json.iterate(padded).get(document))
    return bad(simdjson::error_message(error));
  ondemand::object object;
  if (document.get_object().get(object)) return bad("not a JSON object");
  for (auto entry : object) {
    ondemand::raw_json_string key;
    ondemand::value value;
    if (const auto error = entry.key().get(key)) return bad(simdjson::error_message(error));
    if (const auto error = entry.value().get(value)) return bad(simdjson::error_message(error));
    const char* begin = key.raw();
    const auto* end =
        static_cast<const char*>(std::memchr(begin, '"', static_cast<std::size_t>(line.end() - begin)));
    const Field field =
        end == nullptr ? Field::count_ : field_of({begin, static_cast<std::size_t>(end - begin)});
    if (field == Field::count_) {
      ++event_.unknown_fields;
      continue;
    }
    const std::string_view why = FieldReader(event_, field, value).read();
    if (why.empty()) continue;
    wrong_.set(static_cast<std::size_t>(field));
    why_[static_cast<std::size_t>(field)] = why;
  }
  if (!document.current_location().error()) return bad("more than one JSON value");
  return judge();
}

/// What the line as a whole amounts to, once its fields are read.
const Event* Decoder::judge() {
  if (!event_.has(Field::type)) {
    return bad(wrong_[static_cast<std::size_t>(Field::type)] ? "type: expected a string" : "no \"type\"");
  }
  event_.type = type_of(event_.text(Field::type));
  event_.t = event_.number(Field::t);
  if (event_.type == Type::unknown) return &event_;
  if (wrong_.any()) {
    const std::size_t first = (wrong_ & taken(event_.type))._Find_first();
    if (first < kFields) return bad(fmt::format("{}: {}", name_of(static_cast<Field>(first)), why_[first]));
  }
  if (event_.t < 0) return bad("t: before 1970");
  if (event_.type == Type::metric && event_.has(Field::name) &&
      !series_name(event_.text(Field::name), true)) {
    return bad("name: not a metric's name");
  }
  const FieldSet missing = required(event_.type) & ~event_.present();
  if (missing.any()) {
    return bad(fmt::format("{} without \"{}\"", name_of(event_.type),
                           name_of(static_cast<Field>(missing._Find_first()))));
  }
  return &event_;
}

}  // namespace steward::journal
