// What a farm and those that join it read from files: letters and cards, as they come, and cards with right
// checksums, which no fuzzer guesses.

#include <cohort/journal/detail/format.hpp>
#include <cohort/pattern/crew/letter.hpp>

#include "farm/errors.hpp"
#include "farm/join/card.hpp"
#include "farm/join/channel.hpp"

#include <cstdint>
#include <cstdlib>
#include <span>

namespace {

using namespace cohort_farm;

template <class Read>
void refused_or_read(const Read& read) {
  try {
    read();
  } catch (const format_error&) {
  }
}

/// A letter that was found right can be read to its end.
void read_letter(bytes_view letter) {
  check_letter(letter);
  cohort::crew::letter_reader reader{letter};
  std::size_t size = 0;
  while (const auto entry = reader.next()) size += sizeof entry->head + entry->payload.size();
  if (size != letter.size()) std::abort();
}

/// A card with this as what it says.
bytes sealed(std::uint32_t kind, bytes_view payload) {
  auto file = encode(farm_card{});
  file.resize(16);
  cohort::journal::detail::encode_record(file, 0x6a6f696e, 16, kind, 0, payload);
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto all = std::as_bytes(std::span{data, size});
  refused_or_read([&] { read_letter(all); });
  refused_or_read([&] { (void)decode_farm_card(all); });
  refused_or_read([&] { (void)decode_guest_card(all); });
  refused_or_read([&] { (void)decode_farm_card(sealed(1, all)); });
  refused_or_read([&] { (void)decode_guest_card(sealed(2, all)); });
  return 0;
}
