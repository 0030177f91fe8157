#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/pattern/crew/runner.hpp>
#include <cohort/pattern/crew/survival.hpp>

#include <functional>
#include <string>

namespace cohort::crew {

/// A worker's whole life: says hello to the root, runs what it is sent, and returns when it is told to leave and
/// has finished (or when `runner` has not, in the time that it was given: then the rest is left behind, still
/// running). Blocks until then. `comm` must carry no other messages; the root runs a coordinator on it.
/// `interrupted`, if given, is called at least every few milliseconds, between two looks at messages and reports.
/// When it first says true, the worker tells the root that it runs nothing more, and gives back what has not begun;
/// what runs it may finish, or `interrupted` may end it on its further calls: what the runner then reports as
/// stopped runs again elsewhere, at no charge to the task. Returns the number of jobs left behind.
///
/// Where ranks may be lost (`losses`, as the root has it), also waits until all the others have finished or are
/// lost, and learns whether anybody is (detail::note_loss). Throws root_lost when the root was silent for too long;
/// what the runner still runs is then the caller's affair, and MPI cannot be finalised.
std::size_t serve(const communicator& comm, runner& runner, int root, const std::string& host,
                  const std::function<bool()>& interrupted = {}, const survival& losses = {});

/// The same, and the calling thread helps the runner with brief jobs. If one of these is not so brief, another
/// thread answers the root meanwhile: needs thread_level::serialized.
std::size_t serve_and_help(const communicator& comm, runner& runner, int root, const std::string& host,
                           const survival& losses = {});

}  // namespace cohort::crew
