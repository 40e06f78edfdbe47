#include "forecast/explanation.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"

namespace millrace {

Json Explanation::to_json() const {
  Json json = {{"mean", mean}, {"members", Json::array()}, {"explained", explained}, {"start", start},
               {"base", base}, {"reasons", Json::array()}};
  for (const MemberForecast& member : members) {
    json["members"].push_back({{"model", member.model}, {"weight", member.weight}, {"mean", member.mean}});
  }
  for (const Reason& reason : reasons) {
    json["reasons"].push_back({{"feature", to_string(reason.feature)},
                               {"about", group_of(reason.feature)},
                               {"value", reason.value},
                               {"factor", reason.factor}});
  }
  return json;
}

std::string Explanation::to_text(std::size_t reasons_max) const {
  std::string text = format("{:.2f} pieces expected\n", mean);
  for (const MemberForecast& member : members) {
    text += format("  {:.0f} % of it from {}, which says {:.2f}\n", member.weight * 100, member.model, member.mean);
  }
  if (reasons.empty()) {
    return text + "this model is a rule and has no further reasons\n";
  }
  text += format("{} begins with {:.2f}, what it sells on such a day; all products together move that by x {:.2f}\n",
                 explained, start, base);
  double rest = 1;
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    const Reason& reason = reasons[i];
    if (i < reasons_max) {
      text += format("  x {:.3f}  {:<24} is {:<10.4g} ({})\n", reason.factor, to_string(reason.feature), reason.value,
                     group_of(reason.feature));
    } else {
      rest *= reason.factor;
    }
  }
  return text + (reasons.size() > reasons_max
                     ? format("  x {:.3f}  {} other features together\n", rest, reasons.size() - reasons_max)
                     : "");
}

}  // namespace millrace
