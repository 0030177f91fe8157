#pragma once

#include <cohort/async/detail/region.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

namespace cohort::detail {

/// While it lives, a stop that any thread requests of the token is passed on to the region, in its loop's thread.
class stop_relay {
 public:
  stop_relay(region& to, const std::stop_token& from);
  stop_relay(const stop_relay&) = delete;
  stop_relay& operator=(const stop_relay&) = delete;
  ~stop_relay();

 private:
  std::shared_ptr<region*> to_;
  std::optional<std::stop_callback<std::function<void()>>> callback_;
};

}  // namespace cohort::detail
