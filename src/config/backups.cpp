#include "config/backups.hpp"

#include <algorithm>

#include "base/units.hpp"
#include "config/database_url.hpp"

namespace steward::config {

namespace {

constexpr std::string_view kSqlite = "sqlite://";
constexpr std::string_view kPublicKey = "steward-public-key:";
constexpr std::size_t kKeyDigits = 64;
constexpr std::size_t kMostBackups = 1000;

bool is_host_name(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  };
  return !name.empty() && name.size() <= 200 && name != "." && name != ".." &&
         std::ranges::all_of(name, plain);
}

/// How an S3 store is spoken to, and how objects are to lie there.
void read_s3(TableReader& table, Objects& out, Reading& reading) {
  const int addressing = table.text("addressing", out.addressing);
  if (addressing > 0 && out.addressing != "path" && out.addressing != "virtual")
    reading.problem(addressing, "addressing must be \"path\" or \"virtual\", found \"{}\"", out.addressing);
  const int storage = table.text("storage_class", out.storage_class);
  if (storage > 0 && (out.storage_class == "GLACIER" || out.storage_class == "DEEP_ARCHIVE"))
    reading.problem(storage,
                    "storage_class must be one that is read at once, such as STANDARD_IA, found \"{}\"; "
                    "`steward backup lifecycle` moves old archives further",
                    out.storage_class);
  const int encryption = table.text("encryption", out.encryption);
  if (encryption > 0 && out.encryption != "AES256" && out.encryption != "aws:kms")
    reading.problem(encryption, "encryption must be \"AES256\" or \"aws:kms\", found \"{}\"", out.encryption);
  const int key = table.text("kms_key", out.kms_key);
  if (key > 0 && out.encryption != "aws:kms")
    reading.problem(key, "kms_key goes with encryption = \"aws:kms\" only");
  table.path("ca_file", out.ca_file);
  table.truth("checksums", out.checksums);
}

void read_objects(TableReader& root, Settings& out, Reading& reading) {
  int line = 0;
  TableReader table = root.table("objects", line);
  out.objects.line = table.text("url", out.objects.url);
  table.text("endpoint", out.objects.endpoint);
  table.text("region", out.objects.region);
  table.text("profile", out.objects.profile);
  table.path("prices", out.objects.prices);
  if (const int host = table.text("host", out.objects.host); host > 0 && !is_host_name(out.objects.host))
    reading.problem(host, "host must be 1 to 200 letters, digits, \".\", \"-\" and \"_\", found \"{}\"",
                    out.objects.host);
  read_s3(table, out.objects, reading);
  const std::string& url = out.objects.url;
  if (out.objects.line > 0 && !url.starts_with("s3://") && !url.starts_with("file:///"))
    reading.problem(out.objects.line, "url must begin with s3://BUCKET or file:///FOLDER, found \"{}\"", url);
  table.finish();
}

/// A source with its path made absolute, as in the file's other paths.
std::string source_from(const std::string& source, const Reading& reading) {
  if (is_own(source) || source.find("://") != std::string::npos) return source;
  return absolute_from(reading.file, source);
}

void read_sources(TableReader& table, Backup& backup, int line, Reading& reading) {
  const Member* member = table.any("source");
  if (member == nullptr) {
    return reading.problem(line,
                           "this backup has no source; add one, such as source = \"/home/trading/config\"");
  }
  if (const auto* text = std::get_if<std::string>(&member->node.value)) {
    backup.sources = {*text};
  } else if (table.texts("source", backup.sources) == 0) {
    return;
  }
  for (std::string& source : backup.sources) {
    const bool known = source.find("://") == std::string::npos || source.starts_with(kSqlite) ||
                       source.starts_with(kDatabaseUrl);
    if (source.empty() || !known) {
      reading.problem(
          member->line,
          "source must be a path, \"sqlite:///path/of.db\", \"postgresql:///database\", \"journals\" "
          "or \"steward\", or an array of them, found \"{}\"",
          source);
    } else if (has_password(source)) {
      reading.problem(
          member->line,
          "source names a password, which whoever reads this file or its backups would see; put it into "
          "~/.pgpass (postgresql.org/docs/current/libpq-pgpass.html) and leave it out here");
    }
    source = source_from(source, reading);
  }
}

void read_recipients(TableReader& table, Backup& backup, Reading& reading) {
  const Member* member = table.any("encrypt_to");
  if (member == nullptr) return;
  const auto* keys = std::get_if<Node::Table>(&member->node.value);
  if (keys == nullptr || keys->empty()) {
    return reading.problem(
        member->line,
        "encrypt_to must be a table of public keys, such as {{offline = \"steward-public-key:…\"}}, "
        "found {}",
        keys == nullptr ? member->node.description() : "none in it");
  }
  for (const Member& key : *keys) {
    const auto* text = std::get_if<std::string>(&key.node.value);
    const bool right =
        text != nullptr && text->starts_with(kPublicKey) && text->size() == kPublicKey.size() + kKeyDigits;
    if (!right) {
      reading.problem(key.line, "{} must be the line that `steward backup key` prints: \"{}\" and 64 digits",
                      key.key, kPublicKey);
    } else {
      backup.encrypt_to.emplace_back(key.key, *text);
    }
  }
}

/// `every`, `at` or `cron`, of which there is one at most, and `jitter`.
void read_when(TableReader& table, When& when, Reading& reading) {
  const int every = table.text("every", when.every);
  const int at = table.text("at", when.at);
  const int cron = table.text("cron", when.cron);
  const int jitter = table.duration("jitter", when.jitter, 0);
  if ((every > 0) + (at > 0) + (cron > 0) > 1) {
    return reading.problem(std::max({every, at, cron}),
                           "every, at and cron exclude each other; leave one of them");
  }
  if (const int line = std::max({every, at, cron}); line > 0) {
    // The zone is checked where the file's own is.
    if (const auto schedule = schedule_of(when, "UTC"); !schedule)
      reading.problem(line, "{}", schedule.error().message());
  } else if (jitter > 0) {
    reading.problem(jitter, "jitter needs every, at or cron");
  }
}

void read_drill(TableReader& table, Backup& backup, Reading& reading) {
  int line = 0;
  TableReader drill = table.table("drill", line);
  read_when(drill, backup.drill.when, reading);
  const int to = drill.text("to", backup.drill.to);
  if (to > 0 && (!backup.drill.to.starts_with(kDatabaseUrl) || has_password(backup.drill.to)))
    reading.problem(to,
                    "to must be a database to fill and empty, without a password, such as "
                    "\"postgresql:///drill\", found \"{}\"",
                    backup.drill.to);
  drill.texts("check", backup.drill.check);
  drill.path("key", backup.drill.key);
  drill.duration("timeout", backup.drill.timeout, kSecond);
  drill.finish();
}

void read_ship(TableReader& table, Backup& backup, Reading& reading) {
  std::string ship = "1s";
  const int line = table.text("ship", ship);
  if (line == 0) {
    // Only a backup removes what was shipped before it: without a schedule that grows until the disk is full.
    if (backup.has_journals() && !backup.when.none()) backup.ship = kSecond;
    return;
  }
  const auto period = parse_duration(ship);
  if (ship == "off") {
    backup.ship = 0;
  } else if (!period || *period < kSecond || *period > 3600 * kSecond) {
    reading.problem(line, "ship must be \"off\" or from \"1s\" to \"1h\", found \"{}\"", ship);
  } else {
    backup.ship = *period;
  }
  if (!backup.has_journals()) reading.problem(line, "ship is for the sources \"journals\" and \"steward\"");
  if (backup.ship > 0 && backup.when.none()) {
    reading.problem(
        line,
        "what is shipped grows without end, because only a backup removes what went out before it; "
        "add a schedule, such as every = \"6h\"");
    reading.problems.back().warning = true;
  }
}

void read_keep(TableReader& table, Backup& backup) {
  constexpr std::int64_t kMost = 100'000;
  int line = 0;
  TableReader keep = table.table("keep", line);
  keep.integer("last", backup.keep.last, 0, kMost);
  keep.integer("hourly", backup.keep.hourly, 0, kMost);
  keep.integer("daily", backup.keep.daily, 0, kMost);
  keep.integer("weekly", backup.keep.weekly, 0, kMost);
  keep.integer("monthly", backup.keep.monthly, 0, kMost);
  keep.integer("yearly", backup.keep.yearly, 0, kMost);
  keep.finish();
}

/// `false`, or a table. The limits are S3's: "Lifecycle transition constraints" of its user guide.
void read_lifecycle(TableReader& table, Backup& backup, Reading& reading) {
  constexpr std::int64_t kMost = 36'500;
  constexpr std::int64_t kLeastIa = 30;
  const Member* member = table.any("lifecycle");
  if (member != nullptr && std::holds_alternative<bool>(member->node.value)) {
    backup.has_lifecycle = std::get<bool>(member->node.value);
    return;
  }
  int line = 0;
  TableReader days = table.table("lifecycle", line);
  const int ia = days.integer("ia", backup.lifecycle.ia, 0, kMost);
  const int glacier = days.integer("glacier", backup.lifecycle.glacier, 0, kMost);
  const auto& [until_ia, until_glacier] = backup.lifecycle;
  if (until_ia > 0 && until_ia < kLeastIa)
    reading.problem(ia,
                    "ia must be 0 (never) or at least 30: S3 moves nothing to STANDARD_IA before, found {}",
                    until_ia);
  if (until_ia > 0 && until_glacier > 0 && until_glacier < until_ia + kLeastIa)
    reading.problem(std::max(ia, glacier),
                    "glacier must be 0 (never) or at least 30 days after ia, which is {}, found {}", until_ia,
                    until_glacier);
  days.finish();
}

}  // namespace

Result<schedule::Schedule> schedule_of(const When& when, const std::string& zone) {
  if (!when.every.empty()) return schedule::Schedule::every(when.every);
  if (!when.at.empty()) return schedule::Schedule::at(when.at, zone);
  return schedule::Schedule::cron(when.cron, zone);
}

bool is_own(std::string_view source) {
  return source == "journals" || source == "steward";
}

bool Backup::has_journals() const {
  return std::ranges::any_of(sources, is_own);
}

bool Backup::has_steward() const {
  return std::ranges::find(sources, "steward") != sources.end();
}

Backup read_backup(const Node::Table* members, int line, Reading& reading) {
  Backup backup;
  backup.line = line;
  TableReader table(members, "[[backup]]", "backup", reading);
  const int name_line = table.text("name", backup.name);
  if (!keeper::is_bot_name(backup.name)) {
    reading.problem(
        name_line > 0 ? name_line : line,
        "a backup needs a name of small letters, digits, - and _, such as name = \"config\", found \"{}\"",
        backup.name);
  }
  read_sources(table, backup, line, reading);
  table.texts("exclude", backup.excludes);
  std::string compression = "zstd";
  if (const int at = table.text("compression", compression);
      at > 0 && compression != "zstd" && compression != "gzip")
    reading.problem(at, "compression must be \"zstd\" or \"gzip\", found \"{}\"", compression);
  backup.gzip = compression == "gzip";
  std::string format = "custom";
  if (const int at = table.text("format", format); at > 0 && format != "custom" && format != "plain")
    reading.problem(at, "format must be \"custom\" or \"plain\", found \"{}\"", format);
  backup.plain = format == "plain";
  table.truth("row_counts", backup.row_counts);
  table.bytes("bandwidth", backup.bandwidth, 0);
  read_when(table, backup.when, reading);
  read_recipients(table, backup, reading);
  table.truth("drill_key", backup.drill_key);
  read_ship(table, backup, reading);
  read_keep(table, backup);
  read_lifecycle(table, backup, reading);
  read_drill(table, backup, reading);
  table.finish();
  return backup;
}

void read_backups(TableReader& root, Settings& out, Reading& reading) {
  read_objects(root, out, reading);
  const Member* member = root.any("backup");
  if (member == nullptr) return;
  const auto* items = std::get_if<Node::Array>(&member->node.value);
  if (items == nullptr || items->size() > kMostBackups)
    return reading.problem(member->line,
                           "write [[backup]] with two brackets, at most {} times: each begins one backup",
                           kMostBackups);
  for (const Node& item : *items) {
    const auto* table = std::get_if<Node::Table>(&item.value);
    if (table == nullptr) {
      reading.problem(item.line, "backup must be a table, begun by [[backup]], found {}", item.description());
      continue;
    }
    Backup backup = read_backup(table, item.line, reading);
    if (std::ranges::find(out.backups, backup.name, &Backup::name) != out.backups.end())
      reading.problem(backup.line, "a second backup named \"{}\"; names must differ", backup.name);
    out.backups.push_back(std::move(backup));
  }
  if (out.objects.url.empty())
    reading.problem(
        member->line,
        "[[backup]] needs a place: add [objects] with url = \"file:///var/backups/steward\" or \"s3://…\"");
}

}  // namespace steward::config
