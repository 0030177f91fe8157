#pragma once

#include <boost/serialization/access.hpp>
#include <boost/serialization/base_object.hpp>
#include <boost/serialization/nvp.hpp>
#include <boost/serialization/split_free.hpp>
#include <boost/serialization/split_member.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// One class for each way in which a type says how it is serialised.
namespace types {

/// No code at all: an aggregate.
struct person {
  std::string name;
  std::vector<double> marks;
  std::optional<int> age;
  friend bool operator==(const person&, const person&) = default;
};

/// An aggregate in an aggregate, as many members as there may be.
struct twelve {
  std::string a;
  int b = 0;
  person c;
  std::string d, e, f, g, h, i, j, k;
  std::map<int, person> l;
  friend bool operator==(const twelve&, const twelve&) = default;
};

/// A member serialize(), private.
class account {
 public:
  account() = default;
  account(std::string owner, long balance) : owner_{std::move(owner)}, balance_{balance} {}
  friend bool operator==(const account&, const account&) = default;

 private:
  friend class boost::serialization::access;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& boost::serialization::make_nvp("owner", owner_);
    archive& balance_;
  }
  std::string owner_;
  long balance_ = 0;
};

/// The same in a class that nothing can be derived from.
class sealed final {
 public:
  sealed() = default;
  explicit sealed(std::string owner) : owner_{std::move(owner)} {}
  friend bool operator==(const sealed&, const sealed&) = default;

 private:
  friend class boost::serialization::access;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& owner_;
  }
  std::string owner_;
};

/// A base class, by base_object.
class savings : public account {
 public:
  savings() = default;
  savings(std::string owner, long balance, double rate) : account{std::move(owner), balance}, rate_{rate} {}
  friend bool operator==(const savings&, const savings&) = default;

  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& boost::serialization::base_object<account>(*this);
    archive& BOOST_SERIALIZATION_NVP(rate_);
  }

 private:
  double rate_ = 0;
};

/// A member save() and load(): what is stored differs from what is held.
class celsius {
 public:
  celsius() = default;
  explicit celsius(double degrees) : degrees_{degrees}, text_{std::to_string(degrees)} {}
  friend bool operator==(const celsius&, const celsius&) = default;

 private:
  friend class boost::serialization::access;
  template <class Archive>
  void save(Archive& archive, unsigned) const {
    const double kelvin = degrees_ + 256;
    archive << kelvin;
  }
  template <class Archive>
  void load(Archive& archive, unsigned) {
    double kelvin = 0;
    archive >> kelvin;
    *this = celsius{kelvin - 256};
  }
  BOOST_SERIALIZATION_SPLIT_MEMBER()
  double degrees_ = 0;
  std::string text_;  // made anew
};

/// A free serialize().
class label {
 public:
  label() = default;
  explicit label(std::string t) : text{std::move(t)} {}
  std::string text;
  friend bool operator==(const label&, const label&) = default;
};

/// An aggregate with a free serialize(), which knows what does not travel.
struct cached {
  std::string text;
  const char* last = nullptr;
  std::string b{}, c{}, d{}, e{}, f{}, g{}, h{}, i{}, j{}, k{}, l{};
  friend bool operator==(const cached& x, const cached& y) { return x.text == y.text; }
};

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wfinal-dtor-non-final-class"
#endif
/// No class can be derived from it.
class settled {
 public:
  settled() = default;
  explicit settled(std::string t) : text_{std::move(t)} {}
  settled(const settled&) = default;
  settled& operator=(const settled&) = default;
  virtual ~settled() final = default;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& text_;
  }
  friend bool operator==(const settled& a, const settled& b) { return a.text_ == b.text_; }

 private:
  std::string text_;
};
#ifdef __clang__
#pragma clang diagnostic pop
#endif

/// A free save() and load().
class reversed {
 public:
  reversed() = default;
  explicit reversed(std::string t) : text{std::move(t)} {}
  std::string text;
  friend bool operator==(const reversed&, const reversed&) = default;
};

/// Has nothing to say, and is no plain type.
class hollow {
 public:
  hollow() = default;
  hollow(const hollow&) {}                            // NOLINT: not trivial, so that it is serialised
  hollow& operator=(const hollow&) { return *this; }  // NOLINT
  friend bool operator==(const hollow&, const hollow&) { return true; }
  template <class Archive>
  void serialize(Archive&, unsigned) {}
};

/// A tree: owns objects of its own type.
struct tree {
  std::string name;
  std::vector<tree> children;
  std::unique_ptr<tree> favourite;
  friend bool operator==(const tree& a, const tree& b) {
    return a.name == b.name && a.children == b.children && (a.favourite == nullptr) == (b.favourite == nullptr) &&
           (!a.favourite || *a.favourite == *b.favourite);
  }
};

}  // namespace types

namespace boost::serialization {
template <class Archive>
void serialize(Archive& archive, types::label& object, unsigned) {
  archive& object.text;
}
template <class Archive>
void serialize(Archive& archive, types::cached& object, unsigned) {
  archive& object.text;
}
template <class Archive>
void save(Archive& archive, const types::reversed& object, unsigned) {
  const std::string text(object.text.rbegin(), object.text.rend());
  archive << text;
}
template <class Archive>
void load(Archive& archive, types::reversed& object, unsigned) {
  std::string text;
  archive >> text;
  object.text.assign(text.rbegin(), text.rend());
}
}  // namespace boost::serialization
BOOST_SERIALIZATION_SPLIT_FREE(types::reversed)
