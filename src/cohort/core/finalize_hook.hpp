#pragma once

namespace cohort::detail {

/// Something that holds MPI handles and must let go of them before MPI ends, whoever calls MPI_Finalize.
///
/// Live hooks are kept in a list that hangs, as an attribute, on MPI_COMM_SELF: MPI_Finalize deletes that attribute
/// first of all, and this runs release() of every live hook, the youngest first. A hook destroyed before that
/// leaves the list. Registration is thread-safe; cost: one small allocation.
class finalize_hook {
 public:
  finalize_hook(const finalize_hook&) = delete;
  finalize_hook& operator=(const finalize_hook&) = delete;

 protected:
  finalize_hook();
  virtual ~finalize_hook();

 private:
  friend struct finalize_list;
  /// Frees the handles. MPI still works. The destructor runs later and must find nothing left to free.
  virtual void release() noexcept = 0;
};

/// MPI is initialised and not finalised, and no rank was lost (see detail/loss.hpp): handles may be freed.
[[nodiscard]] bool mpi_active() noexcept;

}  // namespace cohort::detail
