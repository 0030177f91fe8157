#pragma once

#include <cohort/pattern/crew/drain_watch.hpp>
#include <cohort/pattern/crew/long_runs.hpp>
#include <cohort/pattern/crew/runner.hpp>
#include <cohort/pattern/crew/signal_watch.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace cohort::crew {

/// Another runner, whose root is told besides what the watch has to say.
class drain_runner final : public runner {
 public:
  drain_runner(runner& inner, drain_watch watch) : inner_{inner}, watch_{std::move(watch)} {}

  [[nodiscard]] std::uint32_t slots() const override { return inner_.slots(); }
  void accept(job what, std::span<const std::byte> payload) override { inner_.accept(what, payload); }
  void stop(job what) override { inner_.stop(what); }
  std::vector<job> give_back(std::size_t most) override { return inner_.give_back(most); }
  void message(std::span<const std::byte> text) override { inner_.message(text); }
  void collect(std::vector<report>& out, dispatch::duration patience) override {
    const auto before = out.size();
    if (watch_.signals) {
      for (const auto come = watch_.signals->count(); told_ != come; ++told_)
        out.push_back({report::kind::told, {}, dispatch::duration{watch_.signals->which()}, {}});
    }
    if (watch_.runs) watch_.runs->tell(out);
    inner_.collect(out, out.size() == before ? patience : dispatch::duration{0});
  }
  bool help(dispatch::duration budget) override { return inner_.help(budget); }
  [[nodiscard]] bool wants_help() const override { return inner_.wants_help(); }
  void no_help() override { inner_.no_help(); }
  [[nodiscard]] std::size_t unfinished() const override { return inner_.unfinished(); }

 private:
  runner& inner_;
  drain_watch watch_;
  std::uint32_t told_ = 0;  ///< signals of which the root knows
};

}  // namespace cohort::crew
