#pragma once

#include <cohort/collective/topology/topology.hpp>
#include <cohort/core/detail/items.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/detail/wire_count.hpp>

#include <cstddef>
#include <vector>

namespace cohort::detail {

struct neighbor_access {
  [[nodiscard]] static bool grid(const topology& of) noexcept { return of.grid_; }
};

/// Open MPI refuses a null pointer in some neighbourhood collectives, even where nothing is sent or received.
[[nodiscard]] inline void* never_null(void* data) noexcept {
  static std::byte nothing{};
  return data != nullptr ? data : &nothing;
}

/// What comes from each source in turn: first `found`, then `take`.
class neighbor_messages {
 public:
  /// Starts one send per destination (parts[i] to the i-th) and finds one message per source. Collective.
  neighbor_messages(const topology& over, comm_state& state, items<view> parts, const call_site& where);
  neighbor_messages(const neighbor_messages&) = delete;
  neighbor_messages& operator=(const neighbor_messages&) = delete;
  /// Lets go of what is not complete, which happens only if an exception is on its way.
  ~neighbor_messages();

  /// Bytes that the i-th source sends; 0 for proc_null.
  [[nodiscard]] std::size_t bytes(std::size_t i) const noexcept { return bytes_[i]; }
  /// Receives them.
  void take(std::size_t i, const view& place);
  /// Waits for the sends.
  void finish();

 private:
  const topology& over_;
  const comm_state& state_;
  call_site where_;
  std::vector<MPI_Request> leaving_;
  std::vector<MPI_Message> coming_;
  std::vector<std::size_t> bytes_;
};

/// Exchanges parts of plain elements whose lengths only their senders know.
template <class Element>
gathered<Element> neighbor_exchange(const topology& over, comm_state& state, items<view> parts, const char* routine,
                                    const call_site& where) {
  using Type = datatype<Element>;
  neighbor_messages messages{over, state, parts, where};
  gathered<Element> result;
  const auto sources = over.sources().size();
  result.counts.reserve(sources);
  std::size_t sum = 0;
  for (std::size_t i = 0; i != sources; ++i) {
    const auto n = messages.bytes(i) / datatype<Element>::wire_size;
    if (messages.bytes(i) % datatype<Element>::wire_size != 0) {
      throw_short_message(routine, state.rank, messages.bytes(i), datatype<Element>::wire_size, where);
    }
    result.counts.push_back(n);
    sum += n;
  }
  result.values = buffer<Element>(sum);
  Element* at = result.values.data();
  for (std::size_t i = 0; i != sources; ++i) {
    const auto n = static_cast<std::size_t>(result.counts[i]);
    messages.take(i, {at, n * Type::per_element, Type::type()});
    at += n;
  }
  messages.finish();
  return result;
}
/// Serialised objects travel so: compiled once, in the library.
extern template gathered<std::byte> neighbor_exchange<std::byte>(const topology& over, comm_state& state,
                                                                 items<view> parts, const char* routine,
                                                                 const call_site& where);

}  // namespace cohort::detail
