#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace steward::alerts {

/// The little that is read of a service's JSON answer; the bytes are foreign: at most 64 KiB, 32 deep.
class JsonAnswer {
 public:
  explicit JsonAnswer(std::string_view body);
  JsonAnswer(JsonAnswer&&) noexcept;
  ~JsonAnswer();

  /// Values by their path, such as "parameters.retry_after"; nothing when there is none of that kind.
  std::optional<double> number(std::string_view path) const;
  std::optional<bool> truth(std::string_view path) const;
  std::string text(std::string_view path) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace steward::alerts
