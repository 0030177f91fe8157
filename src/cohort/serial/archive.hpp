#pragma once

#include <cohort/core/buffer.hpp>
#include <cohort/serial/aggregate.hpp>
#include <cohort/serial/codec.hpp>
#include <cohort/serial/detail/serialisable.hpp>
#include <cohort/serial/detail/state.hpp>
#include <cohort/serial/format_error.hpp>
#include <cohort/serial/traits.hpp>

#include <boost/mpl/bool.hpp>
#include <boost/serialization/nvp.hpp>
#include <boost/serialization/serialization.hpp>
#include <boost/serialization/version.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

/// It points to what it names.
template <class T>
inline constexpr bool cohort::travels_as_bytes<boost::serialization::nvp<T>> = false;

/// Direct archives: any type to and from one contiguous run of bytes.
///
/// What travels: plain types (their bytes; runs of them in one memcpy), the standard's containers and their
/// adaptors, std::string, filesystem::path, optional, variant, tuple, pair, unique_ptr, shared_ptr, weak_ptr,
/// aggregates of such (no code needed), and any class with Boost.Serialization's serialize() or save()/load(), as a
/// member or free; it is called with the version of BOOST_CLASS_VERSION (both ends run the same binary, so the
/// number does not travel). A class without is one error at compile time that names it. Objects behind shared_ptr
/// travel once per message, also in a cycle. Raw pointers do not compile; smart pointers to base classes need
/// serial/polymorphic.hpp. Containers and pointers nest at most 1000 deep.
///
/// The archives meet Boost's archive concepts, so `ar & x`, nvp and base_object work in a serialize().
namespace cohort::serial {

/// Writes objects through a Sink: a type with put(const void*, std::size_t).
template <class Sink>
class basic_output : public Sink {
 public:
  using is_saving = boost::mpl::bool_<true>;
  using is_loading = boost::mpl::bool_<false>;
  using Sink::Sink;

  template <class T>
  basic_output& operator<<(const T& object) {
    save(object);
    return *this;
  }
  template <class T>
  basic_output& operator&(const T& object) {
    return *this << object;
  }
  void save_binary(const void* data, std::size_t n) { this->put(data, n); }
  template <class T>
  void register_type(const T* = nullptr) noexcept {}
  [[nodiscard]] unsigned get_library_version() const noexcept { return 18; }
  [[nodiscard]] detail::save_state& state() noexcept { return state_; }

 private:
  template <class T>
  void save(const T& object);

  detail::save_state state_;
};

/// Reads objects from bytes. Throws format_error if they end early or make no sense; never reads outside, and never
/// allocates more than a small multiple of the bytes there are and of most_hollow elements.
class input {
 public:
  /// Elements of containers that may take no bytes at all (objects of a class whose serialize() writes nothing), in
  /// all that is read through one input: their number is the only one that the bytes do not bound.
  static constexpr std::size_t most_hollow = 65536;

  using is_saving = boost::mpl::bool_<false>;
  using is_loading = boost::mpl::bool_<true>;

  explicit input(std::span<const std::byte> bytes) noexcept : left_{bytes} {}

  template <class T>
  input& operator>>(T&& object) {
    load(object);
    return *this;
  }
  template <class T>
  input& operator&(T&& object) {
    return *this >> object;
  }
  void load_binary(void* data, std::size_t bytes) { get(data, bytes); }
  template <class T>
  void register_type(const T* = nullptr) noexcept {}
  [[nodiscard]] unsigned get_library_version() const noexcept { return 18; }
  template <class T>
  void reset_object_address(const T*, const T*) noexcept {}
  void delete_created_pointers() noexcept {}

  /// Bytes not yet read.
  [[nodiscard]] std::span<const std::byte> left() const noexcept { return left_; }
  /// The next `bytes` bytes, in place.
  std::span<const std::byte> take(std::size_t bytes) {
    if (bytes > left_.size()) [[unlikely]]
      detail::throw_truncated(bytes, left_.size());
    const auto result = left_.first(bytes);
    left_ = left_.subspan(bytes);
    return result;
  }
  /// A container's length; each element takes at least `least` bytes, so a larger one is a lie.
  std::size_t length(std::size_t least) {
    const auto n = length();
    if (n > left_.size() / (least == 0 ? 1 : least)) [[unlikely]]
      detail::throw_truncated(n, left_.size());
    return n;
  }
  /// A length that the bytes do not bound: reserve nothing, and count_hollow() each element.
  std::size_t length() {
    std::uint64_t n = 0;
    get(&n, sizeof n);
    return static_cast<std::size_t>(n);
  }
  /// An element has been read that left `before` bytes to read when it began.
  void count_hollow(std::size_t before) {
    if (left_.size() != before) return;
    if (++hollow_ > most_hollow) [[unlikely]]
      detail::throw_malformed("more elements that take no bytes than are allowed, 65536,");
  }
  [[nodiscard]] detail::load_state& state() noexcept { return state_; }

 private:
  void get(void* data, std::size_t bytes) {
    const auto from = take(bytes);
    if (bytes != 0) std::memcpy(data, from.data(), bytes);
  }
  template <class T>
  void load(T& object);
  template <class T>
  void load_container(T& object);
  template <class T>
  void load_next(T& object);
  template <std::size_t I = 0, class... Ts>
  void load_alternative(std::variant<Ts...>& object, std::size_t index);

  std::span<const std::byte> left_;
  std::size_t hollow_ = 0;
  detail::load_state state_;
};

template <class Sink>
template <class T>
void basic_output<Sink>::save(const T& object) {
  if constexpr (detail::flat<T> || std::is_same_v<T, bool>) {
    this->put(&object, sizeof object);
  } else if constexpr (detail::has_codec<T>) {
    detail::codec<T>::save(*this, object);
  } else if constexpr (detail::tuple_like<T>) {
    std::apply([&](const auto&... parts) { (save(parts), ...); }, object);
  } else if constexpr (std::is_array_v<T>) {
    for (const auto& part : object) save(part);
  } else if constexpr (detail::is_specialization<T, boost::serialization::nvp>) {
    save(object.const_value());
  } else if constexpr (detail::is_specialization<T, std::optional>) {
    const bool present = static_cast<bool>(object);
    this->put(&present, sizeof present);
    if (present) save(*object);
  } else if constexpr (detail::is_specialization<T, std::variant>) {
    const auto index = static_cast<std::uint64_t>(object.index());
    this->put(&index, sizeof index);
    std::visit([&](const auto& held) { save(held); }, object);
  } else if constexpr (std::is_same_v<T, std::monostate>) {
  } else if constexpr (is_buffer<T>::value || detail::container<T>) {
    const auto n = static_cast<std::uint64_t>(std::ranges::size(object));
    this->put(&n, sizeof n);
    if constexpr (detail::flat_range<const T>) {
      this->put(std::ranges::data(object), n * sizeof(std::ranges::range_value_t<const T>));
    } else {
      const auto level = state_.enter();
      for (auto&& part : object) save(static_cast<const typename T::value_type&>(part));
    }
  } else if constexpr (std::is_pointer_v<T> || std::is_member_pointer_v<T>) {
    static_assert(detail::never<T>,
                  "cohort: a raw pointer cannot be sent; send what it points to, by value or unique_ptr");
  } else if constexpr (cohort::detail::is_view<T>) {
    static_assert(detail::never<T>,
                  "cohort: a view inside an object owns nothing to send; use the owning container");
  } else if constexpr (std::is_aggregate_v<T> && !detail::says_what_it_is<T, basic_output>) {
    std::apply([&](const auto&... parts) { (save(parts), ...); }, detail::members(object));
  } else if constexpr (detail::can_be_sent<std::remove_const_t<T>>()) {
    // Boost's serialize() takes a non-const reference for both directions; saving does not change the object.
    boost::serialization::serialize_adl(*this, const_cast<T&>(object), boost::serialization::version<T>::value);
  }
}

template <class T>
void input::load(T& object) {
  if constexpr (std::is_same_v<T, bool>) {
    unsigned char raw = 0;
    get(&raw, 1);
    if (raw > 1) detail::throw_malformed("a bool that is neither 0 nor 1");
    object = raw != 0;
  } else if constexpr (detail::flat<T>) {
    get(&object, sizeof object);
  } else if constexpr (detail::has_codec<T>) {
    detail::codec<T>::load(*this, object);
  } else if constexpr (detail::tuple_like<T>) {
    std::apply([&](auto&... parts) { (load(parts), ...); }, object);
  } else if constexpr (std::is_array_v<T>) {
    for (auto& part : object) load(part);
  } else if constexpr (detail::is_specialization<T, boost::serialization::nvp>) {
    load(object.value());
  } else if constexpr (detail::is_specialization<std::remove_const_t<T>, boost::serialization::nvp>) {
    load(const_cast<std::remove_const_t<T>&>(object).value());
  } else if constexpr (detail::is_specialization<T, std::optional>) {
    bool present = false;
    load(present);
    if (present) {
      load(object.emplace());
    } else {
      object.reset();
    }
  } else if constexpr (detail::is_specialization<T, std::variant>) {
    std::uint64_t index = 0;
    get(&index, sizeof index);
    load_alternative(object, static_cast<std::size_t>(index));
  } else if constexpr (std::is_same_v<T, std::monostate>) {
  } else if constexpr (detail::flat_range<T>) {
    load_container(object);
  } else if constexpr (is_buffer<T>::value) {
    object = T(length(1));
    for (auto& part : object) load(part);
  } else if constexpr (detail::container<T>) {
    const auto level = state_.enter();
    load_container(object);
  } else if constexpr (std::is_pointer_v<T> || std::is_member_pointer_v<T>) {
    static_assert(detail::never<T>, "cohort: a raw pointer cannot be received; use a value or unique_ptr");
  } else if constexpr (std::is_aggregate_v<T> && !detail::says_what_it_is<T, input>) {
    std::apply([&](auto&... parts) { (load(parts), ...); }, detail::members(object));
  } else if constexpr (detail::can_be_sent<std::remove_const_t<T>>()) {
    boost::serialization::serialize_adl(*this, object, boost::serialization::version<T>::value);
  }
}

template <class T>
void input::load_container(T& object) {
  using Value = typename T::value_type;
  if constexpr (detail::flat_range<T>) {
    const auto n = length(sizeof(Value));
    if constexpr (is_buffer<T>::value) {
      object = T(n);
      get(object.data(), n * sizeof(Value));
    } else if constexpr (std::is_same_v<Value, char> && requires { object.assign("", n); }) {
      // Written once, not filled with zeros first.
      object.assign(reinterpret_cast<const char*>(take(n).data()), n);
    } else {
      object.resize(n);
      get(std::ranges::data(object), n * sizeof(Value));
    }
  } else {
    constexpr std::size_t least = detail::least_bytes<Value>;
    const auto n = least != 0 ? length(least) : length();
    object.clear();
    // Where the bytes bound the length. Elsewhere one that is a lie ends where the bytes do, or at most_hollow.
    if constexpr (least != 0 && requires { object.reserve(n); }) object.reserve(n);
    for (std::size_t i = 0; i != n; ++i) load_next(object);
  }
}

template <class T>
void input::load_next(T& object) {
  using Value = typename T::value_type;
  const auto before = left_.size();
  if constexpr (requires { typename T::mapped_type; }) {
    std::pair<typename T::key_type, typename T::mapped_type> entry;
    load(entry);
    object.insert(object.end(), std::move(entry));
  } else if constexpr (requires {
                         { object.emplace_back() } -> std::same_as<Value&>;
                       }) {
    load(object.emplace_back());
  } else {
    Value value{};
    load(value);
    object.insert(object.end(), std::move(value));
  }
  if constexpr (detail::least_bytes<Value> == 0) count_hollow(before);
}

template <std::size_t I, class... Ts>
void input::load_alternative(std::variant<Ts...>& object, std::size_t index) {
  if constexpr (I == sizeof...(Ts)) {
    detail::throw_malformed("a variant whose index is out of range");
  } else if (index == I) {
    load(object.template emplace<I>());
  } else {
    load_alternative<I + 1>(object, index);
  }
}

}  // namespace cohort::serial
