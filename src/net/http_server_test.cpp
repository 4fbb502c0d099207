#include "net/http_server.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <future>
#include <optional>
#include <thread>

#include "net/http_client.hpp"
#include "net/listener.hpp"
#include "net/router.hpp"

namespace steward::net {
namespace {

constexpr int kPatience = 20'000;  // ms until a test says that something never happened

/// Connects, blocking, to the server under test.
Fd dial(const Endpoint& endpoint) {
  sockaddr_storage address{};
  const auto size = socket_address(endpoint, address);
  Fd socket(::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  return socket;
}

void say(const Fd& socket, std::string_view text) {
  ASSERT_EQ(::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
}

/// Reads until `until` has come or the peer ends.
std::string hear(const Fd& socket, std::string_view until) {
  std::string all;
  char block[65536];
  while (all.find(until) == std::string::npos) {
    pollfd one{socket.get(), POLLIN, 0};
    if (::poll(&one, 1, kPatience) <= 0) return all + " … and then nothing";
    const ssize_t got = ::recv(socket.get(), block, sizeof block, 0);
    if (got <= 0) return all + "<end>";
    all.append(block, static_cast<std::size_t>(got));
  }
  return all;
}

/// A server on a thread of its own.
struct HttpServerTest : testing::Test {
  /// Runs `task` on the loop's thread and waits for it.
  template <class Task>
  auto on_loop(Task task) {
    const auto packaged = std::make_shared<std::packaged_task<decltype(task())()>>(std::move(task));
    auto result = packaged->get_future();
    loop.post([packaged] { (*packaged)(); });
    return result.get();
  }

  HttpServerTest() {
    router.get("/hello", [](const Request&) { return Response::text("hello"); })
        .get("/large", [](const Request&) { return Response::text(std::string(3'000'000, 'x')); })
        .get("/events",
             [this](const Request&) { return Response{.content_type = "text/event-stream", .events = &hub}; })
        .on("POST", "/size",
            [](const Request& r) { return Response::text(std::to_string(r.body.size()) + "\n"); });
    auto socket = listen_tcp(*parse_endpoint("127.0.0.1:0"), "dashboard");
    server.emplace(loop, clock, std::move(*socket), router, HttpServer::Options{.most_connections = 4});
    thread = std::thread([this] { loop.run(); });
  }
  ~HttpServerTest() override {
    on_loop([this] { server.reset(); });
    loop.stop();
    thread.join();
  }
  std::string url(std::string_view path) { return "http://" + server->endpoint().text() + std::string(path); }

  EventLoop loop;
  SystemClock clock;
  EventHub hub;
  Router router;
  std::optional<HttpServer> server;
  std::thread thread;
};

TEST_F(HttpServerTest, AnswersOverARealSocket) {
  const Fd socket = dial(server->endpoint());
  say(socket, "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(hear(socket, "hello").starts_with("HTTP/1.1 200 OK\r\n"));
  say(socket,
      "POST /size HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n" + std::string(60'000, 'x'));
  EXPECT_TRUE(hear(socket, "60000\n").starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_F(HttpServerTest, SendsABodyLargerThanTheKernelsBuffers) {
  const auto answer = http_get({.url = url("/large")});
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_EQ(answer->body.size(), 3'000'000U);
}

TEST_F(HttpServerTest, NamesTheMethodsOfAPath) {
  const Fd socket = dial(server->endpoint());
  say(socket, "DELETE /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string answer = hear(socket, "<end>");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 405 ")) << answer;
  EXPECT_NE(answer.find("Allow: GET, HEAD\r\n"), std::string::npos);
  EXPECT_EQ(http_get({.url = url("/nothing")})->status, 404);
}

TEST_F(HttpServerTest, TurnsAwayThoseBeyondItsLimitWith503) {
  std::vector<Fd> open;
  for (int i = 0; i < 4; ++i) {
    open.push_back(dial(server->endpoint()));
    say(open.back(), "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
    hear(open.back(), "hello");
  }
  const Fd fifth = dial(server->endpoint());
  EXPECT_TRUE(hear(fifth, "<end>").starts_with("HTTP/1.1 503 "));
  EXPECT_EQ(on_loop([this] { return server->turned_away(); }), 1);
}

TEST_F(HttpServerTest, StreamsEventsToWhoeverListens) {
  const Fd socket = dial(server->endpoint());
  say(socket, "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_NE(hear(socket, "\r\n\r\n").find("text/event-stream"), std::string::npos);
  on_loop([this] { hub.publish("{\"n\":1}"); });
  EXPECT_EQ(hear(socket, "\n\n"), "data: {\"n\":1}\n\n");
  EXPECT_EQ(on_loop([this] { return hub.listeners(); }), 1U);
}

TEST_F(HttpServerTest, ForgetsAListenerThatLeft) {
  {
    const Fd socket = dial(server->endpoint());
    say(socket, "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    hear(socket, "\r\n\r\n");
  }
  const MonoNs deadline = clock.mono() + kPatience * kMillisecond;
  while (on_loop([this] { return hub.listeners(); }) != 0 && clock.mono() < deadline)
    std::this_thread::yield();
  EXPECT_EQ(on_loop([this] { return hub.listeners(); }), 0U);
}

TEST_F(HttpServerTest, ServesAgainOnceDescriptorsAreFree) {
  const auto turned_away = [this] { return server->turned_away(); };
  on_loop(turned_away);  // UBSan needs a descriptor to look at a type for the first time
  const Fd before = dial(server->endpoint());
  say(before, "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  hear(before, "hello");
  const Fd late = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  rlimit old{};
  ::getrlimit(RLIMIT_NOFILE, &old);
  const rlimit none{static_cast<rlim_t>(late.get() + 1), old.rlim_max};
  on_loop([&] { ::setrlimit(RLIMIT_NOFILE, &none); });
  std::vector<Fd> hogs;
  for (int fd = ::dup(late.get()); fd >= 0; fd = ::dup(late.get()))
    hogs.emplace_back(fd);  // holes below the limit
  sockaddr_storage address{};
  const auto size = socket_address(server->endpoint(), address);
  ASSERT_EQ(::connect(late.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  say(late, "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const MonoNs deadline = clock.mono() + kPatience * kMillisecond;
  while (on_loop(turned_away) == 0 && clock.mono() < deadline) std::this_thread::yield();
  hogs.clear();
  ::setrlimit(RLIMIT_NOFILE, &old);
  EXPECT_TRUE(hear(late, "hello").starts_with("HTTP/1.1 200 OK\r\n"));
}

/// The contract of HttpClient, for the one of libcurl and for the twin.
struct HttpClientTest : HttpServerTest, testing::WithParamInterface<bool> {
  HttpClientTest() {
    const Executor executor = [this](std::function<void()> task) { loop.post(std::move(task)); };
    if (GetParam()) {
      client = make_curl_client(executor);
      silent = listen_tcp(*parse_endpoint("127.0.0.1:0"), "silent").value();
      silent_url = "http://" + bound_endpoint(silent.get())->text() + "/";
    } else {
      auto twin = std::make_unique<MemoryHttpClient>(executor);
      twin->put(url("/hello"), {200, "text/plain; charset=utf-8", "hello"});
      twin->put(url("/size"), {200, "text/plain", "5\n"});
      twin->put(url("/nothing"), {404, "application/json", "{}"});
      silent_url = "http://127.0.0.1:1/silent";
      twin->hang(silent_url);
      client = std::move(twin);
    }
  }
  ~HttpClientTest() override { client.reset(); }

  Result<HttpAnswer> get(const HttpGet& request) { return send(general(request)); }

  Result<HttpAnswer> send(HttpRequest request) {
    std::promise<Result<HttpAnswer>> promise;
    auto future = promise.get_future();
    client->send(std::move(request),
                 [&](Result<HttpAnswer> answer) { promise.set_value(std::move(answer)); });
    return future.get();
  }

  std::unique_ptr<HttpClient> client;
  Fd silent;
  std::string silent_url;
};

INSTANTIATE_TEST_SUITE_P(All, HttpClientTest, testing::Bool(),
                         [](const auto& which) { return which.param ? "Curl" : "Memory"; });

TEST_P(HttpClientTest, BringsStatusTypeAndBody) {
  const auto answer = get({.url = url("/hello")});
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->content_type, "text/plain; charset=utf-8");
  EXPECT_EQ(answer->body, "hello");
}

TEST_P(HttpClientTest, AnErrorStatusIsAnAnswer) {
  EXPECT_EQ(get({.url = url("/nothing")})->status, 404);
}

TEST_P(HttpClientTest, ABodyBeyondTheLimitIsInvalid) {
  EXPECT_EQ(get({.url = url("/hello"), .most_bytes = 4}).error().code(), Code::invalid);
  EXPECT_TRUE(get({.url = url("/hello"), .most_bytes = 5}));
}

TEST_P(HttpClientTest, SendsABody) {
  const auto answer = send({.method = "POST", .url = Secret(url("/size")), .place = "here", .body = "12345"});
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_EQ(answer->body, "5\n");
}

TEST_P(HttpClientTest, ErrorsNameThePlaceAndNotTheAddress) {
  const auto answer = send({.url = Secret("http://127.0.0.1:1/hunter2"), .place = "http://127.0.0.1:1"});
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().text().starts_with("http://127.0.0.1:1: ")) << answer.error().text();
  EXPECT_FALSE(answer.error().text().contains("hunter2"));
}

TEST_P(HttpClientTest, AHeaderThatWouldEndAnotherIsInvalid) {
  for (const auto& [name, value] : HttpHeaders{{"X", "a\r\nY: b"}, {"X: a\r\nY", "b"}, {"", "a"}})
    EXPECT_EQ(send({.url = Secret(url("/hello")), .headers = {{name, value}}}).error().code(), Code::invalid);
}

TEST_P(HttpClientTest, OnlyHttpIsAsked) {
  EXPECT_EQ(get({.url = "file:///etc/passwd"}).error().code(), Code::invalid);
}

TEST_P(HttpClientTest, NobodyThereIsUnavailable) {
  EXPECT_EQ(get({.url = "http://127.0.0.1:1/none"}).error().code(), Code::unavailable);
}

TEST_P(HttpClientTest, NoAnswerIsATimeout) {
  EXPECT_EQ(get({.url = silent_url, .timeout_ns = 50 * kMillisecond}).error().code(), Code::timeout);
}

}  // namespace
}  // namespace steward::net
