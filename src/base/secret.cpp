#include "base/secret.hpp"

#include <cstring>

namespace steward {

void Secret::wipe() {
  ::explicit_bzero(text_.data(), text_.size());
  text_.clear();
}

}  // namespace steward
