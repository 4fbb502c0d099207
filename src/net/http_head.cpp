#include "net/http_head.hpp"

#include <array>
#include <charconv>

namespace steward::net {

namespace {

constexpr std::size_t kMostChunkLine = 256;

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (const char c :
       std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}
constexpr auto kToken = make_token_table();

bool is_token(std::string_view text) {
  for (const char c : text) {
    if (!kToken[static_cast<unsigned char>(c)]) return false;
  }
  return !text.empty();
}

bool is_visible(std::string_view text) {
  for (const char c : text) {
    if (c <= 0x20 || c == 0x7f) return false;  // char is signed: bytes from 0x80 are refused too
  }
  return true;
}

bool is_field_value(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) return false;
  }
  return true;
}

std::unexpected<HttpError> refuse(int status, std::string_view message) {
  return std::unexpected(HttpError{status, message});
}

/// The line up to CRLF, which is removed from `rest` with it; nothing when it ends in a bare LF or CR.
bool take_line(std::string_view& rest, std::string_view& line) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos || end == 0 || rest[end - 1] != '\r') return false;
  line = rest.substr(0, end - 1);
  rest.remove_prefix(end + 1);
  return true;
}

/// Splits "path?query"; an absolute form ("http://host/path") loses its scheme and host first.
std::expected<void, HttpError> parse_target(std::string_view target, Request& request) {
  if (target.size() > kMostTarget) return refuse(414, "the request target is longer than 4 KiB");
  if (target == "*" && request.method == "OPTIONS") {
    request.path = "*";
    request.query = {};
    return {};
  }
  if (!target.starts_with('/')) {
    const auto scheme = target.find("://");
    if (scheme == std::string_view::npos || !equal_ignoring_case(target.substr(0, scheme), "http")) {
      return refuse(400, "the request target must begin with '/' or \"http://\"");
    }
    target.remove_prefix(scheme + 3);
    const auto path = target.find_first_of("/?");
    if (path == 0) return refuse(400, "the request target names no host");
    target = path == std::string_view::npos ? std::string_view("/") : target.substr(path);
  }
  const auto question = target.find('?');
  request.query = question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
  const std::string_view path = target.substr(0, question);
  if (path.find('%') == std::string_view::npos) {
    request.path.assign(path.empty() ? "/" : path);
    return {};
  }
  auto decoded = percent_decode(path);
  if (!decoded)
    return refuse(400, "the request target has a '%' that two hex digits do not follow, or a NUL");
  request.path = std::move(*decoded);
  return {};
}

std::expected<void, HttpError> parse_request_line(std::string_view line, Request& request) {
  const auto first = line.find(' ');
  const auto second = line.rfind(' ');
  if (first == std::string_view::npos || first == second)
    return refuse(400, "expected \"METHOD TARGET HTTP/1.1\"");
  request.method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, second - first - 1);
  const std::string_view version = line.substr(second + 1);
  if (!is_token(request.method)) return refuse(400, "the method has characters that a method cannot have");
  if (!is_visible(target) || target.empty())
    return refuse(400, "the request target has characters that must be percent-encoded");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return version.starts_with("HTTP/") ? refuse(505, "this server speaks HTTP/1.1")
                                        : refuse(400, "expected \"METHOD TARGET HTTP/1.1\"");
  }
  request.minor_version = version.back() - '0';
  return parse_target(target, request);
}

/// What the header fields say of the connection and the body.
struct Fields {
  int hosts = 0, lengths = 0, encodings = 0;
  std::size_t length = 0;
  bool expect_continue = false;
  bool close = false, keep_alive = false;
};

bool lists_token(std::string_view value, std::string_view token) {
  return !value.empty() && named_quality(value, token) > 0;
}

std::expected<void, HttpError> note_field(const Header& field, Fields& fields) {
  switch (field.name.size()) {  // most fields are none of these: their length tells
    case 4:
      if (equal_ignoring_case(field.name, "host")) ++fields.hosts;
      break;
    case 6:
      if (!equal_ignoring_case(field.name, "expect")) break;
      if (!equal_ignoring_case(field.value, "100-continue"))
        return refuse(417, "the only expectation met is 100-continue");
      fields.expect_continue = true;
      break;
    case 10:
      if (!equal_ignoring_case(field.name, "connection")) break;
      fields.close = fields.close || lists_token(field.value, "close");
      fields.keep_alive = fields.keep_alive || lists_token(field.value, "keep-alive");
      break;
    case 14: {
      if (!equal_ignoring_case(field.name, "content-length")) break;
      const auto [end, error] =
          std::from_chars(field.value.data(), field.value.data() + field.value.size(), fields.length);
      if (error == std::errc::result_out_of_range) return refuse(413, "the body is larger than 64 KiB");
      if (error != std::errc() || end != field.value.data() + field.value.size() || ++fields.lengths > 1) {
        return refuse(400, "Content-Length must be given once, as a whole number");
      }
      break;
    }
    case 17:
      if (!equal_ignoring_case(field.name, "transfer-encoding")) break;
      if (++fields.encodings > 1 || !equal_ignoring_case(field.value, "chunked")) {
        return refuse(501, "the only transfer encoding understood is \"chunked\"");
      }
      break;
    default:
      break;
  }
  return {};
}

std::expected<Header, HttpError> parse_field(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return refuse(400, "expected a header field, \"Name: value\"");
  }
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  if (!is_field_value(value)) return refuse(400, "a header field has a control character");
  return Header{line.substr(0, colon), value};
}

std::expected<BodyFraming, HttpError> frame(const Fields& fields, Request& request) {
  if (request.minor_version == 1 && fields.hosts == 0) return refuse(400, "a Host header is required");
  if (fields.hosts > 1) return refuse(400, "more than one Host header");
  if (fields.encodings > 0 && request.minor_version == 0)
    return refuse(400, "HTTP/1.0 has no Transfer-Encoding");
  if (fields.encodings > 0 && fields.lengths > 0)
    return refuse(400, "both Content-Length and Transfer-Encoding");
  if (fields.length > kMostBody) return refuse(413, "the body is larger than 64 KiB");
  request.keep_alive = !fields.close && (request.minor_version == 1 || fields.keep_alive);
  return BodyFraming{fields.encodings > 0, fields.length,
                     fields.expect_continue && request.minor_version == 1};
}

}  // namespace

std::expected<BodyFraming, HttpError> parse_head(std::string_view head, Request& request) {
  request.headers.clear();
  request.body = {};
  std::string_view line;
  if (!take_line(head, line)) return refuse(400, "a line must end in CR LF");
  if (auto ok = parse_request_line(line, request); !ok) return std::unexpected(ok.error());
  Fields fields;
  while (true) {
    if (!take_line(head, line)) return refuse(400, "a line must end in CR LF");
    if (line.empty()) return frame(fields, request);
    auto field = parse_field(line);
    if (!field) return std::unexpected(field.error());
    if (request.headers.size() == kMostHeaders) return refuse(431, "more than 100 header fields");
    if (auto ok = note_field(*field, fields); !ok) return std::unexpected(ok.error());
    request.headers.push_back(*field);
  }
}

std::expected<bool, HttpError> ChunkedBody::take(std::string_view& input) {
  while (!input.empty()) {
    if (part_ == Part::data) {
      const std::string_view piece = input.substr(0, left_);
      body_.append(piece);
      left_ -= piece.size();
      input.remove_prefix(piece.size());
      if (left_ == 0) part_ = Part::data_end;
      continue;
    }
    const auto end = input.find('\n');
    line_.append(input.substr(0, end));
    if (line_.size() > kMostChunkLine) return refuse(400, "a chunk's size line is longer than 256 bytes");
    if (end == std::string_view::npos) {
      input = {};
      return false;
    }
    input.remove_prefix(end + 1);
    if (!line_.ends_with('\r')) return refuse(400, "a line must end in CR LF");
    line_.pop_back();
    const bool last = part_ == Part::last;
    if (auto ok = line(line_); !ok) return std::unexpected(ok.error());
    if (last) return true;
    line_.clear();
  }
  return false;
}

std::expected<void, HttpError> ChunkedBody::line(std::string_view text) {
  if (part_ != Part::size) {
    if (!text.empty())
      return part_ == Part::last ? refuse(400, "trailers are not taken")
                                 : refuse(400, "a chunk is longer than its size");
    part_ = Part::size;
    return {};
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), left_, 16);
  const std::string_view extension(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (error == std::errc::result_out_of_range) return refuse(413, "the body is larger than 64 KiB");
  const bool clean = extension.empty() || extension[0] == ';' || extension[0] == ' ' || extension[0] == '\t';
  if (error != std::errc() || !clean || !is_field_value(extension))
    return refuse(400, "expected a chunk's size in hex digits");
  if (left_ > kMostBody - body_.size()) return refuse(413, "the body is larger than 64 KiB");
  part_ = left_ == 0 ? Part::last : Part::data;
  return {};
}

}  // namespace steward::net
