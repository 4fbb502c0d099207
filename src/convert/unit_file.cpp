#include "convert/unit_file.hpp"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "os/files.hpp"

namespace steward::convert {

namespace {

constexpr std::string_view kSuffix = ".service";
/// The later ones go first (systemd.unit(5)).
constexpr std::string_view kSystemFolders[] = {"/usr/lib/systemd/system", "/lib/systemd/system",
                                               "/usr/local/lib/systemd/system", "/run/systemd/system",
                                               "/etc/systemd/system"};

std::string_view file_of(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// Joins lines that end in a backslash; comments between them are left out.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  bool next(std::string& line, int& number) {
    line.clear();
    bool joined = false;
    while (!rest_.empty()) {
      std::string_view part = rest_.substr(0, rest_.find('\n'));
      rest_.remove_prefix(std::min(part.size() + 1, rest_.size()));
      ++number_;
      const std::string_view text = trimmed(part);
      if (!text.empty() && (text[0] == '#' || text[0] == ';')) continue;
      if (!joined) number = number_;
      if (!part.empty() && part.back() == '\r') part.remove_suffix(1);
      joined = part.ends_with('\\');
      if (joined) part.remove_suffix(1);
      line += part;
      if (!joined) return true;
      line += ' ';
    }
    return joined;
  }

 private:
  std::string_view rest_;
  int number_ = 0;
};

std::string home_of_manager(const Unit& unit, const Machine& machine) {
  if (unit.of_user) {
    const char* home = ::getenv("HOME");
    if (home != nullptr) return home;
  }
  return machine.home("root").value_or("/root");
}

std::string host_name() {
  char name[HOST_NAME_MAX + 1] = {};
  return ::gethostname(name, HOST_NAME_MAX) == 0 ? name : "localhost";
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/// "srv-bots-a\x2db" → "srv/bots/a-b" (systemd-escape(1)).
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hex = text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x' &&
                     hex_digit(text[i + 2]) >= 0 && hex_digit(text[i + 3]) >= 0;
    const int code = hex ? hex_digit(text[i + 2]) * 16 + hex_digit(text[i + 3]) : 0;
    if (code > 0 && code < 0x80) {
      out += static_cast<char>(code);
      i += 3;
    } else {
      out += text[i] == '-' ? '/' : text[i];
    }
  }
  return out;
}

std::optional<std::string> specifier_of_name(char c, const Unit& unit) {
  const std::string prefix = unit.prefix(), instance = unit.instance();
  switch (c) {
    case 'n':
      return unit.name;
    case 'N':
      return unit.name.substr(0, unit.name.size() - kSuffix.size());
    case 'p':
      return prefix;
    case 'P':
      return unescaped(prefix);
    case 'i':
      return instance;
    case 'I':
      return unescaped(instance);
    case 'j':
      return prefix.substr(prefix.rfind('-') + 1);
    case 'J':
      return unescaped(prefix.substr(prefix.rfind('-') + 1));
    case 'f':
      return "/" + unescaped(instance.empty() ? prefix : instance);
    case 'y':
      return unit.path;
    case 'Y':
      return parent_of(unit.path);
    default:
      return std::nullopt;
  }
}

std::optional<std::string> specifier_of_host(char c, const Unit& unit, const Machine& machine) {
  const std::string home = home_of_manager(unit, machine);
  switch (c) {
    case '%':
      return "%";
    case 'h':
      return home;
    case 'H':
      return host_name();
    case 'l': {
      const std::string name = host_name();
      return name.substr(0, name.find('.'));
    }
    case 'T':
      return "/tmp";
    case 'V':
      return "/var/tmp";
    case 't':
      return unit.of_user ? fmt::format("/run/user/{}", ::getuid()) : "/run";
    case 'S':
      return unit.of_user ? home + "/.local/state" : "/var/lib";
    case 'C':
      return unit.of_user ? home + "/.cache" : "/var/cache";
    case 'L':
      return unit.of_user ? home + "/.local/state/log" : "/var/log";
    case 'E':
      return unit.of_user ? home + "/.config" : "/etc";
    default:
      break;
  }
  if (unit.of_user) return std::nullopt;
  if (c == 'u' || c == 'g') return "root";
  return c == 'U' || c == 'G' ? std::optional<std::string>("0") : std::nullopt;
}

std::vector<std::string> folders_of(const std::string& path) {
  const std::string own = parent_of(path);
  if (std::ranges::find(kSystemFolders, own) == std::end(kSystemFolders)) return {own};
  return {std::begin(kSystemFolders), std::end(kSystemFolders)};
}

/// Drop-ins of all folders: each file name once, from the folder that goes first, sorted by name.
Status add_drop_ins(Unit& unit) {
  std::vector<std::string> names{unit.prefix() + "@" + std::string(kSuffix)};
  if (unit.instance().empty()) names.clear();
  names.push_back(unit.name);
  std::map<std::string, std::string> found;
  for (const std::string& name : names) {
    for (const std::string& folder : folders_of(unit.path)) {
      const std::string drop_ins = fmt::format("{}/{}.d", folder, name);
      for (const std::string& file : list_folder(drop_ins).value_or(std::vector<std::string>{})) {
        if (file.ends_with(".conf")) found[file] = drop_ins + "/" + file;
      }
    }
  }
  for (const auto& [name, path] : found) {
    const auto text = read_foreign(path);
    if (!text) return std::unexpected(text.error());
    if (auto good = parse_unit(*text, path, unit.directives); !good) return good;
  }
  return {};
}

}  // namespace

std::string Unit::prefix() const {
  return name.substr(0, std::min(name.find('@'), name.size() - std::min(name.size(), kSuffix.size())));
}

std::string Unit::instance() const {
  const auto at = name.find('@');
  if (at == std::string::npos || name.size() < at + 1 + kSuffix.size()) return {};
  return name.substr(at + 1, name.size() - at - 1 - kSuffix.size());
}

Status parse_unit(std::string_view text, const std::string& path, std::vector<Directive>& into) {
  Lines lines(text);
  std::string line, section;
  int number = 0;
  while (lines.next(line, number)) {
    const std::string_view content = trimmed(line);
    if (content.empty()) continue;
    if (content[0] == '[') {
      if (!content.ends_with(']'))
        return fail(Code::invalid, "{}:{}: expected a section such as [Service], found \"{}\"", path, number,
                    clipped(content));
      section = content.substr(1, content.size() - 2);
      continue;
    }
    const auto equals = content.find('=');
    const auto key = trimmed(content.substr(0, equals));
    if (equals == std::string_view::npos || key.empty() || section.empty())
      return fail(Code::invalid, "{}:{}: expected Key=Value in a section such as [Service], found \"{}\"",
                  path, number, clipped(content));
    into.push_back({section, std::string(key), std::string(trimmed(content.substr(equals + 1))),
                    std::string(file_of(path)), number});
  }
  return {};
}

Result<std::string> find_unit(const std::string& given) {
  const auto here = config::absolute_path(given);
  if (!here || given.find('/') != std::string::npos) return here;
  std::vector<std::string> folders{parent_of(*here)};
  folders.insert(folders.end(), std::rbegin(kSystemFolders), std::rend(kSystemFolders));
  const auto at = given.find('@');
  for (const std::string& folder : folders) {
    const bool of_template =
        at != std::string::npos && exists(fmt::format("{}/{}@{}", folder, given.substr(0, at), kSuffix));
    if (of_template || exists(folder + "/" + given)) return folder + "/" + given;
  }
  return here;
}

Result<Unit> read_unit(const std::string& path) {
  Unit unit{.name = std::string(file_of(path)), .path = path};
  unit.of_user = path.find("/systemd/user/") != std::string::npos;
  if (!unit.name.ends_with(kSuffix) || unit.name.size() == kSuffix.size())
    return fail(Code::invalid, "{}: expected a unit such as trading.service", path);
  const auto at = unit.name.find('@');
  if (at != std::string::npos && unit.instance().empty())
    return fail(Code::invalid,
                "{} is a template; name an instance of it, such as {}@gold.service (it need not be a file)",
                path, unit.prefix());
  std::string file = path;
  if (at != std::string::npos && !exists(path))
    file = fmt::format("{}/{}@{}", parent_of(path), unit.prefix(), kSuffix);
  const auto text = read_foreign(file);
  if (!text) return std::unexpected(text.error());
  if (auto good = parse_unit(*text, file, unit.directives); !good) return std::unexpected(good.error());
  if (auto good = add_drop_ins(unit); !good) return std::unexpected(good.error());
  return unit;
}

std::string resolve_specifiers(std::string_view value, const Unit& unit, const Machine& machine,
                               std::string& unknown) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool ascii = i + 1 < value.size() && static_cast<unsigned char>(value[i + 1]) < 0x80;
    if (value[i] != '%' || !ascii) {
      out += value[i];
      continue;
    }
    const char c = value[++i];
    auto found = specifier_of_name(c, unit);
    if (!found) found = specifier_of_host(c, unit, machine);
    if (found) {
      out += *found;
    } else {
      unknown = {'%', c};
      out += unknown;
    }
  }
  return out;
}

}  // namespace steward::convert
