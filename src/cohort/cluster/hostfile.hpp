#pragma once

#include <cohort/core/error.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cohort::cluster {

/// One host of a hostfile, all its lines taken together.
struct host {
  std::string name;              ///< as mpirun calls it: without its domain, unless it is an address
  std::string full_name = name;  ///< as it is written
  std::string user = {};         ///< to log in as; empty: the same as here
  /// How many ranks it takes. Not given: mpirun takes as many as the host has cores.
  std::optional<int> slots = {};
  /// How many it takes with --oversubscribe. Not given: without limit.
  std::optional<int> max_slots = {};
  std::optional<int> port = {};  ///< of its ssh
  unsigned line = 0;             ///< its first; 0: of no file

  friend bool operator==(const host&, const host&) = default;
};

struct hostfile {
  std::vector<host> hosts;  ///< in the order of their first lines
  /// Hosts of an allocation by their place there: `+n2` is its third host, `+e:2` two hosts without ranks. In a
  /// file they need a Slurm allocation.
  std::vector<std::string> relative;

  friend bool operator==(const hostfile&, const hostfile&) = default;
};

/// What is to be said about a line.
struct hostfile_finding {
  unsigned line = 0;
  /// mpirun refuses such a file, crashes, or ignores the rest of it. Otherwise it accepts the line, but something
  /// in it is without effect.
  bool error = false;
  std::string text;  ///< problem (why); what to do
};

/// A hostfile that mpirun would refuse.
class hostfile_error : public error {
 public:
  hostfile_error(const std::string& file, unsigned line, const std::string& text);

  [[nodiscard]] const std::string& file() const noexcept { return file_; }
  [[nodiscard]] unsigned line() const noexcept { return line_; }

 private:
  std::string file_;
  unsigned line_;
};

/// What mpirun knows of the host it runs on, which makes one host of `localhost`, 127.0.0.1 and its names. Left
/// empty, each name in a file is a host.
struct local_names {
  std::function<bool(const std::string&)> is_this_host = {};
  std::string this_host = {};
};

/// A hostfile's text, read as Open MPI 4.1 does: a line for each host, `#` and `//` comments, `slots=N` (or
/// `count=`, `cpu=`), `max_slots=N` (or `max-slots=`, ...), `user@host` or `username=USER`, `port=N`; a host with
/// several lines has a slot for each line without slots=; lines of a rankfile (`rank 0=host slot=1`) are a slot
/// each. Every error is found, not only the first; what can be read is read. Never throws.
struct hostfile_reading {
  hostfile hosts;
  std::vector<hostfile_finding> findings;  ///< in the order of lines
};
[[nodiscard]] hostfile_reading check_hostfile(std::string_view text, const local_names& here = {});

/// The same, for callers to whom the first error is enough: throws hostfile_error, with `name` and the line, such
/// as "hosts:3: slots=many (a number is needed); write slots=8".
[[nodiscard]] hostfile parse_hostfile(std::string_view text, const std::string& name, const local_names& here = {});
/// The same for a file. Throws error if it cannot be read, or is longer than 16 MiB.
[[nodiscard]] hostfile read_hostfile(const std::string& path, const local_names& here = {});
/// All of a file, for check_hostfile. Throws error if it cannot be read, or is longer than 16 MiB.
[[nodiscard]] std::string read_hostfile_text(const std::string& path);

/// A line for each host; check_hostfile reads the same hosts from it. Throws argument_error for what no hostfile
/// can hold, such as a name with a blank.
[[nodiscard]] std::string to_text(const hostfile& hosts);
/// Writes that to a file, which is replaced. Throws error if it cannot be written.
void write_hostfile(const std::string& path, const hostfile& hosts);

/// What mpirun's --host takes: `a,b:4,user@c:*`. A host without a number has one slot, one with `*` as many as it
/// has cores; several entries for one host add up. Throws argument_error.
[[nodiscard]] hostfile parse_host_list(std::string_view list);

}  // namespace cohort::cluster
