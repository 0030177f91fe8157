#pragma once

#include <cohort/serial/archive.hpp>

#include <boost/archive/detail/basic_iarchive.hpp>
#include <boost/archive/detail/basic_oarchive.hpp>
#include <boost/archive/detail/iserializer.hpp>
#include <boost/archive/detail/oserializer.hpp>
#include <boost/archive/detail/register_archive.hpp>
#include <boost/serialization/base_object.hpp>
#include <boost/serialization/export.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>

/// Smart pointers to base classes: unique_ptr<Base>, shared_ptr<Base> and weak_ptr<Base> with objects of any
/// derived class that is exported as Boost.Serialization knows it:
///
///   #include <cohort/serial/polymorphic.hpp>   // in every file that sends or receives such a pointer, or exports
///   class circle : public shape { ... serialize() begins with base_object<shape>(*this) ... };
///   BOOST_CLASS_EXPORT(circle)
///
/// What travels is the name under which the class was exported, and the object, through cohort's own archives:
/// there are no class or object numbers in the bytes that could lie, and lengths are bounded as everywhere. Not a
/// part of <cohort/cohort.hpp>, because each export compiles the
/// class for it. Errors: argument_error
/// where an object of a class that is not exported is sent; format_error where bytes name a class that is unknown
/// or not derived from Base.
namespace cohort::serial {
namespace detail {

/// Writes to another archive's sink.
class forwarding_sink {
 public:
  using function = void (*)(void*, const void*, std::size_t);
  forwarding_sink(void* to, function forward) noexcept : to_{to}, forward_{forward} {}
  void put(const void* data, std::size_t n) { forward_(to_, data, n); }

 private:
  void* to_;
  function forward_;
};

}  // namespace detail

/// The archives for which BOOST_CLASS_EXPORT compiles the derived classes: a thin layer over basic_output and
/// input. Of Boost's archive base they use the registration alone. @{
class polymorphic_output final : public boost::archive::detail::basic_oarchive {
 public:
  using is_saving = boost::mpl::bool_<true>;
  using is_loading = boost::mpl::bool_<false>;

  explicit polymorphic_output(basic_output<detail::forwarding_sink>& out) : out_{out} {}

  template <class T>
  polymorphic_output& operator<<(const T& object) {
    out_ << object;
    return *this;
  }
  template <class T>
  polymorphic_output& operator&(const T& object) {
    return *this << object;
  }
  void save_binary(const void* data, std::size_t bytes) { out_.save_binary(data, bytes); }
  template <class T>
  void register_type(const T* = nullptr) noexcept {}

 private:
  using basic_oarchive = boost::archive::detail::basic_oarchive;
  void vsave(boost::archive::version_type) override {}
  void vsave(boost::archive::object_id_type) override {}
  void vsave(boost::archive::object_reference_type) override {}
  void vsave(boost::archive::class_id_type) override {}
  void vsave(boost::archive::class_id_optional_type) override {}
  void vsave(boost::archive::class_id_reference_type) override {}
  void vsave(const boost::archive::class_name_type&) override {}
  void vsave(boost::archive::tracking_type) override {}

  basic_output<detail::forwarding_sink>& out_;
};

class polymorphic_input final : public boost::archive::detail::basic_iarchive {
 public:
  using is_saving = boost::mpl::bool_<false>;
  using is_loading = boost::mpl::bool_<true>;

  /// Boost constructs the object at `place`, then reads it by operator>>: in between `made` takes it over.
  polymorphic_input(input& in, void* place, std::function<void(void*)> made)
      : basic_iarchive{0}, in_{in}, place_{place}, made_{std::move(made)} {}

  template <class T>
  polymorphic_input& operator>>(T&& object) {
    note(object);
    in_ >> object;
    return *this;
  }
  template <class T>
  polymorphic_input& operator&(T&& object) {
    return *this >> object;
  }
  void load_binary(void* data, std::size_t bytes) { in_.load_binary(data, bytes); }
  template <class T>
  void register_type(const T* = nullptr) noexcept {}

 private:
  using basic_iarchive = boost::archive::detail::basic_iarchive;
  template <class T>
  void note(const T& object) {
    if constexpr (detail::is_specialization<T, boost::serialization::nvp>) {
      if (place_ != nullptr && static_cast<const void*>(std::addressof(object.const_value())) == place_) {
        made_(std::exchange(place_, nullptr));
      }
    }
  }
  void vload(boost::archive::version_type&) override {}
  void vload(boost::archive::object_id_type&) override {}
  void vload(boost::archive::class_id_type&) override {}
  void vload(boost::archive::class_id_optional_type&) override {}
  void vload(boost::archive::class_name_type&) override {}
  void vload(boost::archive::tracking_type&) override {}

  input& in_;
  void* place_;
  std::function<void(void*)> made_;
};
/// @}

namespace detail {

using type_info = boost::serialization::extended_type_info;

/// The class's name and how to write it. Throws argument_error if it was not exported.
struct exported_output {
  const char* name;
  const boost::archive::detail::basic_pointer_oserializer* serializer;
};
[[nodiscard]] exported_output exported(const type_info* type, const std::type_info& object);

/// Makes an object of the class `name`, gives it to `own` as a pointer to `base`, and reads it. Throws
/// format_error.
void load_exported(input& in, std::string_view name, const type_info& base, const std::function<void(void*)>& own);

/// What unique_ptr and shared_ptr to a base class have in common.
template <class Base>
struct polymorphic_object {
  using type = typename boost::serialization::type_info_implementation<Base>::type;

  static const type& info() { return boost::serialization::singleton<type>::get_const_instance(); }

  template <class Out>
  static void save(Out& out, const Base& object) {
    const auto [name, serializer] = exported(info().get_derived_extended_type_info(object), typeid(object));
    out << std::string{name};
    basic_output<forwarding_sink> inner{
        &out, [](void* to, const void* data, std::size_t n) { static_cast<Out*>(to)->save_binary(data, n); }};
    std::swap(inner.state(), out.state());
    const swap_back back{inner.state(), out.state()};
    polymorphic_output archive{inner};
    serializer->save_object_ptr(archive, dynamic_cast<const void*>(&object));
  }
  static void load(input& in, const auto& own) {
    const auto name = in.take(in.length(1));
    load_exported(in, {reinterpret_cast<const char*>(name.data()), name.size()}, info(),
                  [&](void* object) { own(static_cast<Base*>(object)); });
  }

 private:
  struct swap_back {
    save_state& inner;
    save_state& outer;
    ~swap_back() { std::swap(inner, outer); }
  };
};

template <class T>
requires needs_dynamic_type<T>
struct codec<std::unique_ptr<T>> {
  using object = polymorphic_object<std::remove_const_t<T>>;

  static void save(auto& out, const std::unique_ptr<T>& pointer) {
    const bool present = pointer != nullptr;
    out << present;
    if (!present) return;
    const auto level = out.state().enter();
    object::save(out, *pointer);
  }
  static void load(auto& in, std::unique_ptr<T>& pointer) {
    static_assert(std::has_virtual_destructor_v<T>,
                  "cohort: a unique_ptr to a base class without a virtual destructor cannot delete its object");
    bool present = false;
    in >> present;
    pointer.reset();
    if (!present) return;
    const auto level = in.state().enter();
    object::load(in, [&](auto* made) { pointer.reset(made); });
  }
};

template <class T>
requires needs_dynamic_type<T>
struct codec<std::shared_ptr<T>> {
  using object_type = std::remove_const_t<T>;
  using numbered = shared_codec<T>;

  static void save(auto& out, const std::shared_ptr<T>& pointer) {
    numbered::save(out, pointer ? dynamic_cast<const void*>(pointer.get()) : nullptr, &type_tag<object_type>,
                   [&] { polymorphic_object<object_type>::save(out, *pointer); });
  }
  static void load(auto& in, std::shared_ptr<T>& pointer) {
    static_assert(std::has_virtual_destructor_v<T>,
                  "cohort: a base class of objects that travel needs a virtual destructor");
    numbered::load(in, pointer, &type_tag<object_type>, [&](const auto& add) {
      polymorphic_object<object_type>::load(in, [&](auto* made) { add(std::shared_ptr<object_type>{made}); });
    });
  }
};

}  // namespace detail
}  // namespace cohort::serial

BOOST_SERIALIZATION_REGISTER_ARCHIVE(cohort::serial::polymorphic_output)
BOOST_SERIALIZATION_REGISTER_ARCHIVE(cohort::serial::polymorphic_input)
