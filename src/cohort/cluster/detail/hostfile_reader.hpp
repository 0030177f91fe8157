#pragma once

#include <cohort/cluster/detail/host_tokens.hpp>
#include <cohort/cluster/hostfile.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cohort::cluster::detail {

/// A name as mpirun uses it: without its domain; an address stays whole.
[[nodiscard]] std::string short_name(const std::string& name);

/// Turns tokens into hosts, by the rules of Open MPI's parser.
class hostfile_reader {
 public:
  hostfile_reader(std::string_view text, const local_names& here) : tokens_{text}, here_{here} {}
  hostfile_reading read();

 private:
  /// A line cannot be used; the text is the finding's.
  struct bad_line {
    std::string text;
  };

  void read_line(host_token first);
  host& read_host(host_token first);
  void read_rank();
  void read_options(host& of, bool may_run);
  void read_slots(host& of);
  void read_max_slots(host& of);
  void read_user(host& of);
  int read_number(std::string_view name);
  host& find_or_add(const std::string& written, const std::string& user);
  void remark(std::string text);
  [[noreturn]] void fail_at_token(host_token kind) const;

  host_tokens tokens_;
  const local_names& here_;
  hostfile_reading result_;
  std::unordered_map<std::string, std::size_t> places_;  ///< of each name among the hosts
  std::optional<int> max_in_line_;
};

}  // namespace cohort::cluster::detail
