#pragma once

#include <cohort/core/finalize_hook.hpp>

#include <mpi.h>

namespace cohort::detail {

/// Something that hangs on an MPI_Comm as an attribute, one of each kind. Ends when MPI deletes the attribute: with
/// the MPI_Comm, or in MPI_Finalize.
template <class Kind>
class attribute : finalize_hook {
 public:
  attribute(const attribute&) = delete;
  attribute& operator=(const attribute&) = delete;
  /// That of `parent`, null if it has none.
  static Kind* of(MPI_Comm parent) {
    Kind* found = nullptr;
    int flag = 0;
    MPI_Comm_get_attr(parent, key(), static_cast<void*>(&found), &flag);
    return flag != 0 ? found : nullptr;
  }
  static void hang(Kind* one) { MPI_Comm_set_attr(one->parent_, key(), one); }

 protected:
  explicit attribute(MPI_Comm parent) : parent_{parent} {}
  ~attribute() override = default;

 private:
  class keyval final : finalize_hook {
   public:
    keyval() { MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, &attribute::on_delete, &key, nullptr); }
    int key = MPI_KEYVAL_INVALID;

   private:
    void release() noexcept override { MPI_Comm_free_keyval(&key); }
  };
  static int key() {
    static keyval instance;
    return instance.key;
  }
  static int on_delete(MPI_Comm, int, void* value, void*) {
    delete static_cast<Kind*>(value);
    return MPI_SUCCESS;
  }
  void release() noexcept override { MPI_Comm_delete_attr(parent_, key()); }  // deletes this

  MPI_Comm parent_;
};

}  // namespace cohort::detail
