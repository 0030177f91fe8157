#pragma once

#include <cohort/core/buffer.hpp>
#include <cohort/serial/polymorphic.hpp>

#include "../serial/types.hpp"

#include <bitset>
#include <deque>
#include <filesystem>
#include <forward_list>
#include <list>
#include <queue>
#include <set>
#include <stack>
#include <tuple>
#include <unordered_map>

/// What the fuzzer reads.
namespace fuzz {

struct figure {
  virtual ~figure() = default;
  std::string name;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& name;
  }
};
struct square final : figure {
  std::vector<double> sides;
  std::weak_ptr<figure> other;  // a cycle of shared_ptr would leak, as everywhere
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& boost::serialization::base_object<figure>(*this) & sides& other;
  }
};
struct group final : figure {
  std::vector<std::unique_ptr<figure>> parts;
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& boost::serialization::base_object<figure>(*this) & parts;
  }
};

using choice = std::variant<std::monostate, int, std::string, std::vector<std::string>>;
using all_types =
    std::tuple<std::string, std::vector<std::string>, std::vector<std::vector<double>>,
               std::map<std::string, std::vector<int>>, std::unordered_map<std::string, choice>,
               std::vector<choice>, std::vector<std::optional<std::string>>,
               std::tuple<std::optional<int>, std::variant<int, double>, std::vector<bool>, std::bitset<17>>,
               cohort::buffer<bool>, std::list<std::set<std::string>>, std::deque<std::forward_list<int>>,
               std::priority_queue<int>, std::pair<std::stack<std::string>, std::queue<int>>, std::filesystem::path,
               types::person, types::twelve, types::savings, types::celsius, types::reversed, types::tree,
               std::vector<std::shared_ptr<types::person>>, std::vector<std::shared_ptr<figure>>,
               std::unique_ptr<figure>, std::wstring, std::multimap<int, std::array<std::string, 3>>>;

template <class T>
inline constexpr bool unordered = std::is_same_v<T, std::unordered_map<std::string, choice>>;

}  // namespace fuzz

BOOST_CLASS_EXPORT_KEY(fuzz::square)
BOOST_CLASS_EXPORT_KEY(fuzz::group)
BOOST_CLASS_EXPORT_IMPLEMENT(fuzz::square)
BOOST_CLASS_EXPORT_IMPLEMENT(fuzz::group)
