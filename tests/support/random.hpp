#pragma once

#include <cohort/core/datatype.hpp>

#include <complex>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace cohort::test {

/// The seed of this run: COHORT_SEED from the environment, else a fresh one; equal on all ranks. Failures print it.
[[nodiscard]] std::uint64_t seed();

/// Numbers that depend on the seed and `salt` alone, so any rank can compute what another one has.
[[nodiscard]] std::mt19937_64 engine(std::uint64_t salt);

/// A plain class with padding between its members.
struct particle {
  char kind = 0;
  double position[3] = {};
  int charge = 0;
  friend bool operator==(const particle& a, const particle& b) {
    return a.kind == b.kind && a.position[0] == b.position[0] && a.position[1] == b.position[1] &&
           a.position[2] == b.position[2] && a.charge == b.charge;
  }
};
enum class color : std::uint8_t { red, green, blue };

/// Fills `out` at random. Numbers are small and whole, so that sums are exact in every order. @{
template <class T>
requires std::is_arithmetic_v<T>
void fill(std::mt19937_64& from, T& out) {
  out = static_cast<T>(std::is_same_v<T, bool> ? from() % 2 : from() % 50);
}
template <class T>
void fill(std::mt19937_64& from, std::complex<T>& out) {
  out = {static_cast<T>(from() % 50), static_cast<T>(from() % 50)};
}
inline void fill(std::mt19937_64& from, std::byte& out) {
  out = static_cast<std::byte>(from());
}
inline void fill(std::mt19937_64& from, color& out) {
  out = static_cast<color>(from() % 3);
}
inline void fill(std::mt19937_64& from, particle& out) {
  fill(from, out.kind);
  for (auto& x : out.position) fill(from, x);
  fill(from, out.charge);
}
inline void fill(std::mt19937_64& from, std::string& out) {
  out.resize(from() % 40);
  for (auto& c : out) c = static_cast<char>('a' + from() % 26);
}
template <class T, class U>
void fill(std::mt19937_64& from, std::pair<T, U>& out) {
  fill(from, out.first);
  fill(from, out.second);
}
template <class T, std::size_t N>
void fill(std::mt19937_64& from, std::array<T, N>& out) {
  for (auto& x : out) fill(from, x);
}
/// @}

template <class T>
[[nodiscard]] T random_value(std::uint64_t salt) {
  auto from = engine(salt);
  T value{};
  fill(from, value);
  return value;
}

template <class Container>
[[nodiscard]] Container random_container(std::size_t n, std::uint64_t salt) {
  auto from = engine(salt);
  Container result(n);
  for (auto& x : result) fill(from, x);
  return result;
}
template <class T>
[[nodiscard]] std::vector<T> random_vector(std::size_t n, std::uint64_t salt) {
  return random_container<std::vector<T>>(n, salt);
}

}  // namespace cohort::test
