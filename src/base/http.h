// Requests to the services of others over HTTP: webhooks, lineage.
//
// A request has a limit of time and is tried again, after a pause that doubles, where the other side was not reached,
// answered 429 or 5xx, or fell silent. Certificates are checked; no redirect is followed, since what we send is meant
// for the address that was configured. Addresses may hold secrets, so messages name the server alone.
// Errors: invalid for an address that is none, and where the server refused (4xx); unavailable where all attempts
// failed; stopped about a second after a request to stop, also while an answer is waited for. Thread rule: free
// functions, safe from any thread. The one place of libcurl.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace millrace {

struct HttpPost {
  std::string url;  // http:// or https://
  std::string body;
  std::string content_type = "application/json";
  Duration timeout = seconds(10);  // of an attempt
  int attempts = 3;                // at least 1
};

/// True for `http://…` and `https://…`.
bool is_http_url(std::string_view text);

/// `https://hooks.example.com`: the part of an address that may stand in a message.
std::string server_of(std::string_view url);

/// Sends it, and waits for an answer of 2xx.
Result<void> send(const HttpPost& post, const std::stop_token& stop = {});

}  // namespace millrace
