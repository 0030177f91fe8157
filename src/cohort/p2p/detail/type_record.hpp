#pragma once

#include <cohort/core/detail/arrival.hpp>
#include <cohort/core/detail/comm_state.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/detail/type_tag.hpp>
#include <cohort/core/detail/wire_count.hpp>
#include <cohort/core/request.hpp>
#include <cohort/core/status.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <string_view>
#include <type_traits>
#include <utility>

/// Messages at check level 1: in front of its data each carries a record of the type that was sent, in one message
/// of MPI, so that they meet the same receive whatever wildcards, probes and orders are in use. A receive compares
/// the record with what it expects, and takes it off the status. At level 0 a message is its data.
namespace cohort::detail {

/// The elements of a range of objects, one after the other: any range of them may be sent for any other.
template <class T>
struct elements_of {};

/// The type by which two ends are compared: of plain data that of the elements, whatever holds them.
template <class T>
struct compared {
  using type = T;
};
template <class T, std::size_t N>
requires plain<std::array<T, N>>
struct compared<std::array<T, N>> : compared<T> {
};
template <class T>
requires(shape_of<T> == shape::range || shape_of<T> == shape::growing) struct compared<T> : compared<element_t<T>> {
};
template <class T>
concept range_of_objects = shape_of<T>
== shape::object&& std::ranges::input_range<const T> &&
    !std::is_same_v<std::remove_cvref_t<std::ranges::range_value_t<const T>>, T>;
template <range_of_objects T>
struct compared<T> {
  using type = elements_of<typename compared<std::remove_cv_t<std::ranges::range_value_t<const T>>>::type>;
};

/// What was sent, as it travels.
struct type_record {
  static constexpr std::uint64_t is_one = 0x6372'7479'7065'0001;
  std::uint64_t mark = 0;  ///< is_one
  std::uint64_t hash = 0;
  std::uint8_t serialised = 0;
  std::uint8_t as_bytes = 0;  ///< in MPI's eyes; such data may be sent from, or received as, std::byte
  std::uint8_t is_byte = 0;
  std::array<char, 109> name{};  ///< of the elements, or of the object; cut if it is longer
};
static_assert(std::is_trivially_copyable_v<type_record> && sizeof(type_record) == 128);

[[nodiscard]] type_record make_record(const type_tag& compared_type, std::string_view name, bool serialised,
                                      bool as_bytes, bool is_byte);

/// That of a T; it lasts as long as the program, since MPI may read it after a call has returned.
template <class T>
const type_record& record_of() {
  using Compared = typename compared<T>::type;
  constexpr bool serialised = shape_of<T> == shape::object;
  static const type_record record = [] {
    if constexpr (serialised) {
      return make_record(tag_of<Compared>(), type_name<T>(), true, true, false);
    } else {
      constexpr bool is_byte = std::is_same_v<Compared, std::byte>;
      return make_record(tag_of<Compared>(), type_name<Compared>(), false, is_byte || !datatype<Compared>::typed,
                         is_byte);
    }
  }();
  return record;
}

/// A record and data in one MPI type, to be sent from or received at MPI_BOTTOM.
class recorded_type {
 public:
  recorded_type(const type_record& record, const view& data);
  recorded_type(const recorded_type&) = delete;
  recorded_type& operator=(const recorded_type&) = delete;
  ~recorded_type() { MPI_Type_free(&type_); }
  [[nodiscard]] MPI_Datatype type() const noexcept { return type_; }

 private:
  MPI_Datatype type_ = MPI_DATATYPE_NULL;
};

/// What a receive knows of itself, for the error.
struct receive_place {
  const char* routine;
  int rank;
  call_site where;
};
/// Throws error if the record that came with a receive that ended with `code` does not fit to what is expected, or
/// if there is none. Does nothing if the receive failed before it had a record.
void compare_records(const type_record& came, const type_record& expected, int code, const status& info,
                     const receive_place& at);
/// Takes the record's length off.
void take_record_off(status& info) noexcept;

/// Data as a call of MPI takes it, on the way out. @{
template <int Level, class T>
class outgoing {
 public:
  explicit outgoing(const view& data) : data_{data.data}, wire_{data.count, data.type} {}
  [[nodiscard]] const void* data() const noexcept { return data_; }
  [[nodiscard]] int count() const noexcept { return wire_.count(); }
  [[nodiscard]] MPI_Datatype type() const noexcept { return wire_.type(); }

 private:
  const void* data_;
  wire_count wire_;
};
template <class T>
class outgoing<1, T> {
 public:
  explicit outgoing(const view& data) : whole_{record_of<T>(), data} {}
  [[nodiscard]] const void* data() const noexcept { return MPI_BOTTOM; }
  [[nodiscard]] int count() const noexcept { return 1; }
  [[nodiscard]] MPI_Datatype type() const noexcept { return whole_.type(); }

 private:
  recorded_type whole_;
};
/// @}

/// For memory that is sent from and received into.
struct both_ways_t {};
inline constexpr both_ways_t both_ways{};

/// The same on the way in, for a call that blocks. When it has returned: arrived(). @{
template <int Level, class T>
class incoming {
 public:
  explicit incoming(const view& room) : data_{room.data}, wire_{room.count, room.type} {}
  incoming(const view& room, both_ways_t) : incoming{room} {}
  [[nodiscard]] void* data() const noexcept { return data_; }
  [[nodiscard]] int count() const noexcept { return wire_.count(); }
  [[nodiscard]] MPI_Datatype type() const noexcept { return wire_.type(); }
  void arrived(int, status&, const receive_place&) const noexcept {}

 private:
  void* data_;
  wire_count wire_;
};
template <class T>
class incoming<1, T> {
 public:
  explicit incoming(const view& room) : whole_{record_, room} {}
  incoming(const view& room, both_ways_t) : record_{record_of<T>()}, whole_{record_, room} {}
  [[nodiscard]] void* data() const noexcept { return MPI_BOTTOM; }
  [[nodiscard]] int count() const noexcept { return 1; }
  [[nodiscard]] MPI_Datatype type() const noexcept { return whole_.type(); }
  void arrived(int code, status& info, const receive_place& at) const {
    compare_records(record_, record_of<T>(), code, info, at);
    if (code == MPI_SUCCESS) take_record_off(info);
  }

 private:
  type_record record_;
  recorded_type whole_;
};
/// @}

/// A posted receive's record.
class record_arrival final : public arrival {
 public:
  explicit record_arrival(const type_record& expected) noexcept : expected_{&expected} {}
  [[nodiscard]] const type_record& record() const noexcept { return came_; }
  void reset() noexcept override { came_ = {}; }
  void settle(int code, status& info, const operation& what) override;

 private:
  const type_record* expected_;
  type_record came_;
};

/// The same for a receive that is posted: record() is to be kept until it is complete. @{
template <int Level, class T>
class coming : public incoming<Level, T> {
 public:
  using incoming<Level, T>::incoming;
  [[nodiscard]] static owned<arrival> record() noexcept { return {}; }
};
template <class T>
class coming<1, T> {
 public:
  explicit coming(const view& room)
      : record_{owned<record_arrival>::make(record_of<T>())}, whole_{record_->record(), room} {}
  [[nodiscard]] void* data() const noexcept { return MPI_BOTTOM; }
  [[nodiscard]] int count() const noexcept { return 1; }
  [[nodiscard]] MPI_Datatype type() const noexcept { return whole_.type(); }
  [[nodiscard]] owned<arrival> record() noexcept { return owned<arrival>{record_.release()}; }

 private:
  owned<record_arrival> record_;
  recorded_type whole_;
};
/// @}

/// What probes show of a message's status.
template <int Level>
void show_data([[maybe_unused]] status& info) noexcept {
  if constexpr (Level > 0) take_record_off(info);
}

}  // namespace cohort::detail
