#include <cohort/core/error.hpp>
#include <cohort/p2p/detail/type_record.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace cohort::detail {

type_record make_record(const type_tag& compared_type, std::string_view name, bool serialised, bool as_bytes,
                        bool is_byte) {
  type_record result;
  result.mark = type_record::is_one;
  result.hash = compared_type.hash;
  result.serialised = serialised ? 1 : 0;
  result.as_bytes = as_bytes ? 1 : 0;
  result.is_byte = is_byte ? 1 : 0;
  std::copy_n(name.begin(), std::min(name.size(), result.name.size() - 1), result.name.begin());
  return result;
}

recorded_type::recorded_type(const type_record& record, const view& data) {
  const wire_count wire{data.count, data.type};
  const int lengths[] = {sizeof(type_record), data.data == nullptr ? 0 : wire.count()};
  MPI_Aint places[] = {0, 0};
  MPI_Get_address(&record, &places[0]);
  if (data.data == MPI_BOTTOM) {
    places[1] = places[0];
  } else {
    MPI_Get_address(data.data, &places[1]);
  }
  const MPI_Datatype types[] = {MPI_BYTE, wire.type()};
  MPI_Type_create_struct(2, lengths, places, types, &type_);
  MPI_Type_commit(&type_);
}

void compare_records(const type_record& came, const type_record& expected, int code, const status& info,
                     const receive_place& at) {
  if (info.source() == proc_null) return;
  const auto place = [&] {
    return fmt::format("{} on rank {} (called at {}:{}): the message from rank {} with tag {}", at.routine, at.rank,
                       at.where.file, at.where.line, info.source(), info.tag());
  };
  if (came.mark != type_record::is_one) {
    if (code != MPI_SUCCESS) return;
    throw error{
        fmt::format("{} has no record of its type (it was sent by MPI itself, or from a file compiled at another "
                    "check level); compile both ends with the same COHORT_CHECK_LEVEL",
                    place())};
  }
  if (came.hash == expected.hash && came.serialised == expected.serialised) return;
  if (came.as_bytes != 0 && expected.as_bytes != 0 && (came.is_byte != 0 || expected.is_byte != 0)) return;
  const auto what = [](const type_record& one) {
    return fmt::format("{} {}", one.serialised != 0 ? "an object of type" : "elements of type", one.name.data());
  };
  throw error{
      fmt::format("{} holds {}, and {} received (the two ends must mean the same); receive it as what was sent",
                  place(), what(came), what(expected) + (expected.serialised != 0 ? " is" : " are"))};
}

void take_record_off(status& info) noexcept {
  if (info.source() == proc_null || info.bytes() < sizeof(type_record)) return;
  MPI_Status_set_elements_x(info.native(), MPI_BYTE, static_cast<MPI_Count>(info.bytes() - sizeof(type_record)));
}

void record_arrival::settle(int code, status& info, const operation& what) {
  if (code == MPI_SUCCESS && info.cancelled()) return;
  compare_records(came_, *expected_, code, info, {what.routine, what.rank, what.where});
  if (code == MPI_SUCCESS) take_record_off(info);
}

}  // namespace cohort::detail
