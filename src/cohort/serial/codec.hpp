#pragma once

#include <cohort/serial/detail/state.hpp>
#include <cohort/serial/traits.hpp>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

/// How the standard types that are neither plain, nor containers, nor parts in a row are encoded. A codec<T> has
/// save(out, object) and load(in, object). Types are known by their interface, so that their headers stay out.
namespace cohort::serial::detail {

template <class T>
struct codec;

template <class T>
concept has_codec = requires {
  sizeof(codec<T>);
};

template <class T>
constexpr void require_whole() {
  static_assert(!std::is_array_v<T>,
                "cohort: a smart pointer to an array does not know its length; send a std::vector");
  static_assert(!std::is_void_v<T>, "cohort: a shared_ptr<void> does not know what it points to");
  static_assert(!needs_dynamic_type<T>,
                "cohort: a smart pointer to a base class needs the object's own type; include "
                "<cohort/serial/polymorphic.hpp> and export the derived classes, or send a std::variant");
}

/// One byte that says whether there is an object, and the object.
template <class T, class Delete>
struct codec<std::unique_ptr<T, Delete>> {
  static void save(auto& out, const std::unique_ptr<T, Delete>& object) {
    require_whole<T>();
    const bool present = object != nullptr;
    out << present;
    if (!present) return;
    const auto level = out.state().enter();
    out << *object;
  }
  static void load(auto& in, std::unique_ptr<T, Delete>& object) {
    require_whole<T>();
    bool present = false;
    in >> present;
    object.reset();
    if (!present) return;
    const auto level = in.state().enter();
    object.reset(new std::remove_const_t<T>{});
    in >> const_cast<std::remove_const_t<T>&>(*object);
  }
};

/// The number of the object within the message (0: none), and, the first time, the object: so two pointers to one
/// object are two pointers to one object again, and cycles end. A cycle of shared_ptr never frees itself, here
/// either: one that arrives, or that a message has made before it is refused, leaks if nobody breaks it; use
/// weak_ptr.
template <class T>
struct shared_codec {
  using object_type = std::remove_const_t<T>;

  static void save(auto& out, const void* address, const void* type, const auto& save_object) {
    if (address == nullptr) {
      out << std::uint64_t{0};
      return;
    }
    const auto [number, first] = out.state().number(address, type);
    out << number;
    if (!first) return;
    const auto level = out.state().enter();
    save_object();
  }
  static void load(auto& in, std::shared_ptr<T>& object, const void* type, const auto& load_object) {
    std::uint64_t number = 0;
    in >> number;
    object.reset();
    if (number == 0) return;
    if (in.state().is_next(number)) {
      const auto level = in.state().enter();
      const auto place = in.state().reserve(type);
      load_object([&](const std::shared_ptr<object_type>& made) { in.state().set(place, made); });
    }
    object = std::static_pointer_cast<object_type>(in.state().find(number, type));
  }
};
template <class T>
struct codec<std::shared_ptr<T>> {
  using object_type = std::remove_const_t<T>;

  static void save(auto& out, const std::shared_ptr<T>& object) {
    require_whole<T>();
    shared_codec<T>::save(out, object.get(), &type_tag<object_type>, [&] { out << *object; });
  }
  static void load(auto& in, std::shared_ptr<T>& object) {
    require_whole<T>();
    shared_codec<T>::load(in, object, &type_tag<object_type>, [&](const auto& add) {
      const auto made = std::make_shared<object_type>();
      add(made);
      in >> *made;
    });
  }
};

/// As the shared_ptr it stands for; it has expired on arrival if nothing else in the message owns the object.
template <class T>
struct codec<std::weak_ptr<T>> {
  static void save(auto& out, const std::weak_ptr<T>& object) { out << object.lock(); }
  static void load(auto& in, std::weak_ptr<T>& object) {
    std::shared_ptr<T> owner;
    in >> owner;
    object = owner;
  }
};

/// std::stack, std::queue, std::priority_queue: the container inside.
template <class T>
concept adaptor = !std::ranges::range<T> && requires(T & object) {
  typename T::container_type;
  typename T::value_type;
  object.pop();
  object.push(std::declval<const typename T::value_type&>());
};
template <adaptor T>
struct codec<T> : T {
  static void save(auto& out, const T& object) { out << object.*(&codec::c); }
  static void load(auto& in, T& object) {
    auto& inside = object.*(&codec::c);
    in >> inside;
    if constexpr (requires { typename T::value_compare; }) {
      if (!std::is_heap(inside.begin(), inside.end(), object.*(&codec::comp))) {
        throw_malformed("a priority_queue out of order");
      }
    }
  }
};

/// std::forward_list: the length, the elements.
template <class T>
concept forward_list_like = std::ranges::forward_range<T> && requires(T& object) {
  typename T::value_type;
  object.insert_after(object.before_begin(), std::declval<typename T::value_type>());
};
template <forward_list_like T>
struct codec<T> {
  static void save(auto& out, const T& object) {
    const auto level = out.state().enter();
    out << static_cast<std::uint64_t>(std::distance(object.begin(), object.end()));
    for (const auto& part : object) out << part;
  }
  static void load(auto& in, T& object) {
    const auto level = in.state().enter();
    auto n = in.length();
    object.clear();
    for (auto at = object.before_begin(); n != 0; --n) {
      const auto before = in.left().size();
      typename T::value_type part{};
      in >> part;
      in.count_hollow(before);
      at = object.insert_after(at, std::move(part));
    }
  }
};

/// std::filesystem::path: its text.
template <class T>
concept path_like = requires(const T& object) {
  typename T::string_type;
  { object.native() } -> std::same_as<const typename T::string_type&>;
  object.root_directory();
};
template <path_like T>
struct codec<T> {
  static void save(auto& out, const T& object) { out << object.native(); }
  static void load(auto& in, T& object) {
    typename T::string_type text;
    in >> text;
    object = std::move(text);
  }
};

}  // namespace cohort::serial::detail
