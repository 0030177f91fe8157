#pragma once

#include <cohort/pattern/crew/runner.hpp>

#include "farm/errors.hpp"
#include "farm/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

/// How the fields of a message lie one behind the other.
namespace cohort_farm {

class packer {
 public:
  template <class T>
  packer& put(const T& value) {
    static_assert(std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>);
    return raw(std::as_bytes(std::span{&value, 1}));
  }
  packer& text(std::string_view what) {
    put(static_cast<std::uint64_t>(what.size()));
    return raw(as_bytes(what));
  }
  packer& raw(bytes_view what) {
    made_.insert(made_.end(), what.begin(), what.end());
    return *this;
  }
  [[nodiscard]] bytes take() { return std::move(made_); }

 private:
  bytes made_;
};

class unpacker {
 public:
  explicit unpacker(bytes_view data) : left_{data} {}

  template <class T>
  unpacker& get(T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    const auto from = take(sizeof value);
    std::memcpy(&value, from.data(), sizeof value);
    return *this;
  }
  template <class Enum>
  unpacker& get_enum(Enum& value, Enum last) {
    std::underlying_type_t<Enum> number{};
    get(number);
    if (number > static_cast<std::underlying_type_t<Enum>>(last)) fail();
    value = static_cast<Enum>(number);
    return *this;
  }
  unpacker& job(cohort::crew::job& of) { return get(of.task).get(of.attempt); }
  std::string_view text() {
    std::uint64_t size = 0;
    get(size);
    if (size > left_.size()) fail();
    return as_text(take(static_cast<std::size_t>(size)));
  }
  bytes_view rest() { return take(left_.size()); }
  void end() const {
    if (!left_.empty()) fail();
  }
  [[noreturn]] static void fail() {
    throw format_error{
        "a message between ranks is malformed (it ends too early, or has values that do not exist); "
        "check that all ranks run the same version of cohort-farm"};
  }

 private:
  bytes_view take(std::size_t size) {
    if (size > left_.size()) fail();
    const auto result = left_.first(size);
    left_ = left_.subspan(size);
    return result;
  }
  bytes_view left_;
};

}  // namespace cohort_farm
