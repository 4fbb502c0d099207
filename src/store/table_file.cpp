#include "store/table_file.hpp"

namespace steward::store {

Result<std::set<std::string, std::less<>>> columns_of(Db& db, const std::string& table) {
  auto info = db.prepare(fmt::format("SELECT name FROM pragma_table_info('{}')", table));
  if (!info) return std::unexpected(info.error());
  std::set<std::string, std::less<>> known;
  while (true) {
    const auto row = info->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return known;
    known.emplace(info->text(0));
  }
}

}  // namespace steward::store
