#pragma once

#include <string>
#include <utility>

namespace steward {

/// A password, key or token. It cannot be printed, compared or copied by accident: the text leaves only
/// through reveal(), and the memory is wiped when the value dies.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(Secret&& other) noexcept : text_(std::exchange(other.text_, {})) {}
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe();
      text_ = std::exchange(other.text_, {});
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(); }

  bool empty() const { return text_.empty(); }
  const std::string& reveal() const { return text_; }

 private:
  void wipe();
  std::string text_;
};

}  // namespace steward
