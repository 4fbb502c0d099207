#include "os/event_loop.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

namespace steward {

Result<EventLoop> EventLoop::make() {
  EventLoop loop;
  loop.epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  if (!loop.epoll_) return fail_errno(errno, "epoll_create1");
  return loop;
}

Status EventLoop::watch(int fd, std::uint32_t events, Ready ready) {
  epoll_event event{.events = events, .data = {.fd = fd}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return fail_errno(errno, "epoll_ctl");
  ready_[fd] = std::make_shared<Ready>(std::move(ready));
  return {};
}

void EventLoop::change(int fd, std::uint32_t events) {
  epoll_event event{.events = events, .data = {.fd = fd}};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void EventLoop::forget(int fd) {
  if (ready_.erase(fd) > 0) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void EventLoop::turn(const Clock& clock, MonoNs deadline) {
  std::array<epoll_event, 64> events;
  timespec wait{};
  timespec* timeout = nullptr;
  if (deadline >= 0) {
    const MonoNs left = std::max<MonoNs>(0, deadline - clock.mono());
    wait = {.tv_sec = left / kSecond, .tv_nsec = left % kSecond};
    timeout = &wait;
  }
  int count = ::epoll_pwait2(epoll_.get(), events.data(), events.size(), timeout, nullptr);
  if (count < 0 && errno == ENOSYS) {  // Linux before 5.11: milliseconds, rounded up
    const auto ms = timeout == nullptr ? -1 : wait.tv_sec * 1000 + (wait.tv_nsec + 999'999) / 1'000'000;
    count =
        ::epoll_wait(epoll_.get(), events.data(), events.size(), static_cast<int>(std::min(ms, 3'600'000L)));
  }
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    const auto it = ready_.find(event.data.fd);
    if (it == ready_.end()) continue;
    const auto ready = it->second;
    (*ready)(event.events);
  }
}

}  // namespace steward
