#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "convert/foreign_bot.hpp"
#include "convert/unit_command.hpp"
#include "convert/unit_file.hpp"

namespace steward::convert {

/// systemd's DefaultTimeoutStartSec= and DefaultTimeoutStopSec=.
inline constexpr std::int64_t kDefaultTimeout = 90 * kSecond;

/// Turns one unit into one bot: read() takes each directive, then tells what only all of them together say.
/// Borrows its arguments.
class UnitReader {
 public:
  UnitReader(const Unit& unit, const std::vector<std::string>& others, const Machine& machine)
      : unit_(unit), others_(others), machine_(machine) {
    out_.origin = unit.path;
    out_.bot.spec.name =
        bot_name(unit.name.substr(0, unit.name.size() - std::string_view(".service").size()));
  }

  Result<ForeignBot> read();

 private:
  using Take = void (UnitReader::*)(const Directive&);
  struct Mapped {
    std::string_view key;
    Take take;
  };
  static const Mapped kMapped[];

  template <class... Args>
  void lost(const Directive& d, fmt::format_string<Args...> text, Args&&... args) {
    remarks(d).lost(d.line, "{}={}: {}", d.key, clipped(d.value),
                    fmt::format(text, std::forward<Args>(args)...));
  }
  template <class... Args>
  void note(const Directive& d, fmt::format_string<Args...> text, Args&&... args) {
    remarks(d).note(d.line, "{}={}: {}", d.key, clipped(d.value),
                    fmt::format(text, std::forward<Args>(args)...));
  }
  Remarks remarks(const Directive& d) { return {out_.remarks, d.file}; }

  void take(const Directive& raw);
  void take_unmapped(const Directive& d);
  std::optional<std::int64_t> time_of(const Directive& d);
  std::string resolved(const std::string& word) const {
    std::string unknown;  // said by take()
    return resolve_specifiers(word, unit_, machine_, unknown);
  }

  void description(const Directive& d) { out_.origin = unit_.path + ": " + d.value; }
  void commands(const Directive& d);
  void environment(const Directive& d);
  void environment_file(const Directive& d);
  void working_directory(const Directive& d) { working_dir_ = d; }
  void user(const Directive& d) { out_.bot.user = d.value; }
  void group(const Directive& d) { group_ = d; }
  void type(const Directive& d) { type_ = d; }
  void restart(const Directive& d) { restart_ = d; }
  void restart_delay(const Directive& d);
  void restart_delay_max(const Directive& d);
  void limit_interval(const Directive& d) { limit_interval_ = d; }
  void limit_burst(const Directive& d) { limit_burst_ = d; }
  void start_timeout(const Directive& d) { start_timeout_ = d; }
  void stop_timeout(const Directive& d);
  void both_timeouts(const Directive& d) { start_timeout(d), stop_timeout(d); }
  void watchdog(const Directive& d);
  void kill_mode(const Directive& d);
  void kill_signal(const Directive& d);
  void memory_max(const Directive& d);
  void files_max(const Directive& d);
  void output(const Directive& d);
  void after(const Directive& d);

  void finish_environment();
  void finish_command();
  void finish_working_dir();
  void finish_group();
  void finish_type();
  void finish_restart();
  void finish_budget();
  std::vector<std::string> command_of(const std::vector<UnitCommand>& before, const UnitCommand& main);

  const Unit& unit_;
  const std::vector<std::string>& others_;
  const Machine& machine_;
  ForeignBot out_;
  std::vector<std::pair<Directive, UnitCommand>> start_, start_pre_;
  std::vector<Directive> environments_, environment_files_;
  std::optional<Directive> working_dir_, group_, type_, restart_, limit_interval_, limit_burst_,
      start_timeout_;
  bool delay_given_ = false, delay_max_given_ = false;
  std::optional<Error> fault_;
};

}  // namespace steward::convert
