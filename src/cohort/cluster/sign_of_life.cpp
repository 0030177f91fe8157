#include <cohort/cluster/sign_of_life.hpp>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <system_error>
#include <utility>

namespace cohort::cluster {
namespace {

constexpr auto between_signs = std::chrono::seconds{1};
/// Follows the number of a sign.
constexpr std::string_view starting = " starting";

std::string signs_of(const std::string& verdict_path) {
  return verdict_path + ".alive";
}

/// Opened each time, and never made: it is gone when nobody waits any more, and closing it is what makes other
/// hosts see it.
std::fstream open_existing(const std::string& path) {
  return std::fstream{path, std::ios::in | std::ios::out};
}

}  // namespace

void sign_of_life::give_signs(const std::stop_token& stop, const std::string& path,
                              std::chrono::seconds start) const {
  std::mutex mine;
  std::condition_variable_any never;
  std::unique_lock held{mine};
  const auto until = std::chrono::steady_clock::now() + start;
  for (std::uint64_t number = 1; !stop.stop_requested(); ++number) {
    if (begun_ || std::chrono::steady_clock::now() < until) {
      open_existing(path) << number << (begun_ ? std::string_view{} : starting) << '\n';
    }
    never.wait_for(held, stop, between_signs, [] { return false; });
  }
}

sign_of_life::sign_of_life(std::chrono::seconds start, const variables& environment) : begun_{start == forever} {
  const auto verdict = environment("COHORT_VERDICT");
  if (!verdict || verdict->empty()) return;
  auto path = signs_of(*verdict);
  if (!open_existing(path)) return;
  // Signals are for the threads that were there before.
  sigset_t all{};
  sigset_t before{};
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::jthread{
        [this, path = std::move(path), start](const std::stop_token& stop) { give_signs(stop, path, start); }};
  } catch (...) {
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

bool ask_for_signs(const std::string& verdict_path) {
  return static_cast<bool>(std::ofstream{signs_of(verdict_path), std::ios::trunc});
}

std::optional<std::string> read_sign(const std::string& verdict_path) {
  std::ifstream in{signs_of(verdict_path)};
  std::string line;
  if (!std::getline(in, line)) return std::nullopt;
  return line;
}

bool says_starting(const std::string& sign) {
  return sign.size() > starting.size() && std::string_view{sign}.substr(sign.size() - starting.size()) == starting;
}

void remove_verdict(const std::string& verdict_path) noexcept {
  std::error_code ignored;
  for (const auto* each : {"", ".part", ".alive"}) std::filesystem::remove(verdict_path + each, ignored);
}

}  // namespace cohort::cluster
