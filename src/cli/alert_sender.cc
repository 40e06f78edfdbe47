#include "cli/alert_sender.h"

#include <utility>

#include "base/format.h"
#include "base/http.h"
#include "base/log.h"

namespace millrace {
namespace {

constexpr std::size_t kWaitingMax = 100;

}  // namespace

Alert alert_of(const Incident& incident) {
  const std::string_view metric = to_string(incident.metric);
  const std::string_view direction = incident.is_low ? "low" : "high";
  return {.name = format("{}_{}", metric, direction),
          .text = format("{} too {} since {}: {:.6g} in the hour of {}, where {:.6g} to {:.6g} were to be expected",
                         metric, direction, to_string(incident.first), incident.observed, to_string(incident.worst),
                         incident.low, incident.high),
          .details = {{"metric", metric},
                      {"direction", direction},
                      {"first_hour", to_string(incident.first)},
                      {"last_hour", to_string(incident.last)},
                      {"hours", incident.hours},
                      {"worst_hour", to_string(incident.worst)},
                      {"observed", incident.observed},
                      {"expected_low", incident.low},
                      {"expected_high", incident.high}}};
}

AlertSender::AlertSender(std::string webhook, Duration patience) : webhook_(std::move(webhook)), patience_(patience) {
  if (!webhook_.empty()) {
    thread_ = std::jthread([this](const std::stop_token& stop) { post_all(stop); });
  }
}

AlertSender::~AlertSender() {
  std::unique_lock lock(mutex_);
  is_ending_ = true;
  changed_.notify_all();
  changed_.wait_for(lock, std::chrono::microseconds(patience_.us), [this] { return waiting_.empty() && !is_posting_; });
  // The thread, the last member, is stopped and joined first.
}

void AlertSender::send(const Alert& alert) {
  log_warning("alert", {{"name", alert.name}, {"text", alert.text}});
  if (webhook_.empty()) {
    return;
  }
  Json body = {{"alert", alert.name}, {"text", alert.text}};
  body.update(alert.details);
  const std::lock_guard lock(mutex_);
  if (waiting_.size() == kWaitingMax) {
    log_warning("the webhook is too slow, so an alert was not posted", {{"name", alert.name}});
    return;
  }
  waiting_.push_back(body.dump());
  changed_.notify_all();
}

void AlertSender::post_all(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_ending_ || !waiting_.empty(); });
    if (waiting_.empty()) {
      return;
    }
    const std::string body = std::exchange(waiting_.front(), {});
    waiting_.pop_front();
    is_posting_ = true;
    lock.unlock();
    if (const Result<void> sent = millrace::send({.url = webhook_, .body = body}, stop); !sent) {
      log_warning("an alert was not delivered", {{"error", sent.error().message}});
    }
    lock.lock();
    is_posting_ = false;
    changed_.notify_all();
  }
}

}  // namespace millrace
