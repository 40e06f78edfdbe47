// Alerts: incidents of the shop's hours (incidents.h), each told once.
//
// `gold/alerts/alerts.parquet` holds the incidents that were found, the view `alerts` shows them. check_alerts() looks
// at the hours that are full by every partition's watermark, joins what it finds to the incidents that are known (the
// same metric and direction, hours that meet), and returns those that are new. One that ended more than a day before
// the last full hour is noted and not returned: nobody can act on it any more. Errors: those of engine and store.
// Thread rule: as the engine.
#pragma once

#include <vector>

#include "lake/local_store.h"
#include "warehouse/engine.h"
#include "warehouse/incidents.h"

namespace millrace {

struct AlertOptions {
  IncidentOptions incidents = {};
  Duration window_delay = hours(2);  // how far behind a partition's newest event an hour is emitted
  Instant now = {};
};

/// Precondition: the views windows_product_1h and alerts, and the dialect are there.
Result<std::vector<Incident>> check_alerts(Engine& engine, LocalStore& store, const AlertOptions& options);

}  // namespace millrace
