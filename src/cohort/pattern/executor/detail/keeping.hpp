#pragma once

#include <cohort/pattern/executor/detail/future_core.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <typeinfo>

/// What submissions and futures know of a result store: nothing but whether there is one.
namespace cohort::detail {

class store_writer;

/// How tasks submitted with one set of options are kept.
struct keeping {
  std::shared_ptr<store_writer> writer;
  std::string id;  ///< empty: each task gets one
  std::string name;
  bool reuse = false;
};

/// The task, of a function of this type, is kept from now on; not submitted yet. True: its result was in the store
/// and is in the core now; there is nothing to run. Throws error if the store cannot be read, argument_error for a
/// result of another type.
bool keep(const keeping& how, const std::type_info& function, future_core& core);

/// Under the home's lock, of a core that is kept. @{
void kept_started(const future_core& core, int rank, const std::string& host);
void kept_retrying(const future_core& core, std::uint32_t attempts);
void kept_result(const future_core& core, std::span<const std::byte> payload, double seconds);
void kept_succeeded(const future_core& core, int rank, const std::string& host, std::uint32_t attempts);
/// Without a result; no effect if it has one.
void kept_ended(const future_core& core);
/// @}

/// Empty if the task is not kept.
[[nodiscard]] std::string kept_id(const future_core& core);

}  // namespace cohort::detail
