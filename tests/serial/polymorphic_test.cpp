// Pointers to base classes.

#include <cohort/serial/pack.hpp>
#include <cohort/serial/polymorphic.hpp>

#include "support/random.hpp"

#include <boost/serialization/access.hpp>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace figures {

class figure {
 public:
  figure() = default;
  explicit figure(std::string name) : name_{std::move(name)} {}
  figure(const figure&) = delete;
  figure& operator=(const figure&) = delete;
  virtual ~figure() = default;
  [[nodiscard]] virtual double area() const = 0;
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  friend class boost::serialization::access;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& name_;
  }
  std::string name_;
};

/// A second base, so that the pointer to the first is not that to the object.
struct tagged {
  virtual ~tagged() = default;
  std::vector<std::string> tags;
};

class square : public tagged, public figure {
 public:
  square() = default;
  square(std::string name, double side) : figure{std::move(name)}, side_{side} { tags = {"four", "corners"}; }
  [[nodiscard]] double area() const override { return side_ * side_; }

 private:
  friend class boost::serialization::access;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& boost::serialization::make_nvp("figure", boost::serialization::base_object<figure>(*this));
    archive& tags& side_;
  }
  double side_ = 0;
};

/// Holds others of its kind, and itself.
class group : public figure {
 public:
  using figure::figure;
  [[nodiscard]] double area() const override {
    double sum = 0;
    for (const auto& part : parts) sum += part->area();
    return sum;
  }
  std::vector<std::unique_ptr<figure>> parts;
  std::weak_ptr<figure> self;

 private:
  friend class boost::serialization::access;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& boost::serialization::base_object<figure>(*this) & parts& self;
  }
};

class unexported : public figure {
 public:
  [[nodiscard]] double area() const override { return 0; }
};

/// Exported, but no figure.
struct stranger {
  virtual ~stranger() = default;
  std::vector<int> data;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& data;
  }
};

}  // namespace figures
BOOST_CLASS_EXPORT(figures::square)
BOOST_CLASS_EXPORT(figures::group)
BOOST_CLASS_EXPORT(figures::stranger)

namespace {

using cohort::serial::format_error;
using cohort::serial::pack;
using cohort::serial::unpack;
using figures::figure;
using figures::group;
using figures::square;

template <class T>
T there_and_back(const T& object) {
  const auto packed = pack(object);
  return unpack<T>({packed.data(), packed.size()});
}

TEST(polymorphic, unique_ptr) {
  const std::unique_ptr<figure> sent = std::make_unique<square>("s", 3);
  const auto back = there_and_back(sent);
  EXPECT_EQ(back->area(), 9);
  EXPECT_EQ(back->name(), "s");
  const auto* whole = dynamic_cast<const square*>(back.get());
  EXPECT_EQ(whole == nullptr ? 0U : whole->tags.size(), 2U);
  EXPECT_EQ(there_and_back(std::unique_ptr<figure>{}), nullptr);
}

TEST(polymorphic, inside_containers_and_one_another) {
  auto inner = std::make_unique<group>("inner");
  inner->parts.push_back(std::make_unique<square>("a", 1));
  auto outer = std::make_unique<group>("outer");
  outer->parts.push_back(std::move(inner));
  outer->parts.push_back(std::make_unique<square>("b", 2));
  std::map<std::string, std::unique_ptr<figure>> all;
  all["x"] = std::move(outer);
  all["none"] = nullptr;
  const auto back = there_and_back(all);
  EXPECT_EQ(back.size(), 2U);
  EXPECT_EQ(back.at("x")->area(), 5);
  EXPECT_EQ(back.at("none"), nullptr);
}

TEST(polymorphic, shared_ptr) {
  const std::shared_ptr<figure> one = std::make_shared<square>("s", 3);
  const auto circle = std::make_shared<group>("g");
  circle->self = circle;
  const std::vector<std::shared_ptr<figure>> sent{one, nullptr, one, circle, one};
  const auto back = there_and_back(sent);
  EXPECT_EQ(back[0], back[2]);
  EXPECT_EQ(back[0], back[4]);
  EXPECT_EQ(back[0]->area(), 9);
  EXPECT_EQ(back[1], nullptr);
  const auto whole = std::dynamic_pointer_cast<group>(back[3]);
  EXPECT_TRUE(whole && whole->self.lock() == back[3]);
}

TEST(polymorphic, a_class_that_is_not_exported_is_named) {
  const std::unique_ptr<figure> object = std::make_unique<figures::unexported>();
  try {
    (void)pack(object);
    ADD_FAILURE() << "accepted";
  } catch (const cohort::argument_error& e) {
    EXPECT_NE(std::string{e.what()}.find("unexported"), std::string::npos) << e.what();
    EXPECT_NE(std::string{e.what()}.find("BOOST_CLASS_EXPORT"), std::string::npos) << e.what();
  }
}

TEST(polymorphic, classes_that_are_unknown_or_others_are_refused) {
  const auto unknown = pack(std::tuple{true, std::string{"no such class"}});
  EXPECT_THROW((void)unpack<std::unique_ptr<figure>>({unknown.data(), unknown.size()}), format_error);
  const auto longer = pack(std::tuple{true, "figures::square" + std::string(200, 'x')});
  EXPECT_THROW((void)unpack<std::unique_ptr<figure>>({longer.data(), longer.size()}), format_error);
  const auto other = pack(std::tuple{true, std::string{"figures::stranger"}, std::vector{1, 2}});
  try {
    (void)unpack<std::unique_ptr<figure>>({other.data(), other.size()});
    ADD_FAILURE() << "accepted";
  } catch (const format_error& e) {
    EXPECT_EQ(
        std::string{e.what()},
        "a serialised object is of the class \"figures::stranger\", which is not derived from the class asked "
        "for; was it sent as another type, or is BOOST_CLASS_EXPORT missing here?");
  }
}

TEST(polymorphic, damaged_bytes_make_an_object_or_are_refused) {
  auto whole = std::make_shared<group>("outer");
  whole->parts.push_back(std::make_unique<square>("b", 2));
  whole->self = whole;
  const std::vector<std::shared_ptr<figure>> sent{whole, std::make_shared<square>("a", 1), whole};
  const auto packed = pack(sent);
  for (std::size_t n = 0; n != packed.size(); ++n) {
    const std::vector<std::byte> part(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(n));
    EXPECT_THROW((void)unpack<std::vector<std::shared_ptr<figure>>>(part), format_error) << n;
  }
  auto from = cohort::test::engine(19);
  int accepted = 0;
  for (int i = 0; i != 5000; ++i) {
    std::vector<std::byte> bytes(packed.begin(), packed.end());
    for (auto changes = from() % 3 + 1; changes != 0; --changes)
      bytes[from() % bytes.size()] = std::byte(from() % 8);
    try {
      (void)unpack<std::vector<std::shared_ptr<figure>>>(bytes);
      ++accepted;
    } catch (const format_error&) {
    }
  }
  EXPECT_GT(accepted, 0);
  EXPECT_LT(accepted, 5000);
}

}  // namespace
