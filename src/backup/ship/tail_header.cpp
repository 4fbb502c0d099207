#include <algorithm>
#include <array>

#include "backup/manifest/json_fields.hpp"
#include "backup/ship/tail.hpp"
#include "backup/stages/hash.hpp"
#include "base/json_writer.hpp"
#include "objects/digest.hpp"

namespace steward::backup {

namespace {

namespace json = boost::json;

constexpr std::int64_t kMost = std::int64_t{1} << 62;
constexpr std::size_t kMostRecipients = 1000;
constexpr std::array<std::string_view, 3> kKinds{"grow", "whole", "gone"};
constexpr std::string_view kSeal = ",\"sha256\":\"";
constexpr std::size_t kHex = 64;

void put_piece(JsonWriter& out, const TailPiece& piece) {
  out.object().field("path", piece.path).field("kind", kKinds[static_cast<std::size_t>(piece.kind)]);
  if (piece.kind == PieceKind::gone) {
    out.end();
    return;
  }
  out.field("offset", piece.offset).field("length", piece.length).field("mode", piece.mode);
  out.field("mtime", piece.mtime).field("uid", piece.uid).field("gid", piece.gid);
  out.field("sha256", piece.sha256).end();
}

TailPiece piece_of(const json::value& value, std::string& wrong) {
  Fields fields(value, "a piece", wrong);
  TailPiece piece;
  piece.path = fields.text("path", 4095);
  fields.expect(is_safe_path(piece.path), "path");
  const std::string kind = fields.text("kind", 10);
  const auto at = std::ranges::find(kKinds, kind);
  fields.expect(at != kKinds.end(), "kind");
  piece.kind = static_cast<PieceKind>(std::min<std::ptrdiff_t>(at - kKinds.begin(), 2));
  if (piece.kind == PieceKind::gone) return piece;
  piece.offset = fields.number("offset", 0, piece.kind == PieceKind::whole ? 0 : kMost);
  piece.length = fields.number("length", 0, kTailBody);
  piece.mode = static_cast<mode_t>(fields.number("mode", 0, 07777));
  piece.mtime = fields.time("mtime");
  piece.uid = static_cast<std::uint32_t>(fields.number("uid", 0, 0xffffffff));
  piece.gid = static_cast<std::uint32_t>(fields.number("gid", 0, 0xffffffff));
  piece.sha256 = fields.hex("sha256", 32, false);
  return piece;
}

/// What the seal at the line's end is of; Code::corrupt when it is another's.
Status check_seal(std::string_view line) {
  const std::size_t tail = kSeal.size() + kHex + 2;
  if (line.size() < tail || !line.ends_with("\"}") || line.substr(line.size() - tail, kSeal.size()) != kSeal)
    return fail(Code::corrupt, "a tail's header that does not end with its sha256");
  if (sha256_hex(line.substr(0, line.size() - tail)) != line.substr(line.size() - kHex - 2, kHex))
    return fail(Code::corrupt, "a tail's header whose SHA-256 is another");
  return {};
}

TailHeader header_of(const json::value& value, std::string& wrong) {
  Fields fields(value, "the header", wrong);
  TailHeader header;
  fields.number("format", 1, 1);
  header.job = fields.text("job", 63);
  header.host = fields.text("host", 255);
  header.time = fields.text("time", 20);
  fields.expect(is_job_name(header.job), "job");
  fields.expect(is_time_name(header.time), "time");
  fields.expect(fields.text("compression", 10) == "zstd", "compression");
  for (const auto& each : fields.list("recipients", kMostRecipients)) {
    Fields recipient(each, "a recipient", wrong);
    header.recipients.push_back({recipient.text("name", 200), recipient.hex("public_key", 32, true),
                                 recipient.hex("sealed_key", 80, true)});
  }
  for (const auto& each : fields.list("pieces", kTailPieces)) {
    header.pieces.push_back(piece_of(each, wrong));
    if (!wrong.empty()) return header;
  }
  fields.expect(header.body_size() <= kTailBody, "length");
  return header;
}

}  // namespace

std::string format_tail_header(const TailHeader& header) {
  JsonWriter out;
  out.object().field("format", 1).field("job", header.job).field("host", header.host);
  out.field("time", header.time).field("compression", "zstd").array("recipients");
  for (const auto& recipient : header.recipients) {
    out.object().field("name", recipient.name).field("public_key", objects::hex(recipient.public_key));
    out.field("sealed_key", objects::hex(recipient.sealed_key)).end();
  }
  out.end().array("pieces");
  for (const TailPiece& piece : header.pieces) put_piece(out, piece);
  out.end();
  std::string text = out.take();
  const std::string hash = sha256_hex(text);
  return text.append(kSeal).append(hash).append("\"}\n");
}

Result<TailHeader> parse_tail_header(std::string_view line) {
  if (line.size() > kTailHeader) return fail(Code::corrupt, "a tail's header above {} bytes", kTailHeader);
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (auto sealed = check_seal(line); !sealed) return std::unexpected(sealed.error());
  const auto value = parse_json(line, 8, "a tail's header");
  if (!value) return std::unexpected(value.error());
  std::string wrong;
  TailHeader header = header_of(*value, wrong);
  if (!wrong.empty()) return fail(Code::corrupt, "a tail's header that cannot be: {}", wrong);
  return header;
}

}  // namespace steward::backup
