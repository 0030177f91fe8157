#include <cohort/core/buffer.hpp>
#include <cohort/core/datatype.hpp>
#include <cohort/core/detail/payload.hpp>

#include "support/random.hpp"

#include <gtest/gtest.h>

#include <complex>
#include <initializer_list>
#include <map>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>

namespace {

using cohort::datatype;
using cohort::plain;
using cohort::detail::shape;
using cohort::detail::shape_of;
using cohort::test::color;
using cohort::test::particle;

template <class T>
class datatype_of : public testing::Test {};
enum class wide : long long { a };
using mapped =
    testing::Types<char, signed char, unsigned char, std::byte, bool, wchar_t, char8_t, char16_t, char32_t, short,
                   unsigned short, int, unsigned, long, unsigned long, long long, unsigned long long, float, double,
                   long double, std::complex<float>, std::complex<double>, std::complex<long double>, color, wide,
                   particle, std::array<int, 3>, std::array<std::array<double, 2>, 5>, std::array<particle, 2>,
                   std::pair<char, double>, std::pair<int, std::array<short, 3>>>;
TYPED_TEST_SUITE(datatype_of, mapped);

TYPED_TEST(datatype_of, covers_exactly_the_bytes_of_the_type) {
  int size = 0;
  MPI_Type_size(datatype<TypeParam>::type(), &size);
  EXPECT_EQ(static_cast<std::size_t>(size) * datatype<TypeParam>::per_element, sizeof(TypeParam));
  MPI_Aint lower = -1;
  MPI_Aint extent = -1;
  MPI_Type_get_extent(datatype<TypeParam>::type(), &lower, &extent);
  EXPECT_EQ(lower, 0);
  EXPECT_EQ(static_cast<std::size_t>(extent) * datatype<TypeParam>::per_element, sizeof(TypeParam));
}

TEST(datatype, is_the_one_mpi_has) {
  EXPECT_EQ(datatype<int>::type(), MPI_INT32_T);
  EXPECT_EQ(datatype<double>::type(), MPI_DOUBLE);
  EXPECT_EQ(datatype<bool>::type(), MPI_CXX_BOOL);
  EXPECT_EQ(datatype<std::complex<double>>::type(), MPI_CXX_DOUBLE_COMPLEX);
  EXPECT_EQ(datatype<color>::type(), MPI_UNSIGNED_CHAR);
  EXPECT_EQ((datatype<std::array<long, 4>>::type()), MPI_LONG);
  EXPECT_EQ((datatype<std::array<long, 4>>::per_element), 4U);
  EXPECT_EQ(datatype<particle>::type(), MPI_BYTE);
}

// What is plain, and what is not.
static_assert(plain<int> && plain<particle> && plain<std::optional<int>>);
static_assert(!plain<const int> && !plain<int*> && !plain<int (*)()> && !plain<int particle::*>);
static_assert(!plain<std::string> && !plain<std::nullptr_t> && !plain<std::reference_wrapper<int>>);
static_assert(!plain<std::pair<int, std::string>> && !plain<std::array<std::string, 2>> && !plain<int[3]>);
// Views look at memory that another rank does not have.
static_assert(!plain<std::span<int>> && !plain<std::string_view> && !plain<std::initializer_list<int>>);
#ifndef __clang__  // clang 14 cannot use the views of libstdc++ 12
static_assert(!plain<std::ranges::ref_view<std::vector<int>>>);
static_assert(!plain<decltype(std::views::transform(std::declval<std::span<int>>(), [](int x) { return x; }))>);
#endif

// How objects lie in a message.
static_assert(shape_of<int> == shape::value && shape_of<std::array<int, 3>> == shape::value);
static_assert(shape_of<std::span<int>> == shape::range && shape_of<std::string_view> == shape::range);
static_assert(shape_of<int[3]> == shape::range && shape_of<std::initializer_list<int>> == shape::range);
static_assert(shape_of<std::vector<int>> == shape::growing && shape_of<std::string> == shape::growing);
static_assert(shape_of<cohort::buffer<bool>> == shape::growing);
static_assert(shape_of<std::vector<bool>> == shape::object && shape_of<std::map<int, int>> == shape::object);
static_assert(shape_of<std::vector<std::string>> == shape::object);

}  // namespace
