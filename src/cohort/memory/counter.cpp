#include <cohort/memory/counter.hpp>
#include <cohort/memory/detail/hosted.hpp>

namespace cohort {

distributed_counter::distributed_counter(const communicator& comm, counter_options options, call_site where)
    : host_{options.host},
      words_{detail::hosted("distributed_counter", comm, options.host, where),
             comm.rank() == options.host ? std::size_t{1} : std::size_t{0}, options.initial, where} {}

std::int64_t distributed_counter::fetch_add(std::int64_t n, call_site where) {
  return words_.fetch_add(n, {.target = host_}, where);
}

std::int64_t distributed_counter::load(call_site where) const {
  return words_.load({.target = host_}, where);
}

void distributed_counter::reset(std::int64_t value, call_site where) {
  words_.exchange(value, {.target = host_}, where);
}

}  // namespace cohort
