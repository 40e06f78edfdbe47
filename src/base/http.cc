#include "base/http.h"

#include <curl/curl.h>

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "base/check.h"
#include "base/format.h"

namespace millrace {
namespace {

constexpr Duration kFirstPause = milliseconds(200);
constexpr std::string_view kSchemeEnd = "://";

struct CloseCurl {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// Before the first use, once; the library itself is not safe at that moment.
void start_curl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  CHECK(started == CURLE_OK);
}

std::size_t ignore_body(char* /*bytes*/, std::size_t size, std::size_t count, void* /*context*/) {
  return size * count;
}

/// Asked about once a second, and whenever something comes; anything but 0 ends the request.
int asks_to_stop(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::stop_token*>(stop)->stop_requested() ? 1 : 0;
}

struct Attempt {
  bool may_be_tried_again = false;
  Result<void> result;
};

/// A refusal stands; everything else may pass.
Attempt judge(CURLcode code, long status, const HttpPost& post, const char* words) {
  const std::string server = server_of(post.url);
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
    return {.result = fail(Fault::invalid, format("not an address of HTTP, check it: {}", server))};
  }
  if (code == CURLE_ABORTED_BY_CALLBACK) {
    return {.result = fail(Fault::stopped, format("stopped while sending to {}", server))};
  }
  if (code != CURLE_OK) {
    const std::string reason = *words != '\0' ? words : curl_easy_strerror(code);
    return {.may_be_tried_again = code != CURLE_PEER_FAILED_VERIFICATION,
            .result = fail(Fault::unavailable, format("{} did not take a request: {}", server, reason))};
  }
  if (status >= 200 && status < 300) {
    return {};
  }
  if (status == 429 || status >= 500) {
    return {.may_be_tried_again = true,
            .result = fail(Fault::unavailable, format("{} answered a request with status {}", server, status))};
  }
  return {.result = fail(Fault::invalid, format("{} refused a request with status {}, check the address and what it "
                                                "expects",
                                                server, status))};
}

Attempt try_once(const HttpPost& post, std::stop_token stop) {
  const std::unique_ptr<CURL, CloseCurl> curl(curl_easy_init());
  CHECK(curl != nullptr);
  const std::string type = format("Content-Type: {}", post.content_type);
  const std::unique_ptr<curl_slist, CloseCurl> headers(curl_slist_append(nullptr, type.c_str()));
  char words[CURL_ERROR_SIZE] = "";
  const long timeout_ms = std::max(1L, static_cast<long>(post.timeout.us / 1'000));
  CURL* const handle = curl.get();
  curl_easy_setopt(handle, CURLOPT_URL, post.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_POST, 1L);
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, post.body.data());
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(post.body.size()));
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "millrace");
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, timeout_ms);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);  // no signals in a program with threads
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, ignore_body);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, asks_to_stop);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &stop);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, words);
  const CURLcode code = curl_easy_perform(handle);
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  return judge(code, status, post, words);
}

/// False where the stop came first.
bool pause(Duration length, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any waiting;
  std::unique_lock lock(mutex);
  waiting.wait_for(lock, stop, std::chrono::microseconds(length.us), [] { return false; });
  return !stop.stop_requested();
}

}  // namespace

bool is_http_url(std::string_view text) { return text.starts_with("http://") || text.starts_with("https://"); }

std::string server_of(std::string_view url) {
  const std::size_t scheme = url.find(kSchemeEnd);
  if (scheme == std::string_view::npos) {
    return "(no address)";
  }
  const std::size_t begin = scheme + kSchemeEnd.size();
  const std::string_view server = url.substr(begin, url.find_first_of("/?#", begin) - begin);
  const std::size_t user = server.rfind('@');
  return format("{}{}", url.substr(0, begin), user == std::string_view::npos ? server : server.substr(user + 1));
}

Result<void> send(const HttpPost& post, const std::stop_token& stop) {
  start_curl();
  Duration wait = kFirstPause;
  for (int attempt = 1;; ++attempt, wait = wait * 2) {
    Attempt done = try_once(post, stop);
    if (done.result || !done.may_be_tried_again || attempt >= post.attempts) {
      return std::move(done.result);
    }
    if (!pause(wait, stop)) {
      return fail(Fault::stopped, format("stopped while sending to {}", server_of(post.url)));
    }
  }
}

}  // namespace millrace
