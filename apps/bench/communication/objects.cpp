// Objects that do not lie in memory as one run: cohort's archives beside packing by hand.
#include <cohort/p2p.hpp>

#include "bench/communication/contest.hpp"
#include "bench/communication/pair.hpp"

#include <boost/mpi/communicator.hpp>
#include <boost/serialization/list.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>
#include <fmt/format.h>
#include <mpi.h>

#include <cstring>
#include <list>
#include <memory>
#include <string>

namespace cohort_bench {
namespace {

namespace mpi = boost::mpi;
using bytes = std::vector<char>;

/// What an expert writes for a vector of strings or of vectors: lengths and contents, in one allocation.
template <class Inner>
bytes pack_by_hand(const std::vector<Inner>& what) {
  using Element = typename Inner::value_type;
  std::size_t size = sizeof(std::size_t) * (1 + what.size());
  for (const auto& inner : what) size += inner.size() * sizeof(Element);
  bytes packed(size);
  char* at = packed.data();
  const auto put = [&](const void* data, std::size_t n) {
    std::memcpy(at, data, n);
    at += n;
  };
  const std::size_t n = what.size();
  put(&n, sizeof n);
  for (const auto& inner : what) {
    const std::size_t length = inner.size();
    put(&length, sizeof length);
    put(inner.data(), length * sizeof(Element));
  }
  return packed;
}

template <class Inner>
std::vector<Inner> unpack_by_hand(const bytes& packed) {
  using Element = typename Inner::value_type;
  const char* at = packed.data();
  std::size_t n = 0;
  std::memcpy(&n, at, sizeof n);
  at += sizeof n;
  std::vector<Inner> result;
  result.reserve(n);
  for (std::size_t i = 0; i != n; ++i) {
    std::size_t length = 0;
    std::memcpy(&length, at, sizeof length);
    at += sizeof length;
    Inner inner(length, Element{});
    std::memcpy(inner.data(), at, length * sizeof(Element));
    result.push_back(std::move(inner));
    at += length * sizeof(Element);
  }
  return result;
}

void send_bytes(const bytes& packed, int to, MPI_Comm raw) {
  MPI_Send(packed.data(), static_cast<int>(packed.size()), MPI_BYTE, to, 0, raw);
}

bytes receive_bytes(int from, MPI_Comm raw) {
  MPI_Message message = MPI_MESSAGE_NULL;
  MPI_Status status;
  int count = 0;
  MPI_Mprobe(from, 0, raw, &message, &status);
  MPI_Get_count(&status, MPI_BYTE, &count);
  bytes packed(static_cast<std::size_t>(count));
  MPI_Mrecv(packed.data(), count, MPI_BYTE, &message, MPI_STATUS_IGNORE);
  return packed;
}

template <class T>
void add(std::vector<contest>& all, const cohort::communicator& world, contest c, const T& value) {
  const auto out = std::make_shared<T>(value);
  const MPI_Comm raw = world;
  const mpi::communicator boost{raw, mpi::comm_attach};
  c.cohort = loop(ping_pong(
      world, [=](int to) { world.send(*out, {.dest = to}); },
      [=](int from) { (void)world.recv<T>({.source = from, .tag = 0}); }));
  c.boost = loop(ping_pong(
      world, [=](int to) { boost.send(to, 0, *out); },
      [=](int from) {
        T in;
        boost.recv(from, 0, in);
      }));
  all.push_back(std::move(c));
}

template <class Inner>
void nested(std::vector<contest>& all, const cohort::communicator& world, contest c,
            const std::vector<Inner>& value) {
  const auto out = std::make_shared<std::vector<Inner>>(value);
  const MPI_Comm raw = world;
  c.hand = loop(ping_pong(
      world, [=](int to) { send_bytes(pack_by_hand(*out), to, raw); },
      [=](int from) { (void)unpack_by_hand<Inner>(receive_bytes(from, raw)); }));
  add(all, world, std::move(c), value);
}

}  // namespace

void add_objects(std::vector<contest>& all, const cohort::communicator& world) {
  for (const std::size_t n : {10U, 1000U}) {
    std::vector<std::string> strings(n);
    for (std::size_t i = 0; i != n; ++i) strings[i] = fmt::format("string number {} of {}", i, n);
    nested(all, world, {.name = fmt::format("strings x{}", n), .bar = n == 1000 ? 0.95 : 1.02}, strings);
  }
  nested(all, world, {.name = "vector of vectors 100x1000", .bar = 1.02},
         std::vector<std::vector<double>>(100, std::vector<double>(1000, 1.0)));

  const std::list<double> list(1000, 1.0);
  const auto out = std::make_shared<std::list<double>>(list);
  const MPI_Comm raw = world;
  contest c{.name = "list of doubles x1000", .bar = 1.02};
  c.hand = loop(ping_pong(
      world,
      [=](int to) {
        const std::vector<double> flat(out->begin(), out->end());
        MPI_Send(flat.data(), static_cast<int>(flat.size()), MPI_DOUBLE, to, 0, raw);
      },
      [=](int from) {
        const auto packed = receive_bytes(from, raw);
        std::list<double> in;
        for (std::size_t i = 0; i != packed.size() / sizeof(double); ++i) {
          double value = 0;
          std::memcpy(&value, packed.data() + i * sizeof value, sizeof value);
          in.push_back(value);
        }
      }));
  add(all, world, std::move(c), list);
}

}  // namespace cohort_bench
