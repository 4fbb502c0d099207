#include "net/sntp.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/socket.h>

#include <thread>

#include "os/fd.hpp"

namespace steward::net {
namespace {

constexpr WallNs kSent = 1'795'357'505 * kSecond;
constexpr std::uint64_t kNonce = 0x1122'3344'5566'7788;

void put(std::span<std::uint8_t> packet, std::size_t at, std::uint64_t value, std::size_t bytes = 8) {
  for (std::size_t i = 0; i < bytes; ++i)
    packet[at + i] = static_cast<std::uint8_t>(value >> (8 * (bytes - 1 - i)));
}
std::uint64_t stamp(WallNs at) {
  const auto seconds = static_cast<std::uint64_t>(at / kSecond + 2'208'988'800);
  return seconds << 32 | (static_cast<std::uint64_t>(at % kSecond) << 32) / kSecond;
}
std::array<std::uint8_t, 48> answer(WallNs there, WallNs back, std::uint64_t nonce = kNonce) {
  std::array<std::uint8_t, 48> packet{};
  packet[0] = 4 << 3 | 4, packet[1] = 2;
  put(packet, 24, nonce), put(packet, 32, stamp(there)), put(packet, 40, stamp(back));
  return packet;
}

TEST(Sntp, ARequestSaysNothingOfUsButANonce) {
  const auto packet = sntp_request(kNonce);
  EXPECT_EQ(packet[0], 0x23);
  for (std::size_t i = 1; i < 40; ++i) EXPECT_EQ(packet[i], 0);
  EXPECT_EQ(packet[40], 0x11);
  EXPECT_EQ(packet[47], 0x88);
}

RC_GTEST_PROP(SntpProperty, FindsTheOffsetToHalfTheWay, ()) {
  const auto offset = *rc::gen::inRange<std::int64_t>(-3600 * kSecond, 3600 * kSecond);
  const auto out = *rc::gen::inRange<std::int64_t>(0, kSecond),
             in = *rc::gen::inRange<std::int64_t>(0, kSecond);
  const WallNs there = kSent + out + offset, back = there + kMillisecond;
  const auto found = parse_sntp(answer(there, back), kNonce, kSent, back - offset + in);
  RC_ASSERT(found.has_value());
  RC_ASSERT(std::abs(found->delay_ns - (out + in)) <= 4);
  RC_ASSERT(std::abs(found->offset_ns - offset) <= (out + in) / 2 + 4);
}

TEST(Sntp, RefusesWhatDoesNotAnswerItsQuestion) {
  const auto code = [](std::array<std::uint8_t, 48> packet) {
    return parse_sntp(packet, kNonce, kSent, kSent).error().code();
  };
  EXPECT_EQ(code(answer(kSent, kSent, kNonce + 1)), Code::corrupt);
  auto packet = answer(kSent, kSent);
  packet[0] = 4 << 3 | 3;
  EXPECT_EQ(code(packet), Code::corrupt);
  EXPECT_EQ(parse_sntp(std::span(packet).first(47), kNonce, kSent, kSent).error().code(), Code::corrupt);
}

TEST(Sntp, RefusesAServerThatDoesNotKnowTheTime) {
  const auto refused = [](auto change) {
    auto packet = answer(kSent, kSent);
    change(packet);
    const auto found = parse_sntp(packet, kNonce, kSent, kSent);
    return !found && found.error().code() == Code::unavailable;
  };
  EXPECT_TRUE(refused([](auto& packet) { packet[0] |= 3 << 6; }));
  EXPECT_TRUE(refused([](auto& packet) { packet[1] = 16; }));
  EXPECT_TRUE(refused([](auto& packet) { put(packet, 40, 0); }));
  EXPECT_TRUE(refused([](auto& packet) { put(packet, 8, 2 << 16, 4); }));            // 2 s of dispersion
  EXPECT_TRUE(refused([](auto& packet) { put(packet, 40, stamp(kSent) - 9999); }));  // left before it came
  EXPECT_TRUE(
      refused([](auto& packet) { put(packet, 40, stamp(kSent + kSecond)); }));  // longer than we waited
}

TEST(Sntp, AKissOfDeathHasItsCode) {
  auto packet = answer(kSent, kSent);
  packet[1] = 0;
  std::copy_n("RATE", 4, packet.begin() + 12);
  EXPECT_EQ(parse_sntp(packet, kNonce, kSent, kSent)->kiss, "RATE");
}

TEST(Sntp, TimesAfter2036AreOfTheNextEra) {
  const WallNs later = 2'200'000'000 * kSecond;
  EXPECT_EQ(parse_sntp(answer(later + kSecond, later + kSecond), kNonce, later, later)->offset_ns, kSecond);
}

/// A UDP server on the loopback that answers once.
TEST(SntpClientTest, AsksAServer) {
  const Fd server(::socket(AF_INET, SOCK_DGRAM, 0));
  sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(server.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::getsockname(server.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  SystemClock clock;
  std::thread answering([&] {
    std::array<std::uint8_t, 48> request{};
    sockaddr_in from{};
    socklen_t length = sizeof from;
    ::recvfrom(server.get(), request.data(), request.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
    const WallNs now = clock.wall() + 90 * kSecond;
    std::uint64_t nonce = 0;
    for (std::size_t i = 40; i < 48; ++i) nonce = nonce << 8 | request[i];
    for (const std::uint64_t its : {nonce + 1, nonce}) {  // a stranger's comes first
      const auto packet = answer(now, now, its);
      ::sendto(server.get(), packet.data(), packet.size(), 0, reinterpret_cast<sockaddr*>(&from), length);
    }
  });
  EventLoop loop;
  SntpClient client(loop, clock);
  Result<SntpAnswer> found = fail(Code::internal, "not called");
  client.ask(fmt::format("127.0.0.1:{}", ntohs(address.sin_port)), 20 * kSecond, [&](Result<SntpAnswer> got) {
    found = std::move(got);
    loop.stop();
  });
  loop.run();
  answering.join();
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_NEAR(static_cast<double>(found->offset_ns), 90e9, 5e9);
}

TEST(SntpClientTest, AServerThatIsSilentIsATimeout) {
  const Fd server(::socket(AF_INET, SOCK_DGRAM, 0));
  sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(server.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ::getsockname(server.get(), reinterpret_cast<sockaddr*>(&address), &size);
  SystemClock clock;
  EventLoop loop;
  SntpClient client(loop, clock);
  Code code = Code::internal;
  client.ask(fmt::format("127.0.0.1:{}", ntohs(address.sin_port)), 20 * kMillisecond,
             [&](Result<SntpAnswer> got) {
               code = got ? Code::internal : got.error().code();
               loop.stop();
             });
  loop.run();
  EXPECT_EQ(code, Code::timeout);
}

}  // namespace
}  // namespace steward::net
