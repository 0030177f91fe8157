#pragma once

#include <cohort/core/finalize_hook.hpp>

#include <mpi.h>

#include <cstddef>

namespace cohort {

template <class T>
struct mpi_struct;

namespace detail {

/// The user specialised mpi_struct for it.
template <class T>
concept described = requires {
  mpi_struct<T>::wire_size;
};

/// Turns a failed call that makes a type into mpi_error.
void check_type(int code, const char* routine);
/// Throws argument_error if a message takes another number of bytes for one element than `wire_size`.
void check_wire_size(MPI_Datatype type, std::size_t wire_size);

/// The committed type of a described class, as far apart as its objects in an array. One per class, made at the
/// first use, freed at MPI_Finalize.
template <class T>
class struct_type final : finalize_hook {
 public:
  static MPI_Datatype type() {
    static const struct_type instance;
    return instance.type_;
  }

 private:
  struct_type() {
    MPI_Datatype made = mpi_struct<T>::template make<T>();
    const int code = MPI_Type_create_resized(made, 0, static_cast<MPI_Aint>(sizeof(T)), &type_);
    MPI_Type_free(&made);
    check_type(code, "MPI_Type_create_resized");
    check_type(MPI_Type_commit(&type_), "MPI_Type_commit");
    check_wire_size(type_, mpi_struct<T>::wire_size);
  }
  void release() noexcept override { MPI_Type_free(&type_); }
  MPI_Datatype type_ = MPI_DATATYPE_NULL;
};

}  // namespace detail
}  // namespace cohort
