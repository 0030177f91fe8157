#include "farm/wire.hpp"

#include "farm/capture.hpp"
#include "farm/errors.hpp"
#include "farm_test_support.hpp"

#include <fcntl.h>
#include <sys/resource.h>

namespace {

using namespace cohort_farm;
using farm_test::open_descriptors;
using farm_test::scratch;

/// Cuts an encoded message anywhere: it must be refused, never read beyond its end.
template <class Decode>
void refuses_every_cut(const bytes& whole, Decode decode) {
  for (std::size_t n = 0; n != whole.size(); ++n) {
    const bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
    EXPECT_THROW((void)decode(cut), format_error) << n << " of " << whole.size();
  }
}

TEST(Wire, Tasks) {
  const auto data = encode(task_order{42, "echo \xFF", 3});
  EXPECT_EQ(data.size(), encoded_size(task_order{42, "echo \xFF"}));
  EXPECT_EQ(decode_task(data).seq, 42U);
  EXPECT_EQ(decode_task(data).attempt, 3U);
  EXPECT_EQ(decode_task(data).line, "echo \xFF");
  EXPECT_EQ(decode_task(encode(task_order{1, ""})).line, "");
  EXPECT_THROW((void)decode_task(bytes(11)), format_error);
}

TEST(Wire, Completions) {
  completion c;
  c.seq = 7;
  c.attempt = 2;
  c.exit_status = -1;
  c.signal = 15;
  c.where = completion::place::at_runner;
  c.start = 1.5e9;
  c.runtime = 0.25;
  c.out_bytes = 1ULL << 40;
  c.err_bytes = 3;
  c.out = std::string("a\0b", 3);
  c.err = "c";
  const auto data = encode(c);
  const auto back = decode_completion(data);
  EXPECT_EQ(back.seq, c.seq);
  EXPECT_EQ(back.attempt, c.attempt);
  EXPECT_EQ(back.exit_status, c.exit_status);
  EXPECT_EQ(back.signal, c.signal);
  EXPECT_EQ(back.where, c.where);
  EXPECT_EQ(back.start, c.start);
  EXPECT_EQ(back.runtime, c.runtime);
  EXPECT_EQ(back.out_bytes, c.out_bytes);
  EXPECT_EQ(back.err_bytes, c.err_bytes);
  EXPECT_EQ(back.out, c.out);
  EXPECT_EQ(back.err, c.err);
  EXPECT_FALSE(back.succeeded());
  refuses_every_cut(data, decode_completion);
  auto longer = data;
  longer.push_back(std::byte{0});
  EXPECT_THROW((void)decode_completion(longer), format_error);
}

TEST(Wire, RequestsAndChunks) {
  const auto asked = encode(fetch{{9, 1}, stream::err, 5, 6});
  const auto f = std::get<fetch>(decode_request(asked));
  EXPECT_EQ(f.of.task, 9U);
  EXPECT_EQ(f.of.attempt, 1U);
  EXPECT_EQ(f.from, stream::err);
  EXPECT_EQ(f.offset, 5U);
  EXPECT_EQ(f.most, 6U);
  EXPECT_EQ(std::get<release>(decode_request(encode(release{{3, 4}}))).of.attempt, 4U);
  refuses_every_cut(asked, decode_request);
  const auto close = encode(wind_up{true, 7'000'000'000});
  const auto w = std::get<wind_up>(decode_request(close));
  EXPECT_TRUE(w.stop);
  EXPECT_EQ(w.grace, 7'000'000'000);
  EXPECT_FALSE(std::get<wind_up>(decode_request(encode(wind_up{}))).stop);
  refuses_every_cut(close, decode_request);

  const auto told = encode(chunk{{9, 1}, stream::err, 5, as_bytes("xyz")});
  const auto answer = decode_chunk(told);
  EXPECT_EQ(answer.of.task, 9U);
  EXPECT_EQ(answer.of.attempt, 1U);
  EXPECT_EQ(as_text(answer.data), "xyz");
  EXPECT_EQ(answer.offset, 5U);
  refuses_every_cut(encode(chunk{{9, 1}, stream::err, 5, {}}), decode_chunk);

  EXPECT_THROW((void)decode_request(bytes(21, std::byte{9})), format_error);
  EXPECT_THROW((void)decode_chunk(bytes(40, std::byte{9})), format_error);
}

std::string pattern(std::size_t size, unsigned seed) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i != size; ++i) text[i] = static_cast<char>((i * 131 + i / 251 + seed) & 0xFF);
  return text;
}

std::string read_all(const spill& from, const spill::extent& what) {
  std::string text(static_cast<std::size_t>(what.size) + 10, '?');
  text.resize(from.read(what, 0, std::as_writable_bytes(std::span{text})));
  return text;
}

TEST(Spill, KeepsManyExtentsInOneFile) {
  scratch here;
  const auto before = open_descriptors();
  spill room{here.path()};
  EXPECT_EQ(open_descriptors(), before) << "no file before one is needed";
  std::vector<spill::extent> extents(20);
  std::vector<std::string> expected(20);
  for (unsigned round = 0; round != 12; ++round) {
    for (unsigned i = 0; i != extents.size(); ++i) {
      const auto piece = pattern(1 + (i * 7919 + round * 104729) % 90000, i + round);
      ASSERT_EQ(room.append(extents[i], as_bytes(piece)), 0);
      expected[i] += piece;
    }
  }
  for (std::size_t i = 0; i != extents.size(); ++i) EXPECT_TRUE(read_all(room, extents[i]) == expected[i]) << i;
  EXPECT_EQ(open_descriptors(), before + 1);
  EXPECT_TRUE(std::filesystem::is_empty(here.path())) << "it has no name";
  std::string middle(1000, '?');
  EXPECT_EQ(room.read(extents[3], spill::block_size - 500, std::as_writable_bytes(std::span{middle})), 1000U);
  EXPECT_EQ(middle, expected[3].substr(spill::block_size - 500, 1000));
  EXPECT_EQ(room.read(extents[3], extents[3].size, std::as_writable_bytes(std::span{middle})), 0U);
  for (auto& e : extents) room.clear(e);
  EXPECT_EQ(room.free_blocks(), room.blocks());
  const auto most = room.blocks();
  ASSERT_EQ(room.append(extents[0], as_bytes(expected[5])), 0);
  EXPECT_EQ(room.blocks(), most) << "room is used again";
  EXPECT_TRUE(read_all(room, extents[0]) == expected[5]);
}

TEST(Spill, AFailureLeavesTheExtentAsItWas) {
  spill nowhere{"/no/such/directory"};
  spill::extent e;
  EXPECT_EQ(nowhere.append(e, as_bytes("x")), ENOENT);
  EXPECT_EQ(e.size, 0U);
  EXPECT_TRUE(e.blocks.empty());
}

TEST(Capture, ReadsAcrossMemoryAndSpill) {
  spill room;
  capture c{1000};
  std::string all;
  for (unsigned i = 0; i != 50; ++i) {
    const auto piece = pattern(i * 37 % 900, i);
    c.append(room, as_bytes(piece));
    all += piece;
  }
  EXPECT_TRUE(c.spilled());
  ASSERT_EQ(c.size(), all.size());
  for (const std::size_t at : {std::size_t{0}, std::size_t{1}, all.size() / 2, all.size() - 950, all.size() - 1}) {
    std::string part(2000, '?');
    part.resize(c.read(room, at, std::as_writable_bytes(std::span{part})));
    EXPECT_TRUE(part == all.substr(at, 2000)) << at;
  }
  c.settle(room);
  std::string whole(all.size() + 5, '?');
  whole.resize(c.read(room, 0, std::as_writable_bytes(std::span{whole})));
  EXPECT_TRUE(whole == all);
  c.drop(room);
}

TEST(Capture, CountsWhatIsLost) {
  spill nowhere{"/no/such/directory"};
  capture c{100};
  c.append(nowhere, as_bytes(std::string(80, 'a')));
  c.append(nowhere, as_bytes(std::string(80, 'b')));
  c.append(nowhere, as_bytes("c"));
  EXPECT_EQ(c.error(), ENOENT);
  EXPECT_EQ(c.lost(), 61U);
  c.append_message("!");
  EXPECT_EQ(c.take(), std::string(80, 'a') + std::string(20, 'b') + "!");
}

}  // namespace
