#pragma once

#include <string>

#include "journal/event.hpp"
#include "state/model.hpp"
#include "state/source.hpp"

namespace steward::state {

/// Folds what the keeper writes about itself and its bots.
class BotFold {
 public:
  explicit BotFold(Model& model) : model_(model) {}

  void keeper_event(const Source& source, const journal::Event& event);
  Table<Bot>::Entry& bot(std::string_view name);
  Table<Keeper>::Entry& keeper();

 private:
  void bot_event(const Source& source, const journal::Event& event);

  Model& model_;
};

}  // namespace steward::state
