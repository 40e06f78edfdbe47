// What needs a server is tested by tests/integration/test_lineage.py and test_alerts.py.
#include "base/http.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/format.h"

namespace millrace {
namespace {

TEST(HttpTest, knows_an_address) {
  EXPECT_TRUE(is_http_url("http://localhost:1"));
  EXPECT_TRUE(is_http_url("https://example.com/a"));
  EXPECT_FALSE(is_http_url("events.ndjson"));
  EXPECT_FALSE(is_http_url("ftp://example.com"));
}

TEST(HttpTest, messages_name_the_server_and_no_secret) {
  EXPECT_EQ(server_of("https://hooks.example.com/services/SECRET"), "https://hooks.example.com");
  EXPECT_EQ(server_of("https://user:secret@example.com:8443?token=secret"), "https://example.com:8443");
  EXPECT_EQ(server_of("http://example.com#secret"), "http://example.com");
  EXPECT_EQ(server_of("secret"), "(no address)");
}

TEST(HttpTest, nobody_listens) {
  const auto sent = send({.url = "http://127.0.0.1:1/SECRET", .body = "{}", .attempts = 2});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().fault, Fault::unavailable);
  EXPECT_TRUE(sent.error().message.starts_with("http://127.0.0.1:1 did not take a request: "));
  EXPECT_EQ(sent.error().message.find("SECRET"), std::string::npos);
}

TEST(HttpTest, an_address_that_is_none) {
  for (const char* url : {"", "file:///etc/passwd", "http://", "gopher://127.0.0.1/"}) {
    const auto sent = send({.url = url, .body = "{}"});
    ASSERT_FALSE(sent) << url;
    EXPECT_EQ(sent.error().fault, Fault::invalid) << url;
  }
}

/// A port of this machine where connections are taken and nothing is ever answered.
class SilentServer {
 public:
  SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket_, any, size), 0);
    EXPECT_EQ(::listen(socket_, 4), 0);
    EXPECT_EQ(::getsockname(socket_, any, &size), 0);
    port_ = ntohs(address.sin_port);
  }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  ~SilentServer() { ::close(socket_); }
  std::string url() const { return format("http://127.0.0.1:{}/", port_); }

 private:
  int socket_;
  int port_ = 0;
};

TEST(HttpTest, an_answer_is_not_waited_for_for_ever) {
  const SilentServer server;
  const auto sent = send({.url = server.url(), .body = "{}", .timeout = milliseconds(100), .attempts = 1});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().fault, Fault::unavailable);
}

TEST(HttpTest, a_request_to_stop_ends_the_wait_for_an_answer) {
  const SilentServer server;
  std::stop_source stop;
  std::jthread later([&stop] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop.request_stop();
  });
  const auto sent = send({.url = server.url(), .body = "{}", .timeout = minutes(10)}, stop.get_token());
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().fault, Fault::stopped);
}

TEST(HttpTest, a_request_to_stop_ends_the_pause) {
  std::stop_source stop;
  stop.request_stop();
  const auto sent = send({.url = "http://127.0.0.1:1/", .body = "{}", .attempts = 100}, stop.get_token());
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().fault, Fault::stopped);
}

}  // namespace
}  // namespace millrace
