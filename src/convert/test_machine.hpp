#pragma once

#include "convert/foreign_bot.hpp"

namespace steward::convert {

/// A machine with the user nobody and the folders / and /tmp, and one file.
inline Machine test_machine(const std::string& path = "", const std::string& text = "") {
  return {
      .home = [](const std::string& user) -> std::optional<std::string> {
        return user == "root" ? "/root" : "/home/" + user;
      },
      .is_folder = [](const std::string& folder) { return folder == "/" || folder == "/tmp"; },
      .text = [path, text](const std::string& wanted) -> std::optional<std::string> {
        return wanted == path ? std::optional(text) : std::nullopt;
      },
  };
}

}  // namespace steward::convert
