#pragma once

#include <cohort/journal/error.hpp>
#include <cohort/journal/fingerprint.hpp>
#include <cohort/journal/record.hpp>

#include <cstdint>
#include <string>

namespace cohort::journal {

/// What was found in a journal.
struct contents {
  fingerprint of;             ///< what it belongs to; all zero if its making was interrupted
  std::uint64_t records = 0;  ///< that were shown
  std::uint64_t end = 0;      ///< bytes up to the end of the last whole record
  /// Bytes behind that: what a crash left of records that were being written, or that had not reached the disk when
  /// the machine went down (or what is being written this moment).
  std::uint64_t torn = 0;
};

/// Shows the whole records of a journal in their order, and changes nothing. Holds one record in memory, and a
/// piece of the file of 256 KiB. May be used while another process writes: what that has appended before the call
/// is seen. Takes the time of reading the file.
///
/// Throws other_owner_error if it belongs to something else; journal_error if there is none, or it cannot be read,
/// or is damaged: a record that was on the disk is not whole any more (disk, cable, or somebody who wrote to the
/// file). The message names the file and the byte, and records before it have been shown. Throws what `show`
/// throws. @{
contents read(const std::string& file, const fingerprint& of, const visitor& show);
contents read(const std::string& file, const visitor& show);  ///< whatever it belongs to
/// @}

}  // namespace cohort::journal
