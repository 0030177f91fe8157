#include "farm/wire.hpp"

#include "farm/errors.hpp"

#include <cstring>
#include <type_traits>

namespace cohort_farm {
namespace {

class writer {
 public:
  template <class T>
  writer& put(const T& value) {
    static_assert(std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>);
    return raw(std::as_bytes(std::span{&value, 1}));
  }
  writer& text(std::string_view what) {
    put(static_cast<std::uint64_t>(what.size()));
    return raw(as_bytes(what));
  }
  writer& raw(bytes_view what) {
    made_.insert(made_.end(), what.begin(), what.end());
    return *this;
  }
  [[nodiscard]] bytes take() { return std::move(made_); }

 private:
  bytes made_;
};

class reader {
 public:
  explicit reader(bytes_view data) : left_{data} {}

  template <class T>
  reader& get(T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    const auto from = take(sizeof value);
    std::memcpy(&value, from.data(), sizeof value);
    return *this;
  }
  template <class Enum>
  reader& get_enum(Enum& value, Enum last) {
    std::underlying_type_t<Enum> number{};
    get(number);
    if (number > static_cast<std::underlying_type_t<Enum>>(last)) fail();
    value = static_cast<Enum>(number);
    return *this;
  }
  reader& job(cohort::crew::job& of) { return get(of.task).get(of.attempt); }
  std::string_view text() {
    std::uint64_t size = 0;
    get(size);
    if (size > left_.size()) fail();
    return as_text(take(static_cast<std::size_t>(size)));
  }
  bytes_view rest() { return take(left_.size()); }
  void end() const {
    if (!left_.empty()) fail();
  }
  [[noreturn]] static void fail() {
    throw format_error{
        "a message between ranks is malformed (it ends too early, or has values that do not exist); "
        "check that all ranks run the same version of cohort-farm"};
  }

 private:
  bytes_view take(std::size_t size) {
    if (size > left_.size()) fail();
    const auto result = left_.first(size);
    left_ = left_.subspan(size);
    return result;
  }
  bytes_view left_;
};

enum class request_kind : std::uint8_t { fetch, release, wind_up };

void write_job(writer& w, const cohort::crew::job& of) {
  w.put(of.task).put(of.attempt);
}

void write(writer& w, const completion& c) {
  w.put(c.seq).put(c.attempt).put(c.exit_status).put(c.signal).put(c.where).put(c.start).put(c.runtime);
  w.put(c.out_bytes).put(c.err_bytes).text(c.out).text(c.err);
}

completion read_completion(reader& r) {
  completion c;
  r.get(c.seq).get(c.attempt).get(c.exit_status).get(c.signal).get_enum(c.where, completion::place::in_files);
  r.get(c.start).get(c.runtime).get(c.out_bytes).get(c.err_bytes);
  c.out = r.text();
  c.err = r.text();
  r.end();
  return c;
}

}  // namespace

std::size_t encoded_size(const task_order& what) {
  return sizeof what.seq + sizeof what.attempt + what.line.size();
}

void encode(const task_order& what, std::byte* to) {
  std::memcpy(to, &what.seq, sizeof what.seq);
  to += sizeof what.seq;
  std::memcpy(to, &what.attempt, sizeof what.attempt);
  if (!what.line.empty()) std::memcpy(to + sizeof what.attempt, what.line.data(), what.line.size());
}

bytes encode(const task_order& what) {
  bytes result(encoded_size(what));
  encode(what, result.data());
  return result;
}

task_order decode_task(bytes_view data) {
  reader r{data};
  task_order what;
  r.get(what.seq).get(what.attempt);
  what.line = as_text(r.rest());
  return what;
}

bytes encode(const completion& what) {
  writer w;
  write(w, what);
  return w.take();
}

completion decode_completion(bytes_view data) {
  reader r{data};
  return read_completion(r);
}

bytes encode(const fetch& what) {
  writer w;
  write_job(w.put(request_kind::fetch), what.of);
  return w.put(what.from).put(what.offset).put(what.most).take();
}

bytes encode(const release& what) {
  writer w;
  write_job(w.put(request_kind::release), what.of);
  return w.take();
}

bytes encode(const wind_up& what) {
  writer w;
  return w.put(request_kind::wind_up).put(std::uint8_t{what.stop}).put(what.grace).take();
}

request decode_request(bytes_view data) {
  reader r{data};
  request_kind kind{};
  r.get_enum(kind, request_kind::wind_up);
  if (kind == request_kind::release) {
    release what;
    r.job(what.of).end();
    return what;
  }
  if (kind == request_kind::wind_up) {
    wind_up what;
    std::uint8_t stop = 0;
    r.get(stop).get(what.grace).end();
    if (stop > 1) reader::fail();
    what.stop = stop == 1;
    return what;
  }
  fetch what;
  r.job(what.of).get_enum(what.from, stream::err).get(what.offset).get(what.most).end();
  return what;
}

bytes encode(const chunk& what) {
  writer w;
  write_job(w, what.of);
  return w.put(what.from).put(what.offset).raw(what.data).take();
}

chunk decode_chunk(bytes_view data) {
  reader r{data};
  chunk what;
  r.job(what.of).get_enum(what.from, stream::err).get(what.offset);
  what.data = r.rest();
  return what;
}

}  // namespace cohort_farm
