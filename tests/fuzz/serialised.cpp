// Serialised objects: the first byte chooses a type, the rest is read as one. What is accepted must come back the
// same when it is packed and read again.

#include <cohort/serial/pack.hpp>

#include "serialised_types.hpp"

#include <algorithm>
#include <cstdlib>

namespace {

using cohort::serial::pack;
using cohort::serial::unpack;

template <class T>
void read(std::span<const std::byte> bytes) {
  try {
    const auto object = unpack<T>(bytes);
    const auto once = pack(object);
    const auto again = pack(unpack<T>({once.data(), once.size()}));
    // Containers by hash may change their order, not their size.
    if (once.size() != again.size()) std::abort();
    if (!fuzz::unordered<T> && !std::equal(once.begin(), once.end(), again.begin())) std::abort();
  } catch (const cohort::serial::format_error&) {
  }
}

template <class... Ts>
void read_one_of(std::size_t which, std::span<const std::byte> bytes, std::tuple<Ts...>*) {
  std::size_t i = 0;
  ((i++ == which ? read<Ts>(bytes) : void()), ...);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  fuzz::all_types* types = nullptr;
  read_one_of(data[0] % std::tuple_size_v<fuzz::all_types>, std::as_bytes(std::span{data + 1, size - 1}), types);
  return 0;
}
