#pragma once

#include <cohort/core/datatype.hpp>

#include <array>
#include <cstddef>
#include <memory>

namespace cohort {

/// Specialise it to have a trivially copyable class travel member by member, as an MPI struct type, instead of as
/// its bytes:
///
///   template <>
///   struct cohort::mpi_struct<particle> : cohort::members<&particle::kind, &particle::position> {};
///
/// For messages to and from code that describes the class to MPI in the same way (raw MPI, Boost.MPI, Fortran), for
/// MPI libraries that convert between architectures, and to leave out large gaps or members: what is not named does
/// not travel and is left as it is on arrival. Where there is nothing to leave out it costs four to five times a
/// copy of the bytes, so bytes are the default. Members are arithmetic types, enums, complex, C arrays and
/// std::array of those, and classes that are described as well. The specialisation must be seen before the class is
/// first sent. Inside serialised objects, and where lengths travel along with the data (bcast of a container,
/// scatterv, gatherv, allgatherv of less than 1 KiB), it still goes as its bytes.
template <class T>
struct mpi_struct;

namespace detail {

/// A member as `length` elements.
template <class M>
struct member_parts {
  using element = M;
  static constexpr std::size_t length = 1;
};
template <class M, std::size_t N>
struct member_parts<M[N]> {
  using element = typename member_parts<M>::element;
  static constexpr std::size_t length = N * member_parts<M>::length;
};

template <class M>
struct member_of;
template <class Class, class M>
struct member_of<M Class::*> {
  using type = datatype<typename member_parts<M>::element>;
  static_assert(
      type::typed,
      "cohort: a member of an mpi_struct is of a class that MPI does not know; describe that class as well");
  static constexpr std::size_t length = member_parts<M>::length * type::per_element;
  static constexpr std::size_t wire_size = member_parts<M>::length * type::wire_size;
};

}  // namespace detail

/// The named members, in the order named; those of base classes too.
template <auto... Members>
struct members {
  static_assert(sizeof...(Members) != 0, "cohort: an mpi_struct without members; name at least one");
  static constexpr std::size_t wire_size = (detail::member_of<decltype(Members)>::wire_size + ...);

  /// A new type, not yet committed.
  template <class T>
  static MPI_Datatype make() {
    constexpr std::size_t n = sizeof...(Members);
    const T probe{};
    const auto address = [](const auto& x) { return reinterpret_cast<const std::byte*>(std::addressof(x)); };
    const std::array<MPI_Aint, n> offsets{address(probe.*Members) - address(probe)...};
    const std::array<int, n> lengths{static_cast<int>(detail::member_of<decltype(Members)>::length)...};
    const std::array<MPI_Datatype, n> types{detail::member_of<decltype(Members)>::type::type()...};
    MPI_Datatype type = MPI_DATATYPE_NULL;
    detail::check_type(
        MPI_Type_create_struct(static_cast<int>(n), lengths.data(), offsets.data(), types.data(), &type),
        "MPI_Type_create_struct");
    return type;
  }
};

/// A class whose MPI type comes from elsewhere: Make() returns a new one, which cohort resizes, commits and frees;
/// WireSize is what MPI_Type_size tells of it. For a type of Boost.MPI's, let Make duplicate
/// boost::mpi::get_mpi_datatype<T>().
template <std::size_t WireSize, MPI_Datatype (*Make)()>
struct made_by {
  static constexpr std::size_t wire_size = WireSize;
  template <class T>
  static MPI_Datatype make() {
    return Make();
  }
};

}  // namespace cohort
