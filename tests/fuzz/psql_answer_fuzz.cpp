// links: steward_backup
// What psql and its companions print: any bytes are read or refused; what is told of a complaint is short and
// has no secret.
#include <cstdint>
#include <cstdlib>

#include "backup/postgres/answers.hpp"
#include "base/utf8.hpp"
#include "config/database_url.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace steward;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(backup::parse_number(text));
  static_cast<void>(backup::parse_server_facts(text));
  static_cast<void>(backup::major_of_tool(text));
  if (const auto tables = backup::parse_row_counts(text, 50); tables && tables->size() > 50) std::abort();
  const std::string told = backup::told_by(text, "hunter2");
  if (told.size() > 600 || !is_utf8(told) || told.find("hunter2") != std::string::npos) std::abort();
  if (const auto url = config::parse_database_url(text)) {
    const auto again = config::parse_database_url(url->with_database(url->database));
    if (!again || again->database != url->database || again->query != url->query) std::abort();
  }
  return 0;
}
