#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/finalize_hook.hpp>
#include <cohort/core/request.hpp>
#include <cohort/memory/detail/abandon.hpp>
#include <cohort/memory/file_options.hpp>

#include <mpi.h>

#include <cstddef>
#include <exception>
#include <string>

namespace cohort::detail {

/// Which of MPI's transfers: at an explicit offset or at a pointer, alone or with all ranks.
enum class transfer { at, at_all, individual, all, shared, ordered };

/// Memory to read into or write from.
struct file_data {
  void* data;
  std::size_t n;            ///< elements
  std::size_t size;         ///< bytes of one
  std::size_t per_element;  ///< MPI elements of one
  MPI_Datatype type;
};

/// The part of cohort::file that knows no types. Offsets are in elements of `size` bytes, of the view where one is
/// set.
class file_state final : public finalize_hook {
 public:
  static together<file_state> open(const communicator& comm, const std::string& path, const file_options& options,
                                   const call_site& where);
  ~file_state() override;

  std::string path;
  int exceptions = std::uncaught_exceptions();

  [[nodiscard]] MPI_File native() const noexcept { return file_; }
  [[nodiscard]] std::size_t bytes(const call_site& where) const;
  void set_bytes(const char* routine, std::size_t bytes, bool preallocate, const call_site& where) const;
  void sync(const call_site& where) const;
  void close(const call_site& where);

  void set_view(std::size_t offset, MPI_Datatype element, std::size_t size, MPI_Datatype pattern,
                const call_site& where);
  void clear_view(const call_site& where);

  /// Returns the number of elements that were found.
  std::size_t read(transfer how, std::size_t offset, file_data room, const call_site& where) const;
  /// Throws mpi_error if not all could be written.
  void write(transfer how, std::size_t offset, const file_data& from, const call_site& where) const;
  /// How many of `n` elements from `offset` on the file holds.
  [[nodiscard]] std::size_t held(std::size_t offset, std::size_t n, std::size_t size, const call_site& where) const;
  /// Of elements that the file holds.
  [[nodiscard]] pending iread(std::size_t offset, const file_data& room, const call_site& where) const;
  [[nodiscard]] pending iwrite(std::size_t offset, const file_data& from, const call_site& where) const;

  void seek(std::ptrdiff_t offset, int whence, bool shared, std::size_t size, const call_site& where) const;
  [[nodiscard]] std::size_t position(bool shared, std::size_t size, const call_site& where) const;

  bool abandon() noexcept;

 private:
  file_state() = default;
  void release() noexcept override;
  void check(int code, const char* routine, const call_site& where,
             std::size_t count = static_cast<std::size_t>(mpi_error::context::absent)) const;
  /// MPI's offset of an element: in bytes, or in elements of the view, which must be of this size.
  [[nodiscard]] MPI_Offset offset_of(const char* routine, std::size_t offset, std::size_t size,
                                     const call_site& where) const;
  void require_writes(const char* routine, const call_site& where,
                      std::size_t count = static_cast<std::size_t>(mpi_error::context::absent)) const;
  void require_open(const char* routine, const call_site& where) const;

  MPI_File file_ = MPI_FILE_NULL;
  int rank_ = 0;
  bool reads_ = false;
  bool writes_ = false;
  std::size_t view_size_ = 0;  ///< bytes of the view's elements; 0 if none is set
  bool abandoned_ = false;
};

/// Throws argument_error if there is none.
file_state& living(const together<file_state>& state, const char* routine, const call_site& where);

/// A committed MPI type, freed in the end.
class file_pattern {
 public:
  explicit file_pattern(MPI_Datatype type) noexcept : type_{type} { MPI_Type_commit(&type_); }
  file_pattern(const file_pattern&) = delete;
  file_pattern& operator=(const file_pattern&) = delete;
  ~file_pattern() { MPI_Type_free(&type_); }
  [[nodiscard]] MPI_Datatype native() const noexcept { return type_; }

  static MPI_Datatype elements(MPI_Datatype type, std::size_t each);
  static MPI_Datatype of(const vector_view& pattern, MPI_Datatype element, std::size_t size,
                         const call_site& where);
  static MPI_Datatype of(const subarray_view& pattern, MPI_Datatype element, const call_site& where);

 private:
  MPI_Datatype type_;
};

}  // namespace cohort::detail
