#include <cohort/serial/polymorphic.hpp>

#include <boost/archive/detail/archive_serializer_map.hpp>
#include <boost/archive/impl/archive_serializer_map.ipp>
#include <fmt/format.h>

namespace boost::archive::detail {
template class archive_serializer_map<cohort::serial::polymorphic_output>;
template class archive_serializer_map<cohort::serial::polymorphic_input>;
}  // namespace boost::archive::detail

namespace cohort::serial::detail {

namespace {

using boost::archive::detail::archive_serializer_map;
using boost::archive::detail::basic_pointer_iserializer;
using boost::archive::detail::basic_pointer_oserializer;

[[noreturn]] void throw_unknown(std::string_view name, const char* problem) {
  throw format_error{
      fmt::format("a serialised object is of the class \"{}\", which {}; was it sent as another type, "
                  "or is BOOST_CLASS_EXPORT missing here?",
                  name.substr(0, 80), problem)};
}

}  // namespace

exported_output exported(const type_info* type, const std::type_info& object) {
  const auto* serializer =
      type == nullptr
          ? nullptr
          : static_cast<const basic_pointer_oserializer*>(archive_serializer_map<polymorphic_output>::find(*type));
  if (serializer == nullptr || type->get_key() == nullptr) {
    throw argument_error{fmt::format(
        "the class {} is sent through a pointer to its base, but is not exported (its name is needed to "
        "make one on arrival); include <cohort/serial/polymorphic.hpp> and say BOOST_CLASS_EXPORT",
        object.name())};
  }
  return {type->get_key(), serializer};
}

void load_exported(input& in, std::string_view name, const type_info& base, const std::function<void(void*)>& own) {
  const std::string key{name.substr(0, BOOST_SERIALIZATION_MAX_KEY_SIZE)};
  const auto* type = type_info::find(key.c_str());
  if (type == nullptr || key.size() != name.size()) throw_unknown(name, "is unknown");
  const auto* serializer =
      static_cast<const basic_pointer_iserializer*>(archive_serializer_map<polymorphic_input>::find(*type));
  if (serializer == nullptr) throw_unknown(name, "cannot be read");
  void* place = serializer->heap_allocation();
  polymorphic_input archive{in, place, [&](void* object) {
                              if (const void* whole = boost::serialization::void_upcast(*type, base, object)) {
                                own(const_cast<void*>(whole));
                                return;
                              }
                              serializer->get_basic_serializer().destroy(object);
                              throw_unknown(name, "is not derived from the class asked for");
                            }};
  // If its constructor throws, the memory is left: only the class knows how it was allocated.
  const auto version = serializer->get_basic_serializer().version();
  serializer->load_object_ptr(archive, place, version);
}

}  // namespace cohort::serial::detail
