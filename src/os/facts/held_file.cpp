#include "os/facts/held_file.hpp"

#include <fcntl.h>

#include <atomic>
#include <cerrno>
#include <charconv>

namespace steward {
namespace {
std::atomic<int> held{0};
}  // namespace

HeldFile::HeldFile(HeldFile&& other) noexcept : path_(std::move(other.path_)), fd_(std::move(other.fd_)) {}

HeldFile& HeldFile::operator=(HeldFile&& other) noexcept {
  if (this != &other) {
    close();
    path_ = std::move(other.path_);
    fd_ = std::move(other.fd_);
  }
  return *this;
}

bool HeldFile::open() {
  fd_.reset(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd_) held.fetch_add(1, std::memory_order_relaxed);
  return static_cast<bool>(fd_);
}

void HeldFile::close() {
  if (!fd_) return;
  fd_.reset();
  held.fetch_sub(1, std::memory_order_relaxed);
}

std::optional<std::string_view> HeldFile::read(std::span<char> buffer) {
  if (!fd_ && (path_.empty() || !open())) return std::nullopt;
  ssize_t got = 0;
  do {
    got = ::pread(fd_.get(), buffer.data(), buffer.size(), 0);
  } while (got < 0 && errno == EINTR);
  if (got < 0 || held.load(std::memory_order_relaxed) > kMostHeld) close();
  if (got < 0) return std::nullopt;
  return std::string_view(buffer.data(), static_cast<std::size_t>(got));
}

std::optional<std::int64_t> leading_integer(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  return value;
}

std::optional<std::int64_t> integer_of(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    if (line.starts_with(key) && line.size() > key.size() &&
        (line[key.size()] == ' ' || line[key.size()] == '\t'))
      return leading_integer(line.substr(key.size()));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return std::nullopt;
}

}  // namespace steward
