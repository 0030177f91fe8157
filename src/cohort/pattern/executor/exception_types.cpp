#include <cohort/core/error.hpp>
#include <cohort/pattern/executor/exception_types.hpp>

#include <algorithm>
#include <stdexcept>

namespace cohort {

exception_types::exception_types()
    : types_{codec_of<std::runtime_error>(),  codec_of<std::range_error>(),
             codec_of<std::overflow_error>(), codec_of<std::underflow_error>(),
             codec_of<std::logic_error>(),    codec_of<std::invalid_argument>(),
             codec_of<std::domain_error>(),   codec_of<std::length_error>(),
             codec_of<std::out_of_range>(),   codec_of<error>(),
             codec_of<argument_error>()} {}

exception_types::written exception_types::write(const std::exception& e) const {
  const auto found =
      std::find_if(types_.begin(), types_.end(), [&](const codec& c) { return *c.type == typeid(e); });
  if (found == types_.end()) return {};
  return {static_cast<int>(found - types_.begin()), found->write(e)};
}

void exception_types::raise(const written& from, const task_failure& where) const {
  if (from.type >= 0) types_.at(static_cast<std::size_t>(from.type)).raise(from.bytes, where);
  throw task_error{where};
}

}  // namespace cohort
