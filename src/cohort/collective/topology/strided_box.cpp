#include <cohort/collective/topology/detail/strided_box.hpp>

#include <cstring>

namespace cohort::detail {
namespace {

/// Copies `count` runs of `run` bytes that are `to_stride` and `from_stride` apart.
template <class Copy>
void copy_each(std::byte* to, std::size_t to_stride, const std::byte* from, std::size_t from_stride,
               std::size_t count, Copy&& copy) noexcept {
  for (std::size_t i = 0; i != count; ++i) {
    copy(to, from);
    to += to_stride;
    from += from_stride;
  }
}

/// The lengths of one to four of the usual elements are known to the compiler, which then calls no function.
void copy_runs(std::byte* to, std::size_t to_stride, const std::byte* from, std::size_t from_stride,
               std::size_t count, std::size_t run) noexcept {
  const auto of = [&](auto copy) { copy_each(to, to_stride, from, from_stride, count, copy); };
  switch (run) {
    case 4:
      return of([](std::byte* t, const std::byte* f) { std::memcpy(t, f, 4); });
    case 8:
      return of([](std::byte* t, const std::byte* f) { std::memcpy(t, f, 8); });
    case 16:
      return of([](std::byte* t, const std::byte* f) { std::memcpy(t, f, 16); });
    case 24:
      return of([](std::byte* t, const std::byte* f) { std::memcpy(t, f, 24); });
    case 32:
      return of([](std::byte* t, const std::byte* f) { std::memcpy(t, f, 32); });
    default:
      return of([run](std::byte* t, const std::byte* f) { std::memcpy(t, f, run); });
  }
}

}  // namespace

strided_box::strided_box(std::span<const std::size_t> extents, std::span<const std::size_t> from,
                         std::span<const std::size_t> length, std::size_t element) noexcept
    : bytes_{element}, run_{element} {
  std::size_t stride = element;
  for (std::size_t d = extents.size(); d-- != 0;) {
    bytes_ *= length[d];
    offset_ += from[d] * stride;
    auto& inner = level_[levels_ == 0 ? 0 : levels_ - 1];
    if (length[d] == 1) {
      // nothing to repeat
    } else if (levels_ == 0 && stride == run_) {
      run_ *= length[d];
    } else if (levels_ != 0 && stride == inner.count * inner.stride) {
      inner.count *= length[d];
    } else {
      level_[levels_++] = {length[d], stride};
    }
    stride *= extents[d];
  }
}

template <class Use>
void strided_box::each_row(Use&& use) const noexcept {
  if (bytes_ == 0) return;
  if (levels_ == 0) {
    use(offset_, std::size_t{1}, run_);
    return;
  }
  std::array<std::size_t, max_dims> index;
  for (std::size_t l = 1; l != levels_; ++l) index[l] = 0;
  std::size_t offset = offset_;
  for (;;) {
    use(offset, level_[0].count, level_[0].stride);
    std::size_t l = 1;
    for (; l != levels_; ++l) {
      offset += level_[l].stride;
      if (++index[l] != level_[l].count) break;
      offset -= level_[l].count * level_[l].stride;
      index[l] = 0;
    }
    if (l == levels_) return;
  }
}

void strided_box::pack(std::byte* to, const std::byte* array) const noexcept {
  each_row([&](std::size_t offset, std::size_t count, std::size_t stride) {
    copy_runs(to, run_, array + offset, stride, count, run_);
    to += count * run_;
  });
}

void strided_box::unpack(std::byte* array, const std::byte* from) const noexcept {
  each_row([&](std::size_t offset, std::size_t count, std::size_t stride) {
    copy_runs(array + offset, stride, from, run_, count, run_);
    from += count * run_;
  });
}

int strided_box::make_type(MPI_Datatype& type) const {
  int code = MPI_Type_create_hvector(static_cast<int>(level_[0].count), static_cast<int>(run_),
                                     static_cast<MPI_Aint>(level_[0].stride), MPI_BYTE, &type);
  for (std::size_t l = 1; code == MPI_SUCCESS && l != levels_; ++l) {
    MPI_Datatype inner = type;
    code = MPI_Type_create_hvector(static_cast<int>(level_[l].count), 1, static_cast<MPI_Aint>(level_[l].stride),
                                   inner, &type);
    MPI_Type_free(&inner);
  }
  return code == MPI_SUCCESS ? MPI_Type_commit(&type) : code;
}

}  // namespace cohort::detail
