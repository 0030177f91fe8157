#include "farm/wire.hpp"

#include "farm/packing.hpp"

#include <cstring>

namespace cohort_farm {
namespace {

enum class request_kind : std::uint8_t { fetch, release, wind_up };

void write_job(packer& w, const cohort::crew::job& of) {
  w.put(of.task).put(of.attempt);
}

void write(packer& w, const completion& c) {
  w.put(c.seq).put(c.attempt).put(c.exit_status).put(c.signal).put(c.where).put(c.start).put(c.runtime);
  w.put(c.out_bytes).put(c.err_bytes).text(c.out).text(c.err).text(c.host);
}

completion read_completion(unpacker& r) {
  completion c;
  r.get(c.seq).get(c.attempt).get(c.exit_status).get(c.signal).get_enum(c.where, completion::place::unwritten);
  r.get(c.start).get(c.runtime).get(c.out_bytes).get(c.err_bytes);
  c.out = r.text();
  c.err = r.text();
  c.host = r.text();
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
  unpacker r{data};
  task_order what;
  r.get(what.seq).get(what.attempt);
  what.line = as_text(r.rest());
  return what;
}

bytes encode(const completion& what) {
  packer w;
  write(w, what);
  return w.take();
}

completion decode_completion(bytes_view data) {
  unpacker r{data};
  return read_completion(r);
}

bytes encode(const fetch& what) {
  packer w;
  write_job(w.put(request_kind::fetch), what.of);
  return w.put(what.from).put(what.offset).put(what.most).take();
}

bytes encode(const release& what) {
  packer w;
  write_job(w.put(request_kind::release), what.of);
  return w.take();
}

bytes encode(const wind_up& what) {
  packer w;
  return w.put(request_kind::wind_up).put(std::uint8_t{what.stop}).put(what.grace).take();
}

request decode_request(bytes_view data) {
  unpacker r{data};
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
    if (stop > 1) unpacker::fail();
    what.stop = stop == 1;
    return what;
  }
  fetch what;
  r.job(what.of).get_enum(what.from, stream::err).get(what.offset).get(what.most).end();
  return what;
}

bytes encode(const chunk& what) {
  packer w;
  write_job(w, what.of);
  return w.put(what.from).put(what.offset).raw(what.data).take();
}

chunk decode_chunk(bytes_view data) {
  unpacker r{data};
  chunk what;
  r.job(what.of).get_enum(what.from, stream::err).get(what.offset);
  what.data = r.rest();
  return what;
}

}  // namespace cohort_farm
