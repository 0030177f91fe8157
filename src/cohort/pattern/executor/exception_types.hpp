#pragma once

#include <cohort/core/exception_text.hpp>
#include <cohort/pattern/task_error.hpp>
#include <cohort/serial/pack.hpp>

#include <concepts>
#include <cstddef>
#include <exception>
#include <span>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <vector>

namespace cohort {

/// What future::get() throws for a task that threw an E on another rank: an E, and the task_failure that says
/// where. Catch it as either, or as std::exception.
template <class E>
class remote_exception : public E, public task_failure, public told_exception {
 public:
  remote_exception(E what, task_failure where) : E{std::move(what)}, task_failure{std::move(where)} {}
  [[nodiscard]] std::string told() const override { return describe(); }
};

/// The types of exceptions that come back as what they are; others come back as task_error, with type and message.
/// Those of the standard library that are made from a string are always among them. The same list on every rank:
///
///   cohort::run_executor(argc, argv, body, {.exceptions = cohort::exception_types{}.with<my_error,
///   other_error>()});
///
/// A type of one's own must derive from std::exception, and either have a default constructor and serialize(), or a
/// constructor that takes the what() as a std::string. Matched exactly: an exception of a derived class that is not
/// in the list comes back as task_error.
class exception_types {
 public:
  exception_types();

  template <std::derived_from<std::exception>... Es>
  [[nodiscard]] exception_types with() && {
    (types_.push_back(codec_of<Es>()), ...);
    return std::move(*this);
  }

  /// Position of the exception's type in the list, and what travels for it; -1 if it is not there.
  struct written {
    int type = -1;
    std::vector<std::byte> bytes;
  };
  [[nodiscard]] written write(const std::exception& e) const;

  /// Throws the exception that was written elsewhere, as remote_exception.
  [[noreturn]] void raise(const written& from, const task_failure& where) const;

  [[nodiscard]] std::size_t size() const noexcept { return types_.size(); }

 private:
  struct codec {
    const std::type_info* type;
    std::vector<std::byte> (*write)(const std::exception&);
    void (*raise)(std::span<const std::byte>, const task_failure&);
  };

  template <class E>
  static constexpr bool serialised =
      std::is_default_constructible_v<E>&& serial::detail::has_serialize_member<E, serial::input>;

  template <class E>
  static codec codec_of() {
    static_assert(!std::is_final_v<E>, "cohort: an exception that comes back as itself must not be final");
    static_assert(
        serialised<E> || std::is_constructible_v<E, std::string>,
        "cohort: an exception that comes back as itself needs a constructor from std::string, or a default "
        "constructor and serialize()");
    return {&typeid(E),
            [](const std::exception& e) {
              const auto& exact = static_cast<const E&>(e);
              if constexpr (serialised<E>) {
                return to_bytes(exact);
              } else {
                return to_bytes(std::string{exact.what()});
              }
            },
            [](std::span<const std::byte> bytes, const task_failure& where) {
              if constexpr (serialised<E>) {
                throw remote_exception<E>{serial::unpack<E>(bytes), where};
              } else {
                throw remote_exception<E>{E{serial::unpack<std::string>(bytes)}, where};
              }
            }};
  }
  template <class T>
  static std::vector<std::byte> to_bytes(const T& object) {
    std::vector<std::byte> bytes(serial::packed_size(object));
    serial::pack_to(bytes.data(), object);
    return bytes;
  }

  std::vector<codec> types_;
};

}  // namespace cohort
