// Reductions and broadcasts.
#include <cohort/collective.hpp>

#include "bench/communication/contest.hpp"

#include <boost/mpi/collectives.hpp>
#include <boost/serialization/vector.hpp>
#include <fmt/format.h>
#include <mpi.h>

#include <functional>
#include <memory>
#include <span>

namespace cohort_bench {
namespace {

namespace mpi = boost::mpi;
using doubles = std::vector<double>;

constexpr auto larger = [](double a, double b) { return a < b ? b : a; };
struct larger_of_two {
  double operator()(double a, double b) const { return larger(a, b); }
};

/// The hand-written counterpart of a lambda.
void larger_by_hand(void* left, void* right, int* length, MPI_Datatype*) {
  const auto* a = static_cast<const double*>(left);
  auto* b = static_cast<double*>(right);
  for (int i = 0; i < *length; ++i) b[i] = larger(a[i], b[i]);
}

void allreduce(std::vector<contest>& all, const cohort::communicator& world, std::size_t n) {
  const auto in = std::make_shared<doubles>(n, 1.0);
  const auto out = std::make_shared<doubles>(n);
  const int count = static_cast<int>(n);
  const MPI_Comm raw = world;
  const mpi::communicator boost{raw, mpi::comm_attach};
  contest c{.name = fmt::format("allreduce x{} plus", n), .bar = 1.05};
  c.hand = loop([=] { MPI_Allreduce(in->data(), out->data(), count, MPI_DOUBLE, MPI_SUM, raw); });
  c.cohort = loop([=] { world.allreduce_into(*in, *out, std::plus{}); });
  c.boost = loop([=] { mpi::all_reduce(boost, in->data(), count, out->data(), std::plus<double>{}); });
  all.push_back(std::move(c));

  // One operation for the life of the process, as an expert makes it; MPI_Finalize frees what is left.
  static const MPI_Op op = [] {
    MPI_Op made = MPI_OP_NULL;
    MPI_Op_create(&larger_by_hand, 0, &made);
    return made;
  }();
  contest l{.name = fmt::format("allreduce x{} lambda", n), .bar = 1.05};
  l.hand = loop([=] { MPI_Allreduce(in->data(), out->data(), count, MPI_DOUBLE, op, raw); });
  l.cohort = loop([=] { world.allreduce_into(*in, *out, larger); });
  l.boost = loop([=] { mpi::all_reduce(boost, in->data(), count, out->data(), larger_of_two{}); });
  all.push_back(std::move(l));
}

void bcast_unknown(std::vector<contest>& all, const cohort::communicator& world, std::size_t n) {
  const auto value = std::make_shared<doubles>(world.rank() == 0 ? n : 0, 1.0);
  const MPI_Comm raw = world;
  const mpi::communicator boost{raw, mpi::comm_attach};
  contest c{.name = fmt::format("bcast of unknown size x{}", n), .bar = n == 1 ? 0.7 : 1.02};
  c.hand = loop([=] {
    auto size = static_cast<unsigned long>(value->size());
    MPI_Bcast(&size, 1, MPI_UNSIGNED_LONG, 0, raw);
    value->resize(size);
    MPI_Bcast(value->data(), static_cast<int>(size), MPI_DOUBLE, 0, raw);
  });
  c.cohort = loop([=] { world.bcast(*value); });
  c.boost = loop([=] { mpi::broadcast(boost, *value, 0); });
  all.push_back(std::move(c));
}

}  // namespace

void add_collectives(std::vector<contest>& all, const cohort::communicator& world) {
  for (const std::size_t n : {1U, 1000U, 1'000'000U}) allreduce(all, world, n);
  for (const std::size_t n : {1U, 1000U, 100'000U}) bcast_unknown(all, world, n);
}

}  // namespace cohort_bench
