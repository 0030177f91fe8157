#pragma once

#include <cohort/core/datatype.hpp>
#include <cohort/core/options.hpp>

#include <mpi.h>

#include <cstddef>

namespace cohort {

/// What MPI tells about a message that was received or probed: who sent it, its tag, how large it is.
class status {
 public:
  status() noexcept = default;
  explicit status(const MPI_Status& raw) noexcept : raw_{raw} {}

  [[nodiscard]] int source() const noexcept { return raw_.MPI_SOURCE; }
  [[nodiscard]] int tag() const noexcept { return raw_.MPI_TAG; }

  /// The message's length in bytes, right beyond 2^31 too.
  [[nodiscard]] std::size_t bytes() const noexcept {
#ifdef OPEN_MPI
    return raw_._ucount;  // what MPI_Get_elements_x would compute, without the call
#else
    MPI_Count result = 0;
    MPI_Get_elements_x(&raw_, MPI_BYTE, &result);
    return static_cast<std::size_t>(result);
#endif
  }

  /// The message's length in whole elements of T.
  template <plain T>
  [[nodiscard]] std::size_t count() const noexcept {
    return bytes() / datatype<T>::wire_size;
  }

  [[nodiscard]] bool cancelled() const noexcept {
#ifdef OPEN_MPI
    return raw_._cancelled != 0;
#else
    int flag = 0;
    MPI_Test_cancelled(&raw_, &flag);
    return flag != 0;
#endif
  }

  [[nodiscard]] const MPI_Status& native() const noexcept {
    return raw_;
  }
  [[nodiscard]] MPI_Status* native() noexcept {
    return &raw_;
  }

 private:
  MPI_Status raw_{};
};

}  // namespace cohort
