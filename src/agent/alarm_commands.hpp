#pragma once

#include <boost/json/object.hpp>

#include <string>

#include "agent/alarms.hpp"
#include "base/result.hpp"

namespace steward::agent {

/// Answers the requests about alarms (docs/formats/control.md: `alerts`, `alert-…`). Borrows; control thread.
class AlarmCommands {
 public:
  AlarmCommands(Alarms& alarms, const Clock& clock) : alarms_(alarms), clock_(clock) {}

  static bool knows(std::string_view command) { return command == "alerts" || command.starts_with("alert-"); }
  /// The whole answer.
  Result<std::string> answer(std::string_view command, const boost::json::object& request);

 private:
  Result<std::string> list(const boost::json::object& request);
  Result<std::string> show(const boost::json::object& request);
  Result<std::string> acknowledge(const boost::json::object& request);
  Result<std::string> silence(const boost::json::object& request);
  Result<std::string> end_silence(const boost::json::object& request);
  Result<std::string> history(const boost::json::object& request);
  Result<std::string> send_test(const boost::json::object& request);

  Alarms& alarms_;
  const Clock& clock_;
};

}  // namespace steward::agent
