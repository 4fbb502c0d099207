#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "os/fd.hpp"

namespace steward::trading {

/// Where journal lines go. Never blocks the trade loop for long and never fails it: what cannot be written is
/// counted.
class EventSink {
 public:
  virtual ~EventSink() = default;
  /// One event, a JSON object without its newline.
  virtual void write(std::string_view event) = 0;
};

/// Without a journal.
class NoEvents final : public EventSink {
 public:
  void write(std::string_view) override {}
};

/// Appends to STEWARD_JOURNAL as docs/formats/journal.md has it: one write() a line, opened anew every 5
/// seconds, a newline first into a file that does not end in one.
class JournalFile final : public EventSink {
 public:
  JournalFile(std::string path, const Clock& clock) : path_(std::move(path)), clock_(clock) {}
  void write(std::string_view event) override;
  std::int64_t lost() const { return lost_; }

 private:
  bool reopen();

  std::string path_;
  const Clock& clock_;
  Fd file_;
  MonoNs opened_ = 0;
  bool torn_ = false;  ///< the last write was cut short
  std::string line_;
  std::int64_t lost_ = 0;
};

}  // namespace steward::trading
