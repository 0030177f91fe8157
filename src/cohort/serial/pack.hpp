#pragma once

#include <cohort/core/buffer.hpp>
#include <cohort/core/call_site.hpp>
#include <cohort/serial/archive.hpp>

#include <concepts>
#include <cstddef>
#include <cstring>
#include <span>

namespace cohort::serial {

namespace detail {

/// Only adds up how many bytes there will be.
struct size_sink {
  std::size_t bytes = 0;
  void put(const void*, std::size_t n) noexcept { bytes += n; }
};

/// Writes into memory that is known to be large enough.
struct memory_sink {
  explicit memory_sink(std::byte* to) noexcept : at{to} {}
  std::byte* at;
  void put(const void* data, std::size_t n) noexcept {
    if (n != 0) std::memcpy(at, data, n);
    at += n;
  }
};

}  // namespace detail

/// Bytes that `object` takes when packed. Walks the object once; runs of plain elements cost nothing each.
template <class T>
[[nodiscard]] std::size_t packed_size(const T& object) {
  basic_output<detail::size_sink> out;
  out << object;
  return out.bytes;
}

/// Writes `object` to `to`, which must have room for packed_size(object) bytes. Returns the end.
template <class T>
std::byte* pack_to(std::byte* to, const T& object) {
  basic_output<detail::memory_sink> out{to};
  out << object;
  return out.at;
}

/// `object` as bytes: a pass for the size, one allocation, a pass to write.
template <class T>
[[nodiscard]] buffer<std::byte> pack(const T& object) {
  buffer<std::byte> bytes(packed_size(object));
  pack_to(bytes.data(), object);
  return bytes;
}

/// Reads an object into `object`. Throws format_error if the bytes are not exactly one packed T.
template <class T>
void unpack_into(std::span<const std::byte> bytes, T& object) {
  input in{bytes};
  in >> object;
  if (!in.left().empty()) detail::throw_malformed("more bytes than the object takes");
}

/// The same for bytes that came from another rank: a format_error says where in the program they were received.
template <class T>
void unpack_received(std::span<const std::byte> bytes, T& object, const char* routine, int rank,
                     const call_site& where) {
  try {
    unpack_into(bytes, object);
  } catch (const format_error& e) {
    detail::throw_received(e, routine, rank, where);
  }
}

template <std::default_initializable T>
[[nodiscard]] T unpack(std::span<const std::byte> bytes) {
  T object{};
  unpack_into(bytes, object);
  return object;
}

}  // namespace cohort::serial
