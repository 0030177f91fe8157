#pragma once

#include <cohort/core/buffer.hpp>
#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/op.hpp>
#include <cohort/core/request.hpp>
#include <cohort/memory/detail/file_state.hpp>
#include <cohort/memory/file_options.hpp>

#include <cstddef>
#include <string>
#include <type_traits>

namespace cohort {

/// A file that the ranks of a communicator read and write together (MPI-IO), as bytes in the order of this machine.
///
///   cohort::file out{world, "field.bin", {.mode = cohort::file_mode::create | cohort::file_mode::write}};
///   out.write_at_all(first_index, mine);            // each rank its part, collective
///   out.close();                                    // the destructor closes too, but tells no errors
///
/// What is written or read is one plain element or a contiguous range of them. Offsets and pointers count elements
/// of that type from the start of the file, or from the start of the view if one is set; the view's elements must
/// be of the same size. A read returns how many elements it found: fewer than there is room for at the end of the
/// file. A write that could not write all throws. Each operation is one MPI call without allocation; a read asks
/// the file's length first (a local query), since Open MPI 4.1.4 miscounts at the end of a file, and a non-blocking
/// read there never ends. read_shared and read_ordered cannot, and trust its count. Its collective writes do not
/// report what the operating system refuses them (a full disk), and may return before another rank has written
/// this one's part: what they wrote can be read, by this rank too, after sync() and a barrier.
///
/// Every operation throws argument_error for misuse and mpi_error for what MPI reports, with the path, the routine
/// and the caller's line. Opening, closing and destruction are collective; while an exception unwinds the stack a
/// file is left to MPI_Finalize.
class file {
 public:
  file() noexcept = default;
  /// Opens `path` on all ranks, with the same mode. Collective. MPI_File_open.
  file(const communicator& comm, const std::string& path, const file_options& options = {},
       call_site where = call_site::current())
      : state_{detail::file_state::open(comm, path, options, where)} {}
  /// Deletes a file that nobody has open. Not collective. MPI_File_delete.
  static void remove(const std::string& path, call_site where = call_site::current());

  explicit operator bool() const noexcept { return native() != MPI_FILE_NULL; }
  [[nodiscard]] MPI_File native() const noexcept { return state_ ? state_->native() : MPI_FILE_NULL; }
  [[nodiscard]] const std::string& path() const noexcept { return state_->path; }

  /// In bytes. No communication. MPI_File_get_size.
  [[nodiscard]] std::size_t size(call_site where = call_site::current()) const {
    return state("size", where).bytes(where);
  }
  /// Cuts the file or lengthens it with zeros. Collective. MPI_File_set_size.
  void set_size(std::size_t bytes, call_site where = call_site::current()) const {
    state("set_size", where).set_bytes("set_size", bytes, false, where);
  }
  /// Has the space on the disk ready; never cuts. Collective. MPI_File_preallocate.
  void preallocate(std::size_t bytes, call_site where = call_site::current()) const {
    state("preallocate", where).set_bytes("preallocate", bytes, true, where);
  }
  /// Brings what was written to the disk, and to the other ranks after a barrier. Collective. MPI_File_sync.
  void sync(call_site where = call_site::current()) const { state("sync", where).sync(where); }
  /// Collective. A second call does nothing. MPI_File_close.
  void close(call_site where = call_site::current()) {
    if (state_) state_->close(where);
  }

  /// From here on offsets count the T of a part of the file alone: all from byte `offset` on, every so many, or
  /// those of a part of an array. Sets all pointers to its start. Collective; each rank may see another part.
  /// MPI_File_set_view. @{
  template <class T>
  void set_view(std::size_t offset, call_site where = call_site::current()) const {
    element<T>();
    state("set_view", where).set_view(offset, etype<T>(), sizeof(T), etype<T>(), where);
  }
  template <class T>
  void set_view(const vector_view& pattern, call_site where = call_site::current()) const {
    element<T>();
    const detail::file_pattern made{detail::file_pattern::of(pattern, etype<T>(), sizeof(T), where)};
    state("set_view", where).set_view(pattern.offset, etype<T>(), sizeof(T), made.native(), where);
  }
  template <class T>
  void set_view(const subarray_view& pattern, call_site where = call_site::current()) const {
    element<T>();
    const detail::file_pattern made{detail::file_pattern::of(pattern, etype<T>(), where)};
    state("set_view", where).set_view(pattern.offset, etype<T>(), sizeof(T), made.native(), where);
  }
  /// Back to the whole file, and to elements of any type.
  void clear_view(call_site where = call_site::current()) const { state("clear_view", where).clear_view(where); }
  /// @}

  /// At an offset; the pointers stay. The _all forms are collective, and the fastest where all ranks take part. @{
  template <class R>
  requires(std::is_lvalue_reference_v<R> || detail::is_view<std::remove_cv_t<R>>) [[nodiscard]] std::size_t
      read_at(std::size_t offset, R&& room, call_site where = call_site::current()) const {
    return read(detail::transfer::at, "read_at", offset, room, where);
  }
  template <class R>
  [[nodiscard]] std::size_t read_at_all(std::size_t offset, R&& room,
                                        call_site where = call_site::current()) const {
    return read(detail::transfer::at_all, "read_at_all", offset, room, where);
  }
  template <class V>
  void write_at(std::size_t offset, const V& values, call_site where = call_site::current()) const {
    write(detail::transfer::at, "write_at", offset, values, where);
  }
  template <class V>
  void write_at_all(std::size_t offset, const V& values, call_site where = call_site::current()) const {
    write(detail::transfer::at_all, "write_at_all", offset, values, where);
  }
  /// @}
  /// `n` elements, or those of them that the file holds, in memory of their own.
  template <class T>
  [[nodiscard]] buffer<T> read_at(std::size_t offset, std::size_t n, call_site where = call_site::current()) const {
    element<T>();
    buffer<T> result(state("read_at", where).held(offset, n, sizeof(T), where));
    result.truncate(read_at(offset, result, where));
    return result;
  }

  /// At this rank's own pointer, which moves on by what was read or written. The _all forms are collective. @{
  template <class R>
  [[nodiscard]] std::size_t read(R&& room, call_site where = call_site::current()) const {
    return read(detail::transfer::individual, "read", 0, room, where);
  }
  template <class R>
  [[nodiscard]] std::size_t read_all(R&& room, call_site where = call_site::current()) const {
    return read(detail::transfer::all, "read_all", 0, room, where);
  }
  template <class V>
  void write(const V& values, call_site where = call_site::current()) const {
    write(detail::transfer::individual, "write", 0, values, where);
  }
  template <class V>
  void write_all(const V& values, call_site where = call_site::current()) const {
    write(detail::transfer::all, "write_all", 0, values, where);
  }
  template <class T>
  void seek(std::ptrdiff_t elements, seek_from whence = seek_from::start,
            call_site where = call_site::current()) const {
    state("seek", where).seek(elements, static_cast<int>(whence), false, sizeof(T), where);
  }
  template <class T>
  [[nodiscard]] std::size_t position(call_site where = call_site::current()) const {
    return state("position", where).position(false, sizeof(T), where);
  }
  /// @}

  /// At the one pointer that all ranks share, which moves on by what was asked for: in any order, or (collective)
  /// in the order of ranks. All ranks need the same view. Open MPI keeps the pointer in shared memory where all
  /// ranks are on one node, else in a file beside this one, which needs working locks. seek_shared is collective,
  /// and position_shared tells where the pointer was a moment ago. @{
  template <class R>
  [[nodiscard]] std::size_t read_shared(R&& room, call_site where = call_site::current()) const {
    return read(detail::transfer::shared, "read_shared", 0, room, where);
  }
  template <class V>
  void write_shared(const V& values, call_site where = call_site::current()) const {
    write(detail::transfer::shared, "write_shared", 0, values, where);
  }
  template <class R>
  [[nodiscard]] std::size_t read_ordered(R&& room, call_site where = call_site::current()) const {
    return read(detail::transfer::ordered, "read_ordered", 0, room, where);
  }
  template <class V>
  void write_ordered(const V& values, call_site where = call_site::current()) const {
    write(detail::transfer::ordered, "write_ordered", 0, values, where);
  }
  template <class T>
  void seek_shared(std::ptrdiff_t elements, seek_from whence = seek_from::start,
                   call_site where = call_site::current()) const {
    state("seek_shared", where).seek(elements, static_cast<int>(whence), true, sizeof(T), where);
  }
  template <class T>
  [[nodiscard]] std::size_t position_shared(call_site where = call_site::current()) const {
    return state("position_shared", where).position(true, sizeof(T), where);
  }
  /// @}

  /// read_at and write_at that go on while the program does: MPI_File_iread_at, MPI_File_iwrite_at. iread_at owns
  /// its buffer, of the elements that the file holds at the call; iwrite_at borrows `values` until the request
  /// completes. Complete requests before the file is closed. @{
  template <class T>
  [[nodiscard]] request<buffer<T>> iread_at(std::size_t offset, std::size_t n,
                                            call_site where = call_site::current()) const {
    element<T>();
    const auto& now = state("iread_at", where);
    return {buffer<T>(now.held(offset, n, sizeof(T), where)),
            [&](buffer<T>& room) { return now.iread(offset, data(room), where); }};
  }
  template <class V>
  [[nodiscard]] request<void> iwrite_at(std::size_t offset, V&& values,
                                        call_site where = call_site::current()) const {
    static_assert(std::is_lvalue_reference_v<V> || detail::is_view<std::remove_cvref_t<V>>,
                  "cohort: iwrite_at borrows what it writes, and a temporary would be gone; name it");
    return request<void>{state("iwrite_at", where).iwrite(offset, data(values), where)};
  }
  /// @}

 private:
  template <class T>
  static constexpr void element() {
    static_assert(plain<T>,
                  "cohort: files hold plain elements; pack other objects by serial::pack and write the bytes");
  }
  /// What one T is to MPI: the unit of a view's offsets.
  template <class T>
  static MPI_Datatype etype() {
    if constexpr (datatype<T>::builtin && datatype<T>::per_element == 1) {
      return datatype<T>::type();
    } else {
      return detail::whole_element<T>::type();
    }
  }
  template <class V>
  static detail::file_data data(V& values) {
    static_assert(detail::shape_of<std::remove_const_t<V>> != detail::shape::object,
                  "cohort: files hold plain elements; pack other objects by serial::pack and write the bytes");
    using T = detail::element_t<std::remove_const_t<V>>;
    const auto all = detail::view_of(values);
    return {all.data, detail::element_count(values), sizeof(T), datatype<T>::per_element, all.type};
  }
  template <class R>
  std::size_t read(detail::transfer how, const char* name, std::size_t offset, R& room,
                   const call_site& where) const {
    const auto place = data(room);
    if constexpr (detail::shape_of<std::remove_const_t<R>> != detail::shape::object) (void)detail::room_of(room);
    return state(name, where).read(how, offset, place, where);
  }
  template <class V>
  void write(detail::transfer how, const char* name, std::size_t offset, const V& values,
             const call_site& where) const {
    state(name, where).write(how, offset, data(values), where);
  }
  [[nodiscard]] detail::file_state& state(const char* name, const call_site& where) const {
    return detail::living(state_, name, where);
  }

  detail::together<detail::file_state> state_;
};

}  // namespace cohort
