#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace steward::agent {

/// Answers the requests of docs/formats/control.md. Pure but for what it calls; control thread only.
class Commands {
 public:
  struct Actions {
    std::function<std::string()> status;                  ///< the whole answer
    std::function<std::string()> health;                  ///< likewise
    std::function<Result<std::string>(bool now)> reload;  ///< the answer's fields as a JSON object with `ok`
    /// A request about alarms (AlarmCommands); the whole answer.
    std::function<Result<std::string>(std::string_view command, const boost::json::object& request)> alarms;
    /// Copies of the databases for a backup, by the request's id; the whole answer.
    std::function<Result<std::string>(const std::string& id)> snapshot;
    std::function<Status(std::vector<std::string>)> keeper;  ///< one request of docs/formats/plan.md
  };
  explicit Commands(Actions actions) : actions_(std::move(actions)) {}

  /// One request line → one answer line, both without newline. Never fails: what is wrong is the answer.
  std::string answer(std::string_view line) const;

 private:
  Actions actions_;
};

}  // namespace steward::agent
