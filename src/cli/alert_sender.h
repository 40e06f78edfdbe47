// Alerts on their way to the shop: the log, and the webhook that the setting `alerts.webhook` names.
//
// The webhook gets one JSON object: {"alert": name, "text": a sentence, …details}; chat programs show the text. Posts
// leave on a thread of their own, so whoever raises an alert never waits; what cannot be delivered is logged. The
// destructor waits for the posts that are under way, as long as it was told to. Thread rule: any thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "base/json.h"
#include "base/time.h"
#include "warehouse/incidents.h"

namespace millrace {

struct Alert {
  std::string name;  // `orders_low`
  std::string text;  // for a person
  Json details = Json::object();
};

Alert alert_of(const Incident& incident);

class AlertSender {
 public:
  /// `webhook`: an http(s) address; empty: the log alone. `patience`: how long the end waits for posts.
  AlertSender(std::string webhook, Duration patience);
  ~AlertSender();
  AlertSender(const AlertSender&) = delete;
  AlertSender& operator=(const AlertSender&) = delete;

  /// Logs a warning, and posts it.
  void send(const Alert& alert);

 private:
  void post_all(const std::stop_token& stop);

  const std::string webhook_;
  const Duration patience_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> waiting_;  // protected by mutex_
  bool is_posting_ = false;          // likewise
  bool is_ending_ = false;           // likewise
  std::jthread thread_;
};

}  // namespace millrace
