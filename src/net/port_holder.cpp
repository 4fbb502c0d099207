#include "net/port_holder.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <sstream>

#include "os/files.hpp"

namespace steward::net {

namespace {

constexpr std::size_t kMostTable = 16 << 20;
constexpr std::size_t kMostShown = 200;

/// The inodes of sockets that listen on `port`, from one of the kernel's tables (proc(5), /proc/net/tcp).
void add_listening_inodes(const char* table, std::uint16_t port, std::set<std::string>& inodes) {
  const auto text = read_file(table, kMostTable);
  if (!text) return;  // no IPv6, or no /proc: nothing to tell
  const std::string suffix = fmt::format(":{:04X}", port);
  std::istringstream lines(*text);
  std::string line;
  std::getline(lines, line);  // the heading
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string slot, local, remote, state, queues, timer, retransmit, uid, timeout, inode;
    words >> slot >> local >> remote >> state >> queues >> timer >> retransmit >> uid >> timeout >> inode;
    if (state == "0A" && local.ends_with(suffix)) inodes.insert("socket:[" + inode + "]");
  }
}

bool holds_one_of(const std::string& process, const std::set<std::string>& sockets) {
  const auto descriptors = list_folder(process + "/fd");
  if (!descriptors) return false;  // gone meanwhile, or another user's
  return std::ranges::any_of(*descriptors, [&](const std::string& name) {
    char target[64];
    const ssize_t size = ::readlink((process + "/fd/" + name).c_str(), target, sizeof target);
    return size > 0 && sockets.contains(std::string(target, static_cast<std::size_t>(size)));
  });
}

std::string command_line(const std::string& process) {
  auto text = read_file(process + "/cmdline", 1 << 20).value_or("");
  while (!text.empty() && text.back() == '\0') text.pop_back();
  std::ranges::replace(text, '\0', ' ');
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, '?');
  if (text.size() > kMostShown) text = text.substr(0, kMostShown) + "…";
  return text;
}

}  // namespace

std::optional<PortHolder> find_port_holder(std::uint16_t port) {
  std::set<std::string> sockets;
  add_listening_inodes("/proc/net/tcp", port, sockets);
  add_listening_inodes("/proc/net/tcp6", port, sockets);
  const auto entries = list_folder("/proc");
  if (sockets.empty() || !entries) return std::nullopt;
  for (const std::string& name : *entries) {
    int pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc() || end != name.data() + name.size()) continue;
    const std::string process = "/proc/" + name;
    if (holds_one_of(process, sockets)) return PortHolder{pid, command_line(process)};
  }
  return std::nullopt;
}

}  // namespace steward::net
