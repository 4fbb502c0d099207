#include "net/sntp.hpp"

#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

namespace steward::net {

namespace asio = boost::asio;
using udp = asio::ip::udp;

namespace {

constexpr std::int64_t kUnixInNtp = 2'208'988'800;  // seconds from 1900 to 1970
constexpr std::int64_t kLongestRootDistance = 1'500 * kMillisecond;

std::uint64_t number(std::span<const std::uint8_t> packet, std::size_t at, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | packet[at + i];
  return value;
}

/// A timestamp of 32 bits of seconds, which begin again in 2036, in the era nearest to `about`.
WallNs wall_of(std::uint64_t stamp, WallNs about) {
  const std::int64_t near = about / kSecond + kUnixInNtp;
  const auto off =
      static_cast<std::int32_t>(static_cast<std::uint32_t>(stamp >> 32) - static_cast<std::uint32_t>(near));
  const auto fraction = static_cast<std::int64_t>(((stamp & 0xffff'ffff) * kSecond) >> 32);
  return (about / kSecond + off) * kSecond + fraction;
}

/// 16.16 seconds.
std::int64_t short_ns(std::uint64_t value) {
  return static_cast<std::int64_t>(value * kSecond >> 16);
}

std::string kiss_code(std::span<const std::uint8_t> packet) {
  std::string code;
  for (std::size_t i = 12; i < 16; ++i)
    if (packet[i] >= 'A' && packet[i] <= 'Z') code += static_cast<char>(packet[i]);
  return code.empty() ? "unknown" : code;
}

/// "host:port" apart; the port of NTP when there is none.
std::pair<std::string, std::string> host_and_port(const std::string& server) {
  const auto colon = server.rfind(':'), bracket = server.rfind(']');
  const bool v6 = server.starts_with('[') && bracket != std::string::npos;
  const bool with_port = colon != std::string::npos && (!v6 || colon == bracket + 1);
  std::string host = with_port ? server.substr(0, colon) : server;
  if (v6) host = server.substr(1, bracket - 1);
  return {host, with_port ? server.substr(colon + 1) : "123"};
}

/// One question under way; lives as long as one of its operations.
struct Question : std::enable_shared_from_this<Question> {
  Question(asio::io_context& context, const Clock& its_clock)
      : clock(its_clock), resolver(context), socket(context), timer(context) {}

  void begin(const std::string& host, const std::string& port, std::int64_t timeout_ns) {
    timer.expires_after(std::chrono::nanoseconds(timeout_ns));
    timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error) self->end(fail(Code::timeout, "{}: no answer in time", self->server));
    });
    resolver.async_resolve(host, port, [self = shared_from_this()](const auto& error, const auto& found) {
      error ? self->broke(error) : self->send(found.begin()->endpoint());
    });
  }

  void send(const udp::endpoint& to) {
    boost::system::error_code error;
    if (ended) return;
    socket.open(to.protocol(), error);
    if (!error) socket.connect(to, error);
    if (error) return broke(error);
    const auto packet = sntp_request(nonce);
    sent = clock.wall(), sent_mono = clock.mono();
    socket.send(asio::buffer(packet), 0, error);  // a datagram: it goes at once or not at all
    if (error) return broke(error);
    receive();
  }

  void receive() {
    socket.async_receive(asio::buffer(answer),
                         [self = shared_from_this()](const auto& error, std::size_t size) {
                           error ? self->broke(error) : self->received(size);
                         });
  }

  void received(std::size_t size) {
    // By the monotonic clock, lest a step meanwhile count as the way.
    const WallNs at = sent + (clock.mono() - sent_mono);
    auto result = parse_sntp(std::span(answer).first(size), nonce, sent, at);
    // What does not answer our question may be anybody's; the answer may yet come.
    if (!result && result.error().code() == Code::corrupt && ++strangers < 8) return receive();
    end(std::move(result));
  }

  void broke(const boost::system::error_code& error) {
    if (!ended) end(fail(Code::unavailable, "{}: {}", server, error.message()));
  }

  void end(Result<SntpAnswer> result) {
    if (ended) return;
    ended = true;
    boost::system::error_code ignored;
    timer.cancel(), resolver.cancel();
    socket.close(ignored);
    done(std::move(result));
  }

  const Clock& clock;
  udp::resolver resolver;
  udp::socket socket;
  asio::steady_timer timer;
  std::string server;
  SntpClient::Done done;
  std::uint64_t nonce = 0;
  WallNs sent = 0;
  MonoNs sent_mono = 0;
  int strangers = 0;
  bool ended = false;
  std::array<std::uint8_t, 512> answer{};
};

}  // namespace

std::array<std::uint8_t, kSntpPacket> sntp_request(std::uint64_t nonce) {
  std::array<std::uint8_t, kSntpPacket> packet{};
  packet[0] = 4 << 3 | 3;  // version 4, client
  for (std::size_t i = 0; i < 8; ++i) packet[40 + i] = static_cast<std::uint8_t>(nonce >> (56 - 8 * i));
  return packet;
}

Result<SntpAnswer> parse_sntp(std::span<const std::uint8_t> packet, std::uint64_t nonce, WallNs sent,
                              WallNs received) {
  if (packet.size() < kSntpPacket) return fail(Code::corrupt, "an NTP answer of {} bytes", packet.size());
  const int version = packet[0] >> 3 & 7, mode = packet[0] & 7, stratum = packet[1];
  if (mode != 4 || version < 1 || version > 4 || number(packet, 24, 8) != nonce)
    return fail(Code::corrupt, "a datagram that is no answer to what was asked");
  if (stratum == 0) return SntpAnswer{.kiss = kiss_code(packet)};
  const std::uint64_t arrived = number(packet, 32, 8), left = number(packet, 40, 8);
  const std::int64_t distance = short_ns(number(packet, 4, 4)) / 2 + short_ns(number(packet, 8, 4));
  if (packet[0] >> 6 == 3 || stratum > 15 || arrived == 0 || left == 0 || distance > kLongestRootDistance)
    return fail(Code::unavailable, "the time server does not know the time itself");
  const WallNs there = wall_of(arrived, sent), back = wall_of(left, sent);
  const std::int64_t delay = (received - sent) - (back - there);
  if (back < there || delay < -kMillisecond)
    return fail(Code::unavailable, "the time server's answer is not plausible");
  return SntpAnswer{.offset_ns = (there - sent) / 2 + (back - received) / 2,
                    .delay_ns = std::max<std::int64_t>(delay, 0),
                    .stratum = stratum,
                    .kiss = {}};
}

void SntpClient::ask(const std::string& server, std::int64_t timeout_ns, Done done) {
  auto question = std::make_shared<Question>(loop_.context(), clock_);
  question->server = server;
  question->done = std::move(done);
  question->nonce = random_.next();
  const auto [host, port] = host_and_port(server);
  question->begin(host, port, timeout_ns);
}

}  // namespace steward::net
